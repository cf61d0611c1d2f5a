/* check.h - a log read again from its first byte to its last, by another way than the store goes:
 * segment by segment, tile by tile. For evenhand log check, after a crash and from time to time. */
#ifndef EVENHAND_LOG_CHECK_H
#define EVENHAND_LOG_CHECK_H

#include "log/store.h"

struct log_checked {
	uint64_t entries, envelopes, files, kept; /* that were looked at */
	uint64_t wrong;                           /* findings */
};

/* Calls found for each thing that is not as it was written: where, what. False: what could not be
 * looked at is in e. Entries that were added meanwhile are not looked at. */
bool log_check(const char *dir, void (*found)(void *ctx, const char *where, const char *what),
	       void *ctx, struct log_checked *c, struct log_error *e);

#endif
