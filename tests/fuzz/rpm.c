/* rpm.c - RPM packages. */
#include "fuzz/format.h"

extern const struct format format_rpm;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	return fuzz_format(&format_rpm, data, size);
}
