/* search.h - one pass over bytes that finds the magics of all formats. */
#ifndef EVENHAND_TREE_SEARCH_H
#define EVENHAND_TREE_SEARCH_H

#include "base/span.h"

struct search_scratch; /* of one thread */

struct search_scratch *search_scratch_new(void);
void search_scratch_free(struct search_scratch *s);
void search_magics(struct search_scratch *s, struct span bytes,
		   bool (*hit)(void *ctx, uint16_t format, uint8_t magic, uint64_t end), void *ctx);
#endif
