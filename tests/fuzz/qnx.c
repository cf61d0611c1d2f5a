/* qnx.c - what QNX Neutrino boots from, each as the first bytes ask. */
#include "fuzz/format.h"

extern const struct format format_qnxstartup, format_qnxifs, format_qnxpacked, format_qnxdeflate;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct format *const all[] = { &format_qnxstartup, &format_qnxifs,
						    &format_qnxpacked, &format_qnxdeflate };

	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		fuzz_format(all[i], data, size);
	return 0;
}
