/* yaffs.h - inside format/: a YAFFS1 or YAFFS2 while it is read.
 *
 * Pages of NAND flash with their spare bytes, in which each page says what it is: a chunk of an
 * object, 0 for its header, numbered from 1 for its content. Of two pages that say the same one is
 * current: in YAFFS2 blocks carry sequence numbers, and the later block's, then the later page is;
 * in YAFFS1 the older page is marked as deleted, and where the power went before that was done, a
 * serial number of two bits tells.
 *
 * Source: Aleph-One-Ltd/yaffs2 core/yaffs_guts.h, yaffs_packedtags2.c, yaffs_tagscompat.c,
 * yaffs_ecc.c. */
#ifndef EVENHAND_FORMAT_YAFFS_H
#define EVENHAND_FORMAT_YAFFS_H

#include "base/cursor.h"
#include "format/format.h"

/* Objects that are no user's. Between the last two lie the file system's own records: summaries of
 * blocks, a checkpoint. */
enum {
	YAFFS_ROOT = 1,
	YAFFS_UNLINKED = 3,
	YAFFS_DELETED = 4,
	YAFFS_FIRST_OWN = 0x10,
	YAFFS_LAST_OWN = 0x21,
};

enum yaffs_type { YAFFS_FILE = 1, YAFFS_SYMLINK, YAFFS_DIRECTORY, YAFFS_HARDLINK, YAFFS_SPECIAL };

struct yaffs_layout {
	uint32_t page, spare, tags; /* where the tags stand in the spare bytes */
	bool big_tags, big;         /* byte order of tags and of headers: one writer mixes them */
	bool checked;               /* the tags carry check bytes, and these agree */
	bool first;                 /* YAFFS1 */
};

struct yaffs_tags {
	uint32_t sequence, serial, object, chunk, bytes;
	uint32_t type, parent; /* of a header, where its tags repeat them; else 0 */
	bool deleted;
};

struct yaffs_header {
	uint32_t type, parent, mode, uid, gid, mtime, equivalent, device;
	uint64_t size;
	struct span name, alias, more; /* more: behind the fields, attributes */
};

/* What the first pages agree on. */
bool yaffs_layout_of(struct span in, struct yaffs_layout *y);
bool yaffs_tags_at(const struct yaffs_layout *y, struct span in, uint64_t page,
		   struct yaffs_tags *t);
bool yaffs_header_read(struct span page, bool big, struct yaffs_header *h);
/* Pages up to the last that belongs to the file system. */
uint64_t yaffs_pages(const struct yaffs_layout *y, struct span in);

static inline uint64_t yaffs_page_size(const struct yaffs_layout *y)
{
	return (uint64_t)y->page + y->spare;
}

static inline struct span yaffs_page(const struct yaffs_layout *y, struct span in, uint64_t page)
{
	return span_sub(in, page * yaffs_page_size(y), y->page);
}

struct yaffs_chunk {
	uint32_t object, chunk, sequence, serial, page, bytes;
};

/* An object that is in use. */
struct yaffs_object {
	uint32_t id, parent, page; /* page of its header */
	uint32_t first, count;     /* of chunks with its content, in order */
	uint32_t entry;            /* 1 + its entry */
	uint64_t size;
	struct span name;
};

struct yaffs {
	struct span in;
	struct yaffs_layout layout;
	struct arena *arena;
	struct yaffs_chunk *chunks;
	struct yaffs_object *objects, **children; /* by number; by parent and name */
	uint32_t chunk_count, object_count;
};

/* yaffs_tree.c */
void yaffs_tree(struct yaffs *fs, struct listing *l);

#endif
