/* observe.h - node -> facts. Observers see a leaf's bytes once, while they are warm, and the hits
 * of the one pattern pass over them; relate() joins what needs more than one file. */
#ifndef EVENHAND_OBSERVE_OBSERVE_H
#define EVENHAND_OBSERVE_OBSERVE_H

#include "know/know.h"
#include "observe/fact.h"
#include "tree/tree.h"

/* One leaf with its bytes. */
struct scene {
	struct observation *all;
	struct bench *bench; /* this worker's arena */
	struct node *node;
	struct span bytes;
	bool is_text; /* looks_like_text of the first 64 KiB */
	const struct hit *hits; /* of know/'s patterns, in order of their ends */
	uint32_t hit_count;
};

struct observer {
	const char *name;
	void (*look)(struct scene *s);
};

/* Observers, in the order they run on each leaf. */
extern const struct observer *const observers[];
extern const size_t observer_count;

struct observation {
	struct pool *pool;
	struct guard guard;
	struct arena *late; /* worker 0's: for relate() */
	struct tree *tree;  /* set before relate() */
	struct crack *crack; /* password tests under way: observe/password.c */
};

/* The hook for opening.leaf; ctx is the observation. Keeps content that relate() needs (by path;
 * at most 1 MiB each), runs the pattern pass and the observers. */
void observe_leaf(void *ctx, struct bench *b, struct node *n, struct span bytes);

/* After tree_open: waits for the password tests, joins facts, numbers them. Worker 0. */
bool observe_finish(struct observation *o, struct facts *out);

/* Whether an entry's content is wanted by relate() later. */
bool observe_keeps(const struct node *n);

#endif
