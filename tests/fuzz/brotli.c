/* brotli.c - Brotli streams. */
#include "fuzz/format.h"

extern const struct format format_brotli;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	return fuzz_format(&format_brotli, data, size);
}
