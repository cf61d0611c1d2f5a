/* btrfs_tree.c - nodes and the way through them. A node is taken only if its checksum holds, its
 * keys ascend, its items lie behind each other, and its first key is the one that points to it: no
 * node is then met twice on one way through a tree. */
#include "format/btrfs.h"

#define HEAD      101
#define KEY_SIZE  17
#define ITEM_SIZE 25
#define POINTER   33
#define SLOT      4096 /* no node is smaller */
#define MOST_TORN 64   /* nodes on one way: others would pay for them with every look */

static uint32_t record_size(int level)
{
	return level ? POINTER : ITEM_SIZE;
}

static struct btrfs_key key_of(struct span node, int level, uint32_t k)
{
	return btrfs_key_at(node, HEAD + (uint64_t)k * record_size(level));
}

static bool keys_ascend(struct span node, int level, uint32_t count)
{
	for (uint32_t k = 1; k < count; k++)
		if (btrfs_key_order(key_of(node, level, k - 1), key_of(node, level, k)) >= 0)
			return false;
	return true;
}

/* From the end of the leaf to the front, without gaps. */
static bool items_hold(struct span leaf, uint32_t count)
{
	uint64_t end = leaf.n - HEAD;

	for (uint32_t k = 0; k < count; k++) {
		uint64_t at = HEAD + (uint64_t)k * ITEM_SIZE + KEY_SIZE;
		uint64_t from = span_u32(leaf, at, false), size = span_u32(leaf, at + 4, false);

		if (from > end || size != end - from)
			return false;
		end = from;
	}
	return end >= (uint64_t)count * ITEM_SIZE;
}

/* What a node says of itself. */
static struct fault check(const struct btrfs *fs, struct span node)
{
	uint64_t at = span_place(fs->in, node);
	uint32_t count = span_u32(node, 96, false);
	int level = span_byte(node, 100);

	if (!btrfs_sum_holds(fs->sum, node))
		return fault_at(FAULT_BROKEN, at, "checksum of a tree node", 0, 0);
	if (level >= BTRFS_LEVELS || count == 0 || count > (node.n - HEAD) / record_size(level) ||
	    !keys_ascend(node, level, count) || (level == 0 && !items_hold(node, count)))
		return fault_at(FAULT_BROKEN, at + 96, "tree node", count, 0);
	return fine;
}

/* A node is met again for each file: what it was found to be is kept. */
static struct fault check_once(const struct btrfs *fs, struct span node)
{
	uint64_t at = span_place(fs->in, node), slot = at / SLOT;
	struct fault bad;

	if (marks_has(&fs->checks->good, slot))
		return fine;
	if (marks_has(&fs->checks->bad, slot))
		return fault_at(FAULT_BROKEN, at, "tree node", 0, 0);
	bad = check(fs, node);
	if (!fs->checks->is_closed)
		marks_add(bad.kind ? &fs->checks->bad : &fs->checks->good, slot);
	return bad;
}

static struct fault expect(const struct btrfs *fs, struct span node, uint64_t logical, int level)
{
	uint64_t at = span_place(fs->in, node), own = span_u64(node, 48, false);

	if (own != logical)
		return fault_at(FAULT_BROKEN, at + 48, "address of a tree node", own, logical);
	if (span_byte(node, 100) != level)
		return fault_at(FAULT_BROKEN, at + 100, "level of a tree node",
				(uint64_t)span_byte(node, 100), (uint64_t)level);
	return fine;
}

/* The first copy that holds; else what is wrong with the first. */
static struct fault read_node(const struct btrfs *fs, uint64_t logical, int level,
			      struct span *node)
{
	struct btrfs_place p;
	struct fault why = btrfs_locate(fs, logical, &p);

	if (why.kind == FAULT_NONE && (logical % SLOT || p.length < fs->node_size))
		why = fault_at(FAULT_BROKEN, 0, "address of a tree node", logical, p.length);
	for (uint32_t i = 0; why.kind == FAULT_NONE && i < p.copies; i++) {
		struct fault bad;

		*node = span_sub(fs->in, p.at[i], fs->node_size);
		if (node->n == 0 || p.at[i] % SLOT)
			bad = fault_at(FAULT_SHORT, fs->in.n, "tree node", p.at[i], fs->in.n);
		else
			bad = check_once(fs, *node);
		if (bad.kind == FAULT_NONE)
			bad = expect(fs, *node, logical, level);
		if (bad.kind == FAULT_NONE)
			return fine;
		if (i + 1 == p.copies)
			why = bad;
	}
	*node = (struct span){ 0 };
	return why;
}

/* Of a leaf the first item at or behind the key; else the last child that begins at or before it.
 */
