/* differences.h - inside compare/: from pairs to differences. */
#ifndef EVENHAND_COMPARE_DIFFERENCES_H
#define EVENHAND_COMPARE_DIFFERENCES_H

#include "compare/explain.h"
#include "compare/match.h"

/* The whole of one comparison while it is explained. */
struct explanation {
	struct explaining x; /* left and right are those of the pair at hand */
	const struct matching *m;
	int64_t latest;                 /* a later time proves nothing */
	const struct pair **signatures; /* that stand on one side only */
	uint32_t signature_count;
};

/* Whether it may be the time of a build: not set, or between 1980 and e->latest. */
bool time_is_plausible(const struct explanation *e, int64_t time);

/* Whether a node or what it lies in is damaged, so that what is missing says nothing. */
bool is_damaged(const struct node *n);

/* Mode, owner, attributes, target, device of a pair of entries; times are said for a container at
 * once. */
void explain_metadata(struct explanation *e, const struct pair *p);
void explain_mtimes(struct explanation *e);

/* The own bytes of two containers or streams of one format; false: nothing differs in them. */
bool explain_own(struct explanation *e, const struct node *l, const struct node *r);
/* Of one that has no partner of its format: what must be filled, times, and data of which there is
 * too much to be flags. is_table: it is the device's table of partitions, whose data are its own.
 */
void explain_own_alone(struct explanation *e, const struct node *n, bool is_right, bool is_table);

void explain_gap(struct explanation *e, const struct gap *gap);

/* All differences, in the order of the pairs. */
void explain_all(struct explanation *e);

#endif
