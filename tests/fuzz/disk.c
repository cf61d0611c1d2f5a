/* disk.c - images of disks. The checksums of a VHD are made right first. */
#include "fuzz/format.h"

extern const struct format format_simg, format_qcow2, format_vdi, format_vhd, format_vmdk,
	format_vmdktext;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The inverse of the sum of the bytes [from, from + n) without the field at `at`. */
static void mend(uint8_t *p, size_t size, size_t from, size_t n, size_t at)
{
	uint32_t sum = 0;

	if (from > size || n > size - from)
		return;
	memset(p + from + at, 0, 4);
	for (size_t i = from; i < from + n; i++)
		sum += p[i];
	for (int i = 0; i < 4; i++)
		p[from + at + (size_t)i] = (uint8_t)(~sum >> (24 - 8 * i));
}

static void run_mended(const uint8_t *data, size_t size)
{
	uint8_t *copy = malloc(size + 1);

	if (!copy)
		return;
	if (size)
		memcpy(copy, data, size);
	mend(copy, size, 0, 512, 64);
	mend(copy, size, 512, 1024, 36);
	fuzz_format(&format_vhd, copy, size);
	free(copy);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	fuzz_format(&format_simg, data, size);
	fuzz_format(&format_qcow2, data, size);
	fuzz_format(&format_vdi, data, size);
	fuzz_format(&format_vmdk, data, size);
	fuzz_format(&format_vmdktext, data, size);
	run_mended(data, size);
	return 0;
}
