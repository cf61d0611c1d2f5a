/* sums.h - inside format/: checksums that only headers of vendors use. */
#ifndef EVENHAND_FORMAT_SUMS_H
#define EVENHAND_FORMAT_SUMS_H

#include "base/span.h"

/* The sum of all bytes, modulo 2^32. */
uint32_t sum_of_bytes(struct span s);

/* XOR of all bytes, from a start. */
uint8_t xor_of_bytes(uint8_t seed, struct span s);

#endif
