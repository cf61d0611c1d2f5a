/* squashfs_inode.c - what inodes of all versions have in common. */
#include "format/squashfs.h"

#define STORED    (1u << 24)
#define STORED_V1 (1u << 15)
#define LENGTH_V1 (STORED_V1 - 1)

bool squash_id(const struct squash *q, struct span ids, uint32_t index, uint32_t *id)
{
	uint64_t at = (uint64_t)index * 4;

	*id = span_u32(ids, at, q->super.big);
	return at + 4 <= ids.n;
}

struct fault squash_read_whole(const struct squash *q, uint64_t at, struct squash_inode *i,
			       uint64_t *end)
{
	struct cursor c = { .in = q->inodes.plain };
	struct fault bad;

	*i = (struct squash_inode){ .fragment = NO_INDEX, .xattr = NO_INDEX };
	cursor_seek(&c, at);
	bad = q->super.major == 4 ? squash_v4_inode(q, &c, i) : squash_old_inode(q, &c, i);
	if (c.ran_out || !squash_is_whole(&q->inodes, at, c.at))
		return fault_at(FAULT_SHORT, q->super.inode_table, "inode", at, q->inodes.plain.n);
	bad.at = bad.kind ? q->super.inode_table : 0;
	*end = c.at;
	return bad;
}

struct fault squash_read_inode(const struct squash *q, uint64_t at, struct squash_inode *i)
{
	uint64_t end;

	return squash_read_whole(q, at, i, &end);
}

uint64_t squash_block_count(const struct squash *q, const struct squash_inode *i, uint64_t *tail)
{
	uint64_t full = i->size / q->super.block_size, rest = i->size % q->super.block_size;

	*tail = i->fragment == NO_INDEX ? 0 : rest;
	return full + (i->fragment == NO_INDEX && rest);
}

static unsigned list_width(const struct squash *q)
{
	return q->super.major == 1 ? 2 : 4;
}

uint64_t squash_blocks_listed(const struct squash *q, const struct squash_inode *i)
{
	uint64_t tail, count = squash_block_count(q, i, &tail);
	uint64_t there = (q->inodes.plain.n - i->list) / list_width(q);
	uint64_t listed = count < there ? count : there;

	return squash_is_whole(&q->inodes, i->list, i->list + listed * list_width(q)) ? listed : 0;
}

struct cursor squash_block_list(const struct squash *q, const struct squash_inode *i)
{
	uint64_t bytes = squash_blocks_listed(q, i) * list_width(q);

	return (struct cursor){ .in = span_sub(q->inodes.plain, i->list, bytes) };
}

struct squash_data_block squash_next_block(const struct squash *q, struct cursor *c)
{
	uint32_t word;

	if (list_width(q) == 2) {
		/* 15 bits cannot hold 32768, so 0 means it; v1 has no holes. */
		word = cursor_u16(c, q->super.big);
		return (struct squash_data_block){ word & LENGTH_V1 ? word & LENGTH_V1 : STORED_V1,
						   word & STORED_V1 };
	}
	word = cursor_u32(c, q->super.big);
	return (struct squash_data_block){ word & ~STORED, word & STORED };
}

bool squash_stands_plain(const struct squash *q, const struct squash_inode *i, uint64_t *offset)
{
	struct cursor list = squash_block_list(q, i);
	uint64_t tail, left = i->size, count = squash_block_count(q, i, &tail);

	if (count == 0 && tail && i->fragment < q->fragment_count) {
		*offset = q->fragments[i->fragment].start + i->offset;
		return q->fragments[i->fragment].is_stored;
	}
	while (left && cursor_left(&list) && tail == 0) {
		struct squash_data_block b = squash_next_block(q, &list);
		uint64_t want = left < q->super.block_size ? left : q->super.block_size;

		if (!b.is_stored || b.packed != want)
			return false;
		left -= want;
	}
	*offset = i->start;
	return i->size && left == 0;
}
