/* ubifs.c - UBIFS; checksums of all nodes are made right first. */
#include "base/cursor.h"
#include "base/hash.h"
#include "fuzz/format.h"

extern const struct format format_ubifs;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void put_le32(uint8_t *p, uint32_t value)
{
	for (int i = 0; i < 4; i++)
		p[i] = (uint8_t)(value >> 8 * i);
}

static void mend(uint8_t *p, size_t n)
{
	uint32_t length = n >= 24 ? span_u32((struct span){ p, n }, 16, false) : 0;

	if (length >= 24 && length <= n && length <= 65536)
		put_le32(p + 4, crc32_open((struct span){ p + 8, length - 8 }));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t *copy = malloc(size ? size : 1);

	if (!copy)
		return 0;
	if (size)
		memcpy(copy, data, size);
	for (size_t at = 0; at + 24 <= size; at += 8)
		if (memcmp(copy + at, "\x31\x18\x10\x06", 4) == 0)
			mend(copy + at, size - at);
	fuzz_format(&format_ubifs, copy, size);
	free(copy);
	return 0;
}
