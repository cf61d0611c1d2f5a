/* ext_own_map.c - block maps of ext as own() sees them: blocks of the map are structure where they
 * say no more than where the content stands. */
#include "base/hash.h"
#include "format/ext.h"
#include "format/own.h"

#define EXTENT_MAGIC 0xf30a
#define DEEPEST      5
#define UNWRITTEN    32768
#define RECORD       12

struct mapping {
	struct ext_owning *x;
	const struct ext_inode *i;
	ext_leaf *leaf;
	uint64_t taken, blocks; /* of the inode; of its size */
	uint64_t next;          /* logical block that may come next */
	bool holds;
};

/* Content from `physical` on. What lies behind the file's end is fill, and so is what was never
 * written. */
static void content(struct mapping *m, uint64_t logical, uint64_t count, uint64_t physical,
		    bool written)
{
	struct ext_owning *x = m->x;
	uint64_t size = x->fs->block_size, from = logical * size, at = physical * size, length;

	m->taken += count;
	m->holds &= logical >= m->next;
	m->next = logical + count;
	if (physical == 0 || physical >= x->blocks || count > x->blocks - physical) {
		m->holds = false;
		return;
	}
	m->holds &= ext_take(x, physical, count);
	length = from >= m->i->size ? 0 : m->i->size - from;
	length = length < count * size ? length : count * size;
	if (!written || length == 0) {
		own_add(x->out, at, count * size, OWN_FILL, "never written");
		return;
	}
	if (!m->leaf) {
		own_content(x->contents, at, length);
		own_add(x->out, at + length, count * size - length, OWN_FILL,
			"behind the end of a file");
		return;
	}
	for (uint64_t k = 0; k < count; k++)
		m->leaf(x, m->i, logical + k, span_sub(x->fs->in, at + k * size, size));
}

/* The block of a map; empty where it cannot be one. */
static struct span map_block(struct mapping *m, uint64_t block)
{
	struct ext_owning *x = m->x;

	m->taken++;
	if (block == 0 || block >= x->blocks || x->steps == 0) {
		m->holds = false;
		return (struct span){ 0 };
	}
	x->steps--;
	m->holds &= ext_take(x, block, 1);
	return span_sub(x->fs->in, block * x->fs->block_size, x->fs->block_size);
}

static bool extent_sum_holds(const struct mapping *m, struct span node, uint64_t at)
{
	if (!m->x->is_summed)
		return is_zero(span_from(node, at));
	return span_u32(node, at, false) ==
		       crc32c_update(ext_inode_seed(m->x, m->i), span_head(node, at)) &&
	       is_zero(span_from(node, at + 4));
}

static void extents(struct mapping *m, struct span node, int depth);

static void extent(struct mapping *m, struct span e, int level)
{
	uint64_t logical = span_u32(e, 0, false), block;
	uint32_t length = span_u16(e, 4, false);
	struct span child;

	if (level == 0) {
		block = (uint64_t)span_u16(e, 6, false) << 32 | span_u32(e, 8, false);
		m->holds &= length > 0;
		content(m, logical, length > UNWRITTEN ? length - UNWRITTEN : length, block,
			length <= UNWRITTEN);
		return;
	}
	block = span_u32(e, 4, false) | (uint64_t)span_u16(e, 8, false) << 32;
	child = map_block(m, block);
	m->holds &= span_u16(e, 10, false) == 0 && span_u32(child, RECORD, false) == logical;
	if (child.n)
		extents(m, child, level - 1);
}

/* Behind the records there is nothing; but a root that grew keeps what it gave to its first child.
 */
static bool rest_holds(const struct mapping *m, struct span node, uint32_t entries, uint32_t most)
{
	struct span rest = span_sub(node, RECORD + (uint64_t)entries * RECORD,
				    (uint64_t)(most - entries) * RECORD);
	uint64_t block = span_u32(node, RECORD + 4, false);
	struct span child;

	if (is_zero(rest))
		return true;
	if (span_u16(node, 6, false) == 0 || entries == 0 || block >= m->x->blocks)
		return false;
	child = span_sub(m->x->fs->in, block * m->x->fs->block_size, m->x->fs->block_size);
	for (uint64_t k = entries + 1ull; k <= most; k++) {
		struct span old = span_sub(node, k * RECORD, RECORD);
		struct span now = span_sub(child, k * RECORD, RECORD);

		if (!span_equal(span_head(old, 4), span_head(now, 4)) ||
		    span_u16(old, 4, false) > span_u16(now, 4, false) ||
		    !span_equal(span_from(old, 6), span_from(now, 6)))
			return false;
	}
	return true;
}

/* A node: header, records, and behind them nothing but a checksum. */
static void extents(struct mapping *m, struct span node, int depth)
{
	uint32_t entries = span_u16(node, 2, false), most = span_u16(node, 4, false);
	uint32_t level = span_u16(node, 6, false);
	uint64_t end = RECORD + (uint64_t)most * RECORD;
	bool before = m->holds;

	if (span_u16(node, 0, false) != EXTENT_MAGIC || level > DEEPEST ||
	    (depth >= 0 && (int)level != depth) || entries > most || end > node.n ||
	    most != (node.n - RECORD) / RECORD) {
		m->holds = false;
		return;
	}
	m->holds = span_u32(node, 8, false) == 0 && rest_holds(m, node, entries, most) &&
		   (depth < 0 || extent_sum_holds(m, node, end));
	for (uint32_t k = 0; k < entries && m->x->steps; k++) {
		m->x->steps--;
		extent(m, span_sub(node, RECORD + (uint64_t)k * RECORD, RECORD), (int)level);
	}
	if (depth >= 0)
		own_add(m->x->out, span_place(m->x->fs->in, node), node.n,
			own_if(m->holds && m->x->steps, OWN_STRUCTURE), "extents");
	m->holds &= before;
}

/* A pointer `level` levels above the data. */
static void pointer(struct mapping *m, uint32_t block, int level)
{
	uint64_t width = 1, per = m->x->fs->block_size / 4;
	struct span table;
	bool before;

	for (int k = 0; k < level; k++)
		width *= per;
	if (block == 0 || m->x->steps == 0) {
		m->next += width;
		return;
	}
	m->x->steps--;
	if (level == 0) {
		content(m, m->next, 1, block, true);
		return;
	}
	before = m->holds;
	m->holds = m->next < m->blocks;
	table = map_block(m, block);
	if (table.n == 0)
		return;
	for (uint64_t k = 0; k < per && m->x->steps; k++)
		pointer(m, span_u32(table, 4 * k, false), level - 1);
	own_add(m->x->out, span_place(m->x->fs->in, table), table.n,
		own_if(m->holds && m->x->steps, OWN_STRUCTURE), "block map");
	m->holds &= before;
}

uint64_t ext_own_map(struct ext_owning *x, const struct ext_inode *i, ext_leaf *leaf, bool *holds)
{
	struct mapping m = { .x = x,
			     .i = i,
			     .leaf = leaf,
			     .blocks = i->size / x->fs->block_size +
				       (i->size % x->fs->block_size != 0),
			     .holds = true };

	if (i->flags & INODE_EXTENTS) {
		extents(&m, i->block, -1);
	} else {
		for (int k = 0; k < 12; k++)
			pointer(&m, span_u32(i->block, (uint64_t)k * 4, false), 0);
		for (int level = 1; level <= 3; level++)
			pointer(&m, span_u32(i->block, 44 + (uint64_t)level * 4, false), level);
	}
	*holds &= m.holds && x->steps > 0;
	return m.taken;
}
