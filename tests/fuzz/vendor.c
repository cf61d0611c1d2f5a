/* vendor.c - headers of vendors, each as the first bytes ask. */
#include "base/hash.h"
#include "fuzz/format.h"

int LLVMFuzzerInitialize(int *count, char ***words);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerInitialize(int *count, char ***words)
{
	(void)count;
	(void)words;
	hash_start();
	return 0;
}

/* Behind the checksum of a volume's header lies what an attacker reaches. */
static void run_volume(const uint8_t *data, size_t size)
{
	uint8_t *copy = malloc(size + 1);
	uint16_t sum = 0;

	if (copy && size >= 72) {
		memcpy(copy, data, size);
		memset(copy + 50, 0, 2);
		copy[48] = 72;
		copy[49] = 0;
		for (size_t i = 0; i < 72; i += 2)
			sum = (uint16_t)(sum - (copy[i] | copy[i + 1] << 8));
		copy[50] = (uint8_t)sum;
		copy[51] = (uint8_t)(sum >> 8);
		fuzz_format(format_named("uefi-fv"), copy, size);
	}
	free(copy);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const names[] = { "chk",      "dni",        "seama",       "packimg",
					     "cybertan", "img0",       "tplink-rtos", "memfs",
					     "kwbimage", "zigbee-ota", "esp",         "cms",
					     "ihex",     "srec",       "safeloader",  "tplink2",
					     "fwtool",   "end-mark" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		fuzz_format(format_named(names[i]), data, size);
	run_volume(data, size);
	return 0;
}
