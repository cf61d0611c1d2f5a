/* squashfs.h - inside format/: one opened SquashFS of any version and byte order. Versions differ
 * in how a superblock, an inode and a directory are laid out (squashfs_super.c, squashfs_v4.c,
 * squashfs_v3.c); everything above sees the structures below. */
#ifndef EVENHAND_FORMAT_SQUASHFS_H
#define EVENHAND_FORMAT_SQUASHFS_H

#include "base/cursor.h"
#include "codec/codec.h"
#include "format/format.h"

#define SQUASH_METADATA  8192u /* plain bytes of a metadata block */
#define SQUASH_MOST_NAME 256u
#define SQUASH_MOST_RUN  256u /* names that share one header */
#define SQUASH_SUPER_V4  96u  /* bytes of a superblock */
#define NO_TABLE         UINT64_MAX
#define NO_INDEX         UINT32_MAX /* of a fragment, of a set of xattrs */

#define SQUASH_CHECKED 0x04u /* flag of v1 to v3: a byte 0xFF follows each metadata length */

/* The superblock, in the terms of v4. Offsets count from its start. */
struct squash_super {
	bool big;
	bool big_lengths;  /* byte order of metadata block lengths: some v4 tools did not swap them
			    */
	bool used_as_time; /* AVM: the size stands where the time should be */
	unsigned major, minor;
	uint32_t inodes, block_size, fragments, ids, guids, flags, codec;
	uint64_t root, used;
	uint64_t id_table, guid_table, xattr_table, inode_table, directory_table, fragment_table,
		lookup_table;
};

/* How blocks were packed. `decode` makes at most `most` plain bytes. A method that stores no size
 * (`bare`) must be told the exact one, or PLAIN_UNKNOWN to go on to an end mark. */
struct squash_packing {
	const struct squash_method *method;
	uint32_t skip;               /* a bare stream with no header: where it begins, */
	struct lzma_properties lzma; /* and its properties */
};

struct squash_method {
	const char *name;
	bool bare;
	struct decoded (*decode)(const struct squash_packing *p, struct span in, uint64_t most,
				 struct sink *out);
};

/* A chain of metadata blocks, decoded once. References give a block's offset from the chain's start
 * and a byte in its plain content, which may run on into the next. */
struct squash_block {
	uint64_t at; /* offset from the chain's start, as references count */
	uint32_t plain;
	bool is_broken; /* zeros stand for its content */
};

struct squash_table {
	struct span plain;
	struct squash_block *blocks;
	uint32_t count;
	bool has_broken;
};

struct squash_fragment {
	uint64_t start;
	uint32_t packed;
	bool is_stored;
	bool is_strange; /* the unused word is used */
};

struct squash_xattrs {
	const struct xattr *list;
	uint32_t count;
	bool is_read;
	struct fault fault;
};

struct squash {
	struct squash_super super;
	struct span image; /* the file system and the padding behind it */
	struct arena *arena;
	uint64_t serial; /* of this listing, in all the process */
	struct squash_packing packing;
	struct squash_table inodes, directories, xattr_table;
	struct span ids, guids; /* 32 bits each, in the image's order */
	struct squash_fragment *fragments;
	uint32_t fragment_count;
	struct span xattr_ids;
	struct squash_xattrs *xattrs; /* one an id */
	uint64_t xattr_budget;
	uint64_t directory_budget; /* bytes of directories that may still be read */
};

/* An inode, in the terms of v4. */
struct squash_inode {
	enum kind kind;
	uint32_t mode, uid, gid, xattr;
	bool has_owner, has_mtime;
	int64_t mtime;
	uint32_t major, minor;
	struct span target;
	/* A file: where its blocks begin, where their list stands; its tail in a fragment. A
	 * directory: where its names stand. */
	uint64_t start, size, list;
	uint32_t fragment, offset;
	/* What the tree does not need: own() looks whether it says what it should. */
	uint32_t number, links, parent, indexes;
	uint64_t sparse; /* bytes in holes */
	bool has_links;  /* v1, v2 and plain files state no number */
	bool is_strange; /* bits that mean nothing are set */
};

struct squash_data_block {
	uint32_t packed; /* bytes in the image; 0: a hole */
	bool is_stored;
};

/* Names of a directory come in runs whose inodes share a metadata block. */
struct squash_run {
	uint32_t left;
	uint64_t block;
	uint32_t number; /* of inodes, from which names count */
};

struct squash_name {
	struct span name;
	uint32_t offset; /* of the inode in the run's block */
	uint32_t type, number;
	enum kind kind;
};

/* -- squashfs_super.c -- */
unsigned squash_super_size(unsigned major);
struct fault squash_read_super(struct span in, struct squash_super *s);
void squash_label(const struct squash_super *s, const char *method, char label[64]);

/* Goes through the packed metadata blocks of a chain, without decoding them. */
struct squash_packed_blocks {
	uint64_t next, end;
	uint64_t at; /* where the present one begins, in the image */
	struct span body;
	bool is_last;
};

/* -- squashfs_codec.c -- */
/* Chooses how blocks are packed: what the superblock says, or else what decodes one of n packed
 * metadata blocks. False when nothing does. */
