/* arena.h - metadata that lives as long as the scan: nodes, names, facts. One arena a worker
 * thread, so no locks. Everything is freed at once; there is no free of one object. */
#ifndef EVENHAND_BASE_ARENA_H
#define EVENHAND_BASE_ARENA_H

#include "base/span.h"

struct arena {
	struct arena_block *blocks;
	size_t used, size; /* of the newest block */
	uint64_t taken, ceiling;
};

/* ceiling: bytes that may be taken in all; 0 means 16 GiB. A zeroed arena is valid. */
void arena_init(struct arena *a, uint64_t ceiling);
void arena_free(struct arena *a);
/* The same, but a block of usual size is kept for what comes next. */
void arena_empty(struct arena *a);

/* count * size zeroed bytes, aligned for any type; NULL past the ceiling, on overflow of the
 * product, or where the machine has no memory. Never NULL for count == 0 within the ceiling. */
void *arena_take(struct arena *a, uint64_t count, size_t size);

/* A copy of s that lives as long as the arena; the empty span if there is no room. */
struct span arena_copy(struct arena *a, struct span s);

/* The same, ended by a NUL that is not counted. NULL if there is no room. */
char *arena_text(struct arena *a, struct span s);

#endif
