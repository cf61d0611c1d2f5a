/* squashfs_proof.h - inside format/: what is gathered to prove that the tables of a SquashFS hold
 * nothing but the tree. */
#ifndef EVENHAND_FORMAT_SQUASHFS_PROOF_H
#define EVENHAND_FORMAT_SQUASHFS_PROOF_H

#include "format/own.h"
#include "format/squashfs.h"

#define NO_ROW UINT32_MAX

struct row {
	uint64_t at; /* in the plain inode table */
	uint32_t number, names, subdirs, children, parent;
	enum kind kind;
};

/* What a file has of a fragment. */
struct tail {
	uint32_t fragment;
	uint64_t from, to;
};

struct extent {
	uint64_t at, end;
};

struct proving {
	const struct squash *q;
	const struct listing *l;
	struct arena *arena;
	struct row *rows;
	uint32_t count;
	struct extent *names; /* of directories, in the plain directory table */
	uint32_t name_count;
	bool links_by_subdirs, links_by_children, links_fixed; /* how directories count */
	uint32_t no_offset; /* what files have that are in no fragment */
	bool has_no_offset;
	struct tail *tails; /* of files, in their fragments */
	uint32_t tail_count;
	uint8_t *xattr_used;
	uint64_t *edges; /* where contents begin and end */
	uint32_t edge_count;
};

/* Orders extents for qsort. */
int proof_by_place(const void *a, const void *b);

/* squashfs_proof_arrays.c: each thing that the arrays beside the inodes hold is used by some. */
bool proof_fragments_hold(const struct proving *p);
bool proof_ids_hold(const struct proving *p, struct span table);
bool proof_lookup_holds(const struct proving *p);
bool proof_xattrs_hold(const struct proving *p);

#endif
