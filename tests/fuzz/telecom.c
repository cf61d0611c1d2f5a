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

/* Behind the checksum of a header lies what an attacker reaches. */
static void run_mended(const char *format, void (*mend)(uint8_t *p), size_t least,
		       const uint8_t *data, size_t size)
{
	uint8_t *copy = malloc(size + 1);

	if (copy && size >= least) {
		memcpy(copy, data, size);
		mend(copy);
		fuzz_format(format_named(format), copy, size);
	}
	free(copy);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const names[] = {
		"huawei-app", "hwnp",         "balong-usb",     "balong-ptable", "zte",
		"zte-mark",   "zte-config",   "qcom-elf",       "mbn",           "qcom-sbl",
		"bootldr",    "bootldr-asus", "bootldr-huawei", "vxworks",       "cloop",
		"ios",        "ios-zip",      "mzip",           "cisco-flash",   "ecos"
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		fuzz_format(format_named(names[i]), data, size);
	run_mended("huawei-app", mend_record, 98, data, size);
	return 0;
}