static uint32_t first_of(struct span node, int level, uint32_t count, struct btrfs_key from)
{
	uint32_t low = 0, high = count;

	while (low < high) {
		uint32_t middle = low + (high - low) / 2;
		int order = btrfs_key_order(key_of(node, level, middle), from);

		if (order < 0 || (level && order == 0))
			low = middle + 1;
		else
			high = middle;
	}
	return level && low ? low - 1 : low;
}

static void note(struct btrfs_cursor *c, struct fault f)
{
	if (c->fault.kind == FAULT_NONE)
		c->fault = f;
}

static void enter(struct btrfs_cursor *c, struct span node, int level)
{
	uint32_t count = span_u32(node, 96, false);

	c->level = (uint8_t)level;
	c->path[level].node = node;
	c->path[level].count = count;
	c->path[level].index = first_of(node, level, count, c->from);
}

void btrfs_seek(struct btrfs_cursor *c, const struct btrfs *fs, struct btrfs_tree tree,
		struct btrfs_key from)
{
	struct span node = { 0 };

	*c = (struct btrfs_cursor){ .fs = fs, .from = from, .to = from };
	c->to.offset = UINT64_MAX;
	if (tree.level >= BTRFS_LEVELS)
		c->fault = fault_at(FAULT_BROKEN, 0, "level of a tree", tree.level, BTRFS_LEVELS);
	else
		c->fault = read_node(fs, tree.node, tree.level, &node);
	if (node.n == 0)
		return;
	c->top = tree.level;
	enter(c, node, tree.level);
}

/* Goes down to a child, unless that is torn or not where the keys say. */
static void go_down(struct btrfs_cursor *c, uint32_t k)
{
	struct span node = c->path[c->level].node, child = { 0 };
	struct btrfs_key key = key_of(node, c->level, k);
	uint64_t logical = span_u64(node, HEAD + (uint64_t)k * POINTER + KEY_SIZE, false);
	struct fault bad = fine;

	if (c->has_last && btrfs_key_order(key, c->last) <= 0)
		bad = fault_at(FAULT_BROKEN, span_place(c->fs->in, node), "key order", key.id,
			       c->last.id);
	if (bad.kind == FAULT_NONE)
		bad = read_node(c->fs, logical, c->level - 1, &child);
	if (bad.kind == FAULT_NONE && btrfs_key_order(key, key_of(child, c->level - 1, 0)) != 0)
		bad = fault_at(FAULT_BROKEN, span_place(c->fs->in, child), "first key", key.id, 0);
	if (bad.kind) {
		note(c, bad);
		c->torn++;
	} else {
		enter(c, child, c->level - 1);
	}
}

static void give(struct btrfs_cursor *c, uint32_t k, struct btrfs_item *item)
{
	struct span leaf = c->path[0].node;
	uint64_t at = HEAD + (uint64_t)k * ITEM_SIZE + KEY_SIZE;

	item->key = key_of(leaf, 0, k);
	item->bytes = span_sub(leaf, HEAD + (uint64_t)span_u32(leaf, at, false),
			       span_u32(leaf, at + 4, false));
	c->last = item->key;
	c->has_last = true;
}

bool btrfs_next(struct btrfs_cursor *c, struct btrfs_item *item)
{
	while (c->path[c->level].index < c->path[c->level].count || c->level < c->top) {
		uint32_t k = c->path[c->level].index++;

		if (k >= c->path[c->level].count) {
			c->level++;
		} else if (c->torn == MOST_TORN ||
			   btrfs_key_order(key_of(c->path[c->level].node, c->level, k), c->to) >
				   0) {
			return false;
		} else if (c->level) {
			go_down(c, k);
		} else {
			give(c, k, item);
			return true;
		}
	}
	return false;
}

bool btrfs_next_of(struct btrfs_cursor *c, uint64_t id, uint8_t type, struct btrfs_item *item)
{
	return btrfs_next(c, item) && item->key.id == id && item->key.type == type;
}

bool btrfs_find(const struct btrfs *fs, struct btrfs_tree tree, struct btrfs_key key,
		struct btrfs_item *item, struct fault *why)
{
	struct btrfs_cursor c;
	bool found;

	btrfs_seek(&c, fs, tree, key);
	c.to = key;
	found = btrfs_next(&c, item) && btrfs_key_order(item->key, key) == 0;
	*why = found ? fine : c.fault;
	return found;
}

/* Key of what it points to, transaction, lengths of data and name, kind; name, data. */
bool btrfs_name_next(struct cursor *c, struct btrfs_name *n)
{
	uint32_t data_length, name_length;

	if (cursor_left(c) == 0)
		return false;
	n->location = btrfs_key_at(c->in, c->at);
	cursor_skip(c, KEY_SIZE + 8);
	data_length = cursor_le16(c);
	name_length = cursor_le16(c);
	n->type = cursor_u8(c);
	n->name = cursor_span(c, name_length);
	n->data = cursor_span(c, data_length);
	return !c->ran_out;
}
