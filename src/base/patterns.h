/* patterns.h - many patterns in one pass: vectorscan databases, compiled when evenhand is built for
 * named processors, serialised into the program, loaded before the jail closes. */
#ifndef EVENHAND_BASE_PATTERNS_H
#define EVENHAND_BASE_PATTERNS_H

#include "base/span.h"

struct pattern {
	const char *bytes; /* a literal: any bytes; else a PCRE of vectorscan's kind, NUL-ended */
	uint16_t len;      /* of a literal; 0: an expression, multi-line */
	uint32_t id;
};

enum processor { PROCESSOR_BASELINE, PROCESSOR_AVX2, PROCESSORS };

struct patterns;        /* a database */
struct pattern_scratch; /* of one thread */

/* Compiles; processor < 0 means this machine's. *error is a text to free() when NULL is returned.
 */
struct patterns *patterns_compile(const struct pattern *list, size_t count, int processor,
				  char **error);
/* Serialised form, to be freed with free(). False when there is no memory. */
bool patterns_serialise(const struct patterns *p, char **bytes, size_t *length);

/* Loads the first of the serialised images that this machine and library take; compiles the list
 * when none fits. NULL when that fails too. */
struct patterns *patterns_load(const struct span *images, size_t image_count,
			       const struct pattern *list, size_t count);
void patterns_free(struct patterns *p);

/* Serves any of these databases, one at a time. NULL: no memory. */
struct pattern_scratch *pattern_scratch_new(struct patterns *const *all, size_t count);
void pattern_scratch_free(struct pattern_scratch *s);

/* Calls hit for each match, in order of their ends, until it returns false. */
void patterns_scan(const struct patterns *p, struct pattern_scratch *s, struct span bytes,
		   bool (*hit)(void *ctx, uint32_t id, uint64_t end), void *ctx);

#endif
