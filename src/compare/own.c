/* own.c - the own bytes of two containers of one format: what a difference in them means is what
 * the format says of the stretch. */
#include <stdlib.h>

#include "compare/differences.h"

#define LONGEST_FLAGS 16  /* bytes */
#define MOST_FLAGS    256 /* in all, of one container */

static const struct byte_range nowhere = { 0, 0 };

/* The cause of a difference in a stretch. */
static const enum cause cause_of[] = {
	[OWN_STRUCTURE] = CAUSE_ORDER,         [OWN_CHECKSUM] = CAUSE_CHECKSUM,
	[OWN_TIME] = CAUSE_TIMESTAMP,          [OWN_IDENTIFIER] = CAUSE_IDENTIFIER,
	[OWN_PACKING] = CAUSE_COMPRESSION,     [OWN_SIGNATURE] = CAUSE_SIGNATURE,
	[OWN_CERTIFICATE] = CAUSE_CERTIFICATE, [OWN_FILL] = CAUSE_PADDING,
	[OWN_COUNTER] = CAUSE_ORDER,           [OWN_DATA] = CAUSE_DATA,
};

static struct byte_range range_of(const struct own_value *v)
{
	return v ? (struct byte_range){ v->offset, v->length } : nowhere;
}

static int by_meaning(const void *a, const void *b)
{
	const struct own_value *x = *(const struct own_value *const *)a;
	const struct own_value *y = *(const struct own_value *const *)b;
	int order = strcmp(x->name, y->name);

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

static bool is_fill(const struct own_value *v)
{
	return !v || v->own == OWN_FILL;
}

static bool is_equal(const struct own_value *a, const struct own_value *b)
{
	return a->length == b->length && memcmp(a->sha256, b->sha256, SHA256_SIZE) == 0;
}

/* What says nothing by itself is said once for all stretches of a name; structure once for a
 * container. */
static bool is_said(const struct explanation *e, const struct difference *before, enum own own,
		    const char *name)
{
	const struct difference *last = e->x.last;

	if (own == OWN_DATA || own == OWN_TIME || own == OWN_SIGNATURE || own == OWN_CERTIFICATE)
		return false;
	return last && last != before && last->cause == cause_of[own] &&
	       last->weight == WEIGHT_ACCEPTED && span_is(last->unit, name);
}

static void say(struct explanation *e, const struct own_value *a, const struct own_value *b,
		const struct difference *before, bool *structure)
{
	const struct own_value *any = a ? a : b;
	/* What is well formed on one side only means something else on the other. */
	enum own own = a && b && a->own != b->own ? OWN_DATA : any->own;
	struct difference *d;

	if (own == OWN_STRUCTURE) {
		if (!*structure)
			differ(&e->x, CAUSE_ORDER, nowhere, nowhere, any->name, NULL);
		*structure = true;
		return;
	}
	if (is_said(e, before, own, any->name))
		return;
	d = differ(&e->x, cause_of[own], range_of(a), range_of(b), any->name, NULL);
	if (own == OWN_TIME &&
	    ((a && !time_is_plausible(e, a->time)) || (b && !time_is_plausible(e, b->time))))
		refuse_form(d);
}

/* -- what is to be one repeated byte -- */

static int by_digest(const void *a, const void *b)
{
	const struct own_value *x = *(const struct own_value *const *)a;
	const struct own_value *y = *(const struct own_value *const *)b;
	int order = memcmp(x->sha256, y->sha256, SHA256_SIZE);

	return order ? order : (x->offset > y->offset) - (x->offset < y->offset);
}

/* Stretches that are not one repeated byte, by their digests; `bytes` counts what each byte fills.
 */
static const struct own_value **odd_fill(struct explanation *e, const struct watched *w,
					 uint32_t *count, uint64_t bytes[256])
{
	const struct own_value **list =
		arena_take(e->x.arena, w->own_count, sizeof(struct own_value *));

	*count = 0;
	e->x.lost |= !list;
	for (uint32_t i = 0; list && i < w->own_count; i++)
		if (w->own[i].own == OWN_FILL && w->own[i].fill < 0)
			list[(*count)++] = &w->own[i];
		else if (w->own[i].own == OWN_FILL)
			bytes[w->own[i].fill] += w->own[i].length;
	if (list)
		qsort(list, *count, sizeof(*list), by_digest);
	return list;
}

/* The same odd bytes on both sides are no difference, wherever they stand. */
static void explain_fill(struct explanation *e, const struct watched *a, const struct watched *b)
{
	uint64_t left[256] = { 0 }, right[256] = { 0 };
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
		differ(&e->x, CAUSE_PADDING, nowhere, nowhere, NULL, NULL);
}

static void say_unknown(struct explanation *e, const struct node *n, const struct node *other)
{
	bool damaged = is_damaged(n) || is_damaged(other);

	differ(&e->x, damaged ? CAUSE_TRUNCATED : CAUSE_UNKNOWN, nowhere, nowhere, NULL,
	       "the own bytes of %s are not known one by one",
	       n->format ? n->format->name : "this");
}

bool explain_own(struct explanation *e, const struct node *l, const struct node *r)
{
	const struct watched *a = l->watch, *b = r->watch;
	const struct own_value **x, **y;
	const struct difference *last = e->x.last;
	uint32_t before = e->x.count, i = 0, k = 0;
	bool structure = false;

	if (!a || !b || !a->own_known || !b->own_known) {
		say_unknown(e, l, r);
		return true;
	}
	x = in_order(e, a);
	y = in_order(e, b);
	while (x && y && (i < a->own_count || k < b->own_count)) {
		const struct own_value *v = i < a->own_count ? x[i] : NULL;
		const struct own_value *w = k < b->own_count ? y[k] : NULL;
		int order = v && w ? strcmp(v->name, w->name) : 0;

		if (order < 0)
			w = NULL;
		if (order > 0)
			v = NULL;
		i += v != NULL;
		k += w != NULL;
		if (!(is_fill(v) && is_fill(w)) && !(v && w && is_equal(v, w)))
			say(e, v, w, last, &structure);
	}
	explain_fill(e, a, b);
	return e->x.count > before;
}

/* Data of a format that the other side does not have cannot be held against anything. Flags and
 * sizes are short, and few; what is longer could be a text, or all of a file system of which
 * nothing was proved. */
static bool says_little(const struct own_value *v, uint64_t *bytes)
{
	if (v->own != OWN_DATA || v->fill >= 0)
		return true;
	*bytes += v->length;
	return v->length <= LONGEST_FLAGS && *bytes <= MOST_FLAGS;
}

/* Fills that are none, and times that are none. */
static bool is_odd(const struct explanation *e, const struct own_value *v)
{
	return (v->own == OWN_FILL && v->fill < 0) ||
	       (v->own == OWN_TIME && !time_is_plausible(e, v->time));
}

void explain_own_alone(struct explanation *e, const struct node *n, bool is_right, bool is_table)
{
	const struct watched *w = n->watch;
	uint64_t bytes = 0;

	if (!w || !w->own_known) {
		say_unknown(e, n, NULL);
		return;
	}
	for (uint32_t i = 0; i < w->own_count; i++) {
		const struct own_value *v = &w->own[i];
		struct byte_range left = is_right ? nowhere : range_of(v);
		struct byte_range right = is_right ? range_of(v) : nowhere;

		if (is_odd(e, v))
			refuse_form(differ(&e->x, cause_of[v->own], left, right, v->name, NULL));
		else if (!is_table && !says_little(v, &bytes))
			differ(&e->x, CAUSE_UNKNOWN, left, right, v->name,
			       "the other side has no such format");
	}
}
