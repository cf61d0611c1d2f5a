/* vendor.c - headers of vendors, each as the first bytes ask. */
#include "base/hash.h"
#include "fuzz/format.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void put_be32(uint8_t *p, uint32_t v)
{
	for (int i = 0; i < 4; i++)
		p[i] = (uint8_t)(v >> (24 - 8 * i));
}

static void mend_ubnt(uint8_t *p)
{
	put_be32(p + 260, crc32_of((struct span){ p, 260 }));
}

static void mend_environment(uint8_t *p)
{
	put_be32(p, crc32_of((struct span){ p + 4, 0x400 - 4 }));
}

static void mend_tag(uint8_t *p)
{
	put_be32(p + 236, crc32_open((struct span){ p, 236 }));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const names[] = {
		"chk",         "dni",   "seama",          "packimg",       "cybertan", "img0",
		"tplink-rtos", "memfs", "kwbimage",       "zigbee-ota",    "esp",      "cms",
		"ihex",        "srec",  "safeloader",     "tplink2",       "fwtool",   "end-mark",
		"wrgg",        "zytrx", "uimage-altered", "fwtool-trailer"
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		fuzz_format(format_named(names[i]), data, size);
	fuzz_mended("ubnt", mend_ubnt, 264, data, size);
	fuzz_mended("bcm-tag", mend_tag, 240, data, size);
	fuzz_mended("u-boot-env", mend_environment, 0x400, data, size);
	return 0;
}
