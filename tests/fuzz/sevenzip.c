/* sevenzip.c - 7z archives through libarchive: our probe, and what we make of its entries. */
#include "fuzz/format.h"

extern const struct format format_sevenzip;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	return fuzz_format(&format_sevenzip, data, size);
}
