/* pieces.h - a file system that is mostly free, under the fuzzer: the input tells which pieces of
 * 512 bytes hold something. */
#ifndef EVENHAND_TESTS_FUZZ_PIECES_H
#define EVENHAND_TESTS_FUZZ_PIECES_H

#include "base/cursor.h"
#include "fuzz/format.h"

#define PIECE       512
#define MOST_PIECES 4096

static inline void put_le32(uint8_t *p, uint32_t value)
{
	for (int i = 0; i < 4; i++)
		p[i] = (uint8_t)(value >> 8 * i);
}

/* Gives the length of the image, which ends with its last piece. */
static inline size_t lay_out(struct cursor c, uint8_t *image)
{
	size_t end = 0;

	while (cursor_left(&c) > 4 && !c.ran_out) {
		size_t at = (size_t)(cursor_le16(&c) % MOST_PIECES) * PIECE;
		struct span bytes = span_head(cursor_span(&c, cursor_le16(&c)), PIECE);

		if (bytes.n)
			memcpy(image + at, bytes.p, bytes.n);
		if (end < at + PIECE)
			end = at + PIECE;
	}
	return end;
}

/* mend makes the checksums right without which nothing would be read. */
static inline int fuzz_pieces(const struct format *f, struct span in,
			      void (*mend)(uint8_t *image, size_t n))
{
	uint8_t *image = calloc(MOST_PIECES, PIECE);
	size_t n;

	if (!image)
		return 0;
	n = lay_out((struct cursor){ .in = in }, image);
	mend(image, n);
	fuzz_format(f, image, n);
	free(image);
	return 0;
}

#endif
