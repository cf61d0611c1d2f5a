/* names.c - see names.h. */
#include "base/names.h"

#include <stdlib.h>
#include <sys/random.h>

#include "base/cursor.h"

#define FIRST_ROOM 64

static uint64_t key[2];

void names_start(void)
{
	if (getrandom(key, sizeof(key), 0) != sizeof(key))
		abort(); /* 16 bytes are never cut short; without them the table has no bound */
}

static uint64_t rotate(uint64_t v, int by)
{
	return v << by | v >> (64 - by);
}

static void mix(uint64_t v[4])
{
	v[0] += v[1];
	v[2] += v[3];
	v[1] = rotate(v[1], 13) ^ v[0];
	v[3] = rotate(v[3], 16) ^ v[2];
	v[0] = rotate(v[0], 32) + v[3];
	v[2] += v[1];
	v[3] = rotate(v[3], 21) ^ v[0];
	v[1] = rotate(v[1], 17) ^ v[2];
	v[2] = rotate(v[2], 32);
}

uint64_t names_hash(uint64_t seed, struct span s)
{
	uint64_t v[4] = { key[0] ^ seed ^ 0x736f6d6570736575u, key[1] ^ 0x646f72616e646f6du,
			  key[0] ^ seed ^ 0x6c7967656e657261u, key[1] ^ 0x7465646279746573u };
	uint64_t word;
	size_t at = 0;

	for (; s.n - at >= 8; at += 8) {
		word = span_u64(s, at, false);
		v[3] ^= word;
		mix(v);
		v[0] ^= word;
	}
	word = (uint64_t)s.n << 56;
	for (int i = 0; at < s.n; at++, i++)
		word |= (uint64_t)s.p[at] << 8 * i;
	v[3] ^= word;
	mix(v);
	v[0] ^= word;
	v[2] ^= 0xff;
	for (int i = 0; i < 3; i++)
		mix(v);
	return v[0] ^ v[1] ^ v[2] ^ v[3];
}

/* The slot that has the name, or the empty one where it belongs. There is always an empty one. */
static struct name *slot_of(const struct names *t, struct span text)
{
	size_t at = (size_t)names_hash(0, text) & (t->room - 1);

	while (t->slots[at].taken && !span_equal(t->slots[at].text, text))
		at = (at + 1) & (t->room - 1);
	return &t->slots[at];
}

struct name *names_find(const struct names *t, struct span text)
{
	struct name *slot = t->room ? slot_of(t, text) : NULL;

	return slot && slot->taken ? slot : NULL;
}

static bool grow(struct names *t)
{
	struct names more = { t->arena, NULL, t->room ? t->room * 2 : FIRST_ROOM, t->used };

	more.slots = arena_take(t->arena, more.room, sizeof(*more.slots));
	if (!more.slots)
		return false;
	for (size_t i = 0; i < t->room; i++)
		if (t->slots[i].taken)
			*slot_of(&more, t->slots[i].text) = t->slots[i];
	*t = more;
	return true;
}

struct name *names_add(struct names *t, struct span text)
{
	struct name *slot;

	if (t->used >= t->room / 2 && !grow(t))
		return NULL;
	slot = slot_of(t, text);
	if (!slot->taken) {
		*slot = (struct name){ .text = text, .taken = true };
		t->used++;
	}
	return slot;
}
