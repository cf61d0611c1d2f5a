/* component.h - inside observe/: what the files of the components observer share. */
#ifndef EVENHAND_OBSERVE_COMPONENT_H
#define EVENHAND_OBSERVE_COMPONENT_H

#include "base/text.h"
#include "observe/lookup.h"
#include "observe/observe.h"

/* What a file is to a component whose banner it holds. Until relate() has made lists of them,
 * nodes.n and linked.n of the fact say which: 1 and 0, 0 and 1, 0 and 0, 0 and 2. */
enum sighting {
	SIGHTING_COPY,    /* the component's own program or library */
	SIGHTING_LINK,    /* a program that loads the component's library */
	SIGHTING_MENTION, /* neither is known: a copy, unless another file is one */
	SIGHTING_HINT,    /* it only says which release another file of it is */
};

#define COMPONENT_BY_NAME "filename" /* as a source: the weakest */

struct evidence_at {
	uint64_t offset, length;
	const char *source; /* of the fact */
};

/* A sighting in one file; NULL when the same was seen there before. An empty version: not known. */
struct component_fact *component_add(struct scene *s, const struct component_rule *r,
				     struct span version, enum sighting what,
				     struct evidence_at at);

/* Components that the file shows by its name, by brief strings that only files of some names may
 * be believed, and by exported variables. */
void components_of_named_file(struct scene *s);

/* Components that a package database lists (dpkg, opkg, apk, rpm). False: it is none. */
bool packages_look(struct scene *s);
bool packages_of_rpm(struct scene *s);
/* A fact of such a list, to be filled. type: "pkg:deb". */
struct component_fact *component_list(struct scene *s, struct evidence_at at, const char *type);
bool component_is_listed(const struct component_fact *c);

#define MOST_DISTRIBUTIONS 64 /* that are kept; of other roots they are read each time */

/* Of each root that was met, what its release file calls the system. */
struct distributions {
	struct lookups l;
	uint32_t n;
	const struct node *root[MOST_DISTRIBUTIONS];
	struct span id[MOST_DISTRIBUTIONS];
};

/* The table's and databases' short forms of package URL and CPE become whole ones. */
void component_identify(struct distributions *d, struct component_fact *c);

/* The first string of at least `least` bytes at or behind *at, which moves behind it; empty at the
 * end. */
struct span string_next(struct span s, uint64_t *at, size_t least, uint64_t *begin);

/* Neighbouring strings around `at`, joined by newlines. *from: where the first begins. */
void strings_join(struct span s, uint64_t at, struct text *t, uint64_t *from);

#endif
