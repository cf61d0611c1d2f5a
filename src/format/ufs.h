/* ufs.h - inside format/: UFS1 and UFS2 in both byte orders. Sources: FreeBSD sys/ufs/ffs/fs.h,
 * sys/ufs/ufs/dinode.h, dir.h. */
#ifndef EVENHAND_FORMAT_UFS_H
#define EVENHAND_FORMAT_UFS_H

#include "base/cursor.h"
#include "format/format.h"
#include "format/marks.h"

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

struct ufs_inode {
	uint64_t size, at;
	int64_t mtime;
	uint32_t mode, uid, gid, mtime_ns;
	struct span pointers; /* direct, then of tables of one, two and three levels */
};

struct fault ufs_super(struct span in, struct ufs *fs);
struct fault ufs_inode_read(const struct ufs *fs, uint32_t number, struct ufs_inode *i);

/* Pointer k of an inode or of a table. */
uint64_t ufs_pointer(const struct ufs *fs, struct span from, uint64_t k);

/* Gives the content of a file piece by piece; at 0 a hole. A fragment belongs to one file or table:
 * where it is met again (a cycle, two files crossed), the file ends with a fault. */
struct ufs_reader {
	const struct ufs *fs;
	uint64_t left;
	struct marks *fragments; /* NULL once the listing has walked the file */
	void (*each)(void *ctx, uint64_t at, uint64_t length);
	void *ctx;
	struct fault fault;
};

void ufs_read(struct ufs_reader *r, const struct ufs_inode *i);

#endif
