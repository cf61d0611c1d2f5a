/* sevenzip_names.c - the header at the end of a 7z archive, as far as it leads to the names (7-Zip
 * DOC/7zFormat.txt). It is most often packed by LZMA, described by a header of its own. */
#include "base/cursor.h"
#include "codec/codec.h"
#include "format/sevenzip.h"
#include "format/utf16.h"

#define START        32
#define MOST_FOLDERS (1u << 16)
#define MOST_CODERS  32
#define MOST_STREAMS 64 /* of one folder */
#define MOST_HEADER  (64u << 20)
#define MOST_NESTED  4

enum {
	ID_END,
	ID_HEADER,
	ID_PROPERTIES,
	ID_MORE_STREAMS,
	ID_STREAMS,
	ID_FILES,
	ID_PACK,
	ID_UNPACK,
	ID_SUBSTREAMS,
	ID_SIZE,
	ID_DIGEST,
	ID_FOLDER,
	ID_UNPACK_SIZES,
	ID_COUNTS,
	ID_NAMES = 17,
	ID_PACKED_HEADER = 23,
};

/* Bits from the top of the first byte say how many bytes follow. */
static uint64_t number(struct cursor *c)
{
	uint8_t first = cursor_u8(c), mask = 0x80;
	uint64_t value = 0;

	for (int i = 0; i < 8; i++, mask >>= 1) {
		if (!(first & mask))
			return value | (uint64_t)(first & (mask - 1)) << 8 * i;
		value |= (uint64_t)cursor_u8(c) << 8 * i;
	}
	return value;
}

static bool take(struct cursor *c, uint8_t id)
{
	if (span_byte(c->in, c->at) != id)
		return false;
	c->at++;
	return true;
}

static void skip_numbers(struct cursor *c, uint64_t n)
{
	while (n-- && !c->ran_out)
		number(c);
}

/* How many of n have a digest; *bits, where not NULL, is one byte each. */
static uint64_t skip_digests(struct cursor *c, uint64_t n, uint8_t *bits)
{
	bool all = cursor_u8(c) != 0;
	uint64_t defined = 0;
	uint8_t byte = 0;

	for (uint64_t i = 0; i < n && !c->ran_out; i++) {
		if (!all && i % 8 == 0)
			byte = cursor_u8(c);
		bool is = all || byte & 0x80 >> i % 8;

		defined += is;
		if (bits)
			bits[i] = is;
	}
	cursor_skip(c, defined * 4);
	return defined;
}

/* What is needed of the streams: where the first packed one stands, how the first folder is packed,
 * and how many outputs each folder has. */
struct streams {
	uint64_t pack_at, pack_size, plain_size, folders;
	uint32_t coders;
	struct span method, properties;
	uint8_t *outputs, *has_digest; /* of each folder */
};

static void read_pack(struct cursor *c, struct streams *s)
{
	uint64_t count;

	s->pack_at = number(c);
	count = number(c);
	if (take(c, ID_SIZE) && count && !c->ran_out) {
		s->pack_size = number(c);
		skip_numbers(c, count - 1);
	}
	if (take(c, ID_DIGEST))
		skip_digests(c, count, NULL);
	c->ran_out |= !take(c, ID_END);
}

/* Coders, how they are joined, and which packed streams they read. Gives the number of outputs. */
static uint8_t read_folder(struct cursor *c, struct streams *s, bool first)
{
	uint64_t coders = number(c), in = 0, out = 0;

	c->ran_out |= coders == 0 || coders > MOST_CODERS;
	for (uint64_t i = 0; i < coders && !c->ran_out; i++) {
		uint8_t flags = cursor_u8(c);
		struct span method = cursor_span(c, flags & 15), properties = { 0 };
		uint64_t inputs = flags & 0x10 ? number(c) : 1;
		uint64_t outputs = flags & 0x10 ? number(c) : 1;

		if (flags & 0x20)
			properties = cursor_span(c, number(c));
		if (first && i == 0) {
			s->coders = (uint32_t)coders;
			s->method = method;
			s->properties = properties;
		}
		c->ran_out |= inputs > MOST_STREAMS || outputs > MOST_STREAMS || flags & 0x80;
		in += inputs;
		out += outputs;
	}
	c->ran_out |= out == 0 || out > MOST_STREAMS || in + 1 < out;
	if (c->ran_out)
		return 0;
	skip_numbers(c, (out - 1) * 2);
	if (in + 1 - out > 1)
		skip_numbers(c, in + 1 - out);
	return (uint8_t)out;
}

