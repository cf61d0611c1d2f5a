/* otherfs.c - superblocks of file systems, which stand far behind the start: the input is taken for
 * each in turn. */
#include "fuzz/format.h"

extern const struct format format_jfs, format_reiserfs, format_hfsplus, format_apfs, format_qnx6;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void run_behind(const struct format *f, size_t zeros, const uint8_t *data, size_t size)
{
	uint8_t *copy = calloc(1, zeros + size + 1);

	if (copy && size)
		memcpy(copy + zeros, data, size);
	if (copy)
		fuzz_format(f, copy, zeros + size);
	free(copy);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	run_behind(&format_jfs, 0x8000, data, size);
	run_behind(&format_reiserfs, 65536, data, size);
	run_behind(&format_hfsplus, 1024, data, size);
	run_behind(&format_apfs, 0, data, size);
	run_behind(&format_qnx6, 0x2000, data, size);
	return 0;
}
