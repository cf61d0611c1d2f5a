/* mbr.c - partition tables of the first sector. */
#include "fuzz/format.h"

extern const struct format format_mbr;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	return fuzz_format(&format_mbr, data, size);
}