static void read_unpack(struct cursor *c, struct streams *s, struct arena *a)
{
	c->ran_out |= !take(c, ID_FOLDER);
	s->folders = number(c);
	c->ran_out |= cursor_u8(c) != 0 || s->folders > MOST_FOLDERS; /* not elsewhere */
	if (c->ran_out)
		return;
	s->outputs = arena_take(a, s->folders + 1, 1);
	s->has_digest = arena_take(a, s->folders + 1, 1);
	c->ran_out |= !s->outputs || !s->has_digest;
	for (uint64_t i = 0; i < s->folders && !c->ran_out; i++)
		s->outputs[i] = read_folder(c, s, i == 0);
	c->ran_out |= !take(c, ID_UNPACK_SIZES);
	for (uint64_t i = 0; i < s->folders && !c->ran_out; i++)
		for (uint8_t k = 0; k < s->outputs[i]; k++) {
			uint64_t size = number(c);

			if (i == 0 && k == 0)
				s->plain_size = size;
		}
	if (take(c, ID_DIGEST))
		skip_digests(c, s->folders, s->has_digest);
	c->ran_out |= !take(c, ID_END);
}

/* Files of each folder; sizes of all but the last, digests of those that have none yet. */
static void read_substreams(struct cursor *c, const struct streams *s)
{
	bool counted = take(c, ID_COUNTS);
	uint64_t sizes = 0, digests = 0;

	for (uint64_t i = 0; i < s->folders && !c->ran_out; i++) {
		uint64_t n = counted ? number(c) : 1;

		c->ran_out |= n > c->in.n;
		sizes += n ? n - 1 : 0;
		digests += n == 1 && s->has_digest[i] ? 0 : n;
	}
	if (take(c, ID_SIZE))
		skip_numbers(c, sizes);
	if (take(c, ID_DIGEST))
		skip_digests(c, digests, NULL);
	c->ran_out |= !take(c, ID_END);
}

static void read_streams(struct cursor *c, struct streams *s, struct arena *a)
{
	if (take(c, ID_PACK))
		read_pack(c, s);
	if (take(c, ID_UNPACK))
		read_unpack(c, s, a);
	if (take(c, ID_SUBSTREAMS))
		read_substreams(c, s);
	c->ran_out |= !take(c, ID_END);
}

/* The plain bytes of a header that is packed by LZMA alone. */
static struct span unpack(const struct listing *l, const struct streams *s)
{
	struct span packed = span_sub(l->in, START + s->pack_at, s->pack_size), plain = { 0 };
	struct lzma_properties p;
	struct sink out;

	if (s->pack_at > l->in.n || s->folders != 1 || s->coders != 1 || s->properties.n != 5 ||
	    !span_equal(s->method, span_text("\x03\x01\x01")) || s->plain_size > MOST_HEADER ||
	    !lzma_properties_from(s->properties.p[0], span_u32(s->properties, 1, false), &p))
		return plain;
	sink_init(&out, NULL, s->plain_size);
	if (lzma_raw_decode(packed, &p, s->plain_size, &out).fault.kind == FAULT_NONE)
		plain = arena_copy(l->arena, sink_span(&out));
	sink_free(&out);
	return plain;
}

/* Two bytes a unit, each name ended by a zero unit. */
static struct walk_names split_names(struct arena *a, struct span units, uint64_t count)
{
	struct span *list = count <= units.n / 2 ? arena_take(a, count, sizeof(*list)) : NULL;
	uint64_t at = 0;

	for (uint64_t i = 0; list && i < count; i++) {
		uint64_t end = at;

		while (end + 2 <= units.n && span_u16(units, end, false))
			end += 2;
		if (end + 2 > units.n)
			return (struct walk_names){ 0 };
		list[i] = utf16_name(a, span_sub(units, at, end - at));
		at = end + 2;
	}
	return (struct walk_names){ list, list ? count : 0 };
}

static struct walk_names read_files(struct cursor *c, struct arena *a)
{
	uint64_t count = number(c);

	while (!c->ran_out && cursor_left(c)) {
		uint8_t id = cursor_u8(c);
		uint64_t size = id == ID_END ? 0 : number(c);
		struct span value = cursor_span(c, size);

		if (id == ID_END)
			break;
		if (id == ID_NAMES && span_byte(value, 0) == 0)
			return split_names(a, span_from(value, 1), count);
	}
	return (struct walk_names){ 0 };
}

static void skip_properties(struct cursor *c)
{
	while (!c->ran_out && !take(c, ID_END)) {
		cursor_u8(c);
		cursor_skip(c, number(c));
	}
}

struct walk_names sevenzip_names(const struct listing *l)
{
	uint64_t offset = span_u64(l->in, 12, false), size = span_u64(l->in, 20, false);
	struct cursor c = { .in = offset <= l->in.n ? span_sub(l->in, START + offset, size)
						    : (struct span){ 0 } };

	for (int i = 0; i < MOST_NESTED && take(&c, ID_PACKED_HEADER); i++) {
		struct streams s = { 0 };

		read_streams(&c, &s, l->arena);
		c = (struct cursor){ .in = c.ran_out ? (struct span){ 0 } : unpack(l, &s) };
	}
	if (!take(&c, ID_HEADER))
		return (struct walk_names){ 0 };
	if (take(&c, ID_PROPERTIES))
		skip_properties(&c);
	if (take(&c, ID_STREAMS)) {
		struct streams s = { 0 };

		read_streams(&c, &s, l->arena);
	}
	return !c.ran_out && take(&c, ID_FILES) ? read_files(&c, l->arena)
						: (struct walk_names){ 0 };
}
