/* ntfs.c - NTFS. */
#include "fuzz/format.h"

extern const struct format format_ntfs;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	return fuzz_format(&format_ntfs, data, size);
}
