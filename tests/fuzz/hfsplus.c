/* hfsplus.c - HFS+ and HFSX, in pieces; tests/samples/otherfs/seeds.py makes a seed of a sample.
 * Nothing has a checksum. */
#include "fuzz/pieces.h"

extern const struct format format_hfsplus;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void mend(uint8_t *image, size_t n)
{
	(void)image;
	(void)n;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	return fuzz_pieces(&format_hfsplus, (struct span){ data, size }, mend);
}
