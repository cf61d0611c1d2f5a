/* tiano.c - the compression of UEFI: LZ77 whose literals, lengths and distances are coded by
 * Huffman trees that every block brings along (UEFI specification, "Compression Algorithm
 * Specification"). EFI 1.1 and its successor differ in one number: the bits that count the lengths
 * of the tree of distances. Nothing in the stream tells which of the two it is. */
#include "base/cursor.h"
#include "codec/codec.h"

#define HEADER       8
#define LONGEST_CODE 16
#define LITERALS     256
#define SHORTEST     3   /* bytes of a match */
#define SYMBOLS      510 /* literals, and lengths of 3 to 256 */
#define SYMBOL_BITS  9
#define LENGTHS      19 /* of codes, themselves coded */
#define LENGTH_BITS  5
#define DISTANCES    31
#define NOTHING      UINT32_MAX

/* A canonical code: symbols in the order of their codes. limit[n] is the first code of 16 bits that
 * is longer than n. */
struct tree {
	uint16_t symbol[SYMBOLS];
	uint32_t limit[LONGEST_CODE + 1];
	uint16_t first[LONGEST_CODE + 1]; /* index of the first symbol of that length */
	bool constant;                    /* one symbol, which takes no bits */
};

struct tiano {
	struct span in;
	uint64_t bit;
	unsigned position_bits;
	uint32_t left; /* symbols of this block */
	struct tree lengths, symbols, distances;
	uint8_t *out;
	size_t n, room;
	struct fault fault;
};

static bool fail(struct tiano *t, enum fault_kind kind, const char *what, uint64_t got,
		 uint64_t limit)
{
	if (t->fault.kind == FAULT_NONE)
		t->fault = fault_at(kind, t->bit / 8, what, got, limit);
	return false;
}

/* The next 16 bits; behind the end they are zero. */
static uint32_t peek(const struct tiano *t)
{
	uint64_t at = t->bit / 8;
	uint32_t window = 0;

	if (at + 4 <= t->in.n)
		window = span_u32(t->in, at, true);
	else
		for (unsigned i = 0; i < 3; i++) {
			int byte = span_byte(t->in, at + i);

			window |= (byte < 0 ? 0u : (uint32_t)byte) << (24 - 8 * i);
		}
	return window << (t->bit % 8) >> 16;
}

static uint32_t take(struct tiano *t, unsigned bits)
{
	uint32_t value = peek(t) >> (16 - bits);

	t->bit += bits;
	return value;
}

/* False where bits were taken that are not there. */
static bool is_within(struct tiano *t)
{
	if (t->bit <= (uint64_t)t->in.n * 8)
		return true;
	return fail(t, FAULT_SHORT, "compressed data", t->in.n, t->bit / 8);
}

static uint32_t decode(struct tiano *t, const struct tree *tree)
{
	uint32_t code = peek(t);
	unsigned n = 1;

	if (tree->constant)
		return tree->symbol[0];
	while (n <= LONGEST_CODE && code >= tree->limit[n])
		n++;
	if (n > LONGEST_CODE)
		return NOTHING;
	t->bit += n;
	/* limit[n - 1] is where the codes of n bits begin. */
	return tree->symbol[tree->first[n] + ((code - tree->limit[n - 1]) >> (16 - n))];
}

static void make_constant(struct tree *tree, uint32_t symbol)
{
	tree->constant = true;
	tree->symbol[0] = (uint16_t)symbol;
}

/* Every code of 16 bits must belong to one symbol. */
static bool make_tree(struct tiano *t, struct tree *tree, const uint8_t *length, unsigned count)
{
	uint16_t used[LONGEST_CODE + 1] = { 0 };
	uint32_t code = 0;
	uint16_t index = 0;

	for (unsigned i = 0; i < count; i++)
		used[length[i]]++;
	tree->constant = false;
	tree->limit[0] = 0;
	for (unsigned n = 1; n <= LONGEST_CODE; n++) {
		tree->first[n] = index;
		index = (uint16_t)(index + used[n]);
		code += (uint32_t)used[n] << (16 - n);
		tree->limit[n] = code;
		used[n] = tree->first[n];
	}
	if (code != 1u << 16)
		return fail(t, FAULT_BROKEN, "Huffman tree", code, 1u << 16);
	for (unsigned i = 0; i < count; i++)
		if (length[i])
			tree->symbol[used[length[i]]++] = (uint16_t)i;
	return true;
}

/* Three bits, of which 7 goes on: each further bit that is set adds one. */
static uint32_t read_length(struct tiano *t)
{
	uint32_t length = take(t, 3);

	if (length == 7)
		while (length <= LONGEST_CODE && take(t, 1))
			length++;
	return length;
}

/* The trees of code lengths and of distances. The former skips up to three lengths behind its
 * third, `gap`. */
