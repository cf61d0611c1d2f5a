/* lz4legacy.c - legacy lz4 frames. */
#include "fuzz/format.h"

extern const struct format format_lz4legacy;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	return fuzz_format(&format_lz4legacy, data, size);
}
