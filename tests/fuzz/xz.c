/* xz.c - xz streams, filters, padding. */
#include "fuzz/format.h"

extern const struct format format_xz;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	return fuzz_format(&format_xz, data, size);
}
