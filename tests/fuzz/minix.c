/* minix.c - MINIX file systems 1, 2 and 3. */
#include "fuzz/format.h"

extern const struct format format_minix;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	return fuzz_format(&format_minix, data, size);
}
