/* btrfs_sum.c - the four kinds of checksum. xxHash and BLAKE2 are written after their descriptions
 * (github.com/Cyan4973/xxHash doc/xxhash_spec.md; RFC 7693): no library that is here has them in
 * this form. */
#include "base/hash.h"
#include "format/btrfs.h"

#define SUM_SIZE 32

enum { SUM_CRC32C, SUM_XXHASH64, SUM_SHA256, SUM_BLAKE2B };

static uint64_t turn_left(uint64_t v, unsigned by)
{
	return v << by | v >> (64 - by);
}

static uint64_t turn_right(uint64_t v, unsigned by)
{
	return v >> by | v << (64 - by);
}

#define PRIME_1 0x9e3779b185ebca87u
#define PRIME_2 0xc2b2ae3d27d4eb4fu
#define PRIME_3 0x165667b19e3779f9u
#define PRIME_4 0x85ebca77c2b2ae63u

/* With a seed of zero, of lengths that are multiples of 32: those of blocks without their sum. */
static uint64_t xxhash64(struct span s)
{
	uint64_t lane[4] = { PRIME_1 + PRIME_2, PRIME_2, 0, 0 - PRIME_1 };
	struct cursor c = { .in = s };
	uint64_t h;

	while (cursor_left(&c) >= 32)
		for (int i = 0; i < 4; i++)
			lane[i] = turn_left(lane[i] + cursor_le64(&c) * PRIME_2, 31) * PRIME_1;
	h = turn_left(lane[0], 1) + turn_left(lane[1], 7) + turn_left(lane[2], 12) +
	    turn_left(lane[3], 18);
	for (int i = 0; i < 4; i++) {
		h ^= turn_left(lane[i] * PRIME_2, 31) * PRIME_1;
		h = h * PRIME_1 + PRIME_4;
	}
	h += s.n;
	h = (h ^ h >> 33) * PRIME_2;
	h = (h ^ h >> 29) * PRIME_3;
	return h ^ h >> 32;
}

static const uint64_t blake_start[8] = { 0x6a09e667f3bcc908, 0xbb67ae8584caa73b, 0x3c6ef372fe94f82b,
					 0xa54ff53a5f1d36f1, 0x510e527fade682d1, 0x9b05688c2b3e6c1f,
					 0x1f83d9abfb41bd6b, 0x5be0cd19137e2179 };

static const uint8_t blake_order[10][16] = {
	{ 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15 },
	{ 14, 10, 4, 8, 9, 15, 13, 6, 1, 12, 0, 2, 11, 7, 5, 3 },
	{ 11, 8, 12, 0, 5, 2, 15, 13, 10, 14, 3, 6, 7, 1, 9, 4 },
	{ 7, 9, 3, 1, 13, 12, 11, 14, 2, 6, 5, 10, 4, 0, 15, 8 },
	{ 9, 0, 5, 7, 2, 4, 10, 15, 14, 1, 11, 12, 6, 8, 3, 13 },
	{ 2, 12, 6, 10, 0, 11, 8, 3, 4, 13, 7, 5, 15, 14, 1, 9 },
	{ 12, 5, 1, 15, 14, 13, 4, 10, 0, 7, 6, 3, 9, 2, 8, 11 },
	{ 13, 11, 7, 14, 12, 1, 3, 9, 5, 0, 15, 4, 8, 6, 2, 10 },
	{ 6, 15, 14, 9, 11, 3, 0, 8, 12, 2, 13, 7, 1, 4, 10, 5 },
	{ 10, 2, 8, 4, 7, 6, 1, 5, 15, 11, 9, 14, 3, 12, 13, 0 },
};

/* Columns, then diagonals of the four by four words. */
static const uint8_t blake_lanes[8][4] = {
	{ 0, 4, 8, 12 },  { 1, 5, 9, 13 },  { 2, 6, 10, 14 }, { 3, 7, 11, 15 },
	{ 0, 5, 10, 15 }, { 1, 6, 11, 12 }, { 2, 7, 8, 13 },  { 3, 4, 9, 14 },
};

static void blake_mix(uint64_t v[16], const uint8_t lane[4], uint64_t x, uint64_t y)
{
	uint64_t *a = &v[lane[0]], *b = &v[lane[1]], *c = &v[lane[2]], *d = &v[lane[3]];

	*a += *b + x;
	*d = turn_right(*d ^ *a, 32);
	*c += *d;
	*b = turn_right(*b ^ *c, 24);
	*a += *b + y;
	*d = turn_right(*d ^ *a, 16);
	*c += *d;
	*b = turn_right(*b ^ *c, 63);
}

static void blake_block(uint64_t h[8], struct span block, uint64_t done, bool is_last)
{
	struct cursor c = { .in = block };
	uint64_t v[16], m[16];

	for (int i = 0; i < 16; i++)
		m[i] = cursor_le64(&c);
	for (int i = 0; i < 8; i++) {
		v[i] = h[i];
		v[i + 8] = blake_start[i];
	}
	v[12] ^= done;
	v[14] ^= is_last ? UINT64_MAX : 0;
	for (int round = 0; round < 12; round++) {
		const uint8_t *order = blake_order[round % 10];

		for (int i = 0; i < 8; i++)
			blake_mix(v, blake_lanes[i], m[order[2 * i]], m[order[2 * i + 1]]);
	}
	for (int i = 0; i < 8; i++)
		h[i] ^= v[i] ^ v[i + 8];
}

/* Of 32 bytes, without a key. */
static void blake2b_256(struct span s, uint8_t digest[32])
{
	uint8_t last[128] = { 0 };
	uint64_t h[8], at = 0;

	memcpy(h, blake_start, sizeof(h));
	h[0] ^= 0x01010000 ^ 32;
	for (; s.n - at > 128; at += 128)
		blake_block(h, span_sub(s, at, 128), at + 128, false);
	if (s.n > at)
		memcpy(last, s.p + at, s.n - at);
	blake_block(h, (struct span){ last, 128 }, s.n, true);
	for (int i = 0; i < 32; i++)
		digest[i] = (uint8_t)(h[i / 8] >> i % 8 * 8);
}

bool btrfs_sum_known(uint16_t kind)
{
	return kind <= SUM_BLAKE2B;
}

bool btrfs_sum_holds(uint16_t kind, struct span bytes)
{
	struct span summed = span_from(bytes, SUM_SIZE), sum = span_head(bytes, SUM_SIZE);
	uint8_t digest[SUM_SIZE];

	if (kind == SUM_CRC32C)
		return span_u32(sum, 0, false) == ~crc32c_update(~0u, summed);
	if (kind == SUM_XXHASH64)
		return span_u64(sum, 0, false) == xxhash64(summed);
	if (!btrfs_sum_known(kind))
		return true;
	(kind == SUM_SHA256 ? sha256_of : blake2b_256)(summed, digest);
	return span_equal(sum, (struct span){ digest, sizeof(digest) });
}
