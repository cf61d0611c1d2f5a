/* products.c - containers of products and their chips, each as the first bytes ask. */
#include "fuzz/format.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const names[] = { "puma-uimg",     "matter-ota", "wince-b000ff",
					     "avm-sqfs-fake", "gm8126",     "bcm-sao",
					     "tenvis-pk2",    "bosch-fw",   "bosch-romfs",
					     "hp-bdl",        "hp-ipkg",    "draytek-2rdh" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		fuzz_format(format_named(names[i]), data, size);
	return 0;
}
