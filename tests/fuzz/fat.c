/* fat.c - FAT12, FAT16, FAT32. */
#include "fuzz/format.h"

extern const struct format format_fat;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	return fuzz_format(&format_fat, data, size);
}
