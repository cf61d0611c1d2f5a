/* pe.c - PE executables and their terse form. */
#include "fuzz/format.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	fuzz_format(format_named("pe"), data, size);
	fuzz_format(format_named("te"), data, size);
	return 0;
}
