/* headers.c - boot headers and tables. Where a checksum guards the header, it is made right first:
 * what lies behind it is what an attacker reaches. */
#include "base/hash.h"
#include "fuzz/format.h"

extern const struct format format_trx, format_uimage, format_tplink, format_gpt, format_dtb,
	format_fit;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void put_le32(uint8_t *p, uint32_t v)
{
	for (int i = 0; i < 4; i++)
		p[i] = (uint8_t)(v >> 8 * i);
}

static void mend_uimage(uint8_t *p, size_t n)
{
	uint32_t crc;

	if (n < 64)
		return;
	memset(p + 4, 0, 4);
	crc = crc32_of((struct span){ p, 64 });
	for (int i = 0; i < 4; i++)
		p[4 + i] = (uint8_t)(crc >> (24 - 8 * i));
}

static void mend_gpt(uint8_t *p, size_t n)
{
	if (n < 1024)
		return;
	memcpy(p + 512, "EFI PART", 8);
	put_le32(p + 512 + 12, 92);
	memset(p + 512 + 16, 0, 4);
	put_le32(p + 512 + 16, crc32_of((struct span){ p + 512, 92 }));
}

static void run_mended(const struct format *f, void (*mend)(uint8_t *p, size_t n),
		       const uint8_t *data, size_t size)
{
	uint8_t *copy = malloc(size ? size : 1);

	if (!copy)
		return;
	if (size)
		memcpy(copy, data, size);
	mend(copy, size);
	fuzz_format(f, copy, size);
	free(copy);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	fuzz_format(&format_trx, data, size);
	fuzz_format(&format_tplink, data, size);
	fuzz_format(&format_dtb, data, size);
	fuzz_format(&format_fit, data, size);
	run_mended(&format_uimage, mend_uimage, data, size);
	run_mended(&format_gpt, mend_gpt, data, size);
	return 0;
}
