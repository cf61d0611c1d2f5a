/* avail.h - inside judge/: what the checks of availability share. */
#ifndef EVENHAND_JUDGE_AVAIL_H
#define EVENHAND_JUDGE_AVAIL_H

#include "judge/check.h"

static inline bool availability_is(const struct availability_fact *f, const char *kind)
{
	return word_is(f->availability_kind, kind);
}

/* Whether there is a root file system of a device. */
bool has_root(const struct ruling *r);

#endif
