/* rows.h - one row a case: what is put into an image, and how a check ends. The groups that have a
 * file of their own share it. */
#ifndef EVENHAND_TESTS_UNIT_JUDGE_ROWS_H
#define EVENHAND_TESTS_UNIT_JUDGE_ROWS_H

#include "unit/judge/scene.h"

struct row {
	const char *check;
	void (*put)(struct scene_tree *s, struct node *root);
	enum outcome outcome;
};

static inline void rows_judge(struct scene_tree *s, const struct row *row)
{
	struct node *root = scene_begin(s, 1000000, 1000000);

	row->put(s, root);
	scene_judge(s);
}

/* Every row ends as it says, with a sentence that fits. */
static inline void rows_run(const struct row *rows, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct scene_tree s;
		const struct verdict *v;

		rows_judge(&s, &rows[i]);
		v = scene_verdict(&s, rows[i].check);
		if (v->outcome != rows[i].outcome)
			fail_msg("row %zu, %s: %s (%s)", i, rows[i].check, outcome_name(v->outcome),
				 v->says);
		if (!v->says[0] || strlen(v->says) > 66 + strlen("\xe2\x80\xa6") - 1)
			fail_msg("row %zu, %s: \"%s\"", i, rows[i].check, v->says);
		scene_end(&s);
	}
}

static inline bool is_among(const char *id, const char *const *list)
{
	while (list && *list)
		if (strcmp(id, *list++) == 0)
			return true;
	return false;
}

/* Each check of the group, but those that another file tests (ended by NULL), has a row for failure
 * or review, for pass or want of an object, and one that cannot be evaluated. */
static inline void rows_cover(const char *group, const char *const *elsewhere,
			      const struct row *rows, size_t count)
{
	for (size_t i = 0; i < check_count; i++) {
		bool found = false, good = false, open = false;

		if (strcmp(checks[i]->group, group) != 0 || is_among(checks[i]->id, elsewhere))
			continue;
		for (size_t k = 0; k < count; k++) {
			if (strcmp(rows[k].check, checks[i]->id) != 0)
				continue;
			found |= rows[k].outcome <= OUTCOME_REVIEW;
			good |= rows[k].outcome >= OUTCOME_PASS;
			open |= rows[k].outcome == OUTCOME_NOT_EVALUABLE;
		}
		if (!found || !good || !open)
			fail_msg("%s: not all kinds of outcomes are tested", checks[i]->id);
	}
}

#endif
