/* ntfs_lzx.c - LZX as Windows' images and overlay have it: chunks of 32 KiB, each for itself, whose
 * calls of x86 code are always translated. Source: Microsoft [MS-PATCH] 2; wimlib, "LZX" in its
 * documentation of the format. */
#include "format/ntfs_bits.h"
#include "format/ntfs_overlay.h"

#define SLOTS         30 /* of distances in 32 KiB */
#define MAIN_SYMBOLS  (256 + SLOTS * 8)
#define LENGTHS       249
#define ALIGNED       8
#define PRETREE       20
#define DEFAULT_BLOCK 32768
#define TRANSLATED    12000000 /* the size of file that calls are counted in */

enum block { BLOCK_VERBATIM = 1, BLOCK_ALIGNED, BLOCK_PLAIN };

struct lzx {
	struct bits b;
	struct plain out;
	uint8_t lengths[MAIN_SYMBOLS + LENGTHS];
	struct code main, length, aligned;
	uint32_t recent[3];
};

/* A stretch of lengths, said by what they differ by from those of the block before. */
static bool read_lengths(struct lzx *z, uint32_t from, uint32_t to)
{
	uint8_t own[PRETREE];
	struct code pretree;

	for (int i = 0; i < PRETREE; i++)
		own[i] = (uint8_t)bits_take(&z->b, 4);
	if (!code_build(&pretree, own, PRETREE))
		return false;
	while (from < to) {
		int symbol = code_take(&pretree, &z->b);
		uint32_t run = 1;
		bool is_zero = symbol == 17 || symbol == 18;

		if (symbol == 17)
			run = 4 + bits_take(&z->b, 4);
		else if (symbol == 18)
			run = 20 + bits_take(&z->b, 5);
		else if (symbol == 19)
			run = 4 + bits_take(&z->b, 1);
		if (symbol == 19)
			symbol = code_take(&pretree, &z->b);
		if (symbol < 0 || run > to - from || (!is_zero && symbol > 16))
			return false;
		for (uint8_t value = (uint8_t)((z->lengths[from] + 17 - symbol) % 17); run; run--)
			z->lengths[from++] = is_zero ? 0 : value;
	}
	return true;
}

static bool read_codes(struct lzx *z, enum block type)
{
	uint8_t aligned[ALIGNED];

	if (type == BLOCK_ALIGNED) {
		for (int i = 0; i < ALIGNED; i++)
			aligned[i] = (uint8_t)bits_take(&z->b, 3);
		if (!code_build(&z->aligned, aligned, ALIGNED))
			return false;
	}
	return read_lengths(z, 0, 256) && read_lengths(z, 256, MAIN_SYMBOLS) &&
	       read_lengths(z, MAIN_SYMBOLS, MAIN_SYMBOLS + LENGTHS) &&
	       code_build(&z->main, z->lengths, MAIN_SYMBOLS) &&
	       code_build(&z->length, z->lengths + MAIN_SYMBOLS, LENGTHS);
}

/* A distance: one of the last three, or a slot and some bits. 0 where it is none. */
static uint32_t read_distance(struct lzx *z, uint32_t slot, enum block type)
{
	uint32_t bits = slot < 4 ? 0 : slot / 2 - 1, distance, low = 0;
	uint32_t base = slot < 4 ? slot : (2 + slot % 2) << bits;

	if (slot < 3) {
		distance = z->recent[slot];
		z->recent[slot] = z->recent[0];
		z->recent[0] = distance;
		return distance;
	}
	if (type == BLOCK_ALIGNED && bits >= 3) {
		int symbol;

		low = bits_take(&z->b, bits - 3) << 3;
		symbol = code_take(&z->aligned, &z->b);
		if (symbol < 0)
			return 0;
		low += (uint32_t)symbol;
	} else {
		low = bits_take(&z->b, bits);
	}
	distance = base + low - 2;
	z->recent[2] = z->recent[1];
	z->recent[1] = z->recent[0];
	z->recent[0] = distance;
	return distance;
}

static bool unpack_block(struct lzx *z, enum block type, size_t end)
{
	if (!read_codes(z, type))
		return false;
	while (z->out.n < end) {
		int symbol = code_take(&z->main, &z->b), more = 0;
		uint32_t length;

		if (symbol < 0)
			return false;
		if (symbol < 256) {
			z->out.p[z->out.n++] = (uint8_t)symbol;
			continue;
		}
		length = symbol & 7;
		if (length == 7)
			more = code_take(&z->length, &z->b);
		if (more < 0 ||
		    !plain_match(&z->out, read_distance(z, (uint32_t)(symbol - 256) / 8, type),
				 length + (uint32_t)more + 2))
			return false;
	}
	return true;
}

/* Bytes as they are, behind the end of the word that has begun. */
static bool copy_block(struct lzx *z, size_t size)
{
	struct span bytes;

	bits_fill(&z->b);
	/* What was read ahead as a whole word is read again. */
	if (z->b.have > 16)
		z->b.in.at -= 2;
	z->b.word = z->b.have = 0;
	for (int i = 0; i < 3; i++)
		z->recent[i] = cursor_le32(&z->b.in);
	bytes = cursor_span(&z->b.in, size);
	if (z->b.in.ran_out)
		return false;
	memcpy(z->out.p + z->out.n, bytes.p, bytes.n);
	z->out.n += bytes.n;
	cursor_skip(&z->b.in, size % 2);
	return true;
}

/* Calls were made absolute, so that equal ones look alike. */
static void translate_calls(uint8_t *p, size_t n)
{
	for (size_t i = 0; i + 10 < n; i++) {
		int64_t target, at = (int64_t)i;

		if (p[i] != 0xe8)
			continue;
		target = (int32_t)span_u32((struct span){ p, n }, i + 1, false);
		if (target >= 0 && target < TRANSLATED)
			target -= at;
		else if (target < 0 && target >= -at)
			target += TRANSLATED;
		for (int k = 0; k < 4; k++)
			p[i + 1 + (size_t)k] = (uint8_t)((uint64_t)target >> 8 * k);
		i += 4;
	}
}

bool ntfs_lzx(struct span in, uint8_t *to, size_t size)
{
	struct lzx z = { .b.in.in = in, .out = { to, 0, size }, .recent = { 1, 1, 1 } };

	while (z.out.n < size) {
		enum block type = bits_take(&z.b, 3);
		size_t block = bits_take(&z.b, 1) ? DEFAULT_BLOCK : bits_take(&z.b, 16);

		if (block == 0 || block > size - z.out.n)
			return false;
		if (type == BLOCK_PLAIN ? !copy_block(&z, block)
		    : type == BLOCK_VERBATIM || type == BLOCK_ALIGNED
			    ? !unpack_block(&z, type, z.out.n + block)
			    : true)
			return false;
	}
	translate_calls(to, size);
	return true;
}
