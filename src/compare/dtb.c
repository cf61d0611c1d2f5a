/* dtb.c - two flattened device trees (Devicetree Specification 0.4, chapter 5): nodes, properties
 * and reservations are held against each other in their order. Where blocks stand, which place a
 * property's name has among the strings, and empty tokens say nothing. */
#include <string.h>

#include "compare/explain.h"
#include "format/fdt.h"

#define MAGIC         0xd00dfeedu
#define HEADER        40
#define LONGEST_PLACE 160

struct side {
	struct span in;
	struct fdt tree;
	struct fdt_walk walk;
	uint64_t reserved, reserved_end, structure, strings; /* where blocks begin and end */
	uint8_t *used; /* bytes of the strings that are some property's name */
};

/* Both, while they are walked. */
struct trees {
	struct explaining *x;
	struct side left, right;
	char place[LONGEST_PLACE]; /* the node's path */
	size_t depth[FDT_DEEPEST + 1];
	bool moved;  /* names have other places, or there are empty tokens */
	bool parted; /* other nodes or properties: their names are not known */
	bool odd;    /* something stands where nothing should: nothing is explained */
};

static bool is_zero(struct span s)
{
	return s.n == 0 || (s.p[0] == 0 && memcmp(s.p, s.p + 1, s.n - 1) == 0);
}

/* Pairs of 64-bit numbers, ended by zeros. */
static bool find_reservations(struct side *s)
{
	for (uint64_t at = s->reserved; at + 16 <= s->structure; at += 16)
		if (is_zero(span_sub(s->in, at, 16))) {
			s->reserved_end = at + 16;
			return true;
		}
	return false;
}

/* False where it is cut, or its blocks do not stand in the order in which every tool writes them.
 */
static bool read_side(struct explaining *x, struct side *s, struct span in)
{
	*s = (struct side){ .in = in };
	if (span_u32(in, 0, true) != MAGIC || fdt_open(in, &s->tree).kind ||
	    s->tree.total != in.n || s->tree.strings.n == 0)
		return false;
	s->reserved = span_u32(in, 16, true);
	s->structure = span_place(in, s->tree.structure);
	s->strings = span_place(in, s->tree.strings);
	s->used = arena_take(x->arena, s->tree.strings.n, 1);
	x->lost |= !s->used;
	fdt_begin(&s->tree, &s->walk);
	return s->used && s->reserved >= HEADER && s->structure <= s->strings &&
	       s->tree.structure.n <= s->strings - s->structure && find_reservations(s);
}

/* -- the structure -- */

static void go_to(struct trees *t, const struct fdt_step *s)
{
	size_t n = s->depth > 1 ? t->depth[s->depth - 1] : 0;

	for (size_t i = 0; s->depth > 1 && i <= s->name.n && n + 1 < sizeof(t->place); i++)
		t->place[n++] = i == 0 ? '/' : (char)s->name.p[i - 1];
	t->place[n] = 0;
	t->depth[s->depth] = n;
}

/* Marks the name as used, and looks at what aligns the token. */
static void look_at(struct trees *t, struct side *s, const struct fdt_step *step)
{
	uint64_t end = 0;

	if (step->event == FDT_BEGIN)
		end = step->from + 4 + step->name.n;
	if (step->event == FDT_PROPERTY) {
		end = step->offset + step->value.n;
		t->odd |= !step->name.p;
		if (step->name.p)
			memset(s->used + span_place(s->tree.strings, step->name), 1,
			       step->name.n + 1);
	}
	t->odd |= end && !is_zero(span_sub(s->in, end, step->to - end));
	t->moved |= step->nops != 0;
}

static void hold_values(struct trees *t, const struct fdt_step *a, const struct fdt_step *b)
{
	char unit[2 * LONGEST_PLACE];
	size_t n = strlen(t->place);

	t->moved |=
		span_u32(t->left.in, a->from + 8, true) != span_u32(t->right.in, b->from + 8, true);
	if (span_equal(a->value, b->value))
		return;
	memcpy(unit, t->place, n);
	unit[n++] = '/';
	for (size_t i = 0; i < a->name.n && n + 1 < sizeof(unit); i++)
		unit[n++] = (char)a->name.p[i];
	unit[n] = 0;
	differ(t->x, CAUSE_DATA, (struct byte_range){ a->from + 4, a->to - a->from - 4 },
	       (struct byte_range){ b->from + 4, b->to - b->from - 4 }, unit, NULL);
}

/* False: both go on with something else. */
static bool same_step(const struct fdt_step *a, const struct fdt_step *b)
{
	return a->event == b->event && a->depth == b->depth && span_equal(a->name, b->name);
}

