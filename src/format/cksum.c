/* cksum.c - see cksum.h; IEEE Std 1003.1, cksum. */
#include "format/cksum.h"

#define POLYNOMIAL 0x04c11db7u

static void make_table(uint32_t table[256])
{
	for (uint32_t i = 0; i < 256; i++) {
		uint32_t c = i << 24;

		for (int bit = 0; bit < 8; bit++)
			c = c & 0x80000000u ? c << 1 ^ POLYNOMIAL : c << 1;
		table[i] = c;
	}
}

uint32_t crc32_msb(uint32_t crc, struct span s)
{
	uint32_t table[256];

	make_table(table);
	for (size_t i = 0; i < s.n; i++)
		crc = crc << 8 ^ table[crc >> 24 ^ s.p[i]];
	return crc;
}

uint32_t cksum_of(const struct span *parts, size_t count)
{
	uint8_t length[8];
	size_t n = 0;
	uint64_t total = 0;
	uint32_t crc = 0;

	for (size_t i = 0; i < count; i++) {
		crc = crc32_msb(crc, parts[i]);
		total += parts[i].n;
	}
	for (; total; total >>= 8)
		length[n++] = (uint8_t)total;
	return ~crc32_msb(crc, (struct span){ length, n });
}
