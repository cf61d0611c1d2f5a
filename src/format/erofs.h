/* erofs.h - inside format/: EROFS. Source: kernel fs/erofs/erofs_fs.h, zmap.c; erofs-utils. */
#ifndef EVENHAND_FORMAT_EROFS_H
#define EVENHAND_FORMAT_EROFS_H

#include "base/cursor.h"
#include "base/hash.h"
#include "format/format.h"

/* Of the incompatible features. */
enum {
	EROFS_ZERO_PADDING = 0x1, /* packed data end with their block, zeros stand before */
	EROFS_FRAGMENTS = 0x20,
	EROFS_KNOWN = 0x7f,
};

enum erofs_layout { EROFS_PLAIN, EROFS_FULL, EROFS_INLINE, EROFS_COMPACT, EROFS_CHUNKS };

struct erofs {
	struct span in;
	uint32_t block_bits, blocks, compat, incompat, build_ns;
	uint64_t block, root, build, meta, xattrs; /* places in bytes; root by number */
	uint64_t prefixes,
		packed_number; /* of long names of attributes; of the inode of fragments */
	uint32_t prefix_count;
	struct span name;
	struct span packed; /* content of that inode */
	struct fault packed_fault;
};

struct erofs_inode {
	uint64_t number, at, size;
	uint32_t mode, uid, gid, links, raw, mtime_ns;
	int64_t mtime;
	enum erofs_layout layout;
	uint64_t xattr_at, xattr_size; /* behind the inode itself */
	uint64_t data_at;              /* behind these */
};

struct fault erofs_super(struct span in, struct erofs *fs);
/* Unpacks what files share: an inode with their ends, or with all of them. */
void erofs_packed_read(struct erofs *fs, struct arena *a);
struct fault erofs_inode_read(const struct erofs *fs, uint64_t number, struct erofs_inode *i);

/* Where the content stands as it is; false when it is in pieces or packed. */
bool erofs_in_one_piece(const struct erofs *fs, const struct erofs_inode *i, uint64_t *at);

struct fault erofs_content(const struct erofs *fs, const struct erofs_inode *i, struct sink *out);

/* A packed cluster, as far as one extent uses it. */
struct erofs_part {
	uint64_t at;                  /* of the packed bytes */
	uint64_t from, length, plain; /* in the content; what the cluster holds, 0: not known */
	uint8_t rest[SHA256_SIZE];    /* of what it holds behind `length` */
};

/* Noted while a content is unpacked, for own(). */
struct erofs_packing {
	void (*piece)(void *ctx, uint64_t at, uint64_t length); /* bytes of the content, packed */
	void (*fragment)(void *ctx, uint64_t from, uint64_t length); /* of the shared inode */
	void (*part)(void *ctx, const struct erofs_part *p);
	void *ctx;
	uint64_t from, to; /* the header of the index, and the index */
	uint64_t blocks;   /* of all extents that have a place */
	bool is_exact;     /* every bit of the index follows from the extents */
};

/* Of the packed layouts; p may be NULL. */
struct fault erofs_unpack(const struct erofs *fs, const struct erofs_inode *i,
			  struct erofs_packing *p, struct sink *out);
/* Where a content stands that is not packed; false for others. */
bool erofs_stored(const struct listing *l, const struct entry *e, struct storage *s);
void erofs_own(const struct listing *l, struct own_list *out);

struct erofs_budget {
	uint64_t plain;     /* bytes that all contents may still unpack to */
	uint64_t directory; /* bytes of directories that may still be read */
	uint64_t xattrs;    /* bytes of attributes that may still be given */
};

/* Whether long prefixes stand in the image itself, not in the inode that files share. */
bool erofs_prefixes_are_plain(const struct erofs *fs);
/* The filter that belongs to an entry's attributes: a bit less for the hash of each name. */
uint32_t erofs_xattr_filter(const struct entry *e);
/* Fills the entry's attributes; a fault goes to the entry. */
void erofs_xattrs(const struct erofs *fs, const struct erofs_inode *i, struct arena *a,
		  struct erofs_budget *b, struct entry *e);

#endif
