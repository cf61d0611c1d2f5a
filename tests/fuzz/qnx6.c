/* qnx6.c - QNX6, in pieces; tests/samples/otherfs/seeds.py makes a seed of a sample. The sum of the
 * first superblock is made right. */
#include "fuzz/pieces.h"

#define SUPER 0x2000u

extern const struct format format_qnx6;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void mend(uint8_t *image, size_t n)
{
	uint8_t *p = image + SUPER;
	uint32_t crc = 0;

	if (n < SUPER + PIECE || memcmp(p, "\x22\x11\x19\x68", 4) != 0)
		return;
	for (size_t i = 8; i < PIECE; i++) {
		crc ^= (uint32_t)p[i] << 24;
		for (int bit = 0; bit < 8; bit++)
			crc = crc << 1 ^ (crc >> 31 ? 0x04c11db7u : 0);
	}
	put_le32(p + 4, crc);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	return fuzz_pieces(&format_qnx6, (struct span){ data, size }, mend);
}
