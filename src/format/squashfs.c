/* squashfs.c - SquashFS, the read-only file system of most routers: v1 to v4, both byte orders,
 * every codec, and the LZMA variants that vendors patched in. Tables are decoded once while
 * listing; contents when they are loaded.
 *
 * squashfs_super.c   superblocks           squashfs_walk.c   tree, hard links, limits
 * squashfs_codec.c   how blocks are packed squashfs_xattr.c  extended attributes
 * squashfs_table.c   metadata blocks       squashfs_data.c   contents
 * squashfs_inode.c, squashfs_v4.c, squashfs_v3.c   inodes and directories */
#include <stdatomic.h>

#include "format/squashfs.h"

#define PADDING 4096 /* images are padded to this, and readers may touch it */
#define TRIALS  8    /* metadata blocks by which the packing is sought */

static struct fault probe(struct span in, struct found *f)
{
	struct squash_super s;
	struct fault bad = squash_read_super(in, &s);
	const struct squash_method *m;

	if (bad.kind)
		return bad;
	m = s.major == 4 ? squash_promised(&s) : NULL;
	f->len = s.used < in.n ? s.used : in.n;
	f->proof = PROOF_STRUCTURE;
	squash_label(&s, m ? m->name : NULL, f->label);
	return fine;
}

/* The first offset of an index, which is where the blocks that it points at begin. */
static uint64_t first_of(const struct squash *q, uint64_t index, bool wide)
{
	return wide ? span_u64(q->image, index, q->super.big)
		    : span_u32(q->image, index, q->super.big);
}

/* Directories end where whatever follows them begins. */
static uint64_t directories_end(const struct squash *q)
{
	const struct squash_super *s = &q->super;
	bool is_v4 = s->major == 4;
	const uint64_t next[] = {
		s->fragments ? s->fragment_table : NO_TABLE,
		s->fragments ? first_of(q, s->fragment_table, s->major > 2) : NO_TABLE,
		s->lookup_table,
		first_of(q, s->lookup_table, true),
		s->id_table,
		is_v4 ? first_of(q, s->id_table, true) : s->guid_table,
		s->xattr_table,
		is_v4 ? first_of(q, s->xattr_table, true) : NO_TABLE,
	};
	uint64_t end = s->used < q->image.n ? s->used : q->image.n;

	for (size_t i = 0; i < sizeof(next) / sizeof(next[0]); i++)
		if (next[i] > s->directory_table && next[i] < end)
			end = next[i];
	return end;
}

/* More than one block is looked at, in case that the first is broken. */
static bool choose(struct squash *q, uint64_t end)
{
	const struct squash_super *s = &q->super;
	const uint64_t bounds[][2] = { { s->inode_table, s->directory_table },
				       { s->directory_table, end } };
	struct squash_packed_blocks blocks[2 * TRIALS];
	size_t n = 0;

	for (size_t i = 0; i < 2; i++) {
		struct squash_packed_blocks b = { .next = bounds[i][0], .end = bounds[i][1] };

		for (int k = 0; k < TRIALS && squash_next_packed(q, &b); k++)
			blocks[n++] = b;
	}
	return squash_choose(q, blocks, n);
}

static void open_fragments(struct squash *q, struct listing *l)
{
	const struct squash_super *s = &q->super;
	bool wide = s->major > 2;
	struct squash_array a = { "fragments", s->fragment_table, wide ? 8 : 4, s->fragments,
				  wide ? 16 : 8 };
	struct cursor c = { 0 };

	if (a.count == 0 || a.index == NO_TABLE)
		return;
	/* Every fragment belongs to some inode. */
	if (a.count > q->inodes.plain.n / 4) {
		listing_fault(
			l, fault_at(FAULT_BROKEN, a.index, a.what, a.count, q->inodes.plain.n / 4));
		return;
	}
	c.in = squash_read_array(q, l, &a);
	q->fragments = arena_take(q->arena, a.count, sizeof(*q->fragments));
	if (!q->fragments || c.in.n == 0)
		return;
	for (; q->fragment_count < a.count; q->fragment_count++) {
		struct squash_fragment *f = &q->fragments[q->fragment_count];
		struct squash_data_block b;

		f->start = wide ? cursor_u64(&c, s->big) : cursor_u32(&c, s->big);
		b = squash_next_block(q, &c);
		f->packed = b.packed;
		f->is_stored = b.is_stored;
		f->is_strange = wide && cursor_u32(&c, s->big) != 0;
	}
}

