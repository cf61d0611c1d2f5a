/* fact_item.h - a fact as it is told from others: what names it, where it stands where that counts,
 * and what else is said of it. */
#ifndef EVENHAND_COMPARE_FACT_ITEM_H
#define EVENHAND_COMPARE_FACT_ITEM_H

#include "base/text.h"
#include "compare/facts.h"

struct item {
	struct span key;   /* of the fields that name it */
	struct span place; /* where it counts: "/opt/a.tar!/bin/b"; regions do not show */
	struct span value; /* of all other fields that are compared */
	uint32_t nth;      /* of several that say the same in one file, where the place counts */
	const struct fact *fact;
};

struct items {
	struct item *p; /* by key, place, value; what says the same in several files, once */
	uint32_t n;
};

/* What is compared of two images. */
struct comparing {
	struct arena *arena;
	struct text scratch;
	bool values; /* secrets' values are known on both sides */
	bool lost;   /* no memory: something is missing */
};

/* Whether a fact that stands elsewhere, in a file of the same content, only moved. */
bool item_moves(enum fact_kind kind);

/* All of that kind. */
struct items items_of(struct comparing *c, const struct facts *f, enum fact_kind kind);

/* Key, then place: 0 for what is one thing. */
int item_compare(const struct item *a, const struct item *b);
/* Then the value and the number. */
int item_compare_all(const struct item *a, const struct item *b);

/* The thing's name for people, of what both sides say (the same fact twice: all). */
struct span item_name(struct comparing *c, const struct item *a, const struct item *b);

/* The fields that are compared, one after the other; NULL behind the last. */
const struct field *item_field(enum fact_kind kind, size_t *at);

/* The paths of the entries that a node lies in, from the outermost. */
struct span place_of(struct comparing *c, const struct node *n);

/* -- fact_text.c -- */
/* A field so that equal bytes are equal values. */
void fact_value(struct comparing *c, const struct fact *f, const struct field *field);
/* The same for people, appended to the scratch; false: null, and nothing was appended. */
bool fact_text(struct comparing *c, const struct fact *f, const struct field *field);
/* A list in order, each once. */
struct spans spans_sorted(struct comparing *c, struct spans list);
/* Of a what b has not; both as spans_sorted gives them. */
struct spans spans_without(struct comparing *c, struct spans a, struct spans b);
/* Parted by ", ". */
struct span spans_joined(struct comparing *c, struct spans list);
/* What the scratch holds, kept; the scratch is empty then. */
struct span scratch_kept(struct comparing *c);

/* -- fact_component.c -- */
/* Writes what changed, by name; gives how many. */
uint32_t components_compare(struct comparing *c, const struct facts *left,
			    const struct facts *right, struct fact_change *to);

#endif
