/* xfs_map.c - where the blocks of a fork are: a list of runs in the inode, or a tree of them. */
#include "format/xfs.h"

#define RECORD  16 /* also of a key and a pointer together */
#define DEEPEST 9
#define SUM     64 /* of a block of the tree, version 5 */

struct walk {
	const struct xfs *fs;
	struct xfs_visitor to;
	uint64_t next; /* no run may begin before it */
	uint64_t own;
	bool stopped;
	struct fault fault;
};

static bool stop(struct walk *w, struct fault f)
{
	if (w->fault.kind == FAULT_NONE)
		w->fault = f;
	w->stopped = true;
	return false;
}

/* Bits: 1 of state, 54 of logical block, 52 of block, 21 of count. */
static struct xfs_run read_run(struct span record)
{
	uint64_t high = span_u64(record, 0, true), low = span_u64(record, 8, true);

	return (struct xfs_run){ .logical = high << 1 >> 10,
				 .block = (high & 0x1ff) << 43 | low >> 21,
				 .count = low & 0x1fffff,
				 .is_written = high >> 63 == 0 };
}

static bool pay(struct walk *w, uint64_t steps)
{
	return budget_take(w->to.steps ? w->to.steps : &w->own, steps) ||
	       stop(w, fault_at(FAULT_LIMIT, 0, "extents", steps, 0));
}

static bool give_runs(struct walk *w, struct span records, uint64_t count)
{
	if (count == 0 || count > records.n / RECORD)
		return stop(w, fault_at(FAULT_BROKEN, 0, "number of extents", count,
					records.n / RECORD));
	for (uint64_t k = 0; k < count; k++) {
		struct xfs_run r = read_run(span_sub(records, k * RECORD, RECORD));

		if (!pay(w, 1))
			return false;
		if (r.logical < w->next || r.count == 0)
			return stop(w,
				    fault_at(FAULT_BROKEN, 0, "extent order", r.logical, w->next));
		w->next = r.logical + r.count;
		if (!w->to.each(w->to.ctx, &r)) {
			w->stopped = true;
			return false;
		}
	}
	return true;
}

/* The keys and pointers, or the records, of a node. */
struct node {
	uint32_t level, count, room;
	struct span body;
};

/* In the inode the head is short; keys have all the room they could take, in a block too. */
static struct node root_node(struct span fork)
{
	return (struct node){ span_u16(fork, 0, true), span_u16(fork, 2, true),
			      (uint32_t)(fork.n > 4 ? (fork.n - 4) / RECORD : 0),
			      span_from(fork, 4) };
}

static struct fault read_node(const struct xfs *fs, uint64_t number, uint32_t level, struct node *n)
{
	struct span block = xfs_blocks(fs, number, 1);
	uint32_t head = fs->has_sums ? 72 : 24;
	uint64_t at;

	if (block.n < fs->block_size)
		return xfs_missing(fs, number, 1);
	at = span_place(fs->in, block);
	*n = (struct node){ span_u16(block, 4, true), span_u16(block, 6, true),
			    (fs->block_size - head) / RECORD, span_from(block, head) };
	if (!span_starts(block, span_text(fs->has_sums ? "BMA3" : "BMAP")) || n->level != level ||
	    n->count == 0 || n->count > n->room)
		return fault_at(FAULT_BROKEN, at, "block of extents", n->level, level);
	return fine;
}

static struct fault node_sum(const struct xfs *fs, uint64_t number)
{
	struct span block = xfs_blocks(fs, number, 1);

	if (fs->has_sums && !xfs_sum_holds(block, SUM))
		return fault_at(FAULT_BROKEN, span_place(fs->in, block) + SUM,
				"CRC-32C of a block of extents", 0, 0);
	return fine;
}

static uint64_t pointer(const struct node *n, uint64_t k)
{
	return span_u64(n->body, n->room * 8ull + k * 8, true);
}

/* A node met twice gives runs that were given before, which ends the walk. Its checksum costs as
 * much as all records that it could have. */
static bool walk_node(struct walk *w, const struct node *n)
{
	for (uint32_t k = 0; k < n->count && !w->stopped; k++) {
		uint64_t number = pointer(n, k);
		struct node child;
		struct fault bad = read_node(w->fs, number, n->level - 1, &child);

		if (bad.kind)
			return stop(w, bad);
		if (!pay(w, child.room))
			return false;
		bad = node_sum(w->fs, number);
		if (w->fault.kind == FAULT_NONE)
			w->fault = bad;
		if (child.level)
			walk_node(w, &child);
		else
			give_runs(w, child.body, child.count);
	}
	return !w->stopped;
}

struct fault xfs_walk(const struct xfs *fs, const struct xfs_fork *f, struct xfs_visitor v)
{
	struct walk w = { .fs = fs, .to = v, .own = fs->in.n / 4 + 8192 };
	struct node root = root_node(f->bytes);

	if (f->format == XFS_EXTENTS) {
		if (f->extents)
			give_runs(&w, f->bytes, f->extents);
		return w.fault;
	}
	if (f->format != XFS_BTREE)
		return fault_at(FAULT_BROKEN, 0, "format of a fork", f->format, XFS_BTREE);
	if (root.level == 0 || root.level > DEEPEST || root.count == 0 || root.count > root.room)
		return fault_at(FAULT_BROKEN, 0, "root of extents", root.level, DEEPEST);
	walk_node(&w, &root);
	return w.fault;
}

/* The last of `count` records, `step` bytes apart, that begins at or before the logical block; 0
 * where none does. Keys hold the block itself, records above other bits. */
static uint64_t last_before(struct span list, uint64_t count, uint32_t step, uint64_t logical)
{
	uint64_t low = 0, high = count;

	while (high - low > 1) {
		uint64_t middle = low + (high - low) / 2;
		uint64_t first = span_u64(list, middle * step, true);

		if (step == RECORD)
			first = first << 1 >> 10;
		if (first <= logical)
			low = middle;
		else
			high = middle;
	}
	return low;
}

bool xfs_find(const struct xfs *fs, const struct xfs_fork *f, uint64_t logical, uint64_t *block)
{
	struct node n = { .count = (uint32_t)f->extents, .body = f->bytes };
	struct xfs_run r;

	if (f->format == XFS_BTREE)
		n = root_node(f->bytes);
	else if (f->format != XFS_EXTENTS || f->extents > f->bytes.n / RECORD)
		return false;
	if (n.level > DEEPEST || (n.level && n.count > n.room))
		return false;
	while (n.level) {
		uint64_t k = last_before(n.body, n.count, 8, logical);

		if (read_node(fs, pointer(&n, k), n.level - 1, &n).kind)
			return false;
	}
	r = read_run(
		span_sub(n.body, last_before(n.body, n.count, RECORD, logical) * RECORD, RECORD));
	if (logical < r.logical || logical - r.logical >= r.count)
		return false;
	*block = r.block + (logical - r.logical);
	return true;
}
