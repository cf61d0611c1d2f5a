/* f2fs.h - inside format/: an opened F2FS.
 *
 * Source: kernel include/linux/f2fs_fs.h, fs/f2fs (checkpoint.c, segment.c, node.c, inode.c, dir.c,
 * xattr.h, compress.c), Documentation/filesystems/f2fs.rst. All fields are little-endian, checksums
 * are CRC-32 without inversions. Numbers of nodes are translated to blocks by the table "NAT". */
#ifndef EVENHAND_FORMAT_F2FS_H
#define EVENHAND_FORMAT_F2FS_H

#include "base/cursor.h"
#include "base/hash.h"
#include "format/format.h"
#include "format/marks.h"

#define F2FS_MAGIC 0xf2f52010u

/* Of the superblock. */
enum {
	F2FS_INODE_CHECKSUM = 0x20,
	F2FS_FLEXIBLE_XATTR = 0x40,
	F2FS_SUPER_CHECKSUM = 0x800,
	F2FS_COMPRESSION = 0x2000,
};

/* Of an inode: what it holds itself, and what it advises. */
enum {
	F2FS_INLINE_XATTR = 0x1,
	F2FS_INLINE_DATA = 0x2,
	F2FS_INLINE_DENTRY = 0x4,
	F2FS_EXTRA = 0x20,
};
enum { F2FS_ENCRYPTED = 0x4 };
enum { F2FS_COMPRESSED = 0x4 }; /* a flag of files as users see them */

/* In place of the number of a block. */
#define F2FS_HOLE    0u
#define F2FS_PACKED  0xfffffffeu /* the first of a cluster that is packed */
#define F2FS_NO_DATA 0xffffffffu /* reserved, never written */

struct f2fs {
	struct span in;
	uint32_t major, minor, block_log, segment_log, features;
	uint32_t check_at, node_at, main_at, node_segments; /* blocks; segments of the NAT, twice */
	uint32_t check_payload, root, quota[3];
	uint64_t block, blocks;
	uint32_t seed;       /* of the checksums of inodes */
	struct span name;    /* UTF-16 */
	struct span check;   /* the newest checkpoint's first block */
	struct span newer;   /* a bit for each block of the NAT: its second copy counts */
	struct span journal; /* entries of the NAT that are not in it yet */
	uint64_t pack;       /* the checkpoint's first block */
	uint32_t nodes;      /* that the NAT can number */
	struct fault fault;  /* of superblock and checkpoint */
};

struct f2fs_inode {
	uint32_t number, mode, uid, gid, links, flags, xattr_node;
	uint32_t mtime_ns, parent;
	uint8_t inlines, advise, method, cluster_log, pack_flags;
	uint64_t size;
	int64_t mtime;
	struct span bytes;  /* its block */
	struct span name;   /* as it was made */
	struct span inside; /* inline data, entries, device: behind the extra fields */
	struct span xattrs; /* inline */
	uint32_t direct;    /* blocks that it names itself */
	uint32_t in_node;   /* blocks that a node below it names */
	bool is_packed;
	struct fault fault; /* a checksum that does not hold */
};

struct fault f2fs_super(struct span in, struct f2fs *fs);
/* Finds the newest checkpoint that holds, and what it says of the NAT. */
struct fault f2fs_checkpoint(struct f2fs *fs);
uint32_t f2fs_crc(uint32_t seed, struct span s);

/* A block of the volume; empty where it is none or cut. */
static inline struct span f2fs_block(const struct f2fs *fs, uint64_t number)
{
	return number < fs->blocks ? span_sub(fs->in, number << fs->block_log, fs->block)
				   : (struct span){ 0 };
}

/* Where a node stands, and of which inode it is: 0 where the number is free. */
uint32_t f2fs_lookup(const struct f2fs *fs, uint32_t node, uint32_t *inode);
/* A node of that inode; empty, and why in *bad, where there is none. */
struct span f2fs_node(const struct f2fs *fs, uint32_t node, uint32_t inode, struct fault *bad);
struct fault f2fs_inode_read(const struct f2fs *fs, uint32_t number, struct f2fs_inode *i);

/* The blocks of a file in order. */
struct f2fs_map {
	const struct f2fs *fs;
	const struct f2fs_inode *i;
	uint64_t next, end; /* blocks of the file */
	struct span table;  /* the numbers of blocks from..to */
	uint64_t from, to;
	uint64_t *steps;     /* left; NULL: no end */
	struct marks *nodes; /* that were met; NULL: not asked */
	struct fault fault;  /* the first; holes take the place of what is lost */
};
struct f2fs_map f2fs_map_of(const struct f2fs *fs, const struct f2fs_inode *i);
/* The next block's number; *count blocks of it, more than one only of a hole. */
bool f2fs_map_next(struct f2fs_map *m, uint32_t *number, uint64_t *count);

struct fault f2fs_content(const struct f2fs *fs, const struct f2fs_inode *i, struct sink *out);

struct f2fs_budget {
	uint64_t steps, blocks, xattrs;
	struct marks nodes, used; /* by number */
};

void f2fs_xattrs(const struct f2fs *fs, const struct f2fs_inode *i, struct arena *a,
		 struct f2fs_budget *b, struct entry *e);

struct fault f2fs_list(struct listing *l);
struct fault f2fs_load(const struct listing *l, const struct entry *e, struct sink *out);

#endif
