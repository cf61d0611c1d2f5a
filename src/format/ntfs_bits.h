/* ntfs_bits.h - inside format/: what XPRESS and LZX share: words of 16 bits whose highest bit comes
 * first, and codes that are known from their lengths. */
#ifndef EVENHAND_FORMAT_NTFS_BITS_H
#define EVENHAND_FORMAT_NTFS_BITS_H

#include "base/cursor.h"

#define BITS_LONGEST 16 /* code */
#define BITS_SYMBOLS 512

/* Behind the end come zeros, as the writers count on. */
struct bits {
	struct cursor in;
	uint32_t word; /* its upper `have` bits are those that come next */
	unsigned have;
};

static inline void bits_fill(struct bits *b)
{
	if (b->have >= 16)
		return;
	b->word |= (uint32_t)cursor_le16(&b->in) << (16 - b->have);
	b->have += 16;
}

static inline uint32_t bits_take(struct bits *b, unsigned n)
{
	uint32_t v;

	bits_fill(b);
	v = n ? b->word >> (32 - n) : 0;
	b->word <<= n;
	b->have -= n;
	return v;
}

/* Symbols in the order of their codes; of each length the first code behind it, and where its own
 * begin. */
struct code {
	uint16_t symbols[BITS_SYMBOLS];
	uint32_t ends[BITS_LONGEST + 1]; /* as 16 bits */
	int32_t shift[BITS_LONGEST + 1];
};

/* False where there are more codes than lengths have room for. */
static inline bool code_build(struct code *c, const uint8_t *lengths, uint32_t count)
{
	uint32_t per[BITS_LONGEST + 1] = { 0 }, next[BITS_LONGEST + 1], code = 0, index = 0;

	for (uint32_t i = 0; i < count; i++)
		per[lengths[i]]++;
	per[0] = 0;
	for (unsigned n = 1; n <= BITS_LONGEST; n++) {
		code <<= 1;
		c->shift[n] = (int32_t)index - (int32_t)code;
		next[n] = index;
		index += per[n];
		code += per[n];
		if (code > 1u << n)
			return false;
		c->ends[n] = code << (BITS_LONGEST - n);
	}
	for (uint32_t i = 0; i < count; i++)
		if (lengths[i])
			c->symbols[next[lengths[i]]++] = (uint16_t)i;
	return true;
}

/* The next symbol; -1 where the bits are no code. */
static inline int code_take(const struct code *c, struct bits *b)
{
	uint32_t ahead;

	bits_fill(b);
	ahead = b->word >> 16;
	for (unsigned n = 1; n <= BITS_LONGEST; n++) {
		if (ahead >= c->ends[n])
			continue;
		b->word <<= n;
		b->have -= n;
		return c->symbols[(int32_t)(ahead >> (BITS_LONGEST - n)) + c->shift[n]];
	}
	return -1;
}

/* Plain bytes of a chunk, all of them in one piece. */
struct plain {
	uint8_t *p;
	size_t n, size;
};

static inline bool plain_match(struct plain *to, uint64_t distance, uint64_t length)
{
	if (distance == 0 || distance > to->n || length > to->size - to->n)
		return false;
	for (; length; length--, to->n++)
		to->p[to->n] = to->p[to->n - (size_t)distance];
	return true;
}

#endif
