/* form.h - inside compare/: texts that a build puts into a program and that mean nothing to it:
 * when and where it was built, by whom. Only what has the whole form counts; a text that a program
 * might act on (a time without a date, an address of mail, a file it opens) has none. */
#ifndef EVENHAND_COMPARE_FORM_H
#define EVENHAND_COMPARE_FORM_H

#include "compare/compare.h"

struct form {
	enum cause cause; /* CAUSE_TIMESTAMP, CAUSE_PATH, CAUSE_BUILDER */
	size_t at, length;
	struct span kept; /* what must be the same on both sides: the name of a source file */
};

/* The form that begins at `at` of s; false when none does. What stands around it counts. */
bool form_at(struct span s, size_t at, struct form *f);

/* The form of one kind that covers byte `at` in both, at the same place and of the same length, and
 * begins at or behind `least`. *tried becomes where looking again is of use. */
bool form_over(struct span left, struct span right, size_t at, size_t least, size_t *tried,
	       struct form *f);

/* The years in which a build is believed. */
#define FIRST_YEAR 1990
#define LAST_YEAR  2040
/* Their seconds since 1970. */
#define FIRST_SECOND 631152000u
#define LAST_SECOND  2240524799u

#endif