static struct byte_range rest_of(const struct side *s, uint64_t from)
{
	return (struct byte_range){ from, s->structure + s->tree.structure.n - from };
}

static bool ends_with_zeros(const struct side *s, uint64_t from)
{
	struct byte_range rest = rest_of(s, from);

	return is_zero(span_sub(s->in, rest.offset, rest.length));
}

static void hold_structures(struct trees *t)
{
	for (;;) {
		struct fdt_step a = fdt_next(&t->left.walk), b = fdt_next(&t->right.walk);

		if (a.event == FDT_BROKEN || b.event == FDT_BROKEN) {
			t->odd = true;
			return;
		}
		if (!same_step(&a, &b)) {
			t->parted = true;
			differ(t->x, CAUSE_DATA, rest_of(&t->left, a.from),
			       rest_of(&t->right, b.from), t->place[0] ? t->place : "/",
			       "other nodes or properties from here on");
			return;
		}
		look_at(t, &t->left, &a);
		look_at(t, &t->right, &b);
		if (a.event == FDT_BEGIN)
			go_to(t, &a);
		if (a.event == FDT_PROPERTY)
			hold_values(t, &a, &b);
		if (a.event == FDT_DONE) {
			t->odd |= !ends_with_zeros(&t->left, a.to) ||
				  !ends_with_zeros(&t->right, b.to);
			return;
		}
	}
}

/* -- what stands around it -- */

static void hold(struct trees *t, enum cause cause, struct byte_range l, struct byte_range r,
		 const char *unit, bool is_understood)
{
	struct span a = span_sub(t->left.in, l.offset, l.length);
	struct span b = span_sub(t->right.in, r.offset, r.length);
	struct difference *d;

	if (span_equal(a, b))
		return;
	d = differ(t->x, cause, l, r, unit, NULL);
	if (!is_understood)
		refuse_form(d);
}

/* Between two blocks stand zeros. */
static void hold_gap(struct trees *t, uint64_t l, uint64_t l_end, uint64_t r, uint64_t r_end)
{
	struct byte_range a = { l, l_end - l }, b = { r, r_end - r };

	hold(t, CAUSE_PADDING, a, b, "between blocks",
	     is_zero(span_sub(t->left.in, a.offset, a.length)) &&
		     is_zero(span_sub(t->right.in, b.offset, b.length)));
}

/* Each byte belongs to a property's name. */
static bool is_all_used(const struct side *s)
{
	for (size_t i = 0; i < s->tree.strings.n; i++)
		if (!s->used[i] && s->tree.strings.p[i])
			return false;
	return true;
}

static void hold_header(struct trees *t)
{
	static const struct byte_range places = { 4, 16 }, versions = { 20, 12 }, sizes = { 32, 8 };

	hold(t, CAUSE_ORDER, places, places, "header", true);
	hold(t, CAUSE_DATA, versions, versions, "header", true);
	hold(t, CAUSE_ORDER, sizes, sizes, "header", true);
}

static void hold_blocks(struct trees *t)
{
	const struct side *l = &t->left, *r = &t->right;
	struct byte_range a = { l->reserved, l->reserved_end - l->reserved };
	struct byte_range b = { r->reserved, r->reserved_end - r->reserved };

	hold_gap(t, HEADER, l->reserved, HEADER, r->reserved);
	hold(t, CAUSE_DATA, a, b, "memory reservations", true);
	hold_gap(t, l->reserved_end, l->structure, r->reserved_end, r->structure);
	if (t->moved)
		hold(t, CAUSE_ORDER, rest_of(l, l->structure), rest_of(r, r->structure),
		     "places of names", true);
	hold_gap(t, l->structure + l->tree.structure.n, l->strings,
		 r->structure + r->tree.structure.n, r->strings);
	a = (struct byte_range){ l->strings, l->tree.strings.n };
	b = (struct byte_range){ r->strings, r->tree.strings.n };
	hold(t, t->parted ? CAUSE_DATA : CAUSE_ORDER, a, b, "strings",
	     is_all_used(l) && is_all_used(r));
	hold_gap(t, l->strings + l->tree.strings.n, l->in.n, r->strings + r->tree.strings.n,
		 r->in.n);
}

bool explain_dtb(struct explaining *x, struct span left, struct span right)
{
	struct trees *t = arena_take(x->arena, 1, sizeof(*t));
	x->lost |= !t;
	if (!t || !read_side(x, &t->left, left) || !read_side(x, &t->right, right))
		return false;
	t->x = x;
	hold_structures(t);
	if (t->odd) {
		x->first = x->last = NULL; /* nothing was said before */
		x->count = 0;
		return false;
	}
	hold_header(t);
	hold_blocks(t);
	return true;
}
