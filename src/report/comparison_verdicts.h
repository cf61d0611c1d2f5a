/* comparison_verdicts.h - which checks say something else of the one image than of the other. */
#ifndef EVENHAND_REPORT_COMPARISON_VERDICTS_H
#define EVENHAND_REPORT_COMPARISON_VERDICTS_H

#include "judge/judge.h"

/* One check; its requirements stand in check->requirements (requirement_next reads them). */
struct verdict_change {
	const struct check *check;
	const struct verdict *left, *right; /* NULL: no verdict on that side */
};

/* All changes of outcome or reason, by the check's id. Swapping the sides gives the mirror image.
 * False: no memory. */
bool verdicts_compare(const struct verdict *left, uint32_t left_count, const struct verdict *right,
		      uint32_t right_count, struct arena *a, struct verdict_change **out,
		      uint32_t *count);

#endif
