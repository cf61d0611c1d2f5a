/* survey.h - the first of two openings: what is the same on both sides need not be opened. */
#ifndef EVENHAND_COMPARE_SURVEY_H
#define EVENHAND_COMPARE_SURVEY_H

#include "compare/watch.h"

/* Whether every region that was left alone on one side, because the other image has its bytes at
 * the same place, was left alone on the other as well: one that is cut on one side is not. Else
 * both must be opened without leaving regions alone. */
bool survey_is_even(const struct tree *left, const struct watch *surveyed_left,
		    const struct tree *right, const struct watch *surveyed_right, struct arena *a);

/* Tells the watches of the look which contents two surveyed trees share, so that they are left
 * alone; none where leave_same is false. Their lists live in the
 * arena. False: no memory. */
bool survey_compare(const struct tree *left, const struct watch *surveyed_left,
		    const struct tree *right, const struct watch *surveyed_right, struct arena *a,
		    bool leave_same, struct watch *look_left, struct watch *look_right);

#endif
