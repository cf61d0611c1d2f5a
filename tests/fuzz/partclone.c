/* partclone.c - Partclone images. The checksum of the header is made right first. */
#include "base/hash.h"
#include "fuzz/format.h"

extern const struct format format_partclone;

#define SUM 106

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t *copy = malloc(size + 1);

	if (!copy)
		return 0;
	if (size)
		memcpy(copy, data, size);
	if (size >= SUM + 4) {
		uint32_t crc = crc32_open((struct span){ copy, SUM });

		for (int i = 0; i < 4; i++)
			copy[SUM + i] = (uint8_t)(crc >> 8 * i);
	}
	fuzz_format(&format_partclone, copy, size);
	free(copy);
	return 0;
}
