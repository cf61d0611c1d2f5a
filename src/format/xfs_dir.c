/* xfs_dir.c - names in directories: within the inode, in one block with its index, or in blocks of
 * names, whose index lies in others from a fixed place on. */
#include "format/xfs.h"

#define INDEX  (1ull << 35) /* bytes of a directory before its index */
#define HEAD   16
#define HEAD_5 64
#define SUM    4 /* of a block, version 5 */
#define OWNER  40
#define UNUSED 0xffff

struct reader {
	const struct xfs *fs;
	const struct xfs_inode *inode;
	struct xfs_names names;
	struct sink block; /* that is being put together */
	uint64_t next;     /* the logical block it wants */
	uint64_t at;       /* where it begins in the image */
	struct fault fault;
};

static void fail(struct reader *r, struct fault f)
{
	if (r->fault.kind == FAULT_NONE)
		r->fault = f;
}

static bool give(struct reader *r, const struct xfs_name *n)
{
	return is_dot(n->text) || r->names.each(r->names.ctx, n);
}

/* Count of names, count of those with long numbers (then all are long), parent; then the names. */
static void within_inode(struct reader *r)
{
	struct span in = span_head(r->inode->data.bytes, r->inode->size);
	struct cursor c = { .in = in };
	uint32_t count = cursor_u8(&c), is_long = cursor_u8(&c);

	cursor_skip(&c, is_long ? 8 : 4);
	for (uint32_t k = 0; k < count; k++) {
		uint32_t length = cursor_u8(&c);
		struct xfs_name n = { 0 };

		cursor_skip(&c, 2);
		n.text = cursor_span(&c, length);
		n.type = r->fs->has_types ? cursor_u8(&c) : 0;
		n.number = is_long ? cursor_be64(&c) : cursor_be32(&c);
		if (c.ran_out || length == 0) {
			fail(r,
			     fault_at(FAULT_BROKEN, r->inode->at, "names in the inode", k, count));
			return;
		}
		if (!give(r, &n))
			return;
	}
}

/* The part of a block that holds names; empty where it is none of this directory's. */
static struct span names_of(struct reader *r, struct span block, uint64_t *from)
{
	bool is_5 = span_starts(block, span_text("XDB3")) || span_starts(block, span_text("XDD3"));
	bool has_index =
		span_starts(block, span_text("XDB3")) || span_starts(block, span_text("XD2B"));
	uint64_t index = has_index ? 8 + span_u32(block, block.n - 8, true) * 8ull : 0;

	*from = is_5 ? HEAD_5 : HEAD;
	if (is_5 != r->fs->has_sums ||
	    (!is_5 && !has_index && !span_starts(block, span_text("XD2D")))) {
		fail(r, fault_at(FAULT_BROKEN, r->at, "block of a directory",
				 span_u32(block, 0, true), 0));
		return (struct span){ 0 };
	}
	if (is_5 && !xfs_sum_holds(block, SUM)) {
		fail(r, fault_at(FAULT_BROKEN, r->at + SUM, "CRC-32C of a directory", 0, 0));
	} else if (is_5 && span_u64(block, OWNER, true) != r->inode->number) {
		fail(r, fault_at(FAULT_BROKEN, r->at + OWNER, "owner of a directory's block",
				 span_u64(block, OWNER, true), r->inode->number));
		return (struct span){ 0 };
	}
	if (index > block.n - *from) {
		fail(r, fault_at(FAULT_BROKEN, r->at + block.n - 8, "index of a directory", index,
				 block.n));
		index = 0;
	}
	return span_head(block, block.n - index);
}

/* Each record is a name or a length that is not used, and a multiple of eight bytes long. */
static bool read_block(struct reader *r, struct span block)
{
	uint64_t from;
	struct span in = names_of(r, block, &from);
	struct cursor c = { .in = in, .at = from };

	while (cursor_left(&c) >= 8) {
		struct xfs_name n = { 0 };
		uint64_t at = c.at;

		if (span_u16(in, at, true) == UNUSED) {
			uint32_t length = span_u16(in, at + 2, true);

			cursor_skip(&c, length);
			c.ran_out |= length == 0 || length % 8;
		} else {
			n.number = cursor_be64(&c);
			n.text = cursor_span(&c, cursor_u8(&c));
			n.type = r->fs->has_types ? cursor_u8(&c) : 0;
			cursor_skip(&c, 2);
			cursor_skip(&c, (8 - (c.at - at) % 8) % 8);
			if (!c.ran_out && n.text.n && !give(r, &n))
				return false;
			c.ran_out |= n.text.n == 0;
		}
		if (c.ran_out) {
			fail(r,
			     fault_at(FAULT_BROKEN, r->at + at, "record of a directory", at, in.n));
			break;
		}
	}
	return true;
}

/* The blocks of a directory may be larger than those of the file system. */
static bool put_run(void *ctx, const struct xfs_run *run)
{
	struct reader *r = ctx;
	uint64_t size = r->fs->block_size;

	for (uint64_t k = 0; k < run->count; k++) {
		uint64_t logical = run->logical + k;
		struct span bytes = xfs_blocks(r->fs, run->block + k, 1);

		if (logical >= INDEX / size)
			return false;
		if (bytes.n < size) {
			fail(r, xfs_missing(r->fs, run->block + k, 1));
			return true;
		}
		if (!budget_take(&r->names.left->directory, size)) {
			fail(r, fault_at(FAULT_BROKEN, r->inode->at, "directories overlap", 0, 0));
			return false;
		}
		if (logical * size % r->fs->directory_block == 0) {
			sink_reset(&r->block, r->fs->directory_block);
			r->at = span_place(r->fs->in, bytes);
		} else if (logical != r->next) {
			continue; /* of a block whose beginning is missing */
		}
		r->next = logical + 1;
		if (!sink_put(&r->block, bytes))
			return false;
		if (r->block.n == r->fs->directory_block && !read_block(r, sink_span(&r->block)))
			return false;
	}
	return true;
}

struct fault xfs_directory(const struct xfs *fs, const struct xfs_inode *i, struct xfs_names n)
{
	struct reader r = { .fs = fs, .inode = i, .names = n };
	struct fault bad;

	if (i->data.format == XFS_LOCAL) {
		within_inode(&r);
		return r.fault;
	}
	sink_init(&r.block, NULL, fs->directory_block);
	bad = xfs_walk(fs, &i->data, (struct xfs_visitor){ put_run, &r, &n.left->steps });
	sink_free(&r.block);
	return r.fault.kind ? r.fault : bad;
}
