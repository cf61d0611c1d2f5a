/* mldsa.c - ML-DSA-44 (FIPS 204): names of that text in parentheses. Numbers are kept between 0
 * and Q - 1. Everything here is public, so its time may depend on it. */
#include "trust/mldsa.h"

#include "trust/keccak.h"

#define Q      8380417u
#define N      256u
#define D      13u /* bits dropped of t */
#define TAU    39u
#define GAMMA1 (1u << 17)
#define GAMMA2 ((Q - 1) / 88)
#define K      4u /* rows */
#define L      4u /* columns */
#define BETA   78u
#define OMEGA  80u

#define SEED      32u /* bytes of rho */
#define CHALLENGE 32u /* of c tilde */
#define T1_BYTES  320u
#define Z_BYTES   576u
#define W1_BYTES  192u
#define HINTS     (CHALLENGE + L * Z_BYTES) /* where they begin in a signature */
#define ROOT      1753u                     /* a 512th root of unity */
#define INVERSE_N 8347681u

struct poly {
	uint32_t c[N];
};

static uint32_t times(uint32_t a, uint32_t b)
{
	return (uint32_t)((uint64_t)a * b % Q);
}

static uint32_t plus(uint32_t a, uint32_t b)
{
	return a + b >= Q ? a + b - Q : a + b;
}

static uint32_t minus(uint32_t a, uint32_t b)
{
	return a >= b ? a - b : a + Q - b;
}

/* -- the number-theoretic transform (algorithms 41, 42; zetas of appendix B) -- */

static void make_zetas(uint32_t zetas[N])
{
	uint32_t power = 1;

	for (uint32_t i = 0; i < N; i++) {
		uint32_t reversed = 0;

		for (uint32_t bit = 0; bit < 8; bit++)
			reversed |= (i >> bit & 1) << (7 - bit);
		zetas[reversed] = power;
		power = times(power, ROOT);
	}
}

static void transform(const uint32_t zetas[N], struct poly *w)
{
	uint32_t m = 0;

	for (uint32_t length = N / 2; length > 0; length /= 2)
		for (uint32_t start = 0; start < N; start += 2 * length) {
			uint32_t zeta = zetas[++m];

			for (uint32_t j = start; j < start + length; j++) {
				uint32_t t = times(zeta, w->c[j + length]);

				w->c[j + length] = minus(w->c[j], t);
				w->c[j] = plus(w->c[j], t);
			}
		}
}

static void transform_back(const uint32_t zetas[N], struct poly *w)
{
	uint32_t m = N;

	for (uint32_t length = 1; length < N; length *= 2)
		for (uint32_t start = 0; start < N; start += 2 * length) {
			uint32_t zeta = Q - zetas[--m];

			for (uint32_t j = start; j < start + length; j++) {
				uint32_t t = w->c[j];

				w->c[j] = plus(t, w->c[j + length]);
				w->c[j + length] = times(zeta, minus(t, w->c[j + length]));
			}
		}
	for (uint32_t j = 0; j < N; j++)
		w->c[j] = times(w->c[j], INVERSE_N);
}

/* -- what bytes stand for -- */

/* The i-th number of so many bits, at most 25. */
static uint32_t bits_at(const uint8_t *bytes, uint32_t i, uint32_t bits)
{
	uint32_t at = i * bits, value = 0;

	for (uint32_t have = 0; have < at % 8 + bits; have += 8)
		value |= (uint32_t)bytes[(at + have) / 8] << have;
	return value >> at % 8 & ((1u << bits) - 1);
}

/* (pkDecode) times 2^d. */
static void read_t1(const uint8_t bytes[T1_BYTES], struct poly *t)
{
	for (uint32_t i = 0; i < N; i++)
		t->c[i] = bits_at(bytes, i, 10) << D;
}

/* (sigDecode) False: a coefficient is too large. */
static bool read_z(const uint8_t bytes[Z_BYTES], struct poly *z)
{
	for (uint32_t i = 0; i < N; i++) {
		uint32_t value = bits_at(bytes, i, 18); /* GAMMA1 minus the coefficient */

		if (value <= BETA || value >= 2 * GAMMA1 - BETA)
			return false;
		z->c[i] = minus(GAMMA1, value);
	}
	return true;
}

/* (HintBitUnpack) Only whether they have the one form that they may have. */
static bool hints_are_canonical(const uint8_t y[OMEGA + K])
{
	uint32_t index = 0;

	for (uint32_t i = 0; i < K; i++) {
		uint32_t first = index, end = y[OMEGA + i];

		if (end < index || end > OMEGA)
			return false;
		for (; index < end; index++)
			if (index > first && y[index - 1] >= y[index])
				return false;
	}
	for (; index < OMEGA; index++)
		if (y[index])
			return false;
	return true;
}

/* (RejNTTPoly) One place of the matrix, already transformed. */
static void expand(const uint8_t seed[SEED], uint32_t row, uint32_t column, struct poly *a)
{
	const uint8_t place[2] = { (uint8_t)column, (uint8_t)row };
	uint8_t block[SHAKE128_RATE];
	uint32_t n = 0;
	struct shake s;

	shake_start(&s, SHAKE128_RATE);
	shake_take(&s, (struct span){ seed, SEED });
	shake_take(&s, (struct span){ place, 2 });
	shake_end(&s);
	while (n < N) {
		shake_give(&s, block, sizeof(block));
		for (uint32_t i = 0; i < sizeof(block) && n < N; i += 3) {
			uint32_t value = block[i] | (uint32_t)block[i + 1] << 8 |
					 (uint32_t)(block[i + 2] & 0x7f) << 16;

			if (value < Q)
				a->c[n++] = value;
		}
	}
}

