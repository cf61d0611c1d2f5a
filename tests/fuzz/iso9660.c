/* iso9660.c - ISO 9660. The bytes stand behind the 16 sectors that every image leaves free. */
#include "fuzz/format.h"

extern const struct format format_iso9660;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define FREE (16 * 2048)
#define MOST (128 * 1024)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static uint8_t image[FREE + MOST];

	if (size > MOST)
		return 0;
	if (size)
		memcpy(image + FREE, data, size);
	return fuzz_format(&format_iso9660, image, FREE + size);
}
