/* sodium.c - the three helpers that libsodium's signatures take from a part of it that also asks
 * for memory (sodium/utils.h). What stands here is taken in its place, so that part is not linked.
 */
#include <sodium/utils.h>

#include "base/span.h"

int sodium_memcmp(const void *a, const void *b, size_t n)
{
	const volatile uint8_t *x = a, *y = b;
	uint8_t differ = 0;

	for (size_t i = 0; i < n; i++)
		differ |= x[i] ^ y[i];
	return differ ? -1 : 0;
}

int sodium_is_zero(const unsigned char *bytes, const size_t n)
{
	volatile uint8_t any = 0;

	for (size_t i = 0; i < n; i++)
		any |= bytes[i];
	return any == 0;
}

void sodium_memzero(void *const p, const size_t n)
{
	volatile uint8_t *bytes = p;

	for (size_t i = 0; i < n; i++)
		bytes[i] = 0;
}
