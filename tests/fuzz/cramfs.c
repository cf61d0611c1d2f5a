/* cramfs.c - cramfs of both byte orders. */
#include "fuzz/format.h"

extern const struct format format_cramfs;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	return fuzz_format(&format_cramfs, data, size);
}
