/* bzip2.c - bzip2 streams. */
#include "fuzz/format.h"

extern const struct format format_bzip2;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	return fuzz_format(&format_bzip2, data, size);
}
