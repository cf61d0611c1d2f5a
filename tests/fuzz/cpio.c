/* cpio.c - cpio archives of all variants. */
#include "fuzz/format.h"

extern const struct format format_cpio;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	return fuzz_format(&format_cpio, data, size);
}
