/* table.c - parts of a container as its table gives them, in whatever order. */
#include <stdlib.h>

#include "format/table.h"

static int by_place(const void *a, const void *b)
{
	const struct table_part *x = a, *y = b;

	if (x->from != y->from)
		return x->from < y->from ? -1 : 1;
	return (x->field > y->field) - (x->field < y->field);
}

void table_list(struct listing *l, uint64_t from, struct table_part *parts, size_t count)
{
	l->kind = LISTING_REGIONS;
	qsort(parts, count, sizeof(*parts), by_place);
	for (size_t i = 0; i < count; i++) {
		const struct table_part *p = &parts[i];

		if (p->length == 0 || (i > 0 && p->from == p[-1].from && p->length == p[-1].length))
			continue;
		if (p->from < from) {
			listing_fault(l, fault_at(FAULT_BROKEN, p->field, "offset of a part",
						  p->from, from));
			continue;
		}
		if (p->from >= l->in.n)
			listing_fault(l, fault_at(FAULT_SHORT, p->field, "part", l->in.n, p->from));
		else if (p->own && p->length <= l->in.n - p->from)
			listing_owned(l, p->from, p->length, p->name);
		else
			part_list_named(l, p->field, p->from, p->length, p->name);
		from = p->length > UINT64_MAX - p->from ? UINT64_MAX : p->from + p->length;
	}
}
