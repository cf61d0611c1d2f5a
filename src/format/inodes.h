/* inodes.h - inside format/: file systems that have inodes, and directories of names for them. A
 * format tells how it reads an inode, which pieces its content has, which names a directory. What
 * they all need stands here: several names of one file, cycles, depth, budgets.
 *
 * A block belongs to one content or one table: where it is met again (a cycle, two files crossed),
 * the file ends with a fault. */
#ifndef EVENHAND_FORMAT_INODES_H
#define EVENHAND_FORMAT_INODES_H

#include "base/cursor.h"
#include "format/format.h"
#include "format/marks.h"
#include "format/pieces.h"

struct inode {
	uint64_t key[2]; /* what directories have for it */
	uint64_t at;     /* where it stands, for faults */
	uint64_t size;
	uint32_t mode; /* with its type */
	uint32_t uid, gid, major, minor, mtime_ns;
	int64_t mtime;
	bool has_target;
	struct span target; /* of a link that stands in the inode */
	struct span own;    /* the format's: where its pointers stand */
};

/* Takes a content piece by piece, in order; what is behind `left` is not asked for. */
struct pieces {
	struct span in;
	uint64_t left;
	struct marks *met; /* blocks; NULL once the listing has walked the file */
	void (*each)(void *ctx, uint64_t at, uint64_t length);
	void *ctx;
	struct fault fault; /* ends it */
};

/* Gives the next piece, of which no more than `left` is used. False when no more is wanted, or the
 * image has not all of it. */
bool pieces_give(struct pieces *p, uint64_t at, uint64_t length);
bool pieces_hole(struct pieces *p, uint64_t length);

/* Notes that blocks of so many bytes are used; false where one of them was before, or does not
 * exist. */
bool pieces_take(struct pieces *p, uint64_t first, uint64_t count, uint32_t block);

/* Takes the names of a directory. */
struct inode_names;
bool inode_name(struct inode_names *n, struct span name, const uint64_t key[2]);
void inode_names_fault(struct inode_names *n, struct fault f); /* the first is kept */
struct marks *inode_names_met(struct inode_names *n);
struct arena *inode_names_arena(struct inode_names *n);

struct inode_format {
	struct fault (*read)(const void *fs, const uint64_t key[2], struct inode *i);
	void (*content)(const void *fs, const struct inode *i, struct pieces *p);
	void (*names)(const void *fs, const struct inode *i, struct inode_names *n);
	/* May be NULL. Takes from *left what the attributes cost. */
	void (*xattrs)(const void *fs, const struct inode *i, struct arena *a, struct entry *e,
		       uint64_t *left);
};

/* Lists everything below the root; l->state is the file system. `blocks` are as many as it has, or
 * the image room for. */
struct fault inodes_list(struct listing *l, const struct inode_format *f, const uint64_t root[2],
			 uint64_t blocks);
struct fault inodes_load(const struct listing *l, const struct inode_format *f,
			 const struct entry *e, struct sink *out);

#endif
