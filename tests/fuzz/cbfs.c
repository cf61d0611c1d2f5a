/* cbfs.c - coreboot's file system and the map of a flash. */
#include "fuzz/format.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	fuzz_format(format_named("cbfs"), data, size);
	fuzz_format(format_named("fmap"), data, size);
	return 0;
}
