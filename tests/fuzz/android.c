/* android.c - Android boot and vendor boot images. */
#include "fuzz/format.h"

extern const struct format format_android;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	return fuzz_format(&format_android, data, size);
}
