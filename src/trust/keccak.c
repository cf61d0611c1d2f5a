/* keccak.c - Keccak-f[1600] and the sponge over it (FIPS 202 3.2, 3.3, 4, 6.2). */
#include "trust/keccak.h"

#define ROUNDS 24

/* Rotations of rho and places of pi, in the order in which pi walks over the lanes. */
static const uint8_t rotation[24] = { 1,  3,  6,  10, 15, 21, 28, 36, 45, 55, 2,  14,
				      27, 41, 56, 8,  25, 43, 62, 18, 39, 61, 20, 44 };
static const uint8_t place[24] = { 10, 7,  11, 17, 18, 3, 5,  16, 8,  21, 24, 4,
				   15, 23, 19, 13, 12, 2, 20, 14, 22, 9,  6,  1 };

static const uint64_t round_constant[ROUNDS] = {
	0x0000000000000001, 0x0000000000008082, 0x800000000000808a, 0x8000000080008000,
	0x000000000000808b, 0x0000000080000001, 0x8000000080008081, 0x8000000000008009,
	0x000000000000008a, 0x0000000000000088, 0x0000000080008009, 0x000000008000000a,
	0x000000008000808b, 0x800000000000008b, 0x8000000000008089, 0x8000000000008003,
	0x8000000000008002, 0x8000000000000080, 0x000000000000800a, 0x800000008000000a,
	0x8000000080008081, 0x8000000000008080, 0x0000000080000001, 0x8000000080008008,
};

static uint64_t rotate(uint64_t v, unsigned by)
{
	return v << by | v >> (64 - by);
}

static void theta(uint64_t a[25])
{
	uint64_t c[5], d[5];

#pragma GCC unroll 5
	for (unsigned x = 0; x < 5; x++)
		c[x] = a[x] ^ a[x + 5] ^ a[x + 10] ^ a[x + 15] ^ a[x + 20];
#pragma GCC unroll 5
	for (unsigned x = 0; x < 5; x++)
		d[x] = c[(x + 4) % 5] ^ rotate(c[(x + 1) % 5], 1);
#pragma GCC unroll 25
	for (unsigned i = 0; i < 25; i++)
		a[i] ^= d[i % 5];
}

static void rho_and_pi(uint64_t a[25])
{
	uint64_t lane = a[1];

#pragma GCC unroll 24
	for (unsigned i = 0; i < 24; i++) {
		uint64_t next = a[place[i]];

		a[place[i]] = rotate(lane, rotation[i]);
		lane = next;
	}
}

static void chi(uint64_t a[25])
{
#pragma GCC unroll 5
	for (unsigned y = 0; y < 25; y += 5) {
		const uint64_t first = a[y], second = a[y + 1];

		a[y] ^= ~second & a[y + 2];
		a[y + 1] ^= ~a[y + 2] & a[y + 3];
		a[y + 2] ^= ~a[y + 3] & a[y + 4];
		a[y + 3] ^= ~a[y + 4] & first;
		a[y + 4] ^= ~first & second;
	}
}

static void permute(uint64_t lanes[25])
{
	uint64_t a[25];

	memcpy(a, lanes, sizeof(a));
	for (unsigned i = 0; i < ROUNDS; i++) {
		theta(a);
		rho_and_pi(a);
		chi(a);
		a[0] ^= round_constant[i];
	}
	memcpy(lanes, a, sizeof(a));
}

static void put_byte(struct shake *s, uint32_t at, uint8_t byte)
{
	s->lanes[at / 8] ^= (uint64_t)byte << 8 * (at % 8);
}

void shake_start(struct shake *s, uint32_t rate)
{
	*s = (struct shake){ .rate = rate };
}

void shake_take(struct shake *s, struct span bytes)
{
	for (size_t i = 0; i < bytes.n; i++) {
		put_byte(s, s->at++, bytes.p[i]);
		if (s->at == s->rate) {
			permute(s->lanes);
			s->at = 0;
		}
	}
}

/* The suffix 1111 of SHAKE, then pad10*1. */
void shake_end(struct shake *s)
{
	put_byte(s, s->at, 0x1f);
	put_byte(s, s->rate - 1, 0x80);
	s->at = s->rate;
}

void shake_give(struct shake *s, uint8_t *out, size_t n)
{
	while (n > 0) {
		size_t some = s->rate - s->at < n ? s->rate - s->at : n;

		for (size_t i = 0; i < some; i++, s->at++)
			out[i] = (uint8_t)(s->lanes[s->at / 8] >> 8 * (s->at % 8));
		out += some;
		n -= some;
		if (n > 0) {
			permute(s->lanes);
			s->at = 0;
		}
	}
}
