/* live.h - the tiles of a growing log that are not public files yet, in memory: those that are not
 * full, and the full ones that came since. One thread adds; any may read. */
#ifndef EVENHAND_LOG_LIVE_H
#define EVENHAND_LOG_LIVE_H

#include <pthread.h>

#include "log/tile.h"

#define LIVE_LEVELS 8u

struct live_tile {
	struct tile tile; /* its width grows */
	uint8_t hashes[TILE_WIDTH][SHA256_SIZE];
	struct live_tile *next;
};

/* Zeroed is the empty log; live_start comes first. */
struct live {
	pthread_mutex_t mutex;
	struct live_tile *first, *last;         /* in the order of their making */
	struct live_tile *current[LIVE_LEVELS]; /* that are not full; NULL: none begun */
};

void live_start(struct live *l);
void live_free(struct live *l);
/* A hash at the end of a level, as a file has it that was read: without hashing up. */
bool live_restore(struct live *l, unsigned level, uint64_t index, struct span hashes);
/* A leaf, and what becomes full by it. False: no memory. */
bool live_add(struct live *l, uint64_t number, const uint8_t leaf[SHA256_SIZE]);
/* The hash over leaves [index << level, (index + 1) << level). False: no tile here has it. */
bool live_hash(struct live *l, unsigned level, uint64_t index, uint8_t hash[SHA256_SIZE]);
/* A tile, for the thread that drops; NULL: it is not here. */
const struct live_tile *live_find(struct live *l, unsigned level, uint64_t index);
/* Full tiles of a log of that size are files now. */
void live_drop(struct live *l, uint64_t size);
/* The tiles in order, for the thread that drops: NULL starts. Their first hashes, as far as a size
 * has them that was added before, never change. */
const struct live_tile *live_next(struct live *l, const struct live_tile *t);

#endif
