/* squashfs.h - inside format/: one opened SquashFS, whatever its version.
 *
 * Sources: squashfs-tools squashfs_fs.h (v1 to v4), squashfs-tools-ng doc/format.adoc (v4). */
#ifndef EVENHAND_FORMAT_SQUASHFS_H
#define EVENHAND_FORMAT_SQUASHFS_H

#include "base/cursor.h"
#include "codec/codec.h"
#include "format/format.h"

#define META_SIZE    8192
#define NO_TABLE     UINT64_MAX
#define NO_FRAGMENT  UINT32_MAX
#define BLOCK_STORED (1u << 24)

enum {
	FLAG_CHECK_V3 = 4, /* a check byte follows every metadata length */
};

enum squashfs_method {
	METHOD_ZLIB,
	METHOD_LZMA, /* 13-byte LZMA-alone header */
	METHOD_LZO,
	METHOD_XZ,
	METHOD_LZ4,
	METHOD_ZSTD,
	METHOD_LZMA_PROPS, /* 5 property bytes, no size */
	METHOD_LZMA_SKIP4, /* 4 bytes, then the same */
	METHOD_LZMA_DDWRT, /* pb, lc, lp as bytes, one unused, raw stream; may change per block */
	METHOD_COUNT,
};

struct squashfs_fragment {
	uint64_t start;
	uint32_t size; /* with BLOCK_STORED */
};

struct squashfs {
	struct span in;
	bool big;
	unsigned major, minor;
	uint32_t inodes, block_size, flags, fragments, ids, guids;
	uint32_t mtime;
	uint64_t root, bytes_used;
	uint64_t inode_table, directory_table, fragment_table, id_table, guid_table, xattr_table;
	unsigned compression; /* v4: as stored */
	enum squashfs_method method;
	uint64_t serial; /* tells this opened image from others in the caches of threads */
	struct squashfs_fragment *fragment;
	uint32_t *id, *guid;
	struct squashfs_meta *meta;
	uint64_t blocks_listed;
};

/* One inode, of any version, read into one shape. */
struct squashfs_inode {
	enum kind kind;
	uint32_t mode, uid, gid, mtime, nlink, rdev;
	bool has_mtime;
	uint64_t size;   /* of a file; of a directory: bytes of its listing */
	uint64_t start;  /* of file data; of a directory: metadata block */
	uint32_t offset; /* into the fragment or the directory's block */
	uint32_t fragment, xattr;
	uint32_t *blocks;
	uint32_t block_count;
	struct span target;
};

/* Where metadata are read: a block, by its offset from the table's start, and a plain offset. */
struct meta_at {
	uint64_t table, block;
	uint32_t offset;
};

/* One directory entry. */
struct squashfs_name {
	uint64_t inode_block;
	uint32_t inode_offset;
	uint8_t text[256];
	uint32_t length;
};

/* -- squashfs_super.c -- */
struct fault squashfs_super(struct span in, struct squashfs *fs);
struct fault squashfs_tables(struct squashfs *fs, struct arena *a);
const char *squashfs_method_name(const struct squashfs *fs);

/* -- squashfs_meta.c: metadata blocks, each decoded once, while listing -- */
bool meta_init(struct squashfs *fs, struct arena *a);
struct fault meta_copy(struct squashfs *fs, struct arena *a, struct meta_at *at, void *to,
		       uint64_t n);

/* -- squashfs_codec.c -- */
/* Decodes one block of at most `most` plain bytes. exact: a shorter result is a fault. */
struct fault squashfs_decode(const struct squashfs *fs, struct span block, uint64_t most,
			     bool exact, struct sink *out);
/* Finds the method by which this metadata block decodes; false if there is none. */
bool squashfs_find_method(struct squashfs *fs, struct span block);

/* -- squashfs_v4.c, squashfs_old.c -- */
struct fault squashfs_inode_v4(struct squashfs *fs, struct arena *a, struct meta_at at,
			       struct squashfs_inode *i);
struct fault squashfs_inode_old(struct squashfs *fs, struct arena *a, struct meta_at at,
				struct squashfs_inode *i);
/* Reads the list of block sizes of a file whose inode ends at `at`. */
struct fault squashfs_blocks(struct squashfs *fs, struct arena *a, struct meta_at *at,
			     struct squashfs_inode *i, unsigned width);
/* xattrs of an inode; none on any fault. */
void squashfs_xattrs(struct squashfs *fs, struct arena *a, uint32_t index, struct entry *e);

/* -- squashfs_data.c -- */
struct fault squashfs_load(const struct listing *l, const struct entry *e, struct sink *out);
void squashfs_thread_end(void);

#endif
