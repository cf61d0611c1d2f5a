/* reiserfs_tree.c - the tree of ReiserFS. It is gone through once, and the places of its leaves are
 * kept, each of which may be met once and begins behind the one before it: so no tree, however
 * crossed, makes a search long. */
#include "format/reiserfs.h"

#define HEAD    24u /* of a block of the tree */
#define KEY     16u
#define POINTER 8u
#define ITEM    24u /* head of one in a leaf */

/* Version 3.6 keeps the type in the upper four bits of the offset. What does not make sense so is
 * of version 3.5, whose types are these. */
static struct reiser_key key_at(struct span s, uint64_t at)
{
	struct reiser_key k = { span_u32(s, at, false), span_u32(s, at + 4, false), 0, 0 };
	uint64_t both = span_u64(s, at + 8, false);
	uint32_t old = span_u32(s, at + 12, false);

	if (both >> 60 >= REISER_INDIRECT && both >> 60 <= REISER_NAMES) {
		k.offset = both & ~(15ull << 60);
		k.type = (enum reiser_type)(both >> 60);
		return k;
	}
	k.offset = span_u32(s, at + 8, false);
	k.type = old == 0            ? REISER_STAT
		 : old == 500        ? REISER_NAMES
		 : old == 0xfffffffe ? REISER_INDIRECT
		 : old == 0xffffffff ? REISER_DIRECT
				     : REISER_OTHER;
	return k;
}

static int order(struct reiser_key a, struct reiser_key b)
{
	if (a.directory != b.directory)
		return a.directory < b.directory ? -1 : 1;
	if (a.object != b.object)
		return a.object < b.object ? -1 : 1;
	if (a.offset != b.offset)
		return a.offset < b.offset ? -1 : 1;
	return (a.type > b.type) - (a.type < b.type);
}

static struct span block_at(const struct reiserfs *fs, uint32_t number)
{
	return number && number < fs->blocks
		       ? span_sub(fs->in, (uint64_t)number * fs->block, fs->block)
		       : (struct span){ 0 };
}

struct finder {
	struct reiserfs *fs;
	struct listing *l;
	struct marks met;
	uint64_t room;
};

static void note(struct finder *f, uint32_t number, const char *what, uint64_t got, uint64_t limit)
{
	listing_fault(f->l,
		      fault_at(FAULT_BROKEN, (uint64_t)number * f->fs->block, what, got, limit));
}

static void keep_leaf(struct finder *f, struct span s, uint32_t number)
{
	struct reiserfs *fs = f->fs;
	struct reiser_key first = key_at(s, HEAD);

	if (fs->count && order(first, fs->leaves[fs->count - 1].first) <= 0)
		note(f, number, "order of the tree", fs->count, 0);
	else if (fs->count < f->room)
		fs->leaves[fs->count++] = (struct reiser_leaf){ first, span_place(fs->in, s) };
}

/* A node `level` levels above the leaves: never deeper than the tree is high. */
static void find_below(struct finder *f, uint32_t number, unsigned level)
{
	struct span s = block_at(f->fs, number);
	uint16_t items = span_u16(s, 2, false);
	uint64_t pointers = HEAD + (uint64_t)items * KEY;

	if (s.n == 0 || !marks_add(&f->met, number)) {
		note(f, number, s.n ? "node met twice" : "node", number, f->fs->blocks);
		return;
	}
	if (span_u16(s, 0, false) != level) {
		note(f, number, "level of a node", span_u16(s, 0, false), level);
		return;
	}
	if (level == 1 && items && HEAD + (uint64_t)items * ITEM <= s.n) {
		keep_leaf(f, s, number);
		return;
	}
	if (level == 1 || pointers + (items + 1ull) * POINTER > s.n) {
		note(f, number, "items of a node", items, s.n);
		return;
	}
	for (uint64_t i = 0; i <= items; i++)
		find_below(f, span_u32(s, pointers + i * POINTER, false), level - 1);
}

struct fault reiser_leaves(struct reiserfs *fs, struct listing *l, unsigned height)
{
	struct finder f = { .fs = fs, .l = l };
	uint64_t most = l->in.n / fs->block + 1;

	f.room = most < fs->blocks ? most : fs->blocks;
	fs->leaves = arena_take(l->arena, f.room, sizeof(*fs->leaves));
	if (!fs->leaves || !marks_init(&f.met, l->arena, f.room))
		return fault_at(FAULT_MEMORY, 0, "leaves", f.room, 0);
	find_below(&f, fs->root, height);
	return fine;
}

/* False behind the last one. An item that leaves its block is an empty one. */
static bool item_at(const struct reiserfs *fs, uint64_t leaf, uint32_t index,
		    struct reiser_item *item)
{
	struct span s = span_sub(fs->in, fs->leaves[leaf].at, fs->block);
	uint64_t at = HEAD + (uint64_t)index * ITEM;

	if (index >= span_u16(s, 2, false))
		return false;
	item->key = key_at(s, at);
	item->entries = span_u16(s, at + 16, false);
	item->is_old = span_u16(s, at + 22, false) == 0;
	item->bytes = span_sub(s, span_u16(s, at + 20, false), span_u16(s, at + 18, false));
	item->at = fs->leaves[leaf].at + at;
	return true;
}

void reiser_seek(struct reiser_cursor *c, const struct reiserfs *fs, struct reiser_key from)
{
	uint64_t low = 0, high = fs->count;
	struct reiser_item item;

	while (low < high) {
		uint64_t middle = low + (high - low) / 2;

		if (order(fs->leaves[middle].first, from) <= 0)
			low = middle + 1;
		else
			high = middle;
	}
	*c = (struct reiser_cursor){ fs, low ? low - 1 : 0, 0 };
	while (low && item_at(fs, c->leaf, c->index, &item) && order(item.key, from) < 0)
		c->index++;
}

bool reiser_next(struct reiser_cursor *c, struct reiser_item *item)
{
	while (c->leaf < c->fs->count && !item_at(c->fs, c->leaf, c->index, item)) {
		c->leaf++;
		c->index = 0;
	}
	c->index++;
	return c->leaf < c->fs->count;
}

bool reiser_next_of(struct reiser_cursor *c, struct reiser_key of, struct reiser_item *item)
{
	return reiser_next(c, item) && item->key.directory == of.directory &&
	       item->key.object == of.object;
}
