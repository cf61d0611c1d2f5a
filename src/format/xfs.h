/* xfs.h - inside format/: an opened XFS.
 *
 * Source: "XFS Algorithms & Data Structures", kernel fs/xfs/libxfs/xfs_format.h, xfs_da_format.h.
 * All fields are big-endian, checksums alone are little-endian. A number of a block has the group
 * in its upper bits, so that numbers have gaps; a number of an inode is that of its block with the
 * place in the block behind it. */
#ifndef EVENHAND_FORMAT_XFS_H
#define EVENHAND_FORMAT_XFS_H

#include "base/cursor.h"
#include "format/format.h"
#include "format/marks.h"

struct xfs {
	struct span in;
	uint32_t block_size, sector, inode_size, group_blocks, groups, directory_block;
	uint32_t group_bits, inode_bits; /* of a number: block in its group, inode in its block */
	uint32_t version, flags, incompat;
	uint64_t blocks, root, log, log_blocks;
	struct span name, uuid;
	bool has_sums, has_types; /* metadata checksums; kinds of files in directories */
	bool sum_holds;           /* of the superblock; true where there is none */
};

enum xfs_format { XFS_DEVICE, XFS_LOCAL, XFS_EXTENTS, XFS_BTREE };

/* Where the data, or the attributes, of an inode are said to be. */
struct xfs_fork {
	struct span bytes; /* the fork itself, in the inode */
	uint64_t extents;  /* of XFS_EXTENTS */
	uint64_t owner;    /* the inode */
	uint8_t format;
};

struct xfs_inode {
	uint64_t number, at, size;
	uint32_t mode, uid, gid, links, mtime_ns;
	int64_t mtime;
	bool on_realtime, has_attributes;
	struct xfs_fork data, attributes;
	struct fault fault; /* what is wrong with it, and can be passed over */
};

/* What listing may cost in all; see ext.h. */
struct xfs_budget {
	uint64_t steps;     /* records of extents and blocks of their trees */
	uint64_t directory; /* bytes of directories */
	uint64_t values;    /* bytes of attributes, of their blocks and of those of link targets */
};

struct fault xfs_super(struct span in, struct xfs *fs);

/* The state of the log, features that change how the rest is to be read: fine, or what to say. */
struct fault xfs_state(const struct xfs *fs);

/* Blocks that follow each other in one group; fewer where the image ends, none where the numbers
 * make no sense. */
struct span xfs_blocks(const struct xfs *fs, uint64_t block, uint64_t count);

/* Why xfs_blocks gave fewer than that. */
struct fault xfs_missing(const struct xfs *fs, uint64_t block, uint64_t count);

/* Whether the CRC-32C of these bytes, taken with its own field as zeros, stands at `at`. */
bool xfs_sum_holds(struct span bytes, uint64_t at);

struct fault xfs_inode_read(const struct xfs *fs, uint64_t number, struct xfs_inode *i);

/* One run of a fork. A file's blocks that no run covers are a hole. */
struct xfs_run {
	uint64_t logical, block, count;
	bool is_written;
};

/* Called with each run in order; false from it ends the walk. */
struct xfs_visitor {
	bool (*each)(void *ctx, const struct xfs_run *r);
	void *ctx;
	uint64_t *steps; /* left of a common budget; NULL: this fork's own */
};

struct fault xfs_walk(const struct xfs *fs, const struct xfs_fork *f, struct xfs_visitor v);

/* The block that holds one of a fork; false where it is a hole, or the tree is torn. */
bool xfs_find(const struct xfs *fs, const struct xfs_fork *f, uint64_t logical, uint64_t *block);

/* Plain content of a file into a sink. */
struct fault xfs_content(const struct xfs *fs, const struct xfs_inode *i, struct sink *out);

/* Where the content stands as it is in one piece; *first is set to where it begins in any case. */
bool xfs_in_one_piece(const struct xfs *fs, const struct xfs_inode *i, uint64_t *steps,
		      uint64_t *first);

/* The text of a symbolic link; what is not in the inode is copied into the arena. */
struct fault xfs_target(const struct xfs *fs, const struct xfs_inode *i, struct arena *a,
			struct xfs_budget *b, struct span *target);

struct xfs_name {
	struct span text; /* lives only during the call */
	uint64_t number;  /* of its inode */
	uint8_t type;     /* as links_kind has it; 0 where there is none */
};

/* Names of a directory; false ends it. */
struct xfs_names {
	bool (*each)(void *ctx, const struct xfs_name *n);
	void *ctx;
	struct xfs_budget *left;
};

struct fault xfs_directory(const struct xfs *fs, const struct xfs_inode *i, struct xfs_names n);

/* Fills the entry's attributes; a fault goes to the entry. */
void xfs_xattrs(const struct xfs *fs, const struct xfs_inode *i, struct arena *a,
		struct xfs_budget *b, struct entry *e);

#endif
