/* ubi.c - UBI images; checksums of headers and of the volume table are made right first. */
#include "base/cursor.h"
#include "base/hash.h"
#include "fuzz/format.h"

extern const struct format format_ubi;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define RECORD 172

static void put_be32(uint8_t *p, uint32_t value)
{
	for (int i = 0; i < 4; i++)
		p[i] = (uint8_t)(value >> (24 - 8 * i));
}

static void mend_table(uint8_t *p, size_t n)
{
	for (size_t at = 0; at + RECORD <= n && at < 5 * RECORD; at += RECORD)
		put_be32(p + at + RECORD - 4, crc32_open((struct span){ p + at, RECORD - 4 }));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t *copy = malloc(size ? size : 1);

	if (!copy)
		return 0;
	if (size)
		memcpy(copy, data, size);
	for (size_t at = 0; at + 64 <= size; at += 64) {
		if (memcmp(copy + at, "UBI#", 4) != 0 && memcmp(copy + at, "UBI!", 4) != 0)
			continue;
		if (copy[at + 3] == '!' && copy[at + 8] == 0x7f && copy[at + 40] == 0)
			mend_table(copy + at + 64, size - at - 64);
		put_be32(copy + at + 60, crc32_open((struct span){ copy + at, 60 }));
	}
	fuzz_format(&format_ubi, copy, size);
	free(copy);
	return 0;
}
