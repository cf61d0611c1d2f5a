/* facts.h - which facts came, went or changed between two images (DESIGN.md 9). Where a fact stands
 * in its image, its number and its line say nothing: two facts are one by what they name
 * (fact_item.c has the table). Texts are bytes of the images unless said otherwise: they are
 * escaped on their way out. */
#ifndef EVENHAND_COMPARE_FACTS_H
#define EVENHAND_COMPARE_FACTS_H

#include "observe/fact.h"

enum fact_change_kind { FACT_ADDED, FACT_REMOVED, FACT_CHANGED };

/* One field. Of a list a side's text has what only that side has, parted by ", "; of a component's
 * versions and licences all that the side has. */
struct field_change {
	const char *name; /* as in fact_tables; "copies" of a component: in how many files it is */
	bool has_left, has_right; /* false: null, or nothing that the other side has not */
	struct span left, right;
};

struct fact_change {
	enum fact_kind fact_kind;
	enum fact_change_kind kind;
	const struct fact *left, *right; /* NULL: none on that side; of a component the first */
	struct span what;                /* "service telnetd, port 2323, inittab" */
	/* Of a change: what differs. Of a component that came or went too: versions and copies. */
	const struct field_change *fields;
	uint32_t field_count;
};

/* All changes, by kind, then by what. Arrays and texts lie in the arena, facts stay where they
 * are. Swapping the images gives the mirror image. False: no memory. */
bool facts_compare(const struct facts *left, const struct facts *right, struct arena *a,
		   struct fact_change **out, uint32_t *count);

/* Not those of kinds that follow from others, and of what was no secret. */
bool facts_are_compared(enum fact_kind kind);

/* -- calls that are unsafe or safe, as evaluation reports print them -- */

struct call_sets {
	struct spans left, right, added, removed; /* in order of their names, each once */
};

struct calls_row {
	struct span path; /* of an executable; the same path in several places is one row */
	bool is_left, is_right;
	struct call_sets unsafe, safe;
};

/* In how many executables of each side a function is called. */
struct calls_total {
	struct span call;
	bool is_safe;
	uint32_t left, right;
};

struct calls_table {
	struct calls_row *rows; /* by path; only executables that call any */
	uint32_t row_count;
	struct calls_total *totals; /* unsafe ones first, by name */
	uint32_t total_count;
};

/* False: no memory. */
bool calls_compare(const struct facts *left, const struct facts *right, struct arena *a,
		   struct calls_table *out);

#endif
