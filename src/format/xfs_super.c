/* xfs_super.c - superblock, checksums, places of blocks, state of the log. */
#include "base/hash.h"
#include "format/xfs.h"

#define MAGIC          "XFSB"
#define SUPER_SIZE     264
#define MOST_SECTOR    32768
#define CRC            224
#define MOST_DIRECTORY 16 /* bits of the size of its blocks */

#define HAS_MORE_FLAGS 0x8000
#define HAS_NAMES      0x2000 /* directories of version 2 */
#define MORE_TYPES     0x200

enum { INCOMPAT_TYPES = 1, INCOMPAT_REPAIR = 0x10, INCOMPAT_KNOWN = 0x3ff };

bool xfs_sum_holds(struct span bytes, uint64_t at)
{
	static const uint8_t zero[4];
	uint32_t crc = crc32c_update(~0u, span_head(bytes, at));

	crc = crc32c_update(crc, (struct span){ zero, sizeof(zero) });
	crc = ~crc32c_update(crc, span_from(bytes, at + 4));
	return bytes.n >= at + 4 && crc == span_u32(bytes, at, false);
}

static bool is_power(uint32_t value, uint32_t least, uint32_t most)
{
	return value >= least && value <= most && (value & (value - 1)) == 0;
}

/* The logarithms that the superblock has beside the sizes. */
static struct fault read_logarithms(struct span in, struct xfs *fs)
{
	struct span s = span_sub(in, 120, 5);
	uint32_t block = (uint32_t)span_byte(s, 0), inode = (uint32_t)span_byte(s, 2);
	uint32_t directory = (uint32_t)span_byte(in, 192);

	fs->inode_bits = (uint32_t)span_byte(s, 3);
	fs->group_bits = (uint32_t)span_byte(s, 4);
	if (block > 16 || fs->block_size != 1u << block || !is_power(fs->block_size, 512, 65536))
		return fault_at(FAULT_BROKEN, 4, "block size", fs->block_size, 65536);
	if (inode > 11 || fs->inode_size != 1u << inode || fs->inode_size < 256 ||
	    fs->inode_bits != block - inode || inode > block)
		return fault_at(FAULT_BROKEN, 104, "inode size", fs->inode_size, 2048);
	if (fs->group_bits > 31 || fs->group_blocks == 0 ||
	    1ull << fs->group_bits < fs->group_blocks ||
	    1ull << fs->group_bits >= fs->group_blocks * 2ull)
		return fault_at(FAULT_BROKEN, 84, "blocks of a group", fs->group_blocks,
				fs->group_bits);
	if (directory > MOST_DIRECTORY - block)
		return fault_at(FAULT_BROKEN, 192, "blocks of a directory", directory,
				MOST_DIRECTORY - block);
	fs->directory_block = fs->block_size << directory;
	return fine;
}

static void read_fields(struct span in, struct xfs *fs)
{
	uint32_t more = span_u32(in, 200, true);

	*fs = (struct xfs){ .in = in };
	fs->block_size = span_u32(in, 4, true);
	fs->blocks = span_u64(in, 8, true);
	fs->uuid = span_sub(in, 32, 16);
	fs->log = span_u64(in, 48, true);
	fs->root = span_u64(in, 56, true);
	fs->group_blocks = span_u32(in, 84, true);
	fs->groups = span_u32(in, 88, true);
	fs->log_blocks = span_u32(in, 96, true);
	fs->flags = span_u16(in, 100, true);
	fs->version = fs->flags & 15;
	fs->sector = span_u16(in, 102, true);
	fs->inode_size = span_u16(in, 104, true);
	fs->name = span_sub(in, 108, 12);
	fs->has_sums = fs->version == 5;
	fs->incompat = fs->has_sums ? span_u32(in, 216, true) : 0;
	fs->has_types = fs->has_sums ? fs->incompat & INCOMPAT_TYPES
				     : fs->flags & HAS_MORE_FLAGS && more & MORE_TYPES;
}

/* Behind each superblock stand the headers of its group, which say which group that is. */
static bool groups_agree(const struct xfs *fs)
{
	struct span free = span_sub(fs->in, fs->sector, 64);
	struct span inodes = span_sub(fs->in, fs->sector * 2ull, 64);
	uint64_t first = fs->groups == 1 ? fs->blocks : fs->group_blocks;

	return span_starts(free, span_text("XAGF")) && span_starts(inodes, span_text("XAGI")) &&
	       span_u32(free, 12, true) == first && span_u32(inodes, 12, true) == first &&
	       span_u32(inodes, 8, true) == 0;
}

struct fault xfs_super(struct span in, struct xfs *fs)
{
	struct fault bad;
	struct span group;

