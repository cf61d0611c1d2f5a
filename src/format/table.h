/* table.h - inside format/: parts of a container as its table gives them, in whatever order. */
#ifndef EVENHAND_FORMAT_TABLE_H
#define EVENHAND_FORMAT_TABLE_H

#include "format/parts.h"

struct table_part {
	struct span name;
	uint64_t field; /* where the table states it */
	uint64_t from, length;
	bool own; /* the container's own bytes, not a payload */
};

/* Sorts the parts by their places and lists them; one that begins before `from` or inside another
 * is a fault and not listed twice; the same part under another name is listed once. Parts of no
 * length are left out. */
void table_list(struct listing *l, uint64_t from, struct table_part *parts, size_t count);

#endif
