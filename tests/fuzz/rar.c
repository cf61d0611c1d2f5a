/* rar.c - RAR and LHA archives. The checksum of each block of a RAR 4 is made right first. */
#include "base/hash.h"
#include "fuzz/format.h"

extern const struct format format_rar, format_lha;

#define MARK 7

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void mend(uint8_t *p, size_t size)
{
	for (size_t at = MARK, head; at + MARK <= size; at += head) {
		uint32_t crc;

		head = p[at + 5] | (size_t)p[at + 6] << 8;
		if (head < MARK || head > size - at)
			return;
		crc = crc32_of((struct span){ p + at + 2, head - 2 });
		p[at] = (uint8_t)crc;
		p[at + 1] = (uint8_t)(crc >> 8);
		if (p[at + 2] == 0x74)
			head += p[at + 7] | (size_t)p[at + 8] << 8;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t *copy = malloc(size + 1);

	fuzz_format(&format_rar, data, size);
	fuzz_format(&format_lha, data, size);
	if (copy && size > MARK) {
		memcpy(copy, data, size);
		memcpy(copy, "Rar!\x1a\x07\x00", MARK);
		mend(copy, size);
		fuzz_format(&format_rar, copy, size);
	}
	free(copy);
	return 0;
}
