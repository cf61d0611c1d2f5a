/* xfs_attr.c - extended attributes: within the inode, or in leaves of a tree by hash, of which the
 * first is found by way of the root and each names the next. Large values lie in blocks of their
 * own, from a logical block on. */
#include "base/text.h"
#include "format/links.h"
#include "format/xfs.h"

#define LARGEST_VALUE 65536
#define DEEPEST       5

enum { IN_LEAF = 1, TRUSTED = 2, SECURE = 4, PARENT = 8, INCOMPLETE = 0x80 };

struct reader {
	const struct xfs *fs;
	const struct xfs_inode *inode;
	struct arena *arena;
	struct xfs_budget *left;
	struct entry *entry;
	struct xattr *list; /* in the arena; outgrown ones stay there */
	uint32_t room;
};

static bool fail(struct reader *r, struct fault f)
{
	if (r->entry->fault.kind == FAULT_NONE)
		r->entry->fault = f;
	return false;
}

static bool make_room(struct reader *r)
{
	uint32_t room = r->room ? r->room * 2 : 4;
	struct xattr *more = arena_take(r->arena, room, sizeof(*more));

	if (!more)
		return fail(r, fault_at(FAULT_MEMORY, r->inode->at, "attributes", room, 0));
	if (r->entry->xattr_count)
		memcpy(more, r->list, r->entry->xattr_count * sizeof(*more));
	r->list = more;
	r->entry->xattrs = more;
	r->room = room;
	return true;
}

/* Pointers to the directories that name the inode, and what was not finished, are no attributes. */
static bool add(struct reader *r, uint32_t flags, struct span name, struct span value)
{
	const char *prefix = flags & SECURE ? "security." : flags & TRUSTED ? "trusted." : "user.";
	const struct xattr plain = { name, value };
	struct text full = { 0 };

	if (flags & (PARENT | INCOMPLETE))
		return true;
	if (!budget_take(&r->left->values, links_xattr_cost(&plain)))
		return fail(r, fault_at(FAULT_LIMIT, r->inode->at, "extended attributes", 0, 0));
	if (r->entry->xattr_count == r->room && !make_room(r))
		return false;
	text_puts(&full, prefix);
	text_put(&full, name);
	r->list[r->entry->xattr_count++] =
		(struct xattr){ arena_copy(r->arena, text_span(&full)), value };
	text_free(&full);
	return true;
}

/* Size, count; then lengths of name and value, flags, name, value. */
static void within_inode(struct reader *r)
{
	struct span in = r->inode->attributes.bytes;
	struct cursor c = { .in = span_head(in, span_u16(in, 0, true)), .at = 4 };
	uint32_t count = (uint32_t)span_byte(in, 2);

	for (uint32_t k = 0; k < count; k++) {
		uint32_t name_length = cursor_u8(&c), length = cursor_u8(&c), flags = cursor_u8(&c);
		struct span name = cursor_span(&c, name_length), value = cursor_span(&c, length);

		if (c.ran_out) {
			fail(r, fault_at(FAULT_BROKEN, r->inode->at, "attributes in the inode", k,
					 count));
			return;
		}
		if (!add(r, flags, name, value))
			return;
	}
}

/* A whole one, or nothing. */
static struct span block_at(struct reader *r, uint64_t logical)
{
	uint64_t number;
	struct span block;

	if (!budget_take(&r->left->values, r->fs->block_size) ||
	    !xfs_find(r->fs, &r->inode->attributes, logical, &number))
		return (struct span){ 0 };
	block = xfs_blocks(r->fs, number, 1);
	return block.n == r->fs->block_size ? block : (struct span){ 0 };
}

/* In version 5 each block has a head that begins with a magic and ends at 56. */
static bool put_part(struct reader *r, uint64_t logical, uint32_t length, struct sink *out)
{
	struct span block = block_at(r, logical);
	uint64_t at = block.n ? span_place(r->fs->in, block) : r->inode->at;

	if (block.n == 0)
		return fail(r, fault_at(FAULT_BROKEN, at, "block of a value", logical, 0));
	if (r->fs->has_sums) {
		if (!span_starts(block, span_text("XARM")))
			return fail(r, fault_at(FAULT_BROKEN, at, "head of a value", logical, 0));
		if (!xfs_sum_holds(block, 12))
			fail(r, fault_at(FAULT_BROKEN, at + 12, "CRC-32C of a value", 0, 0));
		block = span_from(block, 56);
	}
	return sink_put(out, span_head(block, length - out->n));
}

