/* btrfs.h - inside format/: an opened btrfs.
 *
 * Source: btrfs documentation, "On-disk format"; kernel include/uapi/linux/btrfs_tree.h,
 * fs/btrfs/tree-checker.c, volumes.c. All fields are little-endian. Everything is an item in some
 * tree of nodes; nodes and contents have logical addresses, which chunks map to devices. Of a file
 * system on several devices one is here: what lies on the others is missing. */
#ifndef EVENHAND_FORMAT_BTRFS_H
#define EVENHAND_FORMAT_BTRFS_H

#include "base/cursor.h"
#include "format/format.h"
#include "format/marks.h"

#define BTRFS_SUPER      65536
#define BTRFS_SUPER_SIZE 4096
#define BTRFS_LEVELS     8
#define BTRFS_COPIES     4
#define BTRFS_TOP        5 /* number of the subvolume that holds the others */
#define BTRFS_FIRST_FREE 256

enum btrfs_type {
	BTRFS_INODE = 1,
	BTRFS_XATTR = 24,
	BTRFS_DIR_ITEM = 84,
	BTRFS_DIR_INDEX = 96,
	BTRFS_EXTENT_DATA = 108,
	BTRFS_ROOT = 132,
	BTRFS_ROOT_REF = 156,
	BTRFS_CHUNK = 228,
};

struct btrfs_key {
	uint64_t id;
	uint8_t type;
	uint64_t offset;
};

/* Where a tree begins. */
struct btrfs_tree {
	uint64_t node;
	uint8_t level;
};

struct btrfs_chunk {
	uint64_t logical, length, type, stripe_length;
	uint32_t stripe_count, mirrors;
	struct span stripes; /* 32 bytes each */
};

struct btrfs_chunks {
	struct btrfs_chunk *p; /* by logical address */
	uint32_t count, room;
};

/* A subvolume or snapshot. */
struct btrfs_subvolume {
	uint64_t id, directory;
	struct btrfs_tree tree;
	bool is_met, is_deleted;
};

/* Nodes that were checked, by place / 4096. Closed once listing is done. */
struct btrfs_checks {
	struct marks good, bad;
	bool is_closed;
};

struct btrfs {
	struct span in, super, name;
	uint64_t super_at, device, size, incompat, log;
	uint32_t sector, node_size;
	uint16_t sum;
	struct btrfs_tree root, chunk_root;
	struct btrfs_chunks chunks;
	struct btrfs_subvolume *subvolumes; /* by id */
	uint32_t subvolume_count, subvolume_room;
	struct btrfs_checks *checks;
};

/* Whether the sum of the bytes behind the first 32 stands there; true for kinds not known. */
bool btrfs_sum_holds(uint16_t kind, struct span bytes);
bool btrfs_sum_known(uint16_t kind);

/* The first superblock that holds; those behind it are copies. */
struct fault btrfs_super(struct span in, struct btrfs *fs);

/* Reads the chunks, of the superblock and of their tree; what is wrong with the latter is
 * returned. */
struct fault btrfs_chunks_read(struct btrfs *fs, struct arena *a);

/* Where the copies of a logical address are, and how many bytes follow it there. */
struct btrfs_place {
	uint64_t at[BTRFS_COPIES], length;
	uint32_t copies;
	uint64_t elsewhere; /* a device that has it and is not here */
};

struct fault btrfs_locate(const struct btrfs *fs, uint64_t logical, struct btrfs_place *p);

/* Goes through the items of a tree in order. */
struct btrfs_cursor {
	const struct btrfs *fs;
	struct btrfs_key from, to, last; /* what is behind `to` is not looked for */
	bool has_last;
	uint8_t top, level, torn; /* nodes met that were */
	struct {
		struct span node;
		uint32_t index, count;
	} path[BTRFS_LEVELS];
	struct fault fault; /* the first; what is behind a torn node is given all the same */
};

struct btrfs_item {
	struct btrfs_key key;
	struct span bytes;
};

/* Begins with the first item that is not before `from`; ends with those of its object and type,
 * unless c->to is set to another end. */
void btrfs_seek(struct btrfs_cursor *c, const struct btrfs *fs, struct btrfs_tree tree,
		struct btrfs_key from);
bool btrfs_next(struct btrfs_cursor *c, struct btrfs_item *item);

/* The next item, if it is of that object and type. */
bool btrfs_next_of(struct btrfs_cursor *c, uint64_t id, uint8_t type, struct btrfs_item *item);

/* One item by its key; *why is set where a torn node may have held it. */
bool btrfs_find(const struct btrfs *fs, struct btrfs_tree tree, struct btrfs_key key,
		struct btrfs_item *item, struct fault *why);

static inline struct btrfs_key btrfs_key_at(struct span s, uint64_t at)
{
	return (struct btrfs_key){ span_u64(s, at, false), (uint8_t)span_byte(s, at + 8),
				   span_u64(s, at + 9, false) };
}

static inline int btrfs_key_order(struct btrfs_key a, struct btrfs_key b)
{
	if (a.id != b.id)
		return a.id < b.id ? -1 : 1;
	if (a.type != b.type)
		return a.type < b.type ? -1 : 1;
	return (a.offset > b.offset) - (a.offset < b.offset);
}

/* Reads the subvolumes that the root tree names; where that is torn, those of an older one. */
struct fault btrfs_subvolumes_read(struct btrfs *fs, struct arena *a);

struct btrfs_subvolume *btrfs_subvolume(const struct btrfs *fs, uint64_t id);

/* The one that is mounted when none is asked for. */
uint64_t btrfs_default_subvolume(const struct btrfs *fs);

/* A record of a directory or an attribute: what it points to, name, data. Several may stand in one
 * item. */
struct btrfs_name {
	struct btrfs_key location;
	uint8_t type; /* as links_kind has it */
	struct span name, data;
};

bool btrfs_name_next(struct cursor *c, struct btrfs_name *n);

/* The subvolume that a name in a directory of the subvolume `parent` stands for; NULL if it is
 * mounted elsewhere. */
struct btrfs_subvolume *btrfs_mounted(const struct btrfs *fs, uint64_t parent, uint64_t directory,
				      const struct btrfs_name *n);

/* Plain content of a file into a sink. */
struct fault btrfs_content(const struct btrfs *fs, struct btrfs_tree tree, uint64_t inode,
			   uint64_t size, struct sink *out);

/* Where the content stands as it is in one piece; *first is set to where it begins in any case.
 * Each extent takes one of the steps. */
bool btrfs_in_one_piece(const struct btrfs *fs, struct btrfs_tree tree, uint64_t inode,
			uint64_t size, uint64_t *steps, uint64_t *first);

/* The text of a symbolic link, which always stands in the leaf as it is. */
struct fault btrfs_target(const struct btrfs *fs, struct btrfs_tree tree, uint64_t inode,
			  uint64_t size, struct span *target);

#define BTRFS_PLAIN_MOST (128u << 10) /* of a compressed extent */

/* Unpacks one extent: at most `plain` bytes, behind which it is zeros. */
struct fault btrfs_unpack(const struct btrfs *fs, uint8_t method, struct span packed,
			  uint64_t plain, struct sink *out);

#endif
