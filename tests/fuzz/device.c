/* device.c - containers of phones and devices, each as the first bytes ask. */
#include "fuzz/format.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const names[] = {
		"ota-payload", "super",   "vbmeta", "avb-footer", "mtk-head", "rkaf",      "rkfw",
		"imagewty",    "mcuboot", "uf2",    "dfu-suffix", "dfuse",    "esp-flash", "cwe",
		"dtbo",        "qcdt",    "pac",    "dhtb",       "rsce",     "moto-star", "fbpk"
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		fuzz_format(format_named(names[i]), data, size);
	return 0;
}
