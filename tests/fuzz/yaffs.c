/* yaffs.c - YAFFS1 and YAFFS2 with their spare bytes. Tags of YAFFS2 are believed without their
 * check bytes. */
#include "fuzz/format.h"

extern const struct format format_yaffs;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	return fuzz_format(&format_yaffs, data, size);
}
