/* ext_data.c - where the bytes of a file stand: extents, or block pointers up to three levels deep.
 */
#include "format/ext.h"

#define EXTENT_MAGIC 0xf30a
#define DEEPEST      5
#define UNWRITTEN    32768

struct reader {
	const struct ext *fs;
	uint64_t blocks; /* of the file */
	uint64_t next;   /* the block that comes next */
	uint64_t left;   /* bytes of the file that are not given yet */
	uint64_t own;    /* steps that this file alone may cost */
	struct ext_visitor to;
	bool stopped;
	struct fault fault;
};

static bool give(struct reader *r, struct span bytes, uint64_t length)
{
	uint64_t n = length < r->left ? length : r->left;

	r->left -= n;
	if (n && !r->to.each(r->to.ctx, bytes.n ? span_head(bytes, n) : bytes, n))
		r->stopped = true;
	return !r->stopped;
}

static bool hole_to(struct reader *r, uint64_t block)
{
	uint64_t from = r->next;

	if (block <= from)
		return true;
	r->next = block;
	return give(r, (struct span){ 0 }, (block - from) * r->fs->block_size);
}

static bool stop(struct reader *r, struct fault f)
{
	r->fault = f;
	r->stopped = true;
	return false;
}

/* Every record of a sound map leads to a block of its own: one that does not would let few bytes
 * cost much work. */
static bool pay(struct reader *r)
{
	uint64_t *left = r->to.steps ? r->to.steps : &r->own;

	if (*left == 0)
		return stop(r, fault_at(FAULT_LIMIT, 0, "block map of a file", 0, 0));
	--*left;
	return true;
}

/* `count` blocks of the file from `logical` on lie at `physical`. */
static bool run(struct reader *r, uint64_t logical, uint64_t count, uint64_t physical, bool written)
{
	uint64_t size = r->fs->block_size, at = physical * size;
	struct span bytes;

	if (logical < r->next)
		return stop(r, fault_at(FAULT_BROKEN, at, "extent order", logical, r->next));
	if (logical >= r->blocks)
		return true; /* kept beyond the end of the file */
	if (count > r->blocks - logical)
		count = r->blocks - logical;
	if (!hole_to(r, logical))
		return false;
	r->next = logical + count;
	if (!written)
		return give(r, (struct span){ 0 }, count * size);
	if (physical >= r->fs->blocks || count > r->fs->blocks - physical)
		return stop(r, fault_at(FAULT_BROKEN, at, "block number", physical + count,
					r->fs->blocks));
	bytes = span_sub(r->fs->in, at, count * size);
	if (bytes.n == 0) {
		give(r, span_from(r->fs->in, at), r->fs->in.n > at ? r->fs->in.n - at : 0);
		return stop(
			r, fault_at(FAULT_SHORT, at, "data block", r->fs->in.n, at + count * size));
	}
	return give(r, bytes, count * size);
}

/* One node of an extent tree. */
static bool extents(struct reader *r, struct span node, int depth)
{
	uint16_t entries = span_u16(node, 2, false), level = span_u16(node, 6, false);

	if (span_u16(node, 0, false) != EXTENT_MAGIC || level > DEEPEST ||
	    (depth >= 0 && (level != depth || entries == 0)) || entries > node.n / 12)
		return stop(r, fault_at(FAULT_BROKEN, 0, "extent header", span_u16(node, 0, false),
					EXTENT_MAGIC));
	for (uint16_t k = 0; k < entries && !r->stopped; k++) {
		struct span e = span_sub(node, 12 + 12 * (uint64_t)k, 12);
		uint64_t logical = span_u32(e, 0, false);

		if (!pay(r))
			return false;
		if (level == 0) {
			uint16_t length = span_u16(e, 4, false);
			uint64_t block =
				(uint64_t)span_u16(e, 6, false) << 32 | span_u32(e, 8, false);
			bool written = length <= UNWRITTEN;

			if (length == 0)
				return stop(r, fault_at(FAULT_BROKEN, 0, "extent length", 0, 1));
			run(r, logical, written ? length : length - UNWRITTEN, block, written);
		} else {
			uint64_t block = span_u32(e, 4, false) | (uint64_t)span_u16(e, 8, false)
									 << 32;
			struct span child = span_sub(
				r->fs->in,
				block < r->fs->blocks ? block * r->fs->block_size : UINT64_MAX,
				r->fs->block_size);

			if (child.n == 0)
				return stop(r, fault_at(FAULT_SHORT, block, "extent block", block,
							r->fs->blocks));
			extents(r, child, level - 1);
		}
	}
	return !r->stopped;
}

