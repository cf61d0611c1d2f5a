/* links.c - several names of one inode: the first holds the content. */
#include "format/links.h"

#include <stdlib.h>

struct name {
	uint64_t key[2];
	uint32_t entry;
};

static bool is_same(const struct name *a, const struct name *b)
{
	return a->key[0] == b->key[0] && a->key[1] == b->key[1];
}

static int by_inode(const void *left, const void *right)
{
	const struct name *a = left, *b = right;

	if (a->key[0] != b->key[0])
		return a->key[0] < b->key[0] ? -1 : 1;
	if (a->key[1] != b->key[1])
		return a->key[1] < b->key[1] ? -1 : 1;
	return (a->entry > b->entry) - (a->entry < b->entry);
}

void links_join(struct listing *l)
{
	struct name *names = arena_take(l->arena, l->count, sizeof(*names));
	uint32_t count = 0, first = 0;

	for (uint32_t i = 0; names && i < l->count; i++) {
		const struct entry *e = &l->entries[i];

		if (e->kind == KIND_FILE && e->has_mode)
			names[count++] = (struct name){ { e->key[0], e->key[1] }, i };
	}
	if (count)
		qsort(names, count, sizeof(*names), by_inode);
	for (uint32_t i = 1; i < count; i++) {
		struct entry *e = &l->entries[names[i].entry];

		if (!is_same(&names[i], &names[first])) {
			first = i;
			continue;
		}
		e->kind = KIND_HARDLINK;
		e->first = names[first].entry;
		e->stored = false;
	}
}
