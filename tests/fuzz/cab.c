/* cab.c - cabinets through libarchive: our probe, and what we make of its entries. */
#include "fuzz/format.h"

extern const struct format format_cab;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	return fuzz_format(&format_cab, data, size);
}
