/* no-patterns.c - stands in for the embedded databases while they are made. */
#include <stdint.h>

#define EMPTY(name)                                                                                \
	extern const uint8_t name[], name##_end[];                                                 \
	const uint8_t name[1], name##_end[1];

EMPTY(magics_avx2)
EMPTY(magics_baseline)
EMPTY(texts_avx2)
EMPTY(texts_baseline)
EMPTY(programs_avx2)
EMPTY(programs_baseline)
