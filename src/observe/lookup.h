/* lookup.h - inside observe/: paths that are followed while files are joined. Each costs as much as
 * there are entries: an image full of links must not hold the scan up. */
#ifndef EVENHAND_OBSERVE_LOOKUP_H
#define EVENHAND_OBSERVE_LOOKUP_H

#include "tree/tree.h"

struct lookups {
	struct arena *a;
	const char *what; /* "paths of web servers followed" */
	uint64_t left;
};

struct lookups lookups_in(const struct tree *t, struct arena *a, const char *what);

/* NULL: it leads to nothing, or too many were followed, which is said where that began. */
const struct node *follow(struct lookups *l, const struct node *from, struct span path);

#endif
