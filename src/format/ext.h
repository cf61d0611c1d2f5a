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

#endif
