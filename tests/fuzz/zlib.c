/* zlib.c - zlib streams. */
#include "fuzz/format.h"

extern const struct format format_zlib;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	return fuzz_format(&format_zlib, data, size);
}
