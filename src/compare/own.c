/* own.c - the own bytes of two containers of one format: what a difference in them means is what
 * the format says of the stretch. */
#include <stdlib.h>

#include "compare/differences.h"

static const struct byte_range nowhere = { 0, 0 };

/* The cause of a difference in a stretch. */
static const enum cause cause_of[] = {
	[OWN_STRUCTURE] = CAUSE_ORDER,     [OWN_CHECKSUM] = CAUSE_CHECKSUM,
	[OWN_TIME] = CAUSE_TIMESTAMP,      [OWN_IDENTIFIER] = CAUSE_IDENTIFIER,
	[OWN_PACKING] = CAUSE_COMPRESSION, [OWN_SIGNATURE] = CAUSE_SIGNATURE,
	[OWN_FILL] = CAUSE_PADDING,        [OWN_COUNTER] = CAUSE_IDENTIFIER,
	[OWN_DATA] = CAUSE_DATA,
};

static struct byte_range range_of(const struct own_value *v)
{
	return v ? (struct byte_range){ v->offset, v->length } : nowhere;
}

static int by_meaning(const void *a, const void *b)
{
	const struct own_value *x = *(const struct own_value *const *)a;
	const struct own_value *y = *(const struct own_value *const *)b;
	int order = (x->own > y->own) - (x->own < y->own);

	if (!order)
		order = strcmp(x->name, y->name);
	return order ? order : (x->offset > y->offset) - (x->offset < y->offset);
}

static const struct own_value **in_order(struct explanation *e, const struct watched *w)
{
	const struct own_value **list =
		arena_take(e->x.arena, w->own_count, sizeof(struct own_value *));

	if (!list) {
		e->x.lost = true;
		return NULL;
	}
	for (uint32_t i = 0; i < w->own_count; i++)
		list[i] = &w->own[i];
	qsort(list, w->own_count, sizeof(*list), by_meaning);
	return list;
}

static bool is_equal(const struct own_value *a, const struct own_value *b)
{
	return a->length == b->length && memcmp(a->sha256, b->sha256, SHA256_SIZE) == 0;
}

/* A difference in structure is said once for a container. */
static void say(struct explanation *e, const struct own_value *a, const struct own_value *b,
		bool *structure)
{
	const struct own_value *any = a ? a : b;
	struct difference *d;

	if (any->own == OWN_STRUCTURE) {
		if (!*structure)
			differ(&e->x, CAUSE_ORDER, nowhere, nowhere, any->name, NULL);
		*structure = true;
		return;
	}
	d = differ(&e->x, cause_of[any->own], range_of(a), range_of(b), any->name, NULL);
	if (any->own == OWN_TIME &&
	    ((a && !time_is_plausible(e, a->time)) || (b && !time_is_plausible(e, b->time))))
		refuse_form(d);
	if (any->own == OWN_SIGNATURE)
		differ(&e->x, CAUSE_CERTIFICATE, nowhere, nowhere, any->name, NULL);
}

static bool are_of_one_kind(const struct own_value *a, const struct own_value *b)
{
	return a->own == b->own && strcmp(a->name, b->name) == 0;
}

/* -- what is to be one repeated byte -- */

static int by_digest(const void *a, const void *b)
{
	const struct own_value *x = *(const struct own_value *const *)a;
	const struct own_value *y = *(const struct own_value *const *)b;
	int order = memcmp(x->sha256, y->sha256, SHA256_SIZE);

	return order ? order : (x->offset > y->offset) - (x->offset < y->offset);
}

/* Stretches that are not one repeated byte, by their digests; `bytes` collects which bytes fill. */
static const struct own_value **odd_fill(struct explanation *e, const struct watched *w,
					 uint32_t *count, bool bytes[256])
{
	const struct own_value **list =
		arena_take(e->x.arena, w->own_count, sizeof(struct own_value *));

	*count = 0;
	e->x.lost |= !list;
	for (uint32_t i = 0; list && i < w->own_count; i++)
		if (w->own[i].own == OWN_FILL && w->own[i].fill < 0)
			list[(*count)++] = &w->own[i];
		else if (w->own[i].own == OWN_FILL)
			bytes[w->own[i].fill] = true;
	if (list)
		qsort(list, *count, sizeof(*list), by_digest);
	return list;
}

/* The same odd bytes on both sides are no difference, wherever they stand. How much is filled is
 * none either. */
static void explain_fill(struct explanation *e, const struct watched *a, const struct watched *b)
{
	bool left[256] = { false }, right[256] = { false };
	uint32_t nx, ny, i = 0, k = 0;
	const struct own_value **x = odd_fill(e, a, &nx, left), **y = odd_fill(e, b, &ny, right);

	while (x && y && (i < nx || k < ny)) {
		const struct own_value *v = i < nx ? x[i] : NULL, *w = k < ny ? y[k] : NULL;
		int order = v && w ? memcmp(v->sha256, w->sha256, SHA256_SIZE) : v ? -1 : 1;

		i += order <= 0;
		k += order >= 0;
		if (order)
			refuse_form(differ(&e->x, CAUSE_PADDING, range_of(order < 0 ? v : NULL),
					   range_of(order > 0 ? w : NULL),
					   (order < 0 ? v : w)->name, "not one repeated byte"));
	}
	if (nx == 0 && ny == 0 && memcmp(left, right, sizeof(left)) != 0)
		differ(&e->x, CAUSE_PADDING, nowhere, nowhere, NULL, "filled with another byte");
}

bool explain_own(struct explanation *e, const struct node *l, const struct node *r)
{
	const struct watched *a = l->watch, *b = r->watch;
	const struct own_value **x, **y;
	uint32_t before = e->x.count, i = 0, k = 0;
	bool structure = false;

	if (!a || !b || !a->own_known || !b->own_known) {
		differ(&e->x, CAUSE_UNKNOWN, nowhere, nowhere, NULL,
		       "the own bytes of %s are not known one by one", l->format->name);
		return true;
	}
	x = in_order(e, a);
	y = in_order(e, b);
	while (x && y && (i < a->own_count || k < b->own_count)) {
		const struct own_value *v = i < a->own_count ? x[i] : NULL;
		const struct own_value *w = k < b->own_count ? y[k] : NULL;

		if (v && w && !are_of_one_kind(v, w)) {
			int order = v->own != w->own ? (v->own > w->own) - (v->own < w->own)
						     : strcmp(v->name, w->name);

			if (order < 0)
				w = NULL;
			else
				v = NULL;
		}
		i += v != NULL;
		k += w != NULL;
		if ((v ? v : w)->own != OWN_FILL && !(v && w && is_equal(v, w)))
			say(e, v, w, &structure);
	}
	explain_fill(e, a, b);
	return e->x.count > before;
}

void explain_own_alone(struct explanation *e, const struct node *n, bool is_right)
{
	const struct watched *w = n->watch;

	if (!w || !w->own_known) {
		differ(&e->x, CAUSE_UNKNOWN, nowhere, nowhere, NULL,
		       "the own bytes of %s are not known one by one",
		       n->format ? n->format->name : "this");
		return;
	}
	for (uint32_t i = 0; i < w->own_count; i++) {
		const struct own_value *v = &w->own[i];
		bool is_odd = (v->own == OWN_FILL && v->fill < 0) ||
			      (v->own == OWN_TIME && !time_is_plausible(e, v->time));

		if (is_odd)
			refuse_form(differ(&e->x, cause_of[v->own],
					   is_right ? nowhere : range_of(v),
					   is_right ? range_of(v) : nowhere, v->name, NULL));
	}
}
