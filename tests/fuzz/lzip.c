/* lzip.c - lzip members. */
#include "fuzz/format.h"

extern const struct format format_lzip;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	return fuzz_format(&format_lzip, data, size);
}
