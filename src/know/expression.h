/* expression.h - inside know/: the exact expressions of a table (PCRE2, multiline). Most of a table
 * never comes near a match: each is compiled by the thread that needs it first. */
#ifndef EVENHAND_KNOW_EXPRESSION_H
#define EVENHAND_KNOW_EXPRESSION_H

#include "base/span.h"

struct expressions {
	void *_Atomic *codes; /* NULL: not compiled yet */
	size_t count;
};

/* Makes room for `count`; once, before threads begin. False: no memory. */
bool expressions_start(struct expressions *e, size_t count);

/* Matches expression i, which `pattern` is, in text from `from` on, with a limit on steps. Gives
 * the number of groups with the whole match, 0 or less where it does not match. */
int expression_match(struct expressions *e, size_t i, const char *pattern, struct span text,
		     size_t from, uint32_t options);

/* Of this thread's latest match: what a group holds, empty where it is not set; where it ends. */
struct span expression_group(struct span text, int group);
size_t expression_end(void);

#endif
