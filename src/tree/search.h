/* search.h - one pass over bytes that finds the magics of all formats. */
#ifndef EVENHAND_TREE_SEARCH_H
#define EVENHAND_TREE_SEARCH_H

#include "base/patterns.h"
#include "format/format.h"

/* The patterns of all searched magics; id is format << 8 | magic. The list is static. */
const struct pattern *search_patterns(size_t *count);

/* Loads the database before the jail closes. False when the machine has no memory. */
bool search_start(void);
struct pattern_scratch *search_scratch_new(void);

/* Magic `magic` of formats[format] ended at `end`. */
void search_magics(struct pattern_scratch *s, struct span bytes,
		   bool (*hit)(void *ctx, uint16_t format, uint8_t magic, uint64_t end), void *ctx);

/* At a structural place every format is asked whose magic could stand there. Gives the next one at
 * or behind *at that may begin with `first`, in list order, and moves *at behind it; NULL at the
 * end. */
const struct format *search_asked(uint8_t first, size_t *at);

#endif
