/* jfs.c - JFS: superblock, inodes, the walk. The log is not replayed; that it should be is said. */
#include "format/jfs.h"

#include <stdio.h>

#include "format/parts.h"

#define SUPER        0x8000u
#define INODES       0xb000u /* of the volume itself, a fixed place */
#define MAP_INODE    16      /* of them */
#define DIR_INDEX    0x00200000u
#define LARGEST_DISK (1ull << 60)
#define SHORT_LINK   256u /* from here on a target has blocks */

/* Behind an area of so many blocks. */
static uint64_t area_end(struct span in, uint64_t at, uint32_t block)
{
	struct jfs_extent e = jfs_extent_at(in, at);

	return (e.block + e.count) * block;
}

static struct fault read_super(struct span in, struct jfs *fs, uint64_t *length)
{
	uint32_t version = span_u32(in, SUPER + 4, false), block = span_u32(in, SUPER + 16, false);
	uint32_t sector = span_u32(in, SUPER + 24, false);
	uint64_t sectors = span_u64(in, SUPER + 8, false);
	uint16_t block_bits = span_u16(in, SUPER + 20, false);

	if (in.n < SUPER + 184 || version < 1 || version > 2)
		return fault_at(FAULT_UNKNOWN, SUPER + 4, "version", version, 2);
	if (block < 512 || block > 4096 || block_bits > 12 || block != 1u << block_bits ||
	    sector < 512 || sector > block || sector & (sector - 1))
		return fault_at(FAULT_BROKEN, SUPER + 16, "block size", block, 4096);
	if (sectors == 0 || sectors > LARGEST_DISK / sector || sectors * sector <= SUPER)
		return fault_at(FAULT_BROKEN, SUPER + 8, "sectors", sectors, LARGEST_DISK / sector);
	*length = sectors * sector;
	*fs = (struct jfs){ in, block, *length / block, span_u32(in, SUPER + 36, false) & DIR_INDEX,
			    span_sub(in, INODES + MAP_INODE * JFS_INODE, JFS_INODE) };
	return fine;
}

/* The file system itself, then the areas of its checker and of its log. */
static struct fault probe(struct span in, struct found *f)
{
	struct jfs fs;
	uint64_t length;
	struct fault bad = read_super(in, &fs, &length);

	if (bad.kind)
		return bad;
	for (uint64_t at = 72; at <= 80; at += 8)
		if (area_end(in, SUPER + at, fs.block) > length)
			length = area_end(in, SUPER + at, fs.block);
	f->len = part_bound(length, in);
	f->proof = PROOF_STRUCTURE;
	snprintf(f->label, sizeof(f->label), "version %u, %llu bytes",
		 span_u32(in, SUPER + 4, false), (unsigned long long)length);
	if (is_padded_text(in, SUPER + 152, 16))
		label_add(f->label, ", ", field_text(in, SUPER + 152, 16));
	return fine;
}

/* A page of the map, behind the first one, tells of 4096 inodes, in extents of 32. */
static struct span inode_bytes(const struct jfs *fs, uint64_t number)
{
	uint64_t logical = ((number >> 12) + 1) * (JFS_PAGE / fs->block), block;
	struct jfs_extent e;

	if (!jfs_find(fs, fs->map, logical, &block))
		return (struct span){ 0 };
	e = jfs_extent_at(span_sub(fs->in, block * fs->block, JFS_PAGE),
			  3072 + (number >> 5 & 127) * 8);
	return span_sub(jfs_bytes(fs, e), (number & 31) * JFS_INODE, JFS_INODE);
}

static struct fault read_inode(const void *state, const uint64_t key[2], struct inode *i)
{
	const struct jfs *fs = state;
	struct span s = inode_bytes(fs, key[0]);
	uint32_t device = span_u32(s, 256, false);
	struct entry e = { 0 };

	if (s.n == 0 || span_u32(s, 8, false) != key[0] || span_u32(s, 4, false) != MAP_INODE)
		return fault_at(FAULT_BROKEN, s.n ? span_place(fs->in, s) : SUPER, "inode number",
				s.n ? span_u32(s, 8, false) : 0, key[0]);
	i->at = span_place(fs->in, s);
	i->own = s;
	i->size = span_u64(s, 24, false);
	i->uid = span_u32(s, 44, false);
	i->gid = span_u32(s, 48, false);
	i->mode = span_u32(s, 52, false) & 0xffff;
	i->mtime = span_u32(s, 72, false);
	i->mtime_ns = span_u32(s, 76, false);
	if (i->mtime_ns > 999999999)
		i->mtime_ns = 0;
	i->has_target = kind_of_mode(i->mode) == KIND_SYMLINK && i->size < SHORT_LINK;
	if (i->has_target)
		i->target = span_sub(s, 256, i->size);
	entry_device(&e, device);
	i->major = e.major;
	i->minor = e.minor;
	return fine;
}

static const struct inode_format inodes = {
	.read = read_inode, .content = jfs_content, .names = jfs_names, .xattrs = jfs_xattrs
};

static struct fault list(struct listing *l)
{
	static const uint64_t root[2] = { 2, 0 };
	struct jfs *fs = arena_take(l->arena, 1, sizeof(*fs));
	uint64_t length = 0, most;
	struct fault bad =
		fs ? read_super(l->in, fs, &length) : fault_at(FAULT_MEMORY, 0, "volume", 0, 0);

	if (bad.kind)
		return bad;
	l->state = fs;
	most = l->in.n / fs->block + 1;
	if (length > l->in.n)
		listing_fault(l, fault_at(FAULT_SHORT, SUPER + 8, "file system", l->in.n, length));
	if (span_u32(l->in, SUPER + 40, false))
		listing_fault(l, fault_at(FAULT_BROKEN, SUPER + 40, "journal not replayed",
					  span_u32(l->in, SUPER + 40, false), 0));
	return inodes_list(l, &inodes, root, fs->blocks < most ? fs->blocks : most);
}

static struct fault load(const struct listing *l, const struct entry *e, struct sink *out)
{
	return inodes_load(l, &inodes, e, out);
}

const struct format format_jfs = {
	.name = "jfs",
	.says = "JFS file system",
	.domain = DOMAIN_IT,
	.spec = "kernel fs/jfs: jfs_superblock.h, jfs_dinode.h, jfs_xtree.h, jfs_dtree.h",
	.shape = SHAPE_CONTAINER,
	.magic = { { SUPER, 4, "JFS1" } },
	.probe = probe,
	.list = list,
	.load = load,
};
