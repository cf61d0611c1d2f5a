/* f2fs_node.c - from a checkpoint to the nodes. Two packs of blocks hold one each; the newer one
 * that is whole counts. It says which copy of each block of the NAT is valid, and what of it is
 * still in a journal. */
#include "format/f2fs.h"

#define NAT_ENTRY      9
#define JOURNAL_ENTRY  13
#define JOURNAL        507
#define JOURNAL_FOOTER 5
#define FOOTER         24 /* of a node */
#define NIDS           5  /* nodes that an inode names */
#define FIELDS         360
#define DEFAULT_XATTRS 50 /* words */
#define BITMAP         192
#define LEAST_CHECK    192

enum {
	CHECK_UNMOUNTED = 0x1,
	CHECK_COMPACT = 0x4,
	CHECK_FAST_BOOT = 0x20,
	CHECK_CRC_RECOVERY = 0x40,
	CHECK_LARGE_NAT = 0x400,
};
enum { WARM_NODES = 1 };
enum { CURRENT_SEGMENTS = 36, CURRENT_OFFSETS = 68, FLAGS = 132, TOTAL = 136, START_SUM = 140 };
enum { SIT_BYTES = 156, NAT_BYTES = 160, SUM_AT = 164 };

uint32_t f2fs_crc(uint32_t seed, struct span s)
{
	return ~crc32_update(~seed, s);
}

static bool check_holds(struct span block, uint32_t *stored)
{
	uint32_t at = span_u32(block, SUM_AT, false), crc;

	if (block.n == 0 || at < LEAST_CHECK || at > block.n - 4)
		return false;
	*stored = span_u32(block, at, false);
	crc = f2fs_crc(F2FS_MAGIC, span_head(block, at));
	if (at < block.n - 4)
		crc = f2fs_crc(crc, span_from(block, at + 4ull));
	return crc == *stored;
}

/* A pack is whole when its first and last block say the same. */
static bool pack_holds(const struct f2fs *fs, uint64_t pack, struct span *first)
{
	uint32_t stored, total;
	struct span last;

	*first = f2fs_block(fs, pack);
	total = span_u32(*first, TOTAL, false);
	if (!check_holds(*first, &stored) || total < 2 || total > 1u << fs->segment_log)
		return false;
	last = f2fs_block(fs, pack + total - 1);
	return check_holds(last, &stored) && span_u64(last, 0, false) == span_u64(*first, 0, false);
}

/* Entries of the NAT that were not written back. They stand in one of the summaries that end a
 * pack, or in front of them all where these are kept short. */
static struct span find_journal(const struct f2fs *fs)
{
	uint32_t flags = span_u32(fs->check, FLAGS, false);
	uint32_t total = span_u32(fs->check, TOTAL, false), summaries;
	struct span block;

	if (flags & CHECK_COMPACT)
		return span_head(f2fs_block(fs, fs->pack + span_u32(fs->check, START_SUM, false)),
				 JOURNAL);
	summaries = flags & (CHECK_UNMOUNTED | CHECK_FAST_BOOT) ? 6 : 3;
	if (total < summaries + 1)
		return (struct span){ 0 };
	block = f2fs_block(fs, fs->pack + total - summaries - 1);
	return span_sub(block, fs->block / 8 * 7, fs->block - fs->block / 8 * 7 - JOURNAL_FOOTER);
}

static struct span find_newer(const struct f2fs *fs)
{
	uint64_t at = BITMAP;

	if (span_u32(fs->check, FLAGS, false) & CHECK_LARGE_NAT)
		at += 4;
	else if (fs->check_payload == 0)
		at += span_u32(fs->check, SIT_BYTES, false);
	return span_head(span_from(fs->check, at), span_u32(fs->check, NAT_BYTES, false));
}

/* Whether a node behind the checkpoint waits to be found again by a mount. */
static bool was_written_since(const struct f2fs *fs)
{
	uint32_t segment = span_u32(fs->check, CURRENT_SEGMENTS + 4 * WARM_NODES, false);
	uint32_t offset = span_u16(fs->check, CURRENT_OFFSETS + 2 * WARM_NODES, false), crc = 0;
	uint64_t version = span_u64(fs->check, 0, false);
	struct span node =
		f2fs_block(fs, fs->main_at + ((uint64_t)segment << fs->segment_log) + offset);

	check_holds(fs->check, &crc);
	if (span_u32(fs->check, FLAGS, false) & CHECK_CRC_RECOVERY)
		version |= (uint64_t)crc << 32;
	return node.n && span_u64(node, node.n - 12, false) == version;
}

