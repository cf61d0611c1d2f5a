/* gzip.c - gzip streams: header fields, members in a row. */
#include "fuzz/format.h"

extern const struct format format_gzip;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	return fuzz_format(&format_gzip, data, size);
}
