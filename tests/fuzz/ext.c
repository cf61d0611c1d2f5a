/* ext.c - ext2, ext3, ext4. */
#include "fuzz/format.h"

extern const struct format format_ext;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	return fuzz_format(&format_ext, data, size);
}
