/* udf.c - UDF volumes. The bytes stand where a volume of blocks of 512 has its descriptors (six
 * blocks at block 96) and what follows its anchor (from block 256). Checksums and CRCs are mended,
 * the inner ones first, so that what they guard is reached. */
#include "base/hash.h"
#include "fuzz/format.h"

extern const struct format format_udf;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define BLOCK       512
#define SEQUENCE    (96 * BLOCK)
#define DESCRIPTORS (6 * BLOCK)
#define ANCHOR      (256 * BLOCK)
#define MOST        (64 * BLOCK)

static void mend(uint8_t *p, size_t left)
{
	size_t length = (size_t)(p[10] | p[11] << 8);
	uint16_t id = (uint16_t)(p[0] | p[1] << 8), crc;
	uint8_t sum = 0;

	if ((id < 1 || id > 9) && (id < 256 || id > 266))
		return;
	if ((p[2] != 2 && p[2] != 3) || p[3] != 0 || length == 0 || length > left - 16)
		return;
	crc = crc16_1021(0, (struct span){ p + 16, length });
	p[8] = (uint8_t)crc;
	p[9] = (uint8_t)(crc >> 8);
	p[4] = 0;
	for (int i = 0; i < 16; i++)
		sum = (uint8_t)(sum + p[i]);
	p[4] = sum;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static uint8_t volume[ANCHOR + MOST];

	if (size <= DESCRIPTORS || size - DESCRIPTORS > MOST)
		return 0;
	memcpy(volume + SEQUENCE, data, DESCRIPTORS);
	memcpy(volume + ANCHOR, data + DESCRIPTORS, size - DESCRIPTORS);
	size = ANCHOR + size - DESCRIPTORS;
	for (size_t n = (size - SEQUENCE) / 4 - 3; n-- > 0;)
		mend(volume + SEQUENCE + 4 * n, size - SEQUENCE - 4 * n);
	return fuzz_format(&format_udf, volume, size);
}
