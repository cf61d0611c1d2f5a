/* ufs.h - inside format/: UFS1 and UFS2 in both byte orders. Sources: FreeBSD sys/ufs/ffs/fs.h,
 * sys/ufs/ufs/dinode.h, dir.h. */
#ifndef EVENHAND_FORMAT_UFS_H
#define EVENHAND_FORMAT_UFS_H

#include "format/inodes.h"

#define UFS_ROOT   2
#define UFS_DIRECT 12

struct ufs {
	struct span in;
	uint64_t super; /* its place */
	bool big, second;
	uint32_t block, fragment, inodes, inode_size, link_size; /* bytes; inodes of a group */
	uint32_t groups, group_size, group_offset, group_mask, inodes_at; /* in fragments */
	uint64_t fragments, count; /* of the volume; inodes of it */
	struct span name;
};

struct fault ufs_super(struct span in, struct ufs *fs);

/* inode.own: pointers, direct, then of tables of one, two and three levels. */
struct fault ufs_inode_read(const void *state, const uint64_t key[2], struct inode *i);

/* Pointer k of an inode or of a table. */
uint64_t ufs_pointer(const struct ufs *fs, struct span from, uint64_t k);

void ufs_content(const void *state, const struct inode *i, struct pieces *p);

#endif