struct fault f2fs_checkpoint(struct f2fs *fs)
{
	uint64_t second = fs->check_at + (1ull << fs->segment_log), blocks;
	struct span a, b;
	bool has_a = pack_holds(fs, fs->check_at, &a), has_b = pack_holds(fs, second, &b);

	if (!has_a && !has_b)
		return fault_at(FAULT_BROKEN, (uint64_t)fs->check_at << fs->block_log, "checkpoint",
				0, 1);
	if (has_b && (!has_a || (int64_t)(span_u64(b, 0, false) - span_u64(a, 0, false)) > 0)) {
		fs->check = b;
		fs->pack = second;
	} else {
		fs->check = a;
		fs->pack = fs->check_at;
	}
	fs->newer = find_newer(fs);
	fs->journal = find_journal(fs);
	blocks = (uint64_t)(fs->node_segments / 2) << fs->segment_log;
	if (blocks > fs->in.n >> fs->block_log)
		blocks = fs->in.n >> fs->block_log;
	blocks *= fs->block / NAT_ENTRY;
	fs->nodes = blocks < UINT32_MAX ? (uint32_t)blocks : UINT32_MAX;
	if (fs->fault.kind == FAULT_NONE && was_written_since(fs))
		fs->fault = fault_at(FAULT_BROKEN, fs->pack << fs->block_log,
				     "nodes written since the checkpoint", 0, 0);
	return fine;
}

static struct span journal_entry(const struct f2fs *fs, uint32_t node)
{
	uint32_t count = span_u16(fs->journal, 0, false);
	struct span entries = span_from(fs->journal, 2);

	for (uint32_t i = 0; i < count && (i + 1ull) * JOURNAL_ENTRY <= entries.n; i++)
		if (span_u32(entries, i * (uint64_t)JOURNAL_ENTRY, false) == node)
			return span_sub(entries, i * (uint64_t)JOURNAL_ENTRY + 4, NAT_ENTRY);
	return (struct span){ 0 };
}

/* The two copies of a segment of the NAT stand one behind the other. */
static struct span table_entry(const struct f2fs *fs, uint32_t node)
{
	uint32_t each = (uint32_t)fs->block / NAT_ENTRY, block = node / each;
	uint32_t segment = block >> fs->segment_log,
		 in_segment = block & ((1u << fs->segment_log) - 1);
	uint64_t at = fs->node_at + ((uint64_t)segment << fs->segment_log) * 2 + in_segment;
	int bits = span_byte(fs->newer, block / 8);

	if (bits >= 0 && bits & 0x80 >> block % 8)
		at += 1ull << fs->segment_log;
	return span_sub(f2fs_block(fs, at), (uint64_t)(node % each) * NAT_ENTRY, NAT_ENTRY);
}

uint32_t f2fs_lookup(const struct f2fs *fs, uint32_t node, uint32_t *inode)
{
	struct span entry = { 0 };

	*inode = 0;
	if (node >= fs->nodes)
		return 0;
	entry = journal_entry(fs, node);
	if (entry.n == 0)
		entry = table_entry(fs, node);
	*inode = span_u32(entry, 1, false);
	return span_u32(entry, 5, false);
}

struct span f2fs_node(const struct f2fs *fs, uint32_t node, uint32_t inode, struct fault *bad)
{
	uint32_t owner, number = f2fs_lookup(fs, node, &owner);
	uint64_t at = (uint64_t)number << fs->block_log;
	struct span block = number >= fs->main_at ? f2fs_block(fs, number) : (struct span){ 0 };

	*bad = fine;
	if (number < fs->main_at || number >= fs->blocks)
		*bad = fault_at(FAULT_BROKEN, 0, "node without a block", node, number);
	else if (block.n == 0)
		*bad = fault_at(FAULT_SHORT, at, "node", fs->in.n, at + fs->block);
	else if (span_u32(block, block.n - FOOTER, false) != node ||
		 span_u32(block, block.n - FOOTER + 4, false) != inode)
		*bad = fault_at(FAULT_BROKEN, at, "number of a node",
				span_u32(block, block.n - FOOTER, false), node);
	return bad->kind ? (struct span){ 0 } : block;
}

