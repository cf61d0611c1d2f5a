/* text_set.c - see text_set.h. */
#include "know/text_set.h"

#include <stdlib.h>

#include "know/feed_layout.h"

#define MOST_TEXTS (64u << 20)

static bool rehash(struct text_set *set)
{
	size_t room = set->room ? set->room * 2 : 1024;
	uint64_t *table = calloc(room, sizeof(*table));
	const struct text_entry *all = set->entries.p;

	if (!table)
		return false;
	for (size_t i = 0; i < set->entries.n; i++) {
		size_t at = all[i].hash & (room - 1);

		while (table[at])
			at = (at + 1) & (room - 1);
		table[at] = (all[i].hash & ~(uint64_t)UINT32_MAX) | (i + 1);
	}
	free(set->table);
	set->table = table;
	set->room = room;
	return true;
}

struct span set_at(const struct text_set *set, uint32_t i)
{
	const struct text_entry *all = set->entries.p;

	return words_at(&set->words, all[i].word);
}

static uint32_t set_append(struct text_set *set, struct span s, uint64_t hash, size_t at)
{
	struct text_entry *e = list_add(&set->entries, sizeof(*e), MOST_TEXTS);

	if (!e)
		return UINT32_MAX;
	e->word = words_add(&set->words, s);
	e->hash = hash;
	set->table[at] = (hash & ~(uint64_t)UINT32_MAX) | set->entries.n;
	set->last = (uint32_t)set->entries.n - 1;
	return set->words.failed ? UINT32_MAX : set->last;
}

uint32_t set_add(struct text_set *set, struct span s)
{
	uint64_t hash;
	size_t at;

	/* The same id, and often the same product, comes many times in a row. */
	if (set->entries.n && span_equal(set_at(set, set->last), s))
		return set->last;
	if (set->entries.n * 2 >= set->room && !rehash(set))
		return UINT32_MAX;
	hash = feed_hash(s);
	at = hash & (set->room - 1);
	for (; set->table[at]; at = (at + 1) & (set->room - 1)) {
		uint32_t i = (uint32_t)set->table[at] - 1;

		if ((set->table[at] ^ hash) >> 32 == 0 && span_equal(set_at(set, i), s)) {
			set->last = i;
			return i;
		}
	}
	return set_append(set, s, hash, at);
}

void set_free(struct text_set *set)
{
	free(set->words.p);
	free(set->entries.p);
	free(set->table);
}
