/* fit.h - inside format/: what fit.c and fit_signature.c share. */
#ifndef EVENHAND_FORMAT_FIT_H
#define EVENHAND_FORMAT_FIT_H

#include "format/fdt.h"
#include "format/format.h"

struct fit_image {
	struct span name;
	uint64_t from, length;
	bool has_data, has_offset, has_position;
	uint64_t offset, position, size;
	struct span algorithm; /* of the hash node that is being read */
	bool digest_holds;     /* a digest that no one can meet by chance */
};

/* Adds the signatures of images (in the order of the tree) and of configurations. */
void fit_signatures(struct listing *l, const struct fdt *t, const struct fit_image *images,
		    size_t count);

#endif
