/* ext.h - inside format/: an opened ext2, ext3 or ext4.
 *
 * Source: kernel Documentation/filesystems/ext4 (on-disk layout), e2fsprogs lib/ext2fs/ext2_fs.h.
 * All fields are little-endian. */
#ifndef EVENHAND_FORMAT_EXT_H
#define EVENHAND_FORMAT_EXT_H

#include "base/cursor.h"
#include "base/text.h"
#include "format/format.h"

enum {
	INCOMPAT_RECOVER = 0x4,
	INCOMPAT_JOURNAL_DEV = 0x8,
	INCOMPAT_META_BG = 0x10,
	INCOMPAT_64BIT = 0x80,
	INCOMPAT_EA_INODE = 0x400,
};

enum {
	INODE_EXTENTS = 0x80000,
	INODE_EA = 0x200000,
	INODE_INLINE = 0x10000000,
	INODE_ENCRYPT = 0x800,
};

struct ext {
	struct span in;
	uint32_t inodes, block_size, inodes_per_group, blocks_per_group, first_block, inode_size,
		descriptor_size;
	uint32_t first_meta_bg, compat, incompat, ro_compat, groups;
	uint64_t blocks;
};

/* What listing may cost in all. Maps, directories and attribute blocks of a sound file system are
 * not shared, or hardly; those of a hostile one are all the same. */
struct ext_budget {
	uint64_t steps;     /* records of block maps */
	uint64_t directory; /* bytes of directories */
	uint64_t xattrs, values;
};

struct ext_inode {
	uint32_t number, mode, uid, gid, flags;
	uint64_t size, file_acl;
	int64_t mtime;
	uint32_t mtime_ns;
	struct span raw;   /* the whole record */
	struct span block; /* its 60 bytes of block map, extents or inline data */
};

struct fault ext_super(struct span in, struct ext *fs);
/* Whether a group has a copy of the superblock where only few do. */
bool ext_has_copy(uint32_t group);
/* Where the descriptor of a group stands. */
uint64_t ext_descriptor_at(const struct ext *fs, uint32_t group);
struct fault ext_inode_read(const struct ext *fs, uint32_t number, struct ext_inode *i);

/* Calls each stretch of a file in order: bytes of the image, or a hole (empty span with length).
 * False from it ends the walk. */
typedef bool ext_stretch(void *ctx, struct span bytes, uint64_t length);
struct ext_visitor {
	ext_stretch *each;
	void *ctx;
	uint64_t *steps; /* left of a common budget; NULL: this file's own */
};
struct fault ext_walk(const struct ext *fs, const struct ext_inode *i, struct ext_visitor v);

/* Plain content of an inode into a sink, inline data included. */
struct fault ext_content(const struct ext *fs, const struct ext_inode *i, struct sink *out);

/* Inline data: what stands in the inode and in its "system.data" attribute. */
bool ext_inline(const struct ext_inode *i, struct span parts[2]);

/* xattrs of the inode and of its block. */
void ext_xattrs(const struct ext *fs, const struct ext_inode *i, struct arena *a,
		struct ext_budget *b, struct entry *e);
/* The value of one attribute in the inode's own space; empty if there is none. */
struct span ext_inode_attribute(const struct ext_inode *i, uint8_t index, const char *name);

/* -- ext_own.c, ext_own_group.c, ext_own_inode.c, ext_own_map.c -- */
void ext_own(const struct listing *l, struct own_list *out);
bool ext_stored(const struct listing *l, const struct entry *e, struct storage *out);

struct own_map;

/* What own() works on. Arrays are by block, and by inode. */
struct ext_owning {
	const struct listing *l;
	const struct ext *fs;
	struct own_list *out;
	struct own_map *contents;
	struct arena *arena;
	uint8_t *used;                                 /* of a block: somebody's */
	uint64_t blocks;                               /* that are there */
	uint32_t *names, *subdirs, *parents, *entries; /* entries: 1 + index */
	uint32_t inodes;                               /* that are there */
	uint32_t seed;                                 /* of checksums of metadata */
	bool is_summed, is_old_summed;                 /* metadata_csum, gdt_csum */
	int64_t earliest, latest;                      /* that times of inodes may have */
	bool far_times;   /* of the inode at hand: likely ones, but far from those */
	uint64_t *shared; /* blocks of attributes, one for each inode that has one */
	uint32_t shared_count;
	uint32_t *directories; /* of a group */
	uint64_t steps;
};

/* The checksum of a piece of metadata of one inode. */
uint32_t ext_inode_seed(const struct ext_owning *x, const struct ext_inode *i);
/* Marks blocks as used. False when they are not there, or taken. */
bool ext_take(struct ext_owning *x, uint64_t block, uint64_t count);
/* Goes over the block map of an inode: its own blocks become structure, those of its content
 * content or (where `is_tree`) are given to the caller. What does not hold makes *holds false.
 * Gives the number of blocks that belong to the inode. */
typedef void ext_leaf(struct ext_owning *x, const struct ext_inode *i, uint64_t logical,
		      struct span block);
uint64_t ext_own_map(struct ext_owning *x, const struct ext_inode *i, ext_leaf *leaf, bool *holds);
void ext_own_inodes(struct ext_owning *x);
void ext_own_groups(struct ext_owning *x);
/* Whether attributes hold nothing but names and values: in a block that so many inodes share, and
 * behind the fields of an inode. */
bool ext_xattr_block_holds(const struct ext_owning *x, uint64_t block, uint32_t users);
bool ext_xattr_inode_holds(const struct ext_inode *i);
/* Takes what groups have at places of their own. */
bool ext_take_groups(struct ext_owning *x);
/* Whether an inode is in use: shown by an entry, or one of the file system's own. */
bool ext_in_use(const struct ext_owning *x, uint32_t number);

#endif
