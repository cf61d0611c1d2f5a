/* exfat.c - exFAT. */
#include "fuzz/format.h"

extern const struct format format_exfat;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	return fuzz_format(&format_exfat, data, size);
}
