/* engine.h - inside tree/: what the steps of opening share. */
#ifndef EVENHAND_TREE_ENGINE_H
#define EVENHAND_TREE_ENGINE_H

#include <stdatomic.h>

#include "base/names.h"
#include "base/pool.h"
#include "base/text.h"
#include "tree/search.h"
#include "tree/tree.h"

#define MOST_DEPTH 64 /* of --max-depth; one sink a level */

struct worker {
	struct engine *engine;
	unsigned id;
	struct arena arena; /* nodes, names, facts: until the end of the scan */
	struct sink sinks[MOST_DEPTH + 2];
	struct pattern_scratch *scratch;
	struct refusal *refusals;
};

struct engine {
	struct opening *o;
	struct worker *workers;
	/* Limits that count over the whole image are exact only when one worker goes in one order.
	 * So the first run, parallel, merely notices that a limit was met (`over`) and gives up;
	 * the second, serial, meets it at the same place whatever the number of threads. */
	bool serial;
	_Atomic bool over;
	_Atomic uint64_t entries, bytes, kept;
	uint64_t most_bytes;
	struct span image;
};

/* A part of some content that became, or will become, a node. */
struct piece {
	uint64_t offset, len;
	const struct format *format;
	struct found found;
	enum state state;
	uint32_t entropy;
	const char *label;
	struct span name; /* from a partition table or FIT; empty */
	struct node *
		node; /* a stream: opened while searching, because only its decoder knows its end */
};

struct pieces {
	struct piece *p;
	size_t n, room;
	struct arena *arena;
};

struct piece *pieces_add(struct pieces *ps, const struct piece *piece);

/* What kind of bytes a content is, which decides how it is searched. */
enum space_kind {
	SPACE_IMAGE, /* searched everywhere */
	SPACE_PART,  /* a stream's content, a listed region: may be one raw object as a whole */
	SPACE_FILE,  /* identified at its start; searched when its kind stays unknown */
};

struct space {
	struct worker *w;
	struct node *node; /* whose content it is */
	struct span bytes; /* all of the content */
	uint64_t from, to; /* the part to search */
	enum space_kind kind;
	unsigned level;
	bool owned;   /* gaps are the container's own bytes, and no object fills it as a whole */
	uint64_t key; /* node_key(node): space_tile sets it, as many formats are tried */
};

/* Settles what stands in the space and tiles [from, to) exactly with pieces, in order. */
void space_tile(struct space *s, struct pieces *out);

/* Splits a stretch in which no format was found: padding, text, unknown, encrypted. */
void gap_tile(const struct space *s, uint64_t from, uint64_t to, struct pieces *out);

/* How bytes that are nothing known are hidden, as a label; NULL: not in a way that shows. */
const char *masked_as(struct span s);

/* True when bytes look like the output of a cipher: flat histogram, no repeated block. */
bool looks_encrypted(struct span bytes, uint32_t *entropy);

/* -- nodes -- */
struct node *node_new(struct worker *w, struct node *parent, enum kind kind);
void node_link(struct node *parent, struct node *child);
void node_fault(struct worker *w, struct node *n, struct fault f);
/* Counts an entry among those of its path. */
void node_enter(struct names *paths, struct node *n);
/* A hard link repeats what its first name has; false where that is no file. */
bool node_join(struct node *n, struct node *first);
/* A region's node, not linked yet. */
struct node *region_new(struct worker *w, struct node *parent, const struct piece *piece);

/* Whether the other image that the opening names has the same bytes at the same place. */
bool is_in_other(const struct worker *w, struct span bytes);
/* Gives a listing to whoever asked for it. */
void show_listing(struct worker *w, struct node *n, const struct listing *l);

/* Opens a content: hash, identify, descend, hand to the observer. */
void open_content(struct worker *w, struct node *n, struct span bytes, enum space_kind kind,
		  unsigned level);
/* Opens a region whose format is known; `parent`: all bytes of the content it lies in. */
void open_region(struct worker *w, struct node *n, struct span parent, unsigned level);
/* Decodes a stream whose start is sure; gives its compressed length, 0 when it is none. */
uint64_t open_stream(struct worker *w, struct node *n, const struct found *found, struct span space,
		     unsigned level);
/* The entries of a container: nodes first, then the contents. */
void open_entries(struct worker *w, struct node *container, struct listing *l, unsigned level);
void open_walk(struct worker *w, struct node *container, struct listing *l, unsigned level);
/* An archive that holds images of containers: shows each with its layers merged. `paths` leads to
 * the members, all of which are opened. */
void merge_layers(struct worker *w, struct node *container, const struct listing *l,
		  struct names *paths);
/* Blobs of OCI images that are not what their names say become faults of theirs. Once all digests
 * are there. */
void check_blobs(struct worker *w, struct tree *t);

/* "cap_net_raw+ep" of a security.capability value (linux/capability.h, vfs_cap_data 1 to 3). */
struct span capability_text(struct arena *a, struct span value);

/* -- guards and budgets: enter and leave nest -- */
bool guard_enter(struct worker *w, const struct node *n, const char *what);
/* The same where node_key(n) is known. */
bool guard_enter_key(struct worker *w, const struct node *n, uint64_t key, const char *what);
void guard_leave(struct worker *w);
/* Charge what n lists or unpacks to the whole image's budget; when that is used up, false, and the
 * limit is a fault of n. */
bool may_list(struct worker *w, struct node *n, uint64_t count);
bool may_open(struct worker *w, struct node *n, uint64_t bytes);
uint64_t content_limit(const struct engine *e);
void refuse(struct worker *w, const struct node *n, uint64_t offset, const struct format *f,
	    struct fault why);
/* How many workers share a loop: one when the engine is serial. */
size_t engine_threads(const struct worker *w);
/* Runs a loop on the pool, or in order when the engine is serial. */
void engine_each(struct worker *w, size_t n, void (*each)(void *ctx, unsigned worker, size_t i),
		 void *ctx);

#endif
