/* text_set.h - inside know/: texts, each once, known by a number. */
#ifndef EVENHAND_KNOW_TEXT_SET_H
#define EVENHAND_KNOW_TEXT_SET_H

#include "know/feed_inside.h"

struct text_set {
	struct words words;
	struct list entries; /* struct text_entry */
	uint64_t *table;     /* high half of the hash, entry + 1; 0: free */
	size_t room;
	uint32_t last; /* the entry that was asked for last */
};

struct text_entry {
	struct word word;
	uint32_t value; /* the owner's */
	uint64_t hash;
};

/* The number of the text, which is added where it is new; UINT32_MAX: no memory. */
uint32_t set_add(struct text_set *set, struct span s);
struct span set_at(const struct text_set *set, uint32_t i);
void set_free(struct text_set *set);

#endif
