/* xfs_data.c - contents of files and texts of symbolic links. */
#include "format/xfs.h"

#define LONGEST_TARGET 1024
#define TARGET_HEAD    56 /* of each piece of a target, version 5 */
#define TARGET_SUM     12
#define MOST_BLOCKS    3

struct reader {
	const struct xfs *fs;
	struct sink *out;
	uint64_t size;
	uint64_t *left; /* of targets: bytes of blocks that may be read */
	struct fault fault;
};

static bool fail(struct reader *r, struct fault f)
{
	if (r->fault.kind == FAULT_NONE)
		r->fault = f;
	return false;
}

/* Zeros up to there; content ends with the size of the file. */
static bool zeros_to(struct reader *r, uint64_t at)
{
	uint64_t to = at < r->size ? at : r->size;

	return to <= r->out->n || sink_zero(r->out, to - r->out->n);
}

static bool put_run(void *ctx, const struct xfs_run *run)
{
	struct reader *r = ctx;
	uint64_t size = r->fs->block_size, end = (run->logical + run->count) * size;
	struct span bytes;

	/* What is kept beyond the end of the file does not count; nor do numbers whose product
	 * has no room, for the size has. */
	if (run->logical > r->size / size || !zeros_to(r, run->logical * size))
		return false;
	if (!run->is_written)
		return zeros_to(r, end);
	bytes = xfs_blocks(r->fs, run->block, run->count);
	if (!sink_put(r->out, span_head(bytes, r->size - r->out->n)))
		return false;
	if (r->out->n < r->size && bytes.n < run->count * size)
		return fail(r, xfs_missing(r->fs, run->block, run->count));
	return true;
}

struct fault xfs_content(const struct xfs *fs, const struct xfs_inode *i, struct sink *out)
{
	struct reader r = { .fs = fs, .out = out, .size = i->size };
	struct fault bad;

	if (i->on_realtime)
		return fault_at(FAULT_SHORT, i->at + 90, "realtime device", 0, 0);
	if (!sink_room(out, i->size))
		return out->fault;
	bad = xfs_walk(fs, &i->data, (struct xfs_visitor){ put_run, &r, NULL });
	if (r.fault.kind == FAULT_NONE)
		r.fault = bad;
	if (r.fault.kind == FAULT_NONE)
		zeros_to(&r, i->size);
	return r.fault.kind ? r.fault : out->fault;
}

/* One piece of the image, as long as each run goes on where the last one ended. */
struct piece {
	const struct xfs *fs;
	uint64_t at, blocks, next;
};

static bool join_run(void *ctx, const struct xfs_run *run)
{
	struct piece *p = ctx;
	struct span bytes = xfs_blocks(p->fs, run->block, run->count);
	uint64_t at = bytes.n ? span_place(p->fs->in, bytes) : 0;

	if (p->blocks == 0 && bytes.n)
		p->at = at;
	if (!run->is_written || run->logical != p->blocks || bytes.n == 0 ||
	    (p->blocks && at != p->next))
		return false;
	p->blocks += run->count;
	p->next = at + bytes.n;
	return bytes.n == run->count * p->fs->block_size;
}

bool xfs_in_one_piece(const struct xfs *fs, const struct xfs_inode *i, uint64_t *steps,
		      uint64_t *first)
{
	struct piece p = { .fs = fs };
	struct fault bad;

	bad = xfs_walk(fs, &i->data, (struct xfs_visitor){ join_run, &p, steps });
	*first = p.at;
	return bad.kind == FAULT_NONE && p.next - p.at >= i->size && p.blocks;
}

/* Each run of a target has a head of its own in version 5. Blocks of 512 bytes give the most. */
static bool put_target(void *ctx, const struct xfs_run *run)
{
	struct reader *r = ctx;
	struct span bytes = xfs_blocks(r->fs, run->block, run->count);
	uint64_t at = bytes.n ? span_place(r->fs->in, bytes) : 0;

	if (run->count > MOST_BLOCKS || !budget_take(r->left, run->count * r->fs->block_size))
		return fail(r, fault_at(FAULT_LIMIT, at, "blocks of a link target", run->count,
					MOST_BLOCKS));
	if (bytes.n < run->count * r->fs->block_size)
		fail(r, xfs_missing(r->fs, run->block, run->count));
	if (r->fs->has_sums) {
		if (!span_starts(bytes, span_text("XSLM")))
			return fail(r, fault_at(FAULT_BROKEN, at, "head of a link target", 0, 0));
		if (!xfs_sum_holds(bytes, TARGET_SUM))
			fail(r, fault_at(FAULT_BROKEN, at + TARGET_SUM, "CRC-32C of a link target",
					 0, 0));
		bytes = span_from(bytes, TARGET_HEAD);
	}
	return sink_put(r->out, span_head(bytes, r->size - r->out->n)) && r->out->n < r->size;
}

struct fault xfs_target(const struct xfs *fs, const struct xfs_inode *i, struct arena *a,
			struct xfs_budget *b, struct span *target)
{
	struct sink out;
	struct reader r = { .fs = fs, .out = &out, .size = i->size, .left = &b->values };
	struct fault bad;

	if (i->size == 0 || i->size > LONGEST_TARGET)
		return fault_at(FAULT_BROKEN, i->at + 56, "link target", i->size, LONGEST_TARGET);
	if (i->data.format == XFS_LOCAL) {
		*target = span_head(i->data.bytes, i->size);
		return target->n == i->size ? fine
					    : fault_at(FAULT_BROKEN, i->at + 56, "link target",
						       i->size, target->n);
	}
	sink_init(&out, NULL, i->size);
	bad = xfs_walk(fs, &i->data, (struct xfs_visitor){ put_target, &r, NULL });
	if (r.fault.kind == FAULT_NONE)
		r.fault = bad;
	if (r.fault.kind == FAULT_NONE && out.n < i->size)
		r.fault = fault_at(FAULT_BROKEN, i->at + 56, "link target", i->size, out.n);
	*target = arena_copy(a, sink_span(&out));
	sink_free(&out);
	return r.fault;
}