	read_fields(in, fs);
	if (in.n < SUPER_SIZE || !span_starts(in, span_text(MAGIC)))
		return fault_at(FAULT_UNKNOWN, 0, "XFS magic", in.n, SUPER_SIZE);
	if (fs->version < 1 || fs->version > 5)
		return fault_at(FAULT_UNKNOWN, 100, "version", fs->version, 5);
	if (!is_power(fs->sector, 512, MOST_SECTOR))
		return fault_at(FAULT_BROKEN, 102, "sector size", fs->sector, MOST_SECTOR);
	bad = read_logarithms(in, fs);
	if (bad.kind)
		return bad;
	/* All groups are full but the last. */
	if (fs->groups == 0 || fs->blocks >> 44 ||
	    fs->blocks > (uint64_t)fs->groups * fs->group_blocks ||
	    fs->blocks <= (fs->groups - 1ull) * fs->group_blocks)
		return fault_at(FAULT_BROKEN, 8, "blocks", fs->blocks, fs->group_blocks);
	group = span_sub(in, fs->sector, 64);
	if (span_starts(group, span_text("XAGF")) && span_u32(group, 8, true) != 0)
		return fault_at(FAULT_UNKNOWN, fs->sector + 8, "copy of a superblock, group",
				span_u32(group, 8, true), 0);
	fs->sum_holds = !fs->has_sums || xfs_sum_holds(span_sub(in, 0, fs->sector), CRC);
	if (!fs->sum_holds && !groups_agree(fs))
		return fault_at(FAULT_BROKEN, CRC, "superblock CRC-32C", 0, 0);
	return fine;
}

static bool exists(const struct xfs *fs, uint64_t block, uint64_t count)
{
	uint64_t in_group = block & ((1ull << fs->group_bits) - 1);

	return block >> fs->group_bits < fs->groups && in_group < fs->group_blocks &&
	       count <= fs->group_blocks - in_group;
}

struct span xfs_blocks(const struct xfs *fs, uint64_t block, uint64_t count)
{
	uint64_t group = block >> fs->group_bits;
	uint64_t in_group = block & ((1ull << fs->group_bits) - 1);

	if (!exists(fs, block, count))
		return (struct span){ 0 };
	return span_head(span_from(fs->in, (group * fs->group_blocks + in_group) * fs->block_size),
			 count * fs->block_size);
}

struct fault xfs_missing(const struct xfs *fs, uint64_t block, uint64_t count)
{
	return fault_at(exists(fs, block, count) ? FAULT_SHORT : FAULT_BROKEN, fs->in.n,
			"block number", block + count, fs->blocks);
}

/* The newest record of the log. Records carry the cycle of the log and their own place. */
static struct span newest_record(const struct xfs *fs, struct span log)
{
	struct span newest = { 0 };
	uint32_t newest_cycle = 0;

	for (uint64_t at = 0; at + 512 <= log.n; at += 512) {
		struct span head = span_from(log, at);
		uint32_t cycle = span_u32(head, 4, true);

		if (span_u32(head, 0, true) != 0xfeedbabe ||
		    span_u64(head, 16, true) != ((uint64_t)cycle << 32 | at / 512) ||
		    !span_equal(span_sub(head, 304, 16), fs->uuid) || cycle < newest_cycle)
			continue;
		newest = head;
		newest_cycle = cycle;
	}
	return newest;
}

/* Who unmounts writes one record with one operation that says so, last of all. */
static bool is_clean(struct span record)
{
	uint32_t size = span_u32(record, 320, true); /* heads of large records take more blocks */
	uint64_t head = size > 32768 ? (size + 32767ull) / 32768 * 512 : 512;

	return record.n == 0 ||
	       (span_u32(record, 40, true) == 1 && span_byte(record, head + 9) & 0x20);
}

struct fault xfs_state(const struct xfs *fs)
{
	struct span log = xfs_blocks(fs, fs->log, fs->log_blocks), record;

	if (fs->blocks * fs->block_size > fs->in.n)
		return fault_at(FAULT_SHORT, fs->in.n, "file system", fs->in.n,
				fs->blocks * fs->block_size);
	if (!fs->sum_holds)
		return fault_at(FAULT_BROKEN, CRC, "superblock CRC-32C", 0, 0);
	if (fs->incompat & ~(uint32_t)INCOMPAT_KNOWN)
		return fault_at(FAULT_UNKNOWN, 216, "features", fs->incompat, INCOMPAT_KNOWN);
	if (!fs->has_sums && !(fs->flags & HAS_NAMES))
		return fault_at(FAULT_UNKNOWN, 100, "version of directories", 1, 2);
	if (fs->incompat & INCOMPAT_REPAIR)
		return fault_at(FAULT_BROKEN, 216, "marked as in need of repair", 0, 0);
	if (fs->log == 0)
		return fault_at(FAULT_SHORT, 48, "journal on another device", 0, 0);
	record = newest_record(fs, log);
	if (!is_clean(record))
		return fault_at(FAULT_BROKEN, span_place(fs->in, record), "journal not replayed", 0,
				0);
	return fine;
}
