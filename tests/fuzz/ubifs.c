/* ubifs.c - UBIFS. An image is mostly erased, so the input is a list of nodes and where they stand
 * (LEB, place / 8, bytes that follow: 1, 2, 2 bytes, little-endian); tests/samples/ubifs/seeds.py
 * makes one of a sample. Checksums of all nodes are made right. */
#include "base/cursor.h"
#include "base/hash.h"
#include "fuzz/format.h"

extern const struct format format_ubifs;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define LEB   15360
#define LEBS  16
#define IMAGE ((size_t)LEB * LEBS)

static void put_le32(uint8_t *p, uint32_t value)
{
	for (int i = 0; i < 4; i++)
		p[i] = (uint8_t)(value >> 8 * i);
}

static void mend(uint8_t *p, size_t n)
{
	uint32_t length = span_u32((struct span){ p, n }, 16, false);

	if (length >= 24 && length <= n && length <= 65536)
		put_le32(p + 4, crc32_open((struct span){ p + 8, length - 8 }));
}

/* Gives the length of the image: to the end of the last LEB that holds a node. */
static size_t lay_out(struct cursor c, uint8_t *image)
{
	size_t end = 0;

	while (cursor_left(&c) > 5 && !c.ran_out) {
		size_t leb = cursor_u8(&c) % LEBS;
		size_t at = leb * LEB + (size_t)cursor_le16(&c) * 8 % LEB;
		struct span node = cursor_span(&c, cursor_le16(&c));

		if (node.n && node.n <= IMAGE - at)
			memcpy(image + at, node.p, node.n);
		if (end < (leb + 1) * LEB)
			end = (leb + 1) * LEB;
	}
	return end;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t *image = malloc(IMAGE);
	struct span in = { image, 0 };
	size_t n;

	if (!image)
		return 0;
	memset(image, 0xff, IMAGE);
	n = lay_out((struct cursor){ .in = { data, size } }, image);
	in.n = n;
	for (size_t at = 0; (at = span_find(in, at, span_text("\x31\x18\x10\x06"))) < n; at += 4)
		mend(image + at, n - at);
	fuzz_format(&format_ubifs, image, n);
	free(image);
	return 0;
}
