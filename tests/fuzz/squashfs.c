/* squashfs.c - SquashFS of every version, byte order and codec. */
#include "fuzz/format.h"

extern const struct format format_squashfs;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	return fuzz_format(&format_squashfs, data, size);
}
