/* reiserfs_xattr.c - extended attributes of ReiserFS: files in a directory that is hidden, one
 * directory for each inode that has some, named by its number and generation. */
#include <stdio.h>

#include "format/links.h"
#include "format/reiserfs.h"

#define MAGIC   0x52465841u /* before each value, with a sum of it */
#define HEAD    8u
#define LARGEST 65536u
#define MOST    4096u

struct seeker {
	const char *name;
	uint64_t key[2];
	bool is_found;
};

static bool is_it(void *ctx, struct span name, const uint64_t key[2])
{
	struct seeker *s = ctx;

	if (!span_is(name, s->name))
		return true;
	s->key[0] = key[0];
	s->key[1] = key[1];
	s->is_found = true;
	return false;
}

static struct reiser_key key_of(const uint64_t key[2])
{
	return (struct reiser_key){ (uint32_t)key[0], (uint32_t)key[1], 0, REISER_NAMES };
}

static bool remember(void *ctx, struct span name, const uint64_t key[2])
{
	struct names *t = ctx;
	struct name *n = is_dot(name) ? NULL : names_add(t, name);

	if (n && !n->what) {
		struct reiser_key *k = arena_take(t->arena, 1, sizeof(*k));

		if (k)
			*k = key_of(key);
		n->what = k;
	}
	return true;
}

void reiser_attributes_find(struct reiserfs *fs, struct arena *a)
{
	static const uint64_t root[2] = { 1, 2 };
	struct seeker hidden = { REISER_PRIVATE, { 0 }, false }, all = { "xattrs", { 0 }, false };

	fs->attributes.arena = a;
	reiser_each_name(fs, key_of(root), is_it, &hidden);
	if (hidden.is_found)
		reiser_each_name(fs, key_of(hidden.key), is_it, &all);
	if (all.is_found)
		reiser_each_name(fs, key_of(all.key), remember, &fs->attributes);
}

struct reader {
	const struct reiserfs *fs;
	struct arena *arena;
	struct entry *entry;
	uint64_t *left;
	struct xattr *list;
	uint8_t *to;
	uint64_t n;
};

static void put(void *ctx, uint64_t at, uint64_t length)
{
	struct reader *r = ctx;

	if (at)
		memcpy(r->to + r->n, r->fs->in.p + at, (size_t)length);
	r->n += length;
}

static struct fault read_value(struct reader *r, const uint64_t key[2], struct span *value)
{
	struct inode i = { .key = { key[0], key[1] } };
	struct fault bad = reiser_inode(r->fs, key, &i);
	struct pieces p = { r->fs->in, i.size, NULL, put, r, fine };

	if (bad.kind)
		return bad;
	if (i.size < HEAD || i.size > LARGEST + HEAD || !budget_take(r->left, i.size))
		return fault_at(FAULT_LIMIT, i.at, "extended attribute", i.size, LARGEST);
	r->to = arena_take(r->arena, i.size, 1);
	r->n = 0;
	if (!r->to)
		return fault_at(FAULT_MEMORY, i.at, "extended attribute", i.size, 0);
	reiser_content(r->fs, &i, &p);
	*value = (struct span){ r->to, (size_t)r->n };
	if (p.fault.kind == FAULT_NONE && span_u32(*value, 0, false) != MAGIC)
		p.fault = fault_at(FAULT_BROKEN, i.at, "head of an extended attribute",
				   span_u32(*value, 0, false), MAGIC);
	*value = span_from(*value, HEAD);
	return p.fault;
}

static bool give(void *ctx, struct span name, const uint64_t key[2])
{
	struct reader *r = ctx;
	struct xattr x = { .name = name };
	struct fault bad;

	if (is_dot(name))
		return true;
	bad = budget_take(r->left, links_xattr_cost(&x))
		      ? read_value(r, key, &x.value)
		      : fault_at(FAULT_LIMIT, 0, "extended attributes", 0, 0);
	if (bad.kind && r->entry->fault.kind == FAULT_NONE)
		r->entry->fault = bad;
	if (bad.kind == FAULT_NONE && r->entry->xattr_count < MOST)
		r->list[r->entry->xattr_count++] = x;
	return bad.kind != FAULT_LIMIT;
}

static bool count(void *ctx, struct span name, const uint64_t key[2])
{
	uint64_t *n = ctx;

	(void)name;
	(void)key;
	*n += *n < MOST;
	return true;
}

/* Devices have their number where others have the generation, and so take their directory's. */
void reiser_xattrs(const void *state, const struct inode *i, struct arena *a, struct entry *e,
		   uint64_t *left)
{
	const struct reiserfs *fs = state;
	struct reader r = { .fs = fs, .arena = a, .entry = e, .left = left };
	bool is_plain =
		i->own.n == 44 && e->kind != KIND_CHAR_DEVICE && e->kind != KIND_BLOCK_DEVICE;
	uint32_t generation = is_plain ? span_u32(i->own, 40, false) : (uint32_t)i->key[0];
	const struct name *found;
	uint64_t room = 0;
	char name[24];

	snprintf(name, sizeof(name), "%X.%X", (uint32_t)i->key[1], generation);
	found = names_find(&fs->attributes, span_text(name));
	if (!found || !found->what)
		return;
	reiser_each_name(fs, *(const struct reiser_key *)found->what, count, &room);
	r.list = arena_take(a, room, sizeof(*r.list));
	if (r.list)
		reiser_each_name(fs, *(const struct reiser_key *)found->what, give, &r);
	e->xattrs = r.list;
}
