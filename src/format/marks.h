/* marks.h - inside format/: one bit an object that may be met once (a directory, a cluster, an
 * inode), which ends every cycle; and a budget of bytes that entries may ask for together. */
#ifndef EVENHAND_FORMAT_MARKS_H
#define EVENHAND_FORMAT_MARKS_H

#include "base/arena.h"

struct marks {
	uint8_t *bits;
	uint64_t count;
};

static inline bool marks_init(struct marks *m, struct arena *a, uint64_t count)
{
	*m = (struct marks){ arena_take(a, count / 8 + 1, 1), count };
	return m->bits != NULL;
}

/* True when i is marked for the first time; false for what was met before or does not exist. */
static inline bool marks_add(struct marks *m, uint64_t i)
{
	uint8_t bit = (uint8_t)(1u << i % 8);

	if (i >= m->count || m->bits[i / 8] & bit)
		return false;
	m->bits[i / 8] |= bit;
	return true;
}

static inline bool marks_has(const struct marks *m, uint64_t i)
{
	return i < m->count && m->bits[i / 8] >> i % 8 & 1;
}

/* Takes `want` from what is left; false, and nothing taken, when that is less. */
static inline bool budget_take(uint64_t *left, uint64_t want)
{
	if (want > *left)
		return false;
	*left -= want;
	return true;
}

#endif
