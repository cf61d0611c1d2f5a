/* lzma.c - LZMA-alone streams. */
#include "fuzz/format.h"

extern const struct format format_lzma;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	return fuzz_format(&format_lzma, data, size);
}
