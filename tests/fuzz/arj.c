/* arj.c - ARJ archives. The checksum of each header is made right first. */
#include "base/hash.h"
#include "fuzz/format.h"

extern const struct format format_arj;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void mend(uint8_t *p, size_t size)
{
	for (size_t at = 0, n; at + 8 <= size; at += 4 + n + 4 + 2) {
		uint32_t crc;

		n = p[at + 2] | (size_t)p[at + 3] << 8;
		if (p[at] != 0x60 || n == 0 || n > size - at - 8)
			return;
		crc = crc32_of((struct span){ p + at + 4, n });
		for (size_t i = 0; i < 4; i++)
			p[at + 4 + n + i] = (uint8_t)(crc >> 8 * i);
		if (n > 16 && p[at + 10] != 2)
			at += p[at + 16] | (size_t)p[at + 17] << 8;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t *copy = malloc(size + 1);

	if (!copy)
		return 0;
	if (size)
		memcpy(copy, data, size);
	mend(copy, size);
	fuzz_format(&format_arj, copy, size);
	free(copy);
	return 0;
}
