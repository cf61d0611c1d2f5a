/* match.h - inside compare/: which nodes of two trees belong together. */
#ifndef EVENHAND_COMPARE_MATCH_H
#define EVENHAND_COMPARE_MATCH_H

#include "compare/watch.h"

enum relation {
	PAIR_SAME,     /* the same content */
	PAIR_OTHER,    /* another content */
	PAIR_REPACKED, /* regions of other formats that hold the same kind of thing */
	PAIR_LEFT,     /* only there */
	PAIR_RIGHT,
	PAIR_WRAPPING, /* only there, around what is paired */
	PAIR_TAKEN,    /* the right side of a moved file, which another pair has */
	PAIR_FEWER,    /* of a release: in the dump, but not in each copy */
	PAIR_CARRIER,  /* of a dump or its release: what was taken away around the parts */
};

/* Which side is a flash dump of a device that runs the other. */
enum dump { DUMP_NONE, DUMP_LEFT, DUMP_RIGHT };

struct pair {
	const struct node *left, *right;       /* NULL: not on this side */
	const struct node *in_left, *in_right; /* what they lie in */
	enum relation relation;
	bool moved;   /* to another path */
	bool is_torn; /* the same but for bad blocks of a dump */
	bool is_leaf; /* what was found inside does not correspond: compared as bytes */
};

/* Regions without a format between two that have one; either side may have none. */
struct gap {
	const struct node *in_left, *in_right;
	const struct node **left, **right;
	uint32_t left_count, right_count;
};

struct matching {
	struct arena *arena;
	const struct watch *left, *right;
	struct pair *pairs;
	uint32_t pair_count, pair_room;
	struct gap *gaps;
	uint32_t gap_count, gap_room;
	uint32_t entries_left, entries_right; /* files, directories, links ... */
	uint32_t entries_paired, entries_same;
	enum dump dump;
	uint64_t steps; /* entries that were held against each other */
	bool lost;      /* no memory */
};

/* Pairs everything of two trees, whose roots differ. False: no memory. */
bool match_trees(struct matching *m, const struct node *left, const struct node *right);

/* -- inside -- */
struct pair *match_add(struct matching *m, const struct node *left, const struct node *right,
		       const struct node *in_left, const struct node *in_right,
		       enum relation relation);
/* What lies in the two nodes of a pair. */
void match_inside(struct matching *m, uint32_t pair);
/* The entries of two containers. */
void match_entries(struct matching *m, const struct node *left, const struct node *right);
/* The regions of two contents. Gives how many were paired. */
uint32_t match_regions(struct matching *m, const struct node *left, const struct node *right);
/* One region of each side. */
void match_region(struct matching *m, const struct node *l, const struct node *r,
		  const struct node *in_l, const struct node *in_r);
/* The same, in wrappings of other formats around the same kind of thing. */
void match_repacked(struct matching *m, const struct node *l, const struct node *r,
		    const struct node *in_l, const struct node *in_r);
/* What a region is wrapped around: through streams and headers with one part. */
const struct node *unwrapped(const struct node *n);
/* How many paths the entries of two containers share, and how many each has. */
uint32_t common_paths(struct matching *m, const struct node *left, const struct node *right,
		      uint32_t *left_count, uint32_t *right_count);
struct gap *gap_add(struct matching *m, const struct node *left, const struct node *right);
/* Pairs what was left over by equal content, then by similar content. */
void match_moved(struct matching *m);

/* All entries of a container by path; *count of them. NULL: no memory. */
const struct node **entries_of(struct arena *a, const struct node *container, uint32_t *count);
bool is_stream(const struct node *n);
/* Whether it is one, and of entries. */
bool has_entries(const struct node *n);

#endif
