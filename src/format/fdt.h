/* fdt.h - inside format/: a bounded walk over flattened device trees (Devicetree Specification 0.4,
 * chapter 5), for dtb.c and fit.c. */
#ifndef EVENHAND_FORMAT_FDT_H
#define EVENHAND_FORMAT_FDT_H

#include "base/cursor.h"
#include "base/fault.h"

#define FDT_DEEPEST 16

struct fdt {
	struct span in; /* totalsize bytes */
	struct span structure, strings;
	uint32_t total, version;
};

/* Reads and checks the header; `in` may go on behind the tree. */
struct fault fdt_open(struct span in, struct fdt *t);

enum fdt_event { FDT_BEGIN, FDT_END, FDT_PROPERTY, FDT_DONE, FDT_BROKEN };

struct fdt_step {
	enum fdt_event event;
	unsigned depth;    /* of the node that the event belongs to; the root has 1 */
	struct span name;  /* of the node or property */
	struct span value; /* of a property */
	uint64_t offset;   /* of the value in the tree's bytes */
	uint64_t from, to; /* of the whole token in the tree's bytes */
	uint64_t nops;     /* bytes of empty tokens right before it */
};

struct fdt_walk {
	const struct fdt *tree;
	struct cursor at;
	unsigned depth;
	uint32_t steps;
};

void fdt_begin(const struct fdt *t, struct fdt_walk *w);
struct fdt_step fdt_next(struct fdt_walk *w);

/* A text value without its NUL. */
struct span fdt_text(struct span value);

#endif
