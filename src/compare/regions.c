/* regions.c - which regions of two contents belong together: those of the same format at the same
 * place, then in their order; what is left over by what it holds, through other wrappings. */
#include <stdlib.h>

#include "compare/match.h"

#define MOST_LEFT_OVER 64 /* regions of one content that are tried by what they hold */
#define MOST_WRAPPINGS 8
#define MOST_STEPS     (1u << 26) /* entries that are held against each other */

/* The regions of one side. */
struct row {
	const struct node **p; /* with a format */
	uint32_t *partner;     /* index on the other side + 1; 0: none */
	uint32_t n;
	const struct node **plain; /* without a format */
	uint32_t *behind;          /* how many of p stand before each */
	uint32_t plain_count;
};

static bool take_row(struct matching *m, const struct node *in, struct row *row)
{
	uint32_t n = 0;

	for (const struct node *c = in->children; c; c = c->next)
		n++;
	row->p = arena_take(m->arena, n, sizeof(struct node *));
	row->plain = arena_take(m->arena, n, sizeof(struct node *));
	row->partner = arena_take(m->arena, n, sizeof(uint32_t));
	row->behind = arena_take(m->arena, n, sizeof(uint32_t));
	m->lost |= !row->p || !row->plain || !row->partner || !row->behind;
	for (const struct node *c = in->children; c && !m->lost; c = c->next)
		if (c->format) {
			row->p[row->n++] = c;
		} else {
			row->behind[row->plain_count] = row->n;
			row->plain[row->plain_count++] = c;
		}
	return !m->lost;
}

static void join(struct row *l, struct row *r, uint32_t i, uint32_t k)
{
	l->partner[i] = k + 1;
	r->partner[k] = i + 1;
}

static void pair_by_place(struct row *l, struct row *r)
{
	for (uint32_t i = 0, k = 0; i < l->n && k < r->n;) {
		if (l->p[i]->offset == r->p[k]->offset && l->p[i]->format == r->p[k]->format)
			join(l, r, i, k);
		if (l->p[i]->offset == r->p[k]->offset) {
			i++;
			k++;
		} else if (l->p[i]->offset < r->p[k]->offset) {
			i++;
		} else {
			k++;
		}
	}
}

static void pair_in_order(struct row *l, struct row *r)
{
	for (size_t f = 0; f < format_count; f++) {
		uint32_t k = 0;

		for (uint32_t i = 0; i < l->n; i++) {
			if (l->partner[i] || l->p[i]->format != formats[f])
				continue;
			while (k < r->n && (r->partner[k] || r->p[k]->format != formats[f]))
				k++;
			if (k == r->n)
				break;
			join(l, r, i, k);
		}
	}
}

/* -- by what they hold -- */

const struct node *unwrapped(const struct node *n)
{
	for (int i = 0; i < MOST_WRAPPINGS && !has_entries(n); i++) {
		const struct node *only = NULL;

		for (const struct node *c = n->children; c; c = c->next)
			if (c->format) {
				if (only)
					return n;
				only = c;
			}
		if (!only)
			return n;
		n = only;
	}
	return n;
}

uint32_t common_paths(struct matching *m, const struct node *left, const struct node *right,
		      uint32_t *left_count, uint32_t *right_count)
{
	struct arena scratch = { 0 };
	uint32_t nl, nr, i = 0, k = 0, common = 0;
	const struct node **l = entries_of(&scratch, left, &nl);
	const struct node **r = entries_of(&scratch, right, &nr);

	m->lost |= !l || !r;
	while (!m->lost && i < nl && k < nr) {
		struct span a = l[i]->path, b = r[k]->path;
		size_t n = a.n < b.n ? a.n : b.n;
		int order = n ? memcmp(a.p, b.p, n) : 0;

		if (order == 0)
			order = (a.n > b.n) - (a.n < b.n);
		common += order == 0;
		i += order <= 0;
		k += order >= 0;
	}
	arena_free(&scratch);
	m->steps += (uint64_t)nl + nr;
	*left_count = nl;
	*right_count = nr;
	return common;
}

/* Whether at least half of the smaller one's entries have a partner of the same path. */
static bool hold_the_same(struct matching *m, const struct node *left, const struct node *right)
{
	uint32_t nl, nr, common;

	if (m->steps > MOST_STEPS)
		return false;
	common = common_paths(m, left, right, &nl, &nr);
	return common && common * 2 >= (nl < nr ? nl : nr);
}

/* What stands around the inner one of two regions: other wrappings, and bytes beside them. */
static void match_around(struct matching *m, const struct node *outer, const struct node *inner,
			 bool is_right)
{
	for (const struct node *n = inner; n != outer; n = n->parent) {
		const struct node *in = n->parent;
		struct gap *gap = gap_add(m, is_right ? NULL : in, is_right ? in : NULL);
		struct row row = { 0 };

		if (!gap || !take_row(m, in, &row))
			return;
		*(is_right ? &gap->right : &gap->left) = row.plain;
		*(is_right ? &gap->right_count : &gap->left_count) = row.plain_count;
		if (in != outer)
			match_add(m, is_right ? NULL : in, is_right ? in : NULL, NULL, NULL,
				  PAIR_WRAPPING);
	}
}

void match_repacked(struct matching *m, const struct node *l, const struct node *r,
		    const struct node *in_l, const struct node *in_r)
{
	const struct node *a = unwrapped(l), *b = unwrapped(r);

	match_add(m, l, r, in_l, in_r, PAIR_REPACKED);
	if (a != l || b != r)
		match_add(m, a, b, l, r, a->format == b->format ? PAIR_OTHER : PAIR_REPACKED);
	match_around(m, l, a, false);
	match_around(m, r, b, true);
	match_entries(m, a, b);
}

