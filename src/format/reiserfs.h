/* reiserfs.h - inside format/: an opened ReiserFS.
 *
 * Source: kernel fs/reiserfs/reiserfs.h, xattr.c. All fields are little-endian. Everything is an
 * item of one tree, by key: directory and number of an object, then offset and type. */
#ifndef EVENHAND_FORMAT_REISERFS_H
#define EVENHAND_FORMAT_REISERFS_H

#include "base/names.h"
#include "format/inodes.h"

enum reiser_type { REISER_STAT, REISER_INDIRECT, REISER_DIRECT, REISER_NAMES, REISER_OTHER };

struct reiser_key {
	uint32_t directory, object;
	uint64_t offset;
	enum reiser_type type;
};

struct reiser_leaf {
	struct reiser_key first;
	uint64_t at;
};

struct reiserfs {
	struct span in;
	uint32_t block, blocks, root;
	struct reiser_leaf *leaves; /* by key */
	uint64_t count;
	struct names attributes; /* "OBJECT.GENERATION" to struct reiser_key of a directory */
};

struct reiser_item {
	struct reiser_key key;
	bool is_old; /* as version 3.5 wrote them */
	uint16_t entries;
	uint64_t at;
	struct span bytes;
};

/* Goes through items in order, from the first that is not before a key. */
struct reiser_cursor {
	const struct reiserfs *fs;
	uint64_t leaf;
	uint32_t index;
};

/* reiserfs_tree.c: finds the leaves, each once. */
struct fault reiser_leaves(struct reiserfs *fs, struct listing *l, unsigned height);
void reiser_seek(struct reiser_cursor *c, const struct reiserfs *fs, struct reiser_key from);
bool reiser_next(struct reiser_cursor *c, struct reiser_item *item);
/* The next one, if it is of that object. */
bool reiser_next_of(struct reiser_cursor *c, struct reiser_key of, struct reiser_item *item);

/* reiserfs_data.c */
void reiser_content(const void *state, const struct inode *i, struct pieces *p);
/* Each name of a directory; false from `each` ends it. */
struct fault reiser_each_name(const struct reiserfs *fs, struct reiser_key directory,
			      bool (*each)(void *ctx, struct span name, const uint64_t key[2]),
			      void *ctx);

/* reiserfs_xattr.c */
#define REISER_PRIVATE ".reiserfs_priv"
void reiser_attributes_find(struct reiserfs *fs, struct arena *a);
void reiser_xattrs(const void *state, const struct inode *i, struct arena *a, struct entry *e,
		   uint64_t *left);

/* reiserfs.c */
struct fault reiser_inode(const void *state, const uint64_t key[2], struct inode *i);

#endif