bool squash_choose(struct squash *q, const struct squash_packed_blocks *b, size_t n);
/* What the superblock alone says. */
const struct squash_method *squash_promised(const struct squash_super *s);
/* Unpacks a block of exactly `plain` bytes, or of at most `most` when plain is PLAIN_UNKNOWN. */
struct fault squash_unpack(const struct squash_packing *p, struct span in, uint64_t plain,
			   uint64_t most, struct sink *out);
/* The same for contents: bytes behind the stream are a fault with this text, where the codec can
 * tell. What was unpacked stays. */
extern const char squash_behind[];
struct fault squash_unpack_all(const struct squash_packing *p, struct span in, uint64_t plain,
			       uint64_t most, struct sink *out);

/* -- squashfs_table.c -- */
/* Decodes the metadata blocks that stand in [from, to). False when nothing could be had. */
bool squash_read_table(struct squash *q, struct listing *l, uint64_t from, uint64_t to,
		       struct squash_table *t);
/* An array of `count` records that stands in metadata blocks, each pointed at by an index of
 * offsets. Empty when it cannot be had. */
struct squash_array {
	const char *what;
	uint64_t index; /* where the index stands */
	uint32_t width; /* bytes of one offset: 4 or 8 */
	uint64_t count;
	uint32_t record; /* bytes of one record */
};
struct span squash_read_array(struct squash *q, struct listing *l, const struct squash_array *a);
bool squash_next_packed(const struct squash *q, struct squash_packed_blocks *b);
/* A metadata block in the image. */
struct squash_place {
	uint64_t next;    /* where the next one begins */
	struct span body; /* as it is stored */
	bool is_stored;
};
struct fault squash_place(const struct squash *q, uint64_t at, struct squash_place *p);
/* Turns a reference into a position in t->plain. False when it points nowhere. */
bool squash_find(const struct squash_table *t, uint64_t block, uint32_t offset, uint64_t *at);
/* No byte of [from, to) was lost. */
bool squash_is_whole(const struct squash_table *t, uint64_t from, uint64_t to);

/* -- squashfs_v4.c, squashfs_v3.c -- */
/* Each reads what c stands on and leaves c behind it; c->ran_out says that bytes were missing. */
struct fault squash_v4_inode(const struct squash *q, struct cursor *c, struct squash_inode *i);
struct squash_run squash_v4_run(const struct squash *q, struct cursor *c);
struct squash_name squash_v4_name(const struct squash *q, struct cursor *c);
struct fault squash_old_inode(const struct squash *q, struct cursor *c, struct squash_inode *i);
struct squash_run squash_old_run(const struct squash *q, struct cursor *c);
struct squash_name squash_old_name(const struct squash *q, struct cursor *c);
/* The kind that types 1 to 7 mean. False for any other. */
bool squash_kind(uint32_t type, enum kind *kind);

/* -- squashfs_inode.c -- */
/* The inode at a position of the plain inode table, of any version. *end: where the cursor left it,
 * behind all but lists. */
struct fault squash_read_whole(const struct squash *q, uint64_t at, struct squash_inode *i,
			       uint64_t *end);
struct fault squash_read_inode(const struct squash *q, uint64_t at, struct squash_inode *i);
/* The user or group that an index names. False when the table does not reach that far. */
bool squash_id(const struct squash *q, struct span ids, uint32_t index, uint32_t *id);
/* Number of data blocks of a file, and how many bytes its fragment adds. */
uint64_t squash_block_count(const struct squash *q, const struct squash_inode *i, uint64_t *tail);
/* How many of them the inode table really lists: none when part of the list was lost. */
uint64_t squash_blocks_listed(const struct squash *q, const struct squash_inode *i);
/* A cursor over that list. */
struct cursor squash_block_list(const struct squash *q, const struct squash_inode *i);
struct squash_data_block squash_next_block(const struct squash *q, struct cursor *c);
/* Whether a file's bytes stand unpacked and in one piece in the image, and where. */
bool squash_stands_plain(const struct squash *q, const struct squash_inode *i, uint64_t *offset);

/* -- squashfs_xattr.c -- */
#define SQUASH_XATTR_ID 16
/* Where the set of xattrs that `reference` names stands in the plain table, and what its names and
 * its values take together. Values that stand elsewhere are noted in `outside`, which the caller
 * gives and the call adds to. False when it cannot be read, or there is no room. */
struct squash_xattr_extent {
	uint64_t at, end, names, values;
	struct byte_range *outside;
	uint32_t count, room;
};
bool squash_xattr_extent(const struct squash *q, uint64_t reference, uint32_t count,
			 struct squash_xattr_extent *x);
void squash_open_xattrs(struct squash *q, struct listing *l);
struct fault squash_read_xattrs(struct squash *q, uint32_t id, struct squash_xattrs *x);

/* -- squashfs_walk.c -- */
void squash_walk(struct squash *q, struct listing *l);

/* -- squashfs_data.c -- */
struct fault squash_load(const struct listing *l, const struct entry *e, struct sink *out);
bool squash_stored(const struct listing *l, const struct entry *e, struct storage *out);

/* -- squashfs_own.c, squashfs_proof.c -- */
void squash_own(const struct listing *l, struct own_list *out);
/* Every byte of the table is what the tree says it is. */
struct squash_proof {
	bool inodes, directories, ids, fragments, lookup, xattrs;
};
struct squash_proof squash_prove(const struct listing *l, struct arena *a);

#endif
