/* pieces.h - a file system that is mostly free, under the fuzzer: the input tells which pieces of
 * 512 bytes hold something (number of the piece, length: 2 bytes each, little-endian; bytes). The
 * image is kept from one input to the next, for clearing all of it would take longest. */
#ifndef EVENHAND_TESTS_FUZZ_PIECES_H
#define EVENHAND_TESTS_FUZZ_PIECES_H

#include <sanitizer/asan_interface.h>

#include "base/cursor.h"
#include "fuzz/format.h"

#define PIECE       512
#define MOST_PIECES 16384

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

static inline void clear(struct cursor c, uint8_t *image)
{
	while (cursor_left(&c) > 4 && !c.ran_out) {
		memset(image + (size_t)(cursor_le16(&c) % MOST_PIECES) * PIECE, 0, PIECE);
		cursor_skip(&c, cursor_le16(&c));
	}
}

/* mend makes the checksums right without which nothing would be read; it may change only pieces
 * that the input has. */
static inline int fuzz_pieces(const struct format *f, struct span in,
			      void (*mend)(uint8_t *image, size_t n))
{
	static uint8_t *image;
	struct cursor c = { .in = in };
	size_t n;

	image = image ? image : calloc(MOST_PIECES, PIECE);
	if (!image)
		return 0;
	n = lay_out(c, image);
	mend(image, n);
	ASAN_POISON_MEMORY_REGION(image + n, (size_t)MOST_PIECES * PIECE - n);
	fuzz_span(f, (struct span){ image, n });
	ASAN_UNPOISON_MEMORY_REGION(image, (size_t)MOST_PIECES * PIECE);
	clear(c, image);
	return 0;
}

#endif
