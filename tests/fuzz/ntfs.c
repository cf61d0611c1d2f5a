/* ntfs.c - NTFS. Of the input, what follows the sixth record of a table at 1024 begins with the
 * seventeenth: those between are the file system's own, and say nothing. */
#include "fuzz/format.h"

extern const struct format format_ntfs;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define FIRST 7168 /* bytes before the gap */
#define GAP   10240

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	size_t first = size < FIRST ? size : FIRST;
	uint8_t *image = calloc(1, size + GAP);

	if (!image)
		return 0;
	if (first)
		memcpy(image, data, first);
	if (size > first)
		memcpy(image + FIRST + GAP, data + FIRST, size - FIRST);
	fuzz_format(&format_ntfs, image, size > first ? size + GAP : first);
	free(image);
	return 0;
}
