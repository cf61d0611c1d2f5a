/* compress.c - UNIX compress. */
#include "fuzz/format.h"

extern const struct format format_compress;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	return fuzz_format(&format_compress, data, size);
}
