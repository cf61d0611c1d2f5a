/* iso9660.c - ISO 9660 through libarchive: our probe, and what we make of its entries. */
#include "fuzz/format.h"

extern const struct format format_iso9660;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	return fuzz_format(&format_iso9660, data, size);
}
