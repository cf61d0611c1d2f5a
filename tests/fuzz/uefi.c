/* uefi.c - firmware of PCs: volumes, sections, variables, signatures, capsules, and what stands
 * beside them in the flash. Sums that guard headers are made right first. */
#include "base/cursor.h"
#include "fuzz/format.h"

#define VOLUME_HEADER 72
#define FILE_HEADER   24
#define MOST_FILES    64

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void put_le(uint8_t *p, uint64_t v, int bytes)
{
	for (int i = 0; i < bytes; i++)
		p[i] = (uint8_t)(v >> 8 * i);
}

static void mend_files(uint8_t *p, size_t n)
{
	size_t at = VOLUME_HEADER;

	for (int i = 0; i < MOST_FILES && n - at >= FILE_HEADER; i++) {
		uint32_t sum = 0,
			 length = span_u32((struct span){ p, n }, at + 20, false) & 0xffffff;

		p[at + 16] = 0;
		for (size_t k = 0; k < FILE_HEADER; k++)
			sum += k == 17 || k == 23 ? 0 : p[at + k];
		p[at + 16] = (uint8_t)(0u - sum);
		if (length < FILE_HEADER || length > n - at - 8)
			return;
		at += (length + 7) / 8 * 8;
	}
}

/* A volume of one block that ends where the bytes do. */
static void mend_volume(uint8_t *p, size_t n)
{
	uint16_t sum = 0;

	if (n < VOLUME_HEADER)
		return;
	memcpy(p + 40, "_FVH", 4);
	put_le(p + 32, n, 8);
	put_le(p + 48, VOLUME_HEADER, 4);
	p[55] = 2;
	put_le(p + 56, 1, 4);
	put_le(p + 60, n, 4);
	put_le(p + 64, 0, 8);
	for (size_t i = 0; i < VOLUME_HEADER; i += 2)
		sum = (uint16_t)(sum - (p[i] | p[i + 1] << 8));
	put_le(p + 50, sum, 2);
	mend_files(p, n);
}

static void run_volume(const uint8_t *data, size_t size)
{
	uint8_t *copy = malloc(size + 1);

	if (!copy)
		return;
	memcpy(copy, data, size);
	mend_volume(copy, size);
	fuzz_format(format_named("uefi-fv"), copy, size);
	free(copy);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const names[] = { "uefi-sections", "uefi-vars", "ami-nvar",
					     "uefi-siglist",  "uefi-auth", "uefi-capsule",
					     "intel-flash",   "intel-me",  "intel-cpd",
					     "option-rom",    "uefi-ftw",  "amd-psp" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		fuzz_format(format_named(names[i]), data, size);
	run_volume(data, size);
	return 0;
}
