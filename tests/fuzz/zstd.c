/* zstd.c - Zstandard and skippable frames. */
#include "fuzz/format.h"

extern const struct format format_zstd;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	return fuzz_format(&format_zstd, data, size);
}