/* (SampleInBall) */
static void sample(const uint8_t challenge[CHALLENGE], struct poly *c)
{
	uint8_t signs[8], j;
	struct shake s;

	*c = (struct poly){ 0 };
	shake_start(&s, SHAKE256_RATE);
	shake_take(&s, (struct span){ challenge, CHALLENGE });
	shake_end(&s);
	shake_give(&s, signs, sizeof(signs));
	for (uint32_t i = N - TAU; i < N; i++) {
		uint32_t k = i + TAU - N;

		do
			shake_give(&s, &j, 1);
		while (j > i);
		c->c[i] = c->c[j];
		c->c[j] = signs[k / 8] >> k % 8 & 1 ? Q - 1 : 1;
	}
}

/* -- rounding -- */

/* (UseHint, Decompose) */
static uint32_t high_bits(uint32_t r, bool hint)
{
	const uint32_t most = (Q - 1) / (2 * GAMMA2);
	uint32_t low = r % (2 * GAMMA2), high = r / (2 * GAMMA2);
	bool is_positive = low > 0 && low <= GAMMA2;

	if (low > GAMMA2)
		high++; /* and low is negative */
	if (high == most)
		high = 0; /* r is near Q, and low one less than it was: never positive */
	if (!hint)
		return high;
	return is_positive ? (high + 1) % most : (high + most - 1) % most;
}

/* (w1Encode) A row of w, its hints used, as six bits a number. */
static void write_high_bits(const struct poly *w, const uint8_t hints[OMEGA + K], uint32_t row,
			    uint8_t out[W1_BYTES])
{
	uint8_t is_hinted[N] = { 0 };

	for (uint32_t i = row ? hints[OMEGA + row - 1] : 0; i < hints[OMEGA + row]; i++)
		is_hinted[hints[i]] = 1;
	for (uint32_t i = 0; i < N; i += 4) {
		uint32_t four = 0;

		for (uint32_t k = 0; k < 4; k++)
			four |= high_bits(w->c[i + k], is_hinted[i + k]) << 6 * k;
		for (uint32_t k = 0; k < 3; k++)
			out[i / 4 * 3 + k] = (uint8_t)(four >> 8 * k);
	}
}

/* -- the check -- */

/* One row of w: A z - c t1 2^d. z and c are transformed. */
static void make_row(const uint8_t key[MLDSA44_KEY], uint32_t row, const uint32_t zetas[N],
		     const struct poly z[L], const struct poly *c, struct poly *w)
{
	struct poly p;

	*w = (struct poly){ 0 };
	for (uint32_t column = 0; column < L; column++) {
		expand(key, row, column, &p);
		for (uint32_t i = 0; i < N; i++)
			w->c[i] = plus(w->c[i], times(p.c[i], z[column].c[i]));
	}
	read_t1(key + SEED + (size_t)row * T1_BYTES, &p);
	transform(zetas, &p);
	for (uint32_t i = 0; i < N; i++)
		w->c[i] = minus(w->c[i], times(p.c[i], c->c[i]));
	transform_back(zetas, w);
}

/* mu, taken in by the hash that the challenge comes of. */
static void start_challenge(struct shake *s, const uint8_t key[MLDSA44_KEY], struct span message)
{
	static const uint8_t pure_without_context[2] = { 0, 0 };
	uint8_t tr[64], mu[64];

	shake_start(s, SHAKE256_RATE);
	shake_take(s, (struct span){ key, MLDSA44_KEY });
	shake_end(s);
	shake_give(s, tr, sizeof(tr));
	shake_start(s, SHAKE256_RATE);
	shake_take(s, (struct span){ tr, sizeof(tr) });
	shake_take(s, (struct span){ pure_without_context, 2 });
	shake_take(s, message);
	shake_end(s);
	shake_give(s, mu, sizeof(mu));
	shake_start(s, SHAKE256_RATE);
	shake_take(s, (struct span){ mu, sizeof(mu) });
}

bool mldsa44_verifies(const uint8_t key[MLDSA44_KEY], struct span message, struct span signature)
{
	uint8_t w1[W1_BYTES], challenge[CHALLENGE];
	struct poly z[L], c, w;
	uint32_t zetas[N];
	struct shake s;

	if (signature.n != MLDSA44_SIGNATURE || !hints_are_canonical(signature.p + HINTS))
		return false;
	make_zetas(zetas);
	for (uint32_t i = 0; i < L; i++) {
		if (!read_z(signature.p + CHALLENGE + (size_t)i * Z_BYTES, &z[i]))
			return false;
		transform(zetas, &z[i]);
	}
	sample(signature.p, &c);
	transform(zetas, &c);
	start_challenge(&s, key, message);
	for (uint32_t row = 0; row < K; row++) {
		make_row(key, row, zetas, z, &c, &w);
		write_high_bits(&w, signature.p + HINTS, row, w1);
		shake_take(&s, (struct span){ w1, sizeof(w1) });
	}
	shake_end(&s);
	shake_give(&s, challenge, sizeof(challenge));
	return memcmp(challenge, signature.p, CHALLENGE) == 0;
}