static bool read_small_tree(struct tiano *t, struct tree *tree, unsigned bits, unsigned gap)
{
	uint8_t length[DISTANCES] = { 0 };
	const uint32_t most = gap ? LENGTHS : DISTANCES;
	uint32_t count = take(t, bits);

	if (count == 0) {
		make_constant(tree, take(t, bits));
		return is_within(t);
	}
	if (count > most)
		return fail(t, FAULT_BROKEN, "lengths of codes", count, most);
	for (uint32_t i = 0; i < count;) {
		uint32_t n = read_length(t);

		if (n > LONGEST_CODE)
			return fail(t, FAULT_BROKEN, "length of a code", n, LONGEST_CODE);
		length[i++] = (uint8_t)n;
		if (i == gap)
			i += take(t, 2);
	}
	return is_within(t) && make_tree(t, tree, length, most);
}

/* How many symbols have no code: lengths 0 to 2 of the tree of lengths stand for runs. */
static uint32_t read_run(struct tiano *t, uint32_t kind)
{
	switch (kind) {
	case 0:
		return 1;
	case 1:
		return take(t, 4) + 3;
	default:
		return take(t, SYMBOL_BITS) + 20;
	}
}

static bool read_symbols(struct tiano *t)
{
	uint8_t length[SYMBOLS] = { 0 };
	uint32_t count = take(t, SYMBOL_BITS);

	if (count == 0) {
		make_constant(&t->symbols, take(t, SYMBOL_BITS));
		return is_within(t);
	}
	if (count > SYMBOLS)
		return fail(t, FAULT_BROKEN, "symbols", count, SYMBOLS);
	for (uint32_t i = 0; i < count;) {
		uint32_t n = decode(t, &t->lengths);

		if (n >= LENGTHS)
			return fail(t, FAULT_BROKEN, "length of a code", n, LENGTHS - 1);
		if (n <= 2)
			i += read_run(t, n);
		else
			length[i++] = (uint8_t)(n - 2);
	}
	return is_within(t) && make_tree(t, &t->symbols, length, SYMBOLS);
}

static bool read_block(struct tiano *t)
{
	t->left = take(t, 16);
	if (!is_within(t))
		return false;
	if (t->left == 0)
		return fail(t, FAULT_BROKEN, "symbols in a block", 0, UINT16_MAX);
	return read_small_tree(t, &t->lengths, LENGTH_BITS, 3) && read_symbols(t) &&
	       read_small_tree(t, &t->distances, t->position_bits, 0);
}

static bool copy_match(struct tiano *t, uint32_t length)
{
	uint32_t n = decode(t, &t->distances), high;
	uint64_t distance = n;

	if (n >= DISTANCES)
		return fail(t, FAULT_BROKEN, "code of a distance", n, DISTANCES - 1);
	if (n > 16) { /* more bits than are taken at once */
		high = take(t, n - 17);
		distance = (1ull << (n - 1)) + ((uint64_t)high << 16 | take(t, 16));
	} else if (n > 1)
		distance = (1ull << (n - 1)) + take(t, n - 1);
	if (distance >= t->n)
		return fail(t, FAULT_BROKEN, "distance", distance + 1, t->n);
	if (length > t->room - t->n)
		length = (uint32_t)(t->room - t->n);
	for (; length > 0; length--, t->n++)
		t->out[t->n] = t->out[t->n - distance - 1];
	return is_within(t);
}

static bool step(struct tiano *t)
{
	uint32_t symbol;

	if (t->left == 0 && !read_block(t))
		return false;
	t->left--;
	symbol = decode(t, &t->symbols);
	if (symbol >= SYMBOLS)
		return fail(t, FAULT_BROKEN, "symbol", symbol, SYMBOLS - 1);
	if (symbol >= LITERALS)
		return copy_match(t, symbol - LITERALS + SHORTEST);
	t->out[t->n++] = (uint8_t)symbol;
	return is_within(t);
}

struct decoded tiano_decode(struct span in, unsigned position_bits, uint64_t most, struct sink *out)
{
	uint64_t packed = span_u32(in, 0, false), plain = span_u32(in, 4, false);
	struct tiano t = { .in = span_head(span_from(in, HEADER), packed),
			   .position_bits = position_bits,
			   .room = (size_t)plain };

	if (in.n < HEADER)
		return (struct decoded){ 0, fault_at(FAULT_SHORT, 0, "header", in.n, HEADER) };
	if (plain > most)
		return (struct decoded){ 0, fault_at(FAULT_BROKEN, 4, "plain size", plain, most) };
	t.out = sink_room(out, plain);
	if (!t.out)
		return (struct decoded){ 0, out->fault };
	while (t.n < t.room && step(&t))
		;
	sink_advance(out, t.n);
	t.fault.at += t.fault.kind ? HEADER : 0;
	return (struct decoded){ HEADER + t.in.n, t.fault };
}
