/* hfsplus_tree.c - forks and trees of HFS+. Of a tree the leaves are read, which are a chain. */
#include "format/hfsplus.h"

#include <stdlib.h>

#define HEAD         14u /* of a node */
#define LEAF         0xff
#define LARGEST_NODE 32768u
#define MOST_RECORDS (1u << 24)

static bool give_extents(const struct hfsplus *fs, struct span extents, struct pieces *p,
			 uint32_t *done)
{
	for (uint64_t k = 0; k < HFS_EXTENTS; k++) {
		uint32_t first = span_u32(extents, k * 8, true);
		uint32_t count = span_u32(extents, k * 8 + 4, true);

		if (count == 0)
			return true;
		*done += count;
		if (!pieces_take(p, first, count, fs->block) ||
		    !pieces_give(p, (uint64_t)first * fs->block, (uint64_t)count * fs->block))
			return false;
	}
	return true;
}

/* More than eight extents stand in the tree of extents, by the block of the fork where they begin.
 */
static bool give_more(const struct hfsplus *fs, const struct hfs_fork *f, struct pieces *p,
		      uint32_t *done)
{
	const struct hfs_records *r = &fs->extents;

	for (uint32_t i = hfs_first(r, f->file); i < r->count && r->p[i].id == f->file; i++)
		if (span_byte(r->p[i].key, 0) == f->type &&
		    span_u32(r->p[i].key, 6, true) == *done) {
			if (!give_extents(fs, r->p[i].data, p, done))
				return false;
		}
	return true;
}

/* HFS+ has no holes: what no extent has is a fault. */
void hfs_content(const struct hfsplus *fs, const struct hfs_fork *f, struct pieces *p)
{
	uint32_t done = 0;

	if (p->left && give_extents(fs, span_sub(f->bytes, 16, HFS_EXTENTS * 8), p, &done))
		give_more(fs, f, p, &done);
	if (p->left && p->fault.kind == FAULT_NONE)
		p->fault = fault_at(FAULT_BROKEN, 0, "size beyond the extents", p->left, 0);
}

/* A tree as one run of bytes: a view of the image, or a copy where it is in pieces. */
struct whole {
	struct span in, view;
	struct arena *arena;
	uint8_t *copy;
	size_t n, size;
};

static void join(void *ctx, uint64_t at, uint64_t length)
{
	struct whole *w = ctx;

	if (w->n == 0 && length == w->size) {
		w->view = span_sub(w->in, at, length);
		return;
	}
	if (!w->copy)
		w->copy = arena_take(w->arena, w->size, 1);
	if (w->copy)
		memcpy(w->copy + w->n, w->in.p + at, (size_t)length);
	w->n += (size_t)length;
	w->view = (struct span){ w->copy, w->copy ? w->n : 0 };
}

static struct span tree_bytes(struct hfsplus *fs, struct arena *a, const struct hfs_fork *f,
			      struct fault *bad)
{
	uint64_t size = span_u64(f->bytes, 0, true);
	struct whole w = { .in = fs->in, .arena = a, .size = size < fs->in.n ? size : fs->in.n };
	struct pieces p = { fs->in, w.size, NULL, join, &w, fine };

	hfs_content(fs, f, &p);
	*bad = p.fault;
	return w.view;
}

static bool keep(struct hfs_records *to, struct arena *a, struct hfs_record r)
{
	if (to->count == to->room) {
		uint32_t room = to->room ? to->room * 2 : 64;
		struct hfs_record *more =
			room <= MOST_RECORDS ? arena_take(a, room, sizeof(*more)) : NULL;

		if (!more)
			return false;
		if (to->count)
			memcpy(more, to->p, to->count * sizeof(*more));
		to->p = more;
		to->room = room;
	}
	r.order = to->count;
	to->p[to->count++] = r;
	return true;
}

/* Places of records stand at the end of a node, the first one last. In the catalog the parent's
 * number begins a key, elsewhere the file's is behind two bytes. */
static struct fault keep_leaf(struct hfs_records *to, struct arena *a, struct span node,
			      uint64_t id_at)
{
	uint16_t count = span_u16(node, 10, true);

	for (uint64_t k = 0; k < count; k++) {
		uint64_t place = node.n - 2 * (k + 1);
		uint64_t from = k + 2 > node.n / 2 ? 0 : span_u16(node, place, true);
		uint64_t to_at = k + 2 > node.n / 2 ? 0 : span_u16(node, place - 2, true);
		struct span s = from >= HEAD && to_at > from ? span_sub(node, from, to_at - from)
							     : (struct span){ 0 };
		uint64_t length = span_u16(s, 0, true);
		struct hfs_record r = { .key = span_sub(s, 2, length),
					.data = span_from(s, 2 + length + (length & 1)) };

		if (r.key.n < id_at + 4)
			return fault_at(FAULT_BROKEN, from, "record of a tree", k, count);
		r.id = span_u32(r.key, id_at, true);
		if (!keep(to, a, r))
			return fault_at(FAULT_LIMIT, from, "records of a tree", to->count,
					MOST_RECORDS);
	}
	return fine;
}

static int by_id(const void *a, const void *b)
{
	const struct hfs_record *x = a, *y = b;

	if (x->id != y->id)
		return x->id < y->id ? -1 : 1;
	return (x->order > y->order) - (x->order < y->order);
}

/* The chain ends where a node was met before. */
static struct fault read_leaves(struct hfs_records *to, struct arena *a, struct span tree,
				uint64_t id_at)
{
	uint32_t size = span_u16(tree, 32, true), next = span_u32(tree, 24, true);
	struct fault first = fine;
	struct marks met;

	if (size < 512 || size > LARGEST_NODE || size & (size - 1))
		return fault_at(FAULT_BROKEN, 32, "size of a node", size, LARGEST_NODE);
	if (!marks_init(&met, a, tree.n / size))
		return fault_at(FAULT_MEMORY, 0, "nodes", tree.n / size, 0);
	while (next) {
		struct span node = span_sub(tree, (uint64_t)next * size, size);
		struct fault bad;

		if (node.n == 0 || span_byte(node, 8) != LEAF || !marks_add(&met, next))
			return fault_at(FAULT_BROKEN, (uint64_t)next * size, "leaf of a tree", next,
					tree.n / size);
		bad = keep_leaf(to, a, node, id_at);
		if (first.kind == FAULT_NONE)
			first = bad;
		next = span_u32(node, 0, true);
	}
	return first;
}

struct fault hfs_tree(struct hfsplus *fs, struct listing *l, struct hfs_fork f,
		      struct hfs_records *to)
{
	struct fault bad, worse;
	struct span tree = tree_bytes(fs, l->arena, &f, &bad);

	worse = tree.n ? read_leaves(to, l->arena, tree, to == &fs->catalog ? 0 : 2) : bad;
	if (to->count)
		qsort(to->p, to->count, sizeof(*to->p), by_id);
	return bad.kind ? bad : worse;
}

uint32_t hfs_first(const struct hfs_records *r, uint32_t id)
{
	uint32_t low = 0, high = r->count;

	while (low < high) {
		uint32_t middle = low + (high - low) / 2;

		if (r->p[middle].id < id)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}
