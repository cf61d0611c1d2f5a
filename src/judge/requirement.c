/* requirement.c - the account of all requirements: each is answered by a check, not evaluable by
 * static means, or left to a person with a sentence that says what to do. */
#include "judge/judge.h"
#include "know/know.h"

static uint8_t answered[MOST_REQUIREMENTS];

void requirements_start(void)
{
	static bool done;
	struct span one;

	if (done)
		return;
	done = true;
	for (size_t i = 0; i < check_count; i++)
		for (size_t at = 0; requirement_next(checks[i]->requirements, &at, &one);) {
			const struct requirement *row = requirement_row(one);

			if (row && row - requirements < MOST_REQUIREMENTS)
				answered[row - requirements] = 1;
		}
}

bool requirement_is_evaluable(const struct requirement *row)
{
	return strcmp(row->evaluable, "no") != 0;
}

bool requirement_is_answered(const struct requirement *row)
{
	requirements_start();
	return row - requirements < MOST_REQUIREMENTS && answered[row - requirements];
}

const char *requirement_by_hand(const struct requirement *row)
{
	if (!requirement_is_evaluable(row))
		return "no image can tell: ask a running device, documents or the manufacturer";
	for (size_t i = 0; i < manual_steps_count; i++)
		if (strcmp(manual_steps[i].catalogue, row->catalogue) == 0 &&
		    strcmp(manual_steps[i].id, row->id) == 0)
			return manual_steps[i].by_hand;
	return requirement_is_answered(row)
		       ? "the rest: ask a running device, documents or the manufacturer"
		       : "no check of this version answers to it";
}
