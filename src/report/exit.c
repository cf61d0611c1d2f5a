/* exit.c - the exit code of DESIGN.md 8. */
#include "report/report.h"

static bool counts(const struct verdict *v, const char *fail_on)
{
	bool reviews = fail_on && strcmp(fail_on, "review") == 0;

	return !v->exception && v->outcome <= (reviews ? OUTCOME_REVIEW : OUTCOME_FAIL);
}

int report_exit(const struct report *r, const char *fail_on)
{
	bool failed = false, open = false;

	for (uint32_t i = 0; i < r->verdict_count; i++) {
		const struct verdict *v = &r->verdicts[i];

		failed |= counts(v, fail_on);
		open |= v->outcome == OUTCOME_NOT_EVALUABLE && reason_of_image(v->reason);
	}
	if (failed)
		return fail_on && strcmp(fail_on, "never") == 0 ? 0 : 1;
	return open ? 3 : 0;
}
