/* jfs.h - inside format/: an opened JFS.
 *
 * Source: kernel fs/jfs: jfs_superblock.h, jfs_dinode.h, jfs_xtree.h, jfs_dtree.h, jfs_imap.h. All
 * fields are little-endian. */
#ifndef EVENHAND_FORMAT_JFS_H
#define EVENHAND_FORMAT_JFS_H

#include "format/inodes.h"

#define JFS_PAGE    4096u /* of trees and maps; blocks are smaller or equal */
#define JFS_INODE   512u
#define JFS_ROOT    224 /* in an inode: the root of its tree */
#define JFS_DEEPEST 8

struct jfs {
	struct span in;
	uint32_t block;
	uint64_t blocks;
	bool has_index;  /* leaves of directories have a number behind eleven units of a name */
	struct span map; /* inode of the file that tells where inodes are */
};

/* A length of 24 bits in blocks, then a place of 40. */
struct jfs_extent {
	uint64_t block, count;
};

static inline struct jfs_extent jfs_extent_at(struct span s, uint64_t at)
{
	uint32_t low = span_u32(s, at, false);

	return (struct jfs_extent){ (uint64_t)(low >> 24) << 32 | span_u32(s, at + 4, false),
				    low & 0xffffff };
}

/* The bytes of an extent; empty where they are not all there. */
static inline struct span jfs_bytes(const struct jfs *fs, struct jfs_extent e)
{
	return e.block && e.block < fs->blocks
		       ? span_sub(fs->in, e.block * fs->block, e.count * fs->block)
		       : (struct span){ 0 };
}

/* The page of a file's tree that holds this one of its blocks; false where there is none. */
bool jfs_find(const struct jfs *fs, struct span inode, uint64_t wanted, uint64_t *block);

void jfs_content(const void *state, const struct inode *i, struct pieces *p);
void jfs_names(const void *state, const struct inode *i, struct inode_names *n);
void jfs_xattrs(const void *state, const struct inode *i, struct arena *a, struct entry *e,
		uint64_t *left);

#endif