static void pair_by_content(struct matching *m, struct row *l, struct row *r,
			    const struct node *in_l, const struct node *in_r)
{
	uint32_t tried = 0;

	for (uint32_t i = 0; i < l->n && tried < MOST_LEFT_OVER; i++) {
		const struct node *a = unwrapped(l->p[i]);

		if (l->partner[i] || !has_entries(a))
			continue;
		tried++;
		for (uint32_t k = 0; k < r->n && k < MOST_LEFT_OVER && !l->partner[i]; k++) {
			const struct node *b = unwrapped(r->p[k]);

			if (r->partner[k] || !has_entries(b) || !hold_the_same(m, a, b))
				continue;
			join(l, r, i, k);
			match_repacked(m, l->p[i], r->p[k], in_l, in_r);
		}
	}
}

/* -- gaps -- */

struct gap *gap_add(struct matching *m, const struct node *left, const struct node *right)
{
	if (m->gap_count == m->gap_room) {
		uint32_t room = m->gap_room ? m->gap_room * 2 : 64;
		struct gap *p = arena_take(m->arena, room, sizeof(*p));

		m->lost |= !p;
		if (!p)
			return NULL;
		if (m->gap_count)
			memcpy(p, m->gaps, m->gap_count * sizeof(*p));
		m->gaps = p;
		m->gap_room = room;
	}
	m->gaps[m->gap_count] = (struct gap){ .in_left = left, .in_right = right };
	return &m->gaps[m->gap_count++];
}

struct grouped {
	uint32_t group, at;
};

static int by_group(const void *a, const void *b)
{
	const struct grouped *x = a, *y = b;

	if (x->group != y->group)
		return x->group < y->group ? -1 : 1;
	return (x->at > y->at) - (x->at < y->at);
}

/* The regions of one side in the order of their gaps. A gap is named by the last paired region
 * before it: its index on the left + 1. */
static struct grouped *grouped(struct matching *m, struct row *row, bool is_right)
{
	struct grouped *g = arena_take(m->arena, row->plain_count, sizeof(*g));
	const struct node **sorted = arena_take(m->arena, row->plain_count, sizeof(struct node *));

	m->lost |= !g || !sorted;
	if (m->lost)
		return NULL;
	for (uint32_t i = 0, next = 0, group = 0; i < row->plain_count; i++) {
		for (; next < row->behind[i]; next++)
			if (row->partner[next])
				group = is_right ? row->partner[next] : next + 1;
		g[i] = (struct grouped){ group, i };
	}
	qsort(g, row->plain_count, sizeof(*g), by_group);
	for (uint32_t i = 0; i < row->plain_count; i++)
		sorted[i] = row->plain[g[i].at];
	row->plain = sorted;
	return g;
}

static void match_gaps(struct matching *m, struct row *l, struct row *r, const struct node *in_l,
		       const struct node *in_r)
{
	struct grouped *a = grouped(m, l, false), *b = grouped(m, r, true);
	uint32_t i = 0, k = 0;

	while (!m->lost && (i < l->plain_count || k < r->plain_count)) {
		uint32_t group = i == l->plain_count       ? b[k].group
				 : k == r->plain_count     ? a[i].group
				 : a[i].group < b[k].group ? a[i].group
							   : b[k].group;
		struct gap *gap = gap_add(m, in_l, in_r);

		if (!gap)
			return;
		gap->left = &l->plain[i];
		gap->right = &r->plain[k];
		for (; i < l->plain_count && a[i].group == group; i++)
			gap->left_count++;
		for (; k < r->plain_count && b[k].group == group; k++)
			gap->right_count++;
	}
}

/* -- all -- */

/* Entries below a region that is the same on both sides. */
static void count_entries(struct matching *m, const struct node *region)
{
	uint32_t n = 0;

	for (const struct node *e = region; e; e = node_next(e, region))
		n += e->container != NULL;
	m->entries_left += n;
	m->entries_right += n;
	m->entries_paired += n;
	m->entries_same += n;
}

void match_region(struct matching *m, const struct node *l, const struct node *r,
		  const struct node *in_l, const struct node *in_r)
{
	bool same = same_content(m->left, l, m->right, r);

	match_add(m, l, r, in_l, in_r, same ? PAIR_SAME : PAIR_OTHER);
	if (same)
		count_entries(m, l);
	else
		match_inside(m, m->pair_count - 1);
}

uint32_t match_regions(struct matching *m, const struct node *left, const struct node *right)
{
	struct row l = { 0 }, r = { 0 };
	uint32_t paired = 0;

	if (!take_row(m, left, &l) || !take_row(m, right, &r))
		return 0;
	pair_by_place(&l, &r);
	pair_in_order(&l, &r);
	for (uint32_t i = 0; i < l.n; i++)
		if (l.partner[i])
			match_region(m, l.p[i], r.p[l.partner[i] - 1], left, right);
	pair_by_content(m, &l, &r, left, right);
	for (uint32_t i = 0; i < l.n; i++)
		if (l.partner[i])
			paired++;
		else
			match_add(m, l.p[i], NULL, left, right, PAIR_LEFT);
	for (uint32_t k = 0; k < r.n; k++)
		if (!r.partner[k])
			match_add(m, NULL, r.p[k], left, right, PAIR_RIGHT);
	match_gaps(m, &l, &r, left, right);
	return paired;
}
