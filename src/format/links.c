/* links.c - several names of one inode: the first holds the content. */
#include "format/links.h"

#include <stdlib.h>

#include "format/marks.h"

struct file {
	uint64_t key[2];
	uint32_t entry;
};

static bool is_same(const struct file *a, const struct file *b)
{
	return a->key[0] == b->key[0] && a->key[1] == b->key[1];
}

static int by_inode(const void *left, const void *right)
{
	const struct file *a = left, *b = right;

	if (a->key[0] != b->key[0])
		return a->key[0] < b->key[0] ? -1 : 1;
	if (a->key[1] != b->key[1])
		return a->key[1] < b->key[1] ? -1 : 1;
	return (a->entry > b->entry) - (a->entry < b->entry);
}

void links_join(struct listing *l)
{
	struct file *files = arena_take(l->arena, l->count, sizeof(*files));
	uint32_t count = 0, first = 0;

	for (uint32_t i = 0; files && i < l->count; i++) {
		const struct entry *e = &l->entries[i];

		if (e->kind == KIND_FILE && e->has_mode)
			files[count++] = (struct file){ { e->key[0], e->key[1] }, i };
	}
	if (count)
		qsort(files, count, sizeof(*files), by_inode);
	for (uint32_t i = 1; i < count; i++) {
		struct entry *e = &l->entries[files[i].entry];

		if (!is_same(&files[i], &files[first])) {
			first = i;
			continue;
		}
		e->kind = KIND_HARDLINK;
		e->first = files[first].entry;
		e->stored = false;
	}
}

enum kind links_kind(uint8_t type)
{
	static const enum kind kinds[] = { KIND_FILE,        KIND_FILE,         KIND_DIRECTORY,
					   KIND_CHAR_DEVICE, KIND_BLOCK_DEVICE, KIND_FIFO,
					   KIND_SOCKET,      KIND_SYMLINK };

	return type < sizeof(kinds) / sizeof(kinds[0]) ? kinds[type] : KIND_FILE;
}

struct name *links_met(struct names *inodes, const uint64_t key[2])
{
	uint64_t *copy = arena_take(inodes->arena, 2, sizeof(*copy));

	if (!copy)
		return NULL;
	memcpy(copy, key, 2 * sizeof(*copy));
	return names_add(inodes, (struct span){ (const uint8_t *)copy, 2 * sizeof(*copy) });
}

/* Once too much was asked for, nothing is left: counting would cost each name as much again. */
static bool pay(const struct entry *e, uint64_t *left)
{
	for (uint32_t i = 0; i < e->xattr_count; i++)
		if (!budget_take(left, links_xattr_cost(&e->xattrs[i]))) {
			*left = 0;
			return false;
		}
	return true;
}

bool links_repeat(struct listing *l, uint32_t first, const struct entry *name, uint64_t *left)
{
	struct entry e = l->entries[first];

	e.name = name->name;
	e.parent = name->parent;
	if (!pay(&e, left)) {
		e.xattrs = NULL;
		e.xattr_count = 0;
		e.fault = fault_at(FAULT_LIMIT, 0, "extended attributes", 0, 0);
	}
	return listing_add(l, &e) != NO_ENTRY;
}
