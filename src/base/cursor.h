/* cursor.h - fields in order. Past the end a read yields 0 and ran_out stays set; a cursor that is
 * made to begin behind the end of its span has run out with its first read.
 * Rule: no field is used, and nothing is sized by one, before ran_out is known. */
#ifndef EVENHAND_BASE_CURSOR_H
#define EVENHAND_BASE_CURSOR_H

#include "base/span.h"

struct cursor {
	struct span in;
	size_t at;
	bool ran_out;
};

static inline const uint8_t *cursor_take(struct cursor *c, uint64_t n)
{
	c->ran_out |= c->at > c->in.n || n > c->in.n - c->at;
	if (c->ran_out || !c->in.p) /* nothing, of nowhere: no pointer to count from */
		return NULL;
	c->at += (size_t)n;
	return c->in.p + c->at - n;
}

/* The next n bytes as a span; empty when they are not there. */
static inline struct span cursor_span(struct cursor *c, uint64_t n)
{
	const uint8_t *b = cursor_take(c, n);

	return b ? (struct span){ b, (size_t)n } : (struct span){ 0 };
}

static inline void cursor_skip(struct cursor *c, uint64_t n)
{
	cursor_take(c, n);
}

/* Goes to an absolute offset of the span; behind its end counts as running out. */
static inline void cursor_seek(struct cursor *c, uint64_t at)
{
	if (at > c->in.n)
		c->ran_out = true;
	else
		c->at = (size_t)at;
}

static inline size_t cursor_left(const struct cursor *c)
{
	return c->at > c->in.n ? 0 : c->in.n - c->at;
}

static inline uint8_t cursor_u8(struct cursor *c)
{
	const uint8_t *b = cursor_take(c, 1);

	return b ? *b : 0;
}

static inline uint16_t cursor_le16(struct cursor *c)
{
	const uint8_t *b = cursor_take(c, 2);

	return b ? (uint16_t)((uint32_t)b[0] | (uint32_t)b[1] << 8) : 0;
}

static inline uint16_t cursor_be16(struct cursor *c)
{
	const uint8_t *b = cursor_take(c, 2);

	return b ? (uint16_t)((uint32_t)b[0] << 8 | (uint32_t)b[1]) : 0;
}

static inline uint32_t cursor_le32(struct cursor *c)
{
	const uint8_t *b = cursor_take(c, 4);

	return b ? b[0] | (uint32_t)b[1] << 8 | (uint32_t)b[2] << 16 | (uint32_t)b[3] << 24 : 0;
}

static inline uint32_t cursor_be32(struct cursor *c)
{
	const uint8_t *b = cursor_take(c, 4);

	return b ? b[3] | (uint32_t)b[2] << 8 | (uint32_t)b[1] << 16 | (uint32_t)b[0] << 24 : 0;
}

static inline uint64_t cursor_le64(struct cursor *c)
{
	uint64_t low = cursor_le32(c);

	return low | (uint64_t)cursor_le32(c) << 32;
}

static inline uint64_t cursor_be64(struct cursor *c)
{
	uint64_t high = cursor_be32(c);

	return high << 32 | cursor_be32(c);
}

/* The same in the byte order that a header has settled. */
static inline uint16_t cursor_u16(struct cursor *c, bool big)
{
	return big ? cursor_be16(c) : cursor_le16(c);
}

static inline uint32_t cursor_u32(struct cursor *c, bool big)
{
	return big ? cursor_be32(c) : cursor_le32(c);
}

static inline uint64_t cursor_u64(struct cursor *c, bool big)
{
	return big ? cursor_be64(c) : cursor_le64(c);
}

/* One field at a known offset; 0 where the bytes are missing. For probes that look at a few
 * scattered fields after they have checked that the header is there. */
static inline uint16_t span_u16(struct span s, uint64_t at, bool big)
{
	struct cursor c = { .in = span_sub(s, at, 2) };

	return cursor_u16(&c, big);
}

static inline uint32_t span_u32(struct span s, uint64_t at, bool big)
{
	struct cursor c = { .in = span_sub(s, at, 4) };

	return cursor_u32(&c, big);
}

static inline uint64_t span_u64(struct span s, uint64_t at, bool big)
{
	struct cursor c = { .in = span_sub(s, at, 8) };

	return cursor_u64(&c, big);
}

#endif
