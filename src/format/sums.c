/* sums.c - checksums that only headers of vendors use. */
#include "format/sums.h"

uint32_t sum_of_bytes(struct span s)
{
	uint32_t sum = 0;

	for (size_t i = 0; i < s.n; i++)
		sum += s.p[i];
	return sum;
}

uint8_t xor_of_bytes(uint8_t seed, struct span s)
{
	for (size_t i = 0; i < s.n; i++)
		seed ^= s.p[i];
	return seed;
}
