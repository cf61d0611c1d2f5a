/* hfsplus_xattr.c - extended attributes of HFS+: small ones within the tree of attributes, large
 * ones in a fork that it names; and the resource fork, which Mac OS shows as one. */
#include "format/hfsplus.h"
#include "format/links.h"

#define LARGEST 65536u
#define MOST    4096u

enum { INSIDE = 0x10, IN_FORK = 0x20 };

struct gathering {
	struct arena *arena;
	uint64_t *left;
};

struct gatherer {
	struct span in;
	uint8_t *to;
	uint64_t n;
};

static void put(void *ctx, uint64_t at, uint64_t length)
{
	struct gatherer *g = ctx;

	memcpy(g->to + g->n, g->in.p + at, (size_t)length);
	g->n += length;
}

static struct fault fork_value(const struct hfsplus *fs, const struct hfs_fork *f,
			       struct gathering w, struct span *value)
{
	uint64_t size = span_u64(f->bytes, 0, true);
	struct gatherer g = { .in = fs->in };
	struct pieces p = { fs->in, size, NULL, put, &g, fine };

	if (size > LARGEST || !budget_take(w.left, size))
		return fault_at(FAULT_LIMIT, 0, "extended attribute", size, LARGEST);
	g.to = arena_take(w.arena, size + 1, 1);
	if (!g.to)
		return fault_at(FAULT_MEMORY, 0, "extended attribute", size, 0);
	hfs_content(fs, f, &p);
	*value = (struct span){ g.to, (size_t)g.n };
	return p.fault;
}

static struct fault value_of(const struct hfsplus *fs, const struct hfs_record *r,
			     struct gathering w, struct span *value)
{
	uint32_t type = span_u32(r->data, 0, true), size = span_u32(r->data, 12, true);
	struct hfs_fork f = { r->id, 0, span_sub(r->data, 8, HFS_FORK) };

	if (type == IN_FORK && f.bytes.n)
		return fork_value(fs, &f, w, value);
	*value = span_sub(r->data, 16, size);
	if (type != INSIDE || value->n != size)
		return fault_at(FAULT_BROKEN, 0, "extended attribute", type, INSIDE);
	return fine;
}

struct adder {
	struct entry *e;
	struct xattr *list;
	uint64_t *left;
};

static void add(struct adder *to, struct xattr x, struct fault bad)
{
	if (bad.kind == FAULT_NONE && !budget_take(to->left, links_xattr_cost(&x)))
		bad = fault_at(FAULT_LIMIT, 0, "extended attributes", 0, 0);
	if (bad.kind == FAULT_NONE)
		to->list[to->e->xattr_count++] = x;
	else if (to->e->fault.kind == FAULT_NONE)
		to->e->fault = bad;
}

void hfs_xattrs(const void *state, const struct inode *i, struct arena *a, struct entry *e,
		uint64_t *left)
{
	const struct hfsplus *fs = state;
	const struct hfs_records *r = &fs->attributes;
	uint32_t id = span_u32(i->own, 8, true), from = hfs_first(r, id), count = 0;
	struct hfs_fork resources = { id, 0xff, span_sub(i->own, 88 + HFS_FORK, HFS_FORK) };
	struct gathering w = { a, left };
	struct adder to = { e, NULL, left };
	struct span value = { 0 };

	while (count < MOST && from + count < r->count && r->p[from + count].id == id)
		count++;
	to.list = arena_take(a, count + 1, sizeof(*to.list));
	for (uint32_t k = from; to.list && k < from + count; k++) {
		struct span units =
			span_sub(r->p[k].key, 12, span_u16(r->p[k].key, 10, true) * 2ull);
		struct fault bad = value_of(fs, &r->p[k], w, &value);

		if (span_u32(r->p[k].key, 6, true) == 0) /* else more extents of a large one */
			add(&to, (struct xattr){ hfs_name(a, units), value }, bad);
	}
	if (to.list && resources.bytes.n && span_u64(resources.bytes, 0, true)) {
		struct fault bad = fork_value(fs, &resources, w, &value);

		add(&to, (struct xattr){ span_text("com.apple.ResourceFork"), value }, bad);
	}
	e->xattrs = to.list;
}
