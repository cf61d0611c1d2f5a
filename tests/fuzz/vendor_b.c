/* vendor_b.c - headers of broadband vendors, second part, each as the first bytes ask. */
#include "base/hash.h"
#include "format/sums.h"
#include "fuzz/format.h"

#define FLASH_BLOCK 0x10000

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void put_be32(uint8_t *p, uint32_t v)
{
	for (int i = 0; i < 4; i++)
		p[i] = (uint8_t)(v >> (24 - 8 * i));
}

/* A header of one flash block around what the fuzzer gives, its filler and sum made right. */
static void fuzz_ras(const uint8_t *data, size_t size)
{
	uint8_t *copy = size >= 116 ? malloc(FLASH_BLOCK + size) : NULL;
	uint32_t sum;

	if (!copy)
		return;
	memset(copy, 0xff, FLASH_BLOCK);
	memcpy(copy, data, 116);
	memcpy(copy + FLASH_BLOCK, data, size);
	memcpy(copy + 40, copy, 4);
	sum = sum_of_bytes((struct span){ copy, 2048 });
	sum = (sum & 0xffff) + (sum >> 16);
	put_be32(copy + 40, (sum & 0xffff) + (sum >> 16));
	fuzz_format(format_named("zyxel-ras"), copy, FLASH_BLOCK + size);
	free(copy);
}

/* Behind the hash of the header. */
static void fuzz_gsdf(const uint8_t *data, size_t size)
{
	uint8_t *copy = size >= 0x180 ? malloc(size) : NULL;

	if (!copy)
		return;
	memcpy(copy, data, size);
	sha256_of((struct span){ copy, 0x160 }, copy + 0x160);
	fuzz_format(format_named("gsdf"), copy, size);
	free(copy);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const names[] = { "zyxel-zld", "zynos",       "zynos-romdir",
					     "senao",     "draytek",     "draytek-linux",
					     "pfs",       "arcadyan",    "brn",
					     "realtek",   "realtek-old", "realtek-rtk",
					     "bcm-flash", "bcm-kernel",  "bcm-lzma",
					     "bli",       "minifs",      "npk",
					     "npk-files", "qnap",        "moxa-frm",
					     "moxa-web",  "moxa-rom",    "airoha",
					     "bneg",      "ecos-romfs",  "ambarella-romfs" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		fuzz_format(format_named(names[i]), data, size);
	fuzz_ras(data, size);
	fuzz_gsdf(data, size);
	return 0;
}