/* A block of pointers, `level` levels above the data; 0 is a pointer to data itself. */
static bool pointers(struct reader *r, uint32_t block, int level)
{
	uint64_t span = 1;
	struct span table;

	for (int i = 0; i < level; i++)
		span *= r->fs->block_size / 4;
	if (r->next >= r->blocks || r->stopped)
		return !r->stopped;
	if (!pay(r))
		return false;
	if (block == 0)
		return hole_to(r, span < r->blocks - r->next ? r->next + span : r->blocks);
	if (level == 0)
		return run(r, r->next, 1, block, true);
	table = span_sub(r->fs->in,
			 block < r->fs->blocks ? (uint64_t)block * r->fs->block_size : UINT64_MAX,
			 r->fs->block_size);
	if (table.n == 0)
		return stop(
			r, fault_at(FAULT_SHORT, block, "block of pointers", block, r->fs->blocks));
	for (uint64_t i = 0; i < r->fs->block_size / 4 && !r->stopped; i++)
		pointers(r, span_u32(table, i * 4, false), level - 1);
	return !r->stopped;
}

struct fault ext_walk(const struct ext *fs, const struct ext_inode *i, struct ext_visitor v)
{
	struct reader r = { .fs = fs,
			    .blocks = i->size / fs->block_size + (i->size % fs->block_size != 0),
			    .left = i->size,
			    .to = v,
			    /* Records that the image can hold. */
			    .own = fs->in.n / 4 + 1024 };

	if (i->flags & INODE_EXTENTS) {
		extents(&r, i->block, -1);
	} else {
		for (int k = 0; k < 12 && !r.stopped; k++)
			pointers(&r, span_u32(i->block, (uint64_t)k * 4, false), 0);
		for (int level = 1; level <= 3 && !r.stopped; level++)
			pointers(&r, span_u32(i->block, 44 + (uint64_t)level * 4, false), level);
	}
	if (!r.stopped)
		hole_to(&r, r.blocks);
	return r.fault;
}

static bool put(void *ctx, struct span bytes, uint64_t length)
{
	struct sink *out = ctx;

	return bytes.n ? sink_put(out, bytes) : sink_zero(out, length);
}

bool ext_inline(const struct ext_inode *i, struct span parts[2])
{
	if (!(i->flags & INODE_INLINE))
		return false;
	parts[0] = span_head(i->block, i->size);
	parts[1] = span_head(ext_inode_attribute(i, 7, "data"), i->size - parts[0].n);
	return true;
}

struct fault ext_content(const struct ext *fs, const struct ext_inode *i, struct sink *out)
{
	struct span parts[2];
	struct fault bad;

	if (ext_inline(i, parts)) {
		uint64_t there = parts[0].n + parts[1].n;

		/* What is not stored inline reads as zeros, as the kernel has it. */
		return sink_put(out, parts[0]) && sink_put(out, parts[1]) &&
				       sink_zero(out, i->size - there)
			       ? fine
			       : out->fault;
	}
	if (!sink_room(out, i->size))
		return out->fault;
	bad = ext_walk(fs, i, (struct ext_visitor){ put, out, NULL });
	return bad.kind ? bad : out->fault;
}