/* v4 keeps one table for users and groups, in metadata blocks; older versions two bare ones. */
static void open_ids(struct squash *q, struct listing *l)
{
	const struct squash_super *s = &q->super;
	const struct squash_array a = { "ids", s->id_table, 8, s->ids, 4 };

	if (s->major == 4) {
		q->ids = squash_read_array(q, l, &a);
		return;
	}
	q->ids = span_sub(q->image, s->id_table, s->ids * 4u);
	q->guids = span_sub(q->image, s->guid_table, s->guids * 4u);
	if (q->ids.n < s->ids * 4u || q->guids.n < s->guids * 4u)
		listing_fault(l, fault_at(FAULT_SHORT, s->id_table, "ids", q->image.n,
					  s->id_table + s->ids * 4u));
}

static void open_tables(struct squash *q, struct listing *l, uint64_t end)
{
	const struct squash_super *s = &q->super;

	if (!squash_read_table(q, l, s->inode_table, s->directory_table, &q->inodes))
		listing_fault(l, fault_at(FAULT_SHORT, s->inode_table, "inode table", q->image.n,
					  s->directory_table));
	if (!squash_read_table(q, l, s->directory_table, end, &q->directories))
		listing_fault(l, fault_at(FAULT_SHORT, s->directory_table, "directory table",
					  q->image.n, end));
	open_ids(q, l);
	open_fragments(q, l);
	squash_open_xattrs(q, l);
}

static struct span with_padding(const struct listing *l, uint64_t used)
{
	struct span all = l->beyond.n > l->in.n ? l->beyond : l->in;
	uint64_t padded =
		used > UINT64_MAX - PADDING ? used : (used + PADDING - 1) / PADDING * PADDING;

	return span_head(all, padded);
}

static struct fault list(struct listing *l)
{
	static _Atomic uint64_t serials;
	struct squash *q = arena_take(l->arena, 1, sizeof(*q));
	struct fault bad;
	uint64_t end;

	if (!q)
		return fault_at(FAULT_MEMORY, 0, "superblock", sizeof(*q), 0);
	bad = squash_read_super(l->in, &q->super);
	if (bad.kind)
		return bad;
	q->arena = l->arena;
	q->serial = atomic_fetch_add(&serials, 1) + 1;
	q->image = with_padding(l, q->super.used);
	if (q->super.used > q->image.n)
		listing_fault(l, fault_at(FAULT_SHORT, q->image.n, "file system", q->image.n,
					  q->super.used));
	end = directories_end(q);
	if (!choose(q, end))
		return fault_at(FAULT_UNKNOWN, q->super.inode_table, "compression", q->super.codec,
				6);
	squash_label(&q->super, q->packing.method ? q->packing.method->name : NULL, l->label);
	open_tables(q, l, end);
	squash_walk(q, l);
	l->state = q;
	return fine;
}

const struct format format_squashfs = {
	.name = "squashfs",
	.says = "SquashFS 1 to 4, both byte orders, every codec and the LZMA of vendors",
	.domain = DOMAIN_BROADBAND,
	.spec = "squashfs-tools squashfs_fs.h and squashfs_compat.h; kernel "
		"Documentation/filesystems/squashfs",
	.where = WHERE_SEARCHED,
	.shape = SHAPE_CONTAINER,
	.magic = { { .len = 4, .bytes = "hsqs" },
		   { .len = 4, .bytes = "sqsh" },
		   { .len = 4, .bytes = "shsq" },
		   { .len = 4, .bytes = "qshs" },
		   { .len = 4, .bytes = "hsqt" },
		   { .len = 4, .bytes = "tqsh" },
		   { .len = 4, .bytes = "zlqs" },
		   { .len = 4, .bytes = "sqlz" } },
	.probe = probe,
	.list = list,
	.load = squash_load,
	.own = squash_own,
	.stored = squash_stored,
};
