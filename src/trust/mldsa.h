/* mldsa.h - signatures of ML-DSA-44 checked (FIPS 204, pure, with an empty context). Takes no
 * memory; about 10 KiB of stack. */
#ifndef EVENHAND_TRUST_MLDSA_H
#define EVENHAND_TRUST_MLDSA_H

#include "base/span.h"

#define MLDSA44_KEY       1312u /* bytes */
#define MLDSA44_SIGNATURE 2420u

/* ML-DSA.Verify (FIPS 204, algorithm 3). */
bool mldsa44_verifies(const uint8_t key[MLDSA44_KEY], struct span message, struct span signature);

#endif
