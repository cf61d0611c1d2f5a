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
	static const uint16_t steps[16] = { 0x0000, 0x1021, 0x2042, 0x3063, 0x4084, 0x50a5,
					    0x60c6, 0x70e7, 0x8108, 0x9129, 0xa14a, 0xb16b,
					    0xc18c, 0xd1ad, 0xe1ce, 0xf1ef };

	crc = (uint16_t)~crc;
	for (size_t i = 0; i < s.n; i++) {
		crc = (uint16_t)(crc << 4 ^ steps[crc >> 12 ^ s.p[i] >> 4]);
		crc = (uint16_t)(crc << 4 ^ steps[crc >> 12 ^ (s.p[i] & 15)]);
	}
	return (uint16_t)~crc;
}
