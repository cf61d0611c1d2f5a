/* kernels.c - images of kernels and boot loaders. Those which want 64 KiB get them: the input
 * stands at the start and again at the end. */
#include "fuzz/format.h"

#define LEAST (64u << 10)

extern const struct format format_zimage, format_bzimage, format_arm64, format_zboot, format_linux,
	format_uboot, format_vmlinux;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void run_large(const struct format *f, const uint8_t *data, size_t size)
{
	uint8_t *large = calloc(1, LEAST + size);

	if (!large)
		return;
	if (size) {
		memcpy(large, data, size);
		memcpy(large + LEAST, data, size);
	}
	fuzz_format(f, large, LEAST + size);
	free(large);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	fuzz_format(&format_zimage, data, size);
	fuzz_format(&format_bzimage, data, size);
	fuzz_format(&format_zboot, data, size);
	fuzz_format(&format_vmlinux, data, size);
	run_large(&format_arm64, data, size);
	run_large(&format_linux, data, size);
	run_large(&format_uboot, data, size);
	return 0;
}
