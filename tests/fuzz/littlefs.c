/* littlefs.c - littlefs. The checksums of commits are made right first, in blocks of the size that
 * the superblock says. */
#include "base/cursor.h"
#include "base/hash.h"
#include "fuzz/format.h"

extern const struct format format_littlefs;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The first commit of a block, up to its tag of a checksum. */
static void mend(uint8_t *p, size_t n)
{
	struct span block = { p, n };
	uint32_t before = UINT32_MAX;

	for (size_t at = 4; at + 8 <= n;) {
		uint32_t tag = span_u32(block, at, true) ^ before, length = tag & 0x3ff;

		if (tag >> 31)
			return;
		if ((tag >> 20 & 0x780) == 0x500) {
			uint32_t crc = crc32_open(span_head(block, at + 4));

			for (int i = 0; i < 4; i++)
				p[at + 4 + (size_t)i] = (uint8_t)(crc >> 8 * i);
			return;
		}
		before = tag;
		at += 4 + (length == 0x3ff ? 0 : length);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t *copy = malloc(size + 1);
	uint32_t block = span_u32((struct span){ data, size }, 24, false);

	if (!copy)
		return 0;
	if (size)
		memcpy(copy, data, size);
	for (size_t at = 0; block >= 128 && at < size && block <= size - at; at += block)
		mend(copy + at, block);
	fuzz_format(&format_littlefs, copy, size);
	free(copy);
	return 0;
}