static uint32_t inode_checksum(const struct f2fs *fs, struct span b)
{
	static const uint8_t zero[4];
	uint32_t crc = f2fs_crc(fs->seed, span_sub(b, b.n - FOOTER + 4, 4));

	crc = f2fs_crc(crc, span_sub(b, 68, 4));
	crc = f2fs_crc(crc, span_head(b, 368));
	crc = f2fs_crc(crc, (struct span){ zero, sizeof(zero) });
	return f2fs_crc(crc, span_from(b, 372));
}

/* Fields that not every inode has, in the room of its first blocks' numbers. */
static uint32_t read_extra(const struct f2fs *fs, struct span b, struct f2fs_inode *i)
{
	uint32_t size = i->inlines & F2FS_EXTRA ? span_u16(b, FIELDS, false) : 0;

	if (size >= 12 && fs->features & F2FS_INODE_CHECKSUM &&
	    inode_checksum(fs, b) != span_u32(b, 368, false))
		i->fault = fault_at(FAULT_BROKEN, span_place(fs->in, b), "inode CRC-32",
				    span_u32(b, 368, false), 0);
	if (size >= 36 && fs->features & F2FS_COMPRESSION && i->flags & F2FS_COMPRESSED &&
	    kind_of_mode(i->mode) == KIND_FILE) {
		i->is_packed = true;
		i->method = (uint8_t)span_byte(b, 392);
		i->cluster_log = (uint8_t)span_byte(b, 393);
		i->pack_flags = (uint8_t)span_byte(b, 394);
	}
	return size;
}

static uint32_t inline_xattrs(const struct f2fs *fs, struct span b, const struct f2fs_inode *i,
			      uint32_t extra)
{
	if (fs->features & F2FS_FLEXIBLE_XATTR)
		return extra >= 4 ? span_u16(b, FIELDS + 2, false) * 4u : 0;
	return i->inlines & (F2FS_INLINE_XATTR | F2FS_INLINE_DENTRY) ? DEFAULT_XATTRS * 4 : 0;
}

static struct fault read_areas(const struct f2fs *fs, struct span b, struct f2fs_inode *i)
{
	uint64_t end = b.n - FOOTER - NIDS * 4ull; /* of the numbers of blocks */
	uint32_t extra = read_extra(fs, b, i), xattrs = inline_xattrs(fs, b, i, extra);
	uint32_t mask = i->is_packed && i->cluster_log < 16 ? (1u << i->cluster_log) - 1 : 0;

	if (extra % 4 || extra > end - FIELDS || xattrs > end - FIELDS - extra)
		return fault_at(FAULT_BROKEN, span_place(fs->in, b) + FIELDS,
				"extra fields of an inode", extra, xattrs);
	i->inside = span_sub(b, FIELDS + extra, end - FIELDS - extra - xattrs);
	if (i->inlines & F2FS_INLINE_XATTR)
		i->xattrs = span_sub(b, end - xattrs, xattrs);
	/* A cluster stands in one node. */
	i->direct = (uint32_t)(i->inside.n / 4) & ~mask;
	i->in_node = (uint32_t)((b.n - FOOTER) / 4) & ~mask;
	return i->in_node ? fine
			  : fault_at(FAULT_BROKEN, span_place(fs->in, b) + 393, "cluster size",
				     i->cluster_log, 8);
}

struct fault f2fs_inode_read(const struct f2fs *fs, uint32_t number, struct f2fs_inode *i)
{
	struct fault bad;
	struct span b = f2fs_node(fs, number, number, &bad);
	struct cursor c = { .in = b };

	*i = (struct f2fs_inode){ .number = number, .bytes = b };
	if (bad.kind)
		return bad;
	i->mode = cursor_le16(&c);
	i->advise = cursor_u8(&c);
	i->inlines = cursor_u8(&c);
	i->uid = cursor_le32(&c);
	i->gid = cursor_le32(&c);
	i->links = cursor_le32(&c);
	i->size = cursor_le64(&c);
	cursor_skip(&c, 24);
	i->mtime = (int64_t)cursor_le64(&c);
	cursor_skip(&c, 8);
	i->mtime_ns = cursor_le32(&c);
	cursor_skip(&c, 8);
	i->xattr_node = cursor_le32(&c);
	i->flags = cursor_le32(&c);
	i->parent = cursor_le32(&c);
	i->name = span_sub(b, 92, span_u32(b, 88, false) <= 255 ? span_u32(b, 88, false) : 0);
	if (i->mtime_ns > 999999999)
		i->mtime_ns = 0;
	return read_areas(fs, b, i);
}
