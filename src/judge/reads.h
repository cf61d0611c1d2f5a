/* reads.h - inside judge/: the view of a case that one check gets. */
#ifndef EVENHAND_JUDGE_READS_H
#define EVENHAND_JUDGE_READS_H

#include "judge/check.h"

struct view {
	struct case_file c;
	struct facts facts;
	struct judge_options options;
	struct premises p;
};

/* The case without what the check does not state. False: no memory. */
bool reads_show(const struct case_file *c, const struct premises *p, const struct check *check,
		struct view *v);

#endif
