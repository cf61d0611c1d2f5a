/* sums.c - checksums that only headers of vendors use. */
#include "format/sums.h"

#include "base/cursor.h"
#include "base/hash.h"

uint32_t sum_of_bytes(struct span s)
{
	uint32_t sum = 0;

	for (size_t i = 0; i < s.n; i++)
		sum += s.p[i];
	return sum;
}

uint32_t sum_of_32(struct span s, bool big)
{
	uint32_t sum = 0;

	for (size_t at = 0; s.n - at >= 4; at += 4)
		sum += span_u32(s, at, big);
	return sum;
}

uint8_t xor_of_bytes(uint8_t seed, struct span s)
{
	for (size_t i = 0; i < s.n; i++)
		seed ^= s.p[i];
	return seed;
}

uint16_t crc16_x25(uint16_t crc, struct span s)
{
	static const uint16_t steps[16] = { 0x0000, 0x1081, 0x2102, 0x3183, 0x4204, 0x5285,
					    0x6306, 0x7387, 0x8408, 0x9489, 0xa50a, 0xb58b,
					    0xc60c, 0xd68d, 0xe70e, 0xf78f };

	crc = (uint16_t)~crc;
	for (size_t i = 0; i < s.n; i++) {
		crc ^= s.p[i];
		crc = (uint16_t)(crc >> 4 ^ steps[crc & 15]);
		crc = (uint16_t)(crc >> 4 ^ steps[crc & 15]);
	}
	return (uint16_t)~crc;
}

uint16_t crc16_ccitt(uint16_t crc, struct span s)
{
	return (uint16_t)~crc16_1021((uint16_t)~crc, s);
}

uint32_t crc32_around(uint32_t crc, struct span header, uint64_t field)
{
	static const uint8_t zero[4];

	crc = crc32_update(crc, span_sub(header, 0, field));
	crc = crc32_update(crc, (struct span){ zero, 4 });
	return crc32_update(crc, span_from(header, field + 4));
}

static void make_table(uint32_t table[256])
{
	for (uint32_t i = 0; i < 256; i++) {
		uint32_t c = i << 24;

		for (int bit = 0; bit < 8; bit++)
			c = c & 0x80000000u ? c << 1 ^ 0x04c11db7u : c << 1;
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

/* IEEE Std 1003.1, cksum. */
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
