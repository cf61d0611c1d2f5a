/* tar.h - inside format/: headers and records of tar archives. */
#ifndef EVENHAND_FORMAT_TAR_H
#define EVENHAND_FORMAT_TAR_H

#include "base/cursor.h"
#include "base/text.h"
#include "format/format.h"

#define TAR_BLOCK 512

struct tar_header {
	struct span name, prefix, link;
	uint64_t mode, uid, gid, size;
	int64_t mtime;
	uint64_t major, minor;
	uint8_t type;
	bool gnu; /* its own magic: no prefix; sparse map in the header */
};

/* The header at `at`; a wrong checksum is FAULT_BROKEN, a block of zeros FAULT_UNKNOWN. */
struct fault tar_header_read(struct span in, uint64_t at, struct tar_header *h);
bool tar_looks_like_v7(struct span in);
/* Behind the closing zero blocks, or where the chain of headers breaks. */
uint64_t tar_end(struct span in);
/* Blocks of an old GNU sparse map that stand between a header and its content at `data`. */
uint64_t tar_map_blocks(struct span in, uint64_t data);

/* What pax records and GNU long names say of the next member. */
struct tar_extra {
	struct span path, link, size, mtime, uid, gid, sparse_name, sparse_size, sparse_map;
	uint32_t sparse_major, sparse_minor;
	bool has_sparse_version;
	struct xattr *xattrs;
	uint32_t xattr_count, xattr_room;
	struct text old_map; /* GNU.sparse 0.0: pairs collected as text of format 0.1 */
};

/* Reads the records of one pax header. */
void tar_pax_read(struct arena *a, struct span records, struct tar_extra *x);

struct tar_piece {
	uint64_t at, length; /* in the plain content */
};

/* A sparse file: its pieces follow each other in the archive. */
struct tar_sparse {
	struct tar_piece *pieces;
	uint32_t count;
	uint64_t size;
};

/* Reads the map of a sparse member of any dialect; *data moves behind a map that stands in the
 * content. NULL when it is none or broken. */
struct tar_sparse *tar_sparse_read(struct arena *a, struct span in, uint64_t header,
				   const struct tar_header *h, const struct tar_extra *x,
				   uint64_t *data, uint64_t *stored);

struct fault tar_list(struct listing *l);
struct fault tar_load(const struct listing *l, const struct entry *e, struct sink *out);
/* -- tar_own.c -- */
void tar_own(const struct listing *l, struct own_list *out);
bool tar_stored(const struct listing *l, const struct entry *e, struct storage *out);

#endif
