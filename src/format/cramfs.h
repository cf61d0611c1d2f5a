/* cramfs.h - inside format/: an opened cramfs.
 *
 * Everything is an inode of three words, packed as C bit fields: from the low bit on little-endian
 * machines, from the high bit on big-endian ones. A file begins with a table of block pointers,
 * each the end of its block; the block size is the page size of the machine that made the image
 * and is nowhere stated. */
#ifndef EVENHAND_FORMAT_CRAMFS_H
#define EVENHAND_FORMAT_CRAMFS_H

#include "base/cursor.h"
#include "format/format.h"

#define CRAMFS_SUPER 76
#define CRAMFS_INODE 12

enum {
	CRAMFS_FSID_V2 = 1,
	CRAMFS_SORTED_DIRS = 2,
	CRAMFS_SHIFTED_ROOT = 0x400,
	CRAMFS_LAYOUT = 0x503, /* these, and holes: how it is packed */
	CRAMFS_KNOWN_FLAGS = 0xfff
};

/* Of a block pointer. */
enum { CRAMFS_STORED = 1u << 31, CRAMFS_DIRECT = 1u << 30, CRAMFS_PLACE = CRAMFS_DIRECT - 1 };

struct cramfs_inode {
	uint32_t mode, uid, gid, size;
	uint32_t name;   /* bytes, padding included */
	uint64_t offset; /* of the content */
};

struct cramfs {
	struct span in;
	bool big;
	uint64_t at; /* of the superblock */
	uint32_t size, flags, crc, edition;
	uint32_t block_size;
	struct span name;
	struct cramfs_inode root;
};

struct cramfs_inode cramfs_inode_read(struct span in, uint64_t at, bool big);
bool cramfs_has_blocks(uint32_t mode);
uint64_t cramfs_block_count(const struct cramfs *fs, uint64_t size);

/* Where block `i` of a file stands; `plain` is what it unpacks to. False when its pointers
 * contradict each other. */
bool cramfs_find_block(const struct cramfs *fs, struct span table, uint64_t i, uint64_t plain,
		       struct span *block);
struct fault cramfs_put_block(const struct cramfs *fs, struct span block, bool stored,
			      uint64_t plain, struct sink *out);
/* A whole content. */
struct fault cramfs_unpack(const struct cramfs *fs, uint64_t offset, uint64_t size,
			   struct sink *out);
struct fault cramfs_check_crc(const struct cramfs *fs);

/* cramfs_own.c */
void cramfs_own(const struct listing *l, struct own_list *out);
bool cramfs_stored(const struct listing *l, const struct entry *e, struct storage *out);

#endif
