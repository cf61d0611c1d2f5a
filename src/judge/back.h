/* back.h - inside judge/: what the checks of published indicators share. No sentence says more than
 * that a value stands there, and where it was published: intent is outside the evidence. */
#ifndef EVENHAND_JUDGE_BACK_H
#define EVENHAND_JUDGE_BACK_H

#include "judge/check.h"
#include "know/know.h"

#define BACK_DOES_NOT_PROVE "intent, authorship, or use; absence of ways in that nobody published"

bool indicator_is_of(const struct indicator_fact *f, enum indicator_topic topic);
/* Whether a published value of the kinds (globs) that has no other known use stands within the
 * bytes of another fact. */
bool indicator_stands_in(const struct ruling *r, const char *kinds, const struct fact *in);

#define TOPIC_ANY (-1)

/* Indicators of the kinds (globs) and the topic: a value that has no other known use fails, unless
 * the file only speaks of it. Says which, and where it was published. */
void rule_indicators(struct ruling *r, const char *kinds, int topic);

/* The first fact of that kind that lies in the node, by its position in the list; the list's length
 * if there is none. Those that lie there follow one another. */
uint32_t first_fact_in(const struct ruling *r, enum fact_kind kind, const struct node *n);

/* Whether a program is static, so that what it calls is not told. */
bool hides_calls(const struct executable_fact *x);

/* "no program was found", not applicable, unless there is one. */
bool has_programs(struct ruling *r);

#endif
