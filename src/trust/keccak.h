/* keccak.h - SHAKE128 and SHAKE256 (FIPS 202), for ML-DSA. Takes no memory. */
#ifndef EVENHAND_TRUST_KECCAK_H
#define EVENHAND_TRUST_KECCAK_H

#include "base/span.h"

/* Bytes a permutation takes in or gives. */
#define SHAKE128_RATE 168u
#define SHAKE256_RATE 136u

struct shake {
	uint64_t lanes[25];
	uint32_t rate, at; /* at < rate, but where all of a block was given */
};

void shake_start(struct shake *s, uint32_t rate);
void shake_take(struct shake *s, struct span bytes);
/* Once: then nothing more is taken. */
void shake_end(struct shake *s);
/* The next n bytes, as often as one likes. */
void shake_give(struct shake *s, uint8_t *out, size_t n);

#endif
