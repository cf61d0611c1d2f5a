/* live.c - see live.h. */
#include "log/live.h"

#include <stdlib.h>

#include "log/merkle.h"

void live_start(struct live *l)
{
	*l = (struct live){ 0 };
	pthread_mutex_init(&l->mutex, NULL);
}

void live_free(struct live *l)
{
	while (l->first) {
		struct live_tile *next = l->first->next;

		free(l->first);
		l->first = next;
	}
	pthread_mutex_destroy(&l->mutex);
}

static struct live_tile *begin(struct live *l, unsigned level, uint64_t index)
{
	struct live_tile *t = malloc(sizeof(*t));

	if (!t)
		return NULL;
	t->tile = (struct tile){ .level = level, .index = index };
	t->next = NULL;
	if (l->last)
		l->last->next = t;
	else
		l->first = t;
	l->last = t;
	l->current[level] = t;
	return t;
}

bool live_restore(struct live *l, unsigned level, uint64_t index, struct span hashes)
{
	struct live_tile *t = level < LIVE_LEVELS ? begin(l, level, index) : NULL;

	if (!t || hashes.n >= TILE_BYTES || hashes.n % SHA256_SIZE)
		return false;
	memcpy(t->hashes, hashes.p, hashes.n);
	t->tile.width = (unsigned)(hashes.n / SHA256_SIZE);
	return true;
}

static void root_of(const struct live_tile *t, uint8_t hash[SHA256_SIZE])
{
	struct span all = { t->hashes[0], TILE_BYTES };
	uint8_t right[SHA256_SIZE];

	tile_hash(all, TILE_LEVELS - 1, 0, hash);
	tile_hash(all, TILE_LEVELS - 1, 1, right);
	merkle_node(hash, right, hash);
}

static bool add(struct live *l, uint64_t number, const uint8_t leaf[SHA256_SIZE])
{
	uint8_t hash[SHA256_SIZE];

	memcpy(hash, leaf, SHA256_SIZE);
	for (unsigned level = 0; level < LIVE_LEVELS; level++) {
		struct live_tile *t = l->current[level];

		if (!t)
			t = begin(l, level, number >> (TILE_LEVELS * (level + 1)));
		if (!t)
			return false;
		memcpy(t->hashes[t->tile.width++], hash, SHA256_SIZE);
		if (t->tile.width < TILE_WIDTH)
			return true;
		root_of(t, hash);
		l->current[level] = NULL;
	}
	return false; /* more leaves than a log may have */
}

bool live_add(struct live *l, uint64_t number, const uint8_t leaf[SHA256_SIZE])
{
	bool ok;

	pthread_mutex_lock(&l->mutex);
	ok = add(l, number, leaf);
	pthread_mutex_unlock(&l->mutex);
	return ok;
}

static const struct live_tile *find(const struct live *l, unsigned level, uint64_t index)
{
	const struct live_tile *t = l->first;

	while (t && (t->tile.level != level || t->tile.index != index))
		t = t->next;
	return t;
}

const struct live_tile *live_find(struct live *l, unsigned level, uint64_t index)
{
	const struct live_tile *t;

	pthread_mutex_lock(&l->mutex);
	t = find(l, level, index);
	pthread_mutex_unlock(&l->mutex);
	return t;
}

bool live_hash(struct live *l, unsigned level, uint64_t index, uint8_t hash[SHA256_SIZE])
{
	uint64_t tile = index >> (TILE_LEVELS - level % TILE_LEVELS);
	bool found = false;

	pthread_mutex_lock(&l->mutex);
	for (const struct live_tile *t = l->first; t && !found; t = t->next)
		if (t->tile.level == level / TILE_LEVELS && t->tile.index == tile)
			found = tile_hash(
				(struct span){ t->hashes[0], (size_t)t->tile.width * SHA256_SIZE },
				level, index, hash);
	pthread_mutex_unlock(&l->mutex);
	return found;
}

void live_drop(struct live *l, uint64_t size)
{
	struct live_tile **at = &l->first, *last = NULL;

	pthread_mutex_lock(&l->mutex);
	while (*at) {
		struct live_tile *t = *at;

		if (t->tile.width == TILE_WIDTH && tile_exists(&t->tile, size)) {
			*at = t->next;
			free(t);
		} else {
			last = t;
			at = &t->next;
		}
	}
	l->last = last;
	pthread_mutex_unlock(&l->mutex);
}

const struct live_tile *live_next(struct live *l, const struct live_tile *t)
{
	const struct live_tile *next;

	pthread_mutex_lock(&l->mutex);
	next = t ? t->next : l->first;
	pthread_mutex_unlock(&l->mutex);
	return next;
}
