/* erofs.c - EROFS, as if its superblock had no checksum. */
#include "fuzz/format.h"

extern const struct format format_erofs;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t *copy = malloc(size + 1);

	if (!copy)
		return 0;
	if (size)
		memcpy(copy, data, size);
	if (size > 1024 + 8)
		copy[1024 + 8] &= 0xfe;
	fuzz_format(&format_erofs, copy, size);
	free(copy);
	return 0;
}
