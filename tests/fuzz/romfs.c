/* romfs.c - Linux romfs. */
#include "fuzz/format.h"

extern const struct format format_romfs;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	return fuzz_format(&format_romfs, data, size);
}
