/* ntfs_unpack.c - LZNT1: chunks of at most 4096 plain bytes, each with a header of two bytes. In a
 * token for a match the more bits are its distance the further the chunk has gone. Source:
 * Microsoft [MS-XCA] 2.5. */
#include "format/ntfs.h"

#define CHUNK  4096
#define PACKED 0x8000u
#define LENGTH 0x0fffu

struct chunk {
	uint8_t plain[CHUNK];
	size_t n;
};

/* How many bits of a token are the length. */
static unsigned length_bits(size_t done)
{
	unsigned bits = 12;

	for (size_t i = done - 1; i >= 16; i >>= 1)
		bits--;
	return bits;
}

static bool copy_match(struct chunk *c, uint16_t token)
{
	unsigned bits = c->n ? length_bits(c->n) : 0;
	size_t length = (token & ((1u << bits) - 1)) + 3u, distance = (size_t)(token >> bits) + 1;

	if (distance > c->n || length > CHUNK - c->n)
		return false;
	for (; length; length--, c->n++)
		c->plain[c->n] = c->plain[c->n - distance];
	return true;
}

/* Eight tokens, each a byte or a match, behind the bits that tell which. */
static bool unpack_chunk(struct span in, struct chunk *c)
{
	struct cursor k = { .in = in };

	c->n = 0;
	while (cursor_left(&k)) {
		uint8_t kinds = cursor_u8(&k);

		for (int i = 0; i < 8 && cursor_left(&k); i++, kinds >>= 1) {
			if (kinds & 1) {
				if (!copy_match(c, cursor_le16(&k)) || k.ran_out)
					return false;
			} else if (c->n < CHUNK) {
				c->plain[c->n++] = cursor_u8(&k);
			} else {
				return false;
			}
		}
	}
	return true;
}

struct fault ntfs_unpack(struct span in, uint64_t most, struct sink *out)
{
	struct cursor k = { .in = in };
	struct chunk c;

	while (most && cursor_left(&k) >= 2) {
		size_t at = k.at;
		uint16_t header = cursor_le16(&k);
		struct span chunk;
		uint64_t want = most < CHUNK ? most : CHUNK;

		if (header == 0)
			break;
		chunk = cursor_span(&k, (header & LENGTH) + 1u);
		if (chunk.n == 0)
			return fault_at(FAULT_BROKEN, at, "packed chunk", header & LENGTH, in.n);
		if (!(header & PACKED)) {
			c.n = chunk.n;
			memcpy(c.plain, chunk.p, chunk.n);
		} else if (!unpack_chunk(chunk, &c)) {
			return fault_at(FAULT_BROKEN, at, "packed chunk", c.n, CHUNK);
		}
		if (!sink_put(out, span_head((struct span){ c.plain, c.n }, want)) ||
		    (c.n < want && !sink_zero(out, want - c.n)))
			return out->fault;
		most -= want;
	}
	return fine; /* what is not said reads as zeros */
}
