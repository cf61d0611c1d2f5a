/* names.h - a hash table from names to what has them. The hash is keyed with what the system's
 * random source gave at the start, so that no image can be made whose names collide; what is found
 * does not depend on the key. */
#ifndef EVENHAND_BASE_NAMES_H
#define EVENHAND_BASE_NAMES_H

#include "base/arena.h"

struct name {
	struct span text;
	void *what; /* the holder's own, like the number: zero in a new entry */
	uint32_t number;
	bool taken;
};

/* A zeroed table with its arena set is valid and empty. */
struct names {
	struct arena *arena; /* also keeps outgrown tables, together at most as large as the last */
	struct name *slots;
	size_t room, used;
};

/* Draws the key. Call once, before the jail closes and before any thread starts. */
void names_start(void);

/* SipHash-1-3 (Aumasson, Bernstein: SipHash, 2012) of s under that key and the seed. */
uint64_t names_hash(uint64_t seed, struct span s);

/* The entry of that name; NULL if there is none. */
struct name *names_find(const struct names *t, struct span text);

/* The entry of that name, made if there is none; text must live as long as the table. Valid until
 * the next call; NULL when the arena is used up. */
struct name *names_add(struct names *t, struct span text);

#endif
