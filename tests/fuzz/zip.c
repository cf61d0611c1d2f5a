/* zip.c - zip archives, by their directory or without one. */
#include "fuzz/format.h"

extern const struct format format_zip;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	return fuzz_format(&format_zip, data, size);
}
