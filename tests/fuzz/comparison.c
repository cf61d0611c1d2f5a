/* comparison.c - comparisons that somebody stored and wants signed. */
#include "report/comparison_stored.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct stored_comparison c;
	struct arena a;

	arena_init(&a, 256u << 20);
	comparison_read((struct span){ data, size }, &a, &c);
	arena_free(&a);
	return 0;
}
