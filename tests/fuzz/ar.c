/* ar.c - UNIX archives. */
#include "fuzz/format.h"

extern const struct format format_ar;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	return fuzz_format(&format_ar, data, size);
}
