/* cbfs.c - coreboot's file system and the map of a flash. */
#include "base/hash.h"
#include "fuzz/format.h"

int LLVMFuzzerInitialize(int *count, char ***words);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerInitialize(int *count, char ***words)
{
	(void)count;
	(void)words;
	hash_start();
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	fuzz_format(format_named("cbfs"), data, size);
	fuzz_format(format_named("fmap"), data, size);
	return 0;
}
