/* priv.h - inside judge/: what the checks of privileges share. */
#ifndef EVENHAND_JUDGE_PRIV_H
#define EVENHAND_JUDGE_PRIV_H

#include "judge/check.h"

bool privilege_is(const struct privilege_fact *p, const char *kind);

/* Whether any format of the image keeps owners and modes; otherwise says why nothing is judged. */
bool keeps_modes(struct ruling *r);

#endif
