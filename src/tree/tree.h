/* tree.h - image -> tree of nodes: search, settle, tile, descend (DESIGN.md 4). Runs on the pool;
 * hands every leaf to the observer while its bytes are warm. */
#ifndef EVENHAND_TREE_TREE_H
#define EVENHAND_TREE_TREE_H

#include "base/pool.h"
#include "tree/node.h"

struct budget {
	uint32_t depth;   /* nesting of containers */
	uint64_t entries; /* nodes in all */
	uint64_t bytes;   /* plain bytes in all; 0: 1 GiB + 256 times the image, at most 64 GiB */
	uint64_t content; /* plain bytes of one content */
};

extern const struct budget default_budget;

/* What the journal is told before a parser or observer runs on a node, and after; calls nest.
 * `what` is a format's or observer's name. All may be NULL. */
struct guard {
	void *ctx;
	/* `key`: node_key(n). False: this pair is quarantined and must not run. */
	bool (*enter)(void *ctx, unsigned worker, const struct node *n, uint64_t key,
		      const char *what);
	void (*leave)(void *ctx, unsigned worker);
};

/* One worker's own memory, in which observers keep what they find. */
struct bench {
	unsigned worker;
	struct arena *arena;
	struct worker *owner; /* of the tree; NULL: nothing is counted */
};

struct opening {
	struct pool *pool;
	struct spill *spill;
	struct budget budget;
	struct guard guard;
	/* Called once for each leaf with content: a file, or a region in which nothing further was
	 * found; by any worker, before the bytes are let go. May append facts and `kept` to n. */
	void (*leaf)(void *ctx, struct bench *b, struct node *n, struct span bytes);
	/* Called for each container that carries signatures, listed, with its bytes at hand. May be
	 * NULL. */
	void (*signatures)(void *ctx, struct bench *b, struct node *n, const struct listing *l);
	/* Queued before anything else, as later work (digests of the image). May be
	 * NULL. */
	void (*before)(void *ctx, unsigned worker);
	void *before_ctx;
	void *ctx;
	/* For extract and compare, with watch_ctx; each may be NULL. */
	void *watch_ctx;
	/* Called for each content, container or leaf. */
	void (*content)(void *ctx, struct bench *b, struct node *n, struct span bytes);
	/* Called for each container, listed, with its bytes at hand. */
	void (*listed)(void *ctx, struct bench *b, struct node *n, const struct listing *l);
	/* Asked before an entry's content is unpacked; false: it is left alone, has no digest and
	 * nothing below it. */
	bool (*wants)(void *ctx, struct bench *b, struct node *n, const struct listing *l,
		      const struct entry *e);
	/* Asked before a stream is unpacked, and told what came out of one without a fault: an
	 * opening of the same image before this one may have unpacked the same bytes. The plain
	 * bytes recalled outlive the opening. */
	bool (*recall)(void *ctx, const struct format *f, struct span packed, struct span *plain,
		       uint64_t *used);
	void (*remember)(void *ctx, const struct format *f, struct span packed, struct span plain,
			 uint64_t used);
	/* As again, below. */
	void (*watch_again)(void *ctx);
	/* Another image: regions that it has at the same place, byte for byte, are left alone.
	 * Regions of the image itself get no digest when `undigested`. */
	struct span other;
	bool undigested;
	/* The digests of the image and of a region at its start end as idle work: they are there
	 * after the caller's pool_idle_end. */
	bool digest_idle;
	/* Progress, read by another process: plain bytes and entries seen so far. Never NULL. */
	_Atomic uint64_t *bytes_done, *nodes_done, *nodes_known;
	/* The limits were met in parallel and everything begins anew, in order: forget what leaf()
	 * was told so far. May be NULL. */
	void (*again)(void *ctx);
	bool explain; /* keep refused candidates for tree --explain */
};

/* A candidate that did not become a node, and why. */
struct refusal {
	struct refusal *next;
	const struct node *node; /* in whose content */
	uint64_t offset;
	const struct format *format;
	struct fault fault; /* FAULT_NONE: it overlapped with a better one */
};

struct tree {
	struct node *image; /* the root */
	uint32_t count;
	struct node **nodes; /* in tree order; nodes[id] */
	struct refusal *refusals;
	struct arena *arenas; /* one a worker */
	unsigned workers;
};

/* Opens an image whose bytes stay mapped until tree_free. `directory`: NULL. False when the machine
 * has no memory. */
bool tree_open(struct tree *t, struct opening *o, struct span image);
void tree_free(struct tree *t);

/* Bytes of contents that are kept in all, beside nodes and facts. */
#define KEPT_IN_ALL (64ull << 20)

/* For opening.leaf: keeps the content in n->kept. Where the whole image's contents would be more
 * than KEPT_IN_ALL it is not kept, and the limit is a fault of n. */
void leaf_keep(struct bench *b, struct node *n, struct span bytes);

/* For opening.leaf: what went wrong with the node that it was called for. */
void leaf_fault(struct arena *a, struct node *n, struct fault f);

#endif
