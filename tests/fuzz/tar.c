/* tar.c - tar archives of all dialects, those without a magic too. */
#include "fuzz/format.h"

extern const struct format format_tar, format_tarv7;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	return fuzz_format(&format_tar, data, size) | fuzz_format(&format_tarv7, data, size);
}