static struct span remote_value(struct reader *r, uint64_t logical, uint32_t length)
{
	struct span value = { 0 };
	struct sink out;

	if (length > LARGEST_VALUE || !budget_take(&r->left->values, length)) {
		fail(r, fault_at(FAULT_LIMIT, r->inode->at, "value of an attribute", length,
				 LARGEST_VALUE));
		return value;
	}
	sink_init(&out, NULL, length);
	while (out.n < length && put_part(r, logical, length, &out))
		logical++;
	value = arena_copy(r->arena, sink_span(&out));
	sink_free(&out);
	return value;
}

/* A name in a leaf: with its value, or with the place of that. */
static bool read_name(struct reader *r, struct span leaf, uint32_t place, uint32_t flags)
{
	struct cursor c = { .in = leaf, .at = place };
	struct span name, value = { 0 };
	uint32_t name_length, length = 0;
	uint64_t logical = 0;

	if (flags & IN_LEAF) {
		length = cursor_be16(&c);
	} else {
		logical = cursor_be32(&c);
		length = cursor_be32(&c);
	}
	name_length = cursor_u8(&c);
	name = cursor_span(&c, name_length);
	if (flags & IN_LEAF)
		value = cursor_span(&c, length);
	if (c.ran_out)
		return fail(r, fault_at(FAULT_BROKEN, span_place(r->fs->in, leaf) + place,
					"name of an attribute", place, leaf.n));
	if (!(flags & (IN_LEAF | INCOMPLETE | PARENT)) && length)
		value = remote_value(r, logical, length);
	return add(r, flags, name, value);
}

static bool read_leaf(struct reader *r, struct span leaf)
{
	uint32_t head = r->fs->has_sums ? 80 : 32;
	uint32_t count = span_u16(leaf, r->fs->has_sums ? 56 : 12, true);

	if (count > (leaf.n - head) / 8)
		return fail(r, fault_at(FAULT_BROKEN, span_place(r->fs->in, leaf), "attributes",
					count, (leaf.n - head) / 8));
	for (uint64_t k = 0; k < count; k++) {
		struct span e = span_sub(leaf, head + k * 8, 8);

		if (!read_name(r, leaf, span_u16(e, 4, true), (uint32_t)span_byte(e, 6)))
			return false;
	}
	return true;
}

/* Of a node or a leaf: its first bytes tell the next one, then which of both it is. */
static struct span tree_block(struct reader *r, uint64_t logical, bool *is_leaf)
{
	struct span block = block_at(r, logical);
	uint64_t at = block.n ? span_place(r->fs->in, block) : r->inode->at;
	uint32_t magic = span_u16(block, 8, true), sums = r->fs->has_sums ? 0xc000 : 0;

	*is_leaf = magic == (0xfbee ^ sums);
	if (!*is_leaf && magic != (0xfebe ^ sums)) {
		fail(r, fault_at(FAULT_BROKEN, at + 8, "block of attributes", magic, 0));
		return (struct span){ 0 };
	}
	if (r->fs->has_sums && !xfs_sum_holds(block, 12))
		fail(r, fault_at(FAULT_BROKEN, at + 12, "CRC-32C of attributes", 0, 0));
	return block;
}

static void in_tree(struct reader *r)
{
	uint64_t logical = 0, met = 0;
	bool is_leaf;
	struct span block = tree_block(r, 0, &is_leaf);

	for (int level = 0; block.n && !is_leaf && level < DEEPEST; level++) {
		/* Hash and logical block of its first child. */
		logical = span_u32(block, r->fs->has_sums ? 68 : 20, true);
		block = tree_block(r, logical, &is_leaf);
	}
	while (block.n && is_leaf && read_leaf(r, block)) {
		uint64_t next = span_u32(block, 0, true);

		if (next == 0)
			break;
		if (++met > r->fs->in.n / r->fs->block_size) {
			fail(r,
			     fault_at(FAULT_BROKEN, r->inode->at, "chain of attributes", met, 0));
			break;
		}
		block = tree_block(r, next, &is_leaf);
	}
}

void xfs_xattrs(const struct xfs *fs, const struct xfs_inode *i, struct arena *a,
		struct xfs_budget *b, struct entry *e)
{
	struct reader r = { .fs = fs, .inode = i, .arena = a, .left = b, .entry = e };

	if (!i->has_attributes)
		return;
	if (i->attributes.format == XFS_LOCAL)
		within_inode(&r);
	else if (i->attributes.format == XFS_BTREE || i->attributes.extents)
		in_tree(&r);
}
