/* upd.h - inside judge/: what the checks of updates share. */
#ifndef EVENHAND_JUDGE_UPD_H
#define EVENHAND_JUDGE_UPD_H

#include "judge/check.h"

bool upd_is(const struct update_fact *u, const char *kind);
bool upd_tells(const struct update_fact *u, const char *kind, const char *what);
/* How many facts say that; what: NULL for any. */
uint32_t upd_count(const struct ruling *r, const char *kind, const char *what);
/* A key with which updates or boot stages are checked. */
bool upd_is_key(const struct update_fact *u);
/* Whether an updater in the file system that holds the fact checks a signature. */
bool upd_is_checked(const struct ruling *r, const struct fact *f);
/* Whether some signature of the image was verified by a key that came with it or was given. */
bool upd_is_signed(const struct ruling *r);

#endif
