/* hfsplus.h - inside format/: an opened HFS+ or HFSX.
 *
 * Source: Apple Technical Note TN1150, "HFS Plus Volume Format". All fields are big-endian. Names,
 * extents and attributes stand in trees, whose leaves are gone through once. */
#ifndef EVENHAND_FORMAT_HFSPLUS_H
#define EVENHAND_FORMAT_HFSPLUS_H

#include "base/names.h"
#include "format/inodes.h"

#define HFS_EXTENTS 8u  /* of a fork in its first record */
#define HFS_FORK    80u /* bytes of one */
#define HFS_ROOT    2

enum { HFS_FOLDER = 1, HFS_FILE = 2 };

struct hfs_record {
	uint32_t id; /* of the parent, or of the file that it belongs to */
	uint32_t order;
	struct span key, data; /* the key without its length */
	bool is_linked;        /* the file that hard links lead to: one of them was met */
};

/* Records of one tree, by id, those of one id in the order of the tree. */
struct hfs_records {
	struct hfs_record *p;
	uint32_t count, room;
};

struct hfsplus {
	struct span in, header;
	uint32_t block, blocks;
	struct hfs_records extents, catalog, attributes;
	uint32_t links;      /* the hidden folder of files that have several names; 0: none */
	struct names linked; /* their numbers to 1 + the place of the record */
	bool has_unlinked;   /* some have no name any more */
};

/* The content of a fork: which file, where its first extents stand, which of its two forks. */
struct hfs_fork {
	uint32_t file;
	uint8_t type; /* as in the tree of extents: 0 data, 0xff resources */
	struct span bytes;
};

/* hfsplus_tree.c */
void hfs_content(const struct hfsplus *fs, const struct hfs_fork *f, struct pieces *p);
/* Reads the leaves of the tree that stands in a fork of the volume's header. */
struct fault hfs_tree(struct hfsplus *fs, struct listing *l, struct hfs_fork f,
		      struct hfs_records *to);
/* The first record of that id; count where there is none. */
uint32_t hfs_first(const struct hfs_records *r, uint32_t id);

/* hfsplus_xattr.c */
void hfs_xattrs(const void *state, const struct inode *i, struct arena *a, struct entry *e,
		uint64_t *left);

/* Names: UTF-16, big-endian, as UTF-8. */
struct span hfs_name(struct arena *a, struct span units);

#endif
