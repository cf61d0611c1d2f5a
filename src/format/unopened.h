/* unopened.h - inside format/: file systems that are known and measured, and whose contents no code
 * of ours reads yet. They are never passed over in silence: the region says so. */
#ifndef EVENHAND_FORMAT_UNOPENED_H
#define EVENHAND_FORMAT_UNOPENED_H

#include "format/parts.h"

static inline struct fault unopened(struct listing *l, uint64_t super)
{
	l->kind = LISTING_REGIONS;
	return fault_at(FAULT_UNKNOWN, super, "contents of this file system", 0, 0);
}

#endif
