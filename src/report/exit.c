/* exit.c - the exit code of DESIGN.md 8. */
#include "report/report.h"

int report_exit(const struct report *r)
{
	bool open = false;

	for (uint32_t i = 0; i < r->verdict_count; i++) {
		const struct verdict *v = &r->verdicts[i];

		if (v->outcome == OUTCOME_FAIL && !v->exception)
			return 1;
		open |= v->outcome == OUTCOME_NOT_EVALUABLE && reason_of_image(v->reason);
	}
	return open ? 3 : 0;
}
