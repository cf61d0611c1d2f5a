/* object.h - inside judge/: what the checks of executables share. */
#ifndef EVENHAND_JUDGE_OBJECT_H
#define EVENHAND_JUDGE_OBJECT_H

#include "judge/check.h"

bool object_is_judged(const struct executable_fact *x);
bool object_is_library(const struct executable_fact *x);
/* Whether it calls a function of one of the names (globs), of those that tell what a program does.
 */
bool object_calls(const struct executable_fact *x, const char *names);
uint32_t object_count(const struct ruling *r);
typedef enum outcome object_rule(const struct ruling *r, const struct executable_fact *x);

/* Applies a rule to every object and files it under its outcome; how many the rule applied to. */
uint32_t object_each(struct ruling *r, object_rule *rule);
/* "... 3 of 40 objects", where any was filed under the outcome. */
void object_says(struct ruling *r, enum outcome o, uint32_t of, const char *what);
/* The outcomes that are left: not evaluable for want of symbols, passed, not applicable. */
void object_passed(struct ruling *r, uint32_t of);

#endif
