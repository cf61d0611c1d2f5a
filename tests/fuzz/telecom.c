/* telecom.c - containers of telecom equipment, each as the first bytes ask. */
#include "base/hash.h"
#include "format/sums.h"
#include "fuzz/format.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void mend_record(uint8_t *p)
{
	uint16_t crc;

	p[92] = p[93] = 0;
	crc = crc16_x25(0, (struct span){ p, 98 });
	p[92] = (uint8_t)crc;
	p[93] = (uint8_t)(crc >> 8);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const names[] = {
		"huawei-app", "hwnp",         "balong-usb",     "balong-ptable", "zte",
		"zte-mark",   "zte-config",   "qcom-elf",       "mbn",           "qcom-sbl",
		"bootldr",    "bootldr-asus", "bootldr-huawei", "vxworks",       "cloop",
		"ios",        "ios-zip",      "mzip",           "cisco-flash",   "cisco-nvram",
		"ecos"
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		fuzz_format(format_named(names[i]), data, size);
	fuzz_mended("huawei-app", mend_record, 98, data, size);
	return 0;
}
