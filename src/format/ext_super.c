/* ext_super.c - superblock, group descriptors, inodes. */
#include "format/ext.h"

#define SUPER       1024
#define LEAST_INODE 128
#define MOST_INODE  65536

struct fault ext_super(struct span in, struct ext *fs)
{
	struct span s = span_sub(in, SUPER, 1024);
	uint32_t log = span_u32(s, 24, false), revision = span_u32(s, 76, false);
	uint64_t high;

	*fs = (struct ext){ .in = in };
	if (s.n == 0)
		return fault_at(FAULT_SHORT, SUPER, "superblock", in.n, SUPER + 1024);
	if (span_u16(s, 56, false) != 0xef53 || log > 6 || revision > 1)
		return fault_at(FAULT_UNKNOWN, SUPER + 56, "ext magic", log, 6);
	fs->inodes = span_u32(s, 0, false);
	fs->block_size = 1024u << log;
	fs->blocks_per_group = span_u32(s, 32, false);
	fs->inodes_per_group = span_u32(s, 40, false);
	fs->first_block = span_u32(s, 20, false);
	fs->inode_size = revision ? span_u16(s, 88, false) : LEAST_INODE;
	fs->compat = revision ? span_u32(s, 92, false) : 0;
	fs->incompat = revision ? span_u32(s, 96, false) : 0;
	fs->ro_compat = revision ? span_u32(s, 100, false) : 0;
	fs->first_meta_bg = span_u32(s, 260, false);
	high = fs->incompat & INCOMPAT_64BIT ? span_u32(s, 0x150, false) : 0;
	fs->blocks = high << 32 | span_u32(s, 4, false);
	fs->descriptor_size = fs->incompat & INCOMPAT_64BIT ? span_u16(s, 0xfe, false) : 32;
	if (fs->inode_size < LEAST_INODE || fs->inode_size > fs->block_size ||
	    fs->inode_size & (fs->inode_size - 1))
		return fault_at(FAULT_BROKEN, SUPER + 88, "inode size", fs->inode_size,
				fs->block_size);
	if (fs->blocks_per_group == 0 || fs->inodes_per_group == 0 ||
	    fs->blocks_per_group > 65528 * 16u || fs->inodes_per_group > fs->block_size * 8)
		return fault_at(FAULT_BROKEN, SUPER + 32, "group size", fs->inodes_per_group,
				fs->block_size * 8);
	if (fs->first_block > (fs->block_size == 1024))
		return fault_at(FAULT_BROKEN, SUPER + 20, "first block", fs->first_block, 1);
	if (fs->descriptor_size < 32 || fs->descriptor_size > 1024 ||
	    fs->incompat & INCOMPAT_JOURNAL_DEV)
		return fault_at(FAULT_BROKEN, SUPER + 0xfe, "descriptor size", fs->descriptor_size,
				64);
	if (fs->blocks <= fs->first_block || fs->blocks > (1ull << 48) || fs->inodes < 11)
		return fault_at(FAULT_BROKEN, SUPER + 4, "blocks", fs->blocks, 1ull << 48);
	/* A copy of the superblock in a later group says which group it stands in. */
	if (span_u16(s, 90, false) != 0)
		return fault_at(FAULT_UNKNOWN, SUPER + 90, "copy of a superblock, group",
				span_u16(s, 90, false), 0);
	fs->groups = (fs->inodes - 1) / fs->inodes_per_group + 1;
	return fine;
}

/* Copies stand in group 1 and in powers of 3, 5 and 7 (sparse_super). */
bool ext_has_copy(uint32_t group)
{
	bool copy = group <= 1;

	for (uint32_t base = 3; base <= 7; base += 2)
		for (uint64_t power = base; power <= group; power *= base)
			copy |= power == group;
	return copy;
}

/* Where the descriptor of a group stands: in one table behind the superblock, or with meta_bg in
 * the first block of each meta group. */
uint64_t ext_descriptor_at(const struct ext *fs, uint32_t group)
{
	uint32_t per_block = fs->block_size / fs->descriptor_size;
	uint32_t block = group / per_block;
	uint64_t first = fs->block_size == 1024 ? 2 : 1, place; /* behind the superblock */

	if (!(fs->incompat & INCOMPAT_META_BG) || block < fs->first_meta_bg || block == 0)
		return (first + block) * fs->block_size +
		       (uint64_t)(group % per_block) * fs->descriptor_size;
	place = (uint64_t)block * per_block * fs->blocks_per_group + fs->first_block;
	/* A group with a copy of the superblock has its descriptors one block later. */
	return (place + ext_has_copy(block * per_block)) * fs->block_size +
	       (uint64_t)(group % per_block) * fs->descriptor_size;
}

/* Extra epoch bits extend the signed 32-bit seconds (kernel fs/ext4/ext4.h, "Extended timestamps").
 */
static void read_time(struct ext_inode *i)
{
	uint16_t extra_size = i->raw.n > 130 ? span_u16(i->raw, 128, false) : 0;
	uint32_t extra = extra_size >= 12 ? span_u32(i->raw, 136, false) : 0;

	i->mtime = (int32_t)span_u32(i->raw, 16, false);
	i->mtime += (int64_t)(extra & 3) << 32;
	i->mtime_ns = extra >> 2 < 1000000000 ? extra >> 2 : 0;
}

struct fault ext_inode_read(const struct ext *fs, uint32_t number, struct ext_inode *i)
{
	uint32_t group, index;
	uint64_t table, at;
	struct span d;

	if (number < 1 || number > fs->inodes)
		return fault_at(FAULT_BROKEN, SUPER, "inode number", number, fs->inodes);
	group = (number - 1) / fs->inodes_per_group;
	index = (number - 1) % fs->inodes_per_group;
	d = span_sub(fs->in, ext_descriptor_at(fs, group), fs->descriptor_size);
	if (d.n == 0)
		return fault_at(FAULT_SHORT, ext_descriptor_at(fs, group), "group descriptor",
				fs->in.n, 0);
	table = span_u32(d, 8, false);
	if (fs->descriptor_size >= 64)
		table |= (uint64_t)span_u32(d, 0x28, false) << 32;
	if (table >= fs->blocks)
		return fault_at(FAULT_BROKEN, ext_descriptor_at(fs, group), "inode table", table,
				fs->blocks);
	at = table * fs->block_size + (uint64_t)index * fs->inode_size;
	*i = (struct ext_inode){ .number = number, .raw = span_sub(fs->in, at, fs->inode_size) };
	if (i->raw.n == 0)
		return fault_at(FAULT_SHORT, at, "inode", fs->in.n, at + fs->inode_size);
	i->mode = span_u16(i->raw, 0, false);
	i->uid = span_u16(i->raw, 2, false) | (uint32_t)span_u16(i->raw, 120, false) << 16;
	i->gid = span_u16(i->raw, 24, false) | (uint32_t)span_u16(i->raw, 122, false) << 16;
	i->flags = span_u32(i->raw, 32, false);
	i->size = span_u32(i->raw, 4, false);
	i->size |= (uint64_t)span_u32(i->raw, 108, false) << 32;
	i->file_acl = span_u32(i->raw, 104, false) | (uint64_t)span_u16(i->raw, 118, false) << 32;
	i->block = span_sub(i->raw, 40, 60);
	read_time(i);
	return fine;
}
