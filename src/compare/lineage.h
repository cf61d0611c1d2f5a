/* lineage.h - many releases: when each account, key, component, service, listener and endpoint came
 * and went. Of each image only a trace is kept, which names its things; the traces of all images,
 * one behind the other, are then joined. A trace is as hostile as its image. */
#ifndef EVENHAND_COMPARE_LINEAGE_H
#define EVENHAND_COMPARE_LINEAGE_H

#include "base/hash.h"
#include "base/text.h"
#include "observe/fact.h"

struct release {
	uint64_t size;
	uint8_t sha256[SHA256_SIZE];
	bool is_stored;  /* read from a report, not from the image */
	uint64_t opaque; /* bytes of the image that were not understood */
	uint32_t blind;  /* parts, at any depth, that were not */
	/* As the image names itself; empty: it does not. */
	struct span vendor, product, version;
	uint32_t given; /* which argument it was, from 0 */
};

/* Releases one after the other that have a thing, from 0. */
struct run {
	uint32_t first, last;
	bool is_active; /* an account that can log in, a service that is started; all others */
};

struct thing {
	enum fact_kind kind;
	struct span what;    /* "account backup2", as the last release that has it says */
	struct span version; /* of a component; empty: none is known */
	struct span key;
	const struct run *runs;
	uint32_t run_count;
};

struct lineage {
	struct release *releases; /* in the order that is shown */
	uint32_t release_count;
	struct thing *things; /* by kind, then what, then version */
	uint32_t thing_count;
	bool by_version;      /* that is their order; else as they were given */
	uint32_t unversioned; /* why not, where it was asked for: the argument, from 1, that names
				 no version; 0: it was not asked for, or was done */
};

/* The kinds of things, in the order in which they are shown. */
bool lineage_has(enum fact_kind kind);

/* Appends the trace of one image. Version and the like are found in its facts. False: no memory. */
bool lineage_trace(const struct release *head, const struct facts *f, struct arena *a,
		   struct text *out);

/* Joins the traces; texts stay in them. False: they are malformed, or no memory. */
bool lineage_join(struct span traces, bool by_version, struct arena *a, struct lineage *out);

/* Whether every release has it, active throughout or never. */
bool thing_is_constant(const struct thing *t, const struct lineage *l);

#endif
