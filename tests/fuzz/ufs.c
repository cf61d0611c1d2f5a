/* ufs.c - UFS1 and UFS2. What stands before the superblock is left out of the input. */
#include "fuzz/format.h"

extern const struct format format_ufs;

#define SUPER 8192

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t *copy = calloc(1, SUPER + size);

	if (copy && size)
		memcpy(copy + SUPER, data, size);
	if (copy)
		fuzz_format(&format_ufs, copy, SUPER + size);
	free(copy);
	return 0;
}
