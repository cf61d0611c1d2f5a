/* match.c - which nodes of two trees belong together: entries of two containers by path. */
#include "compare/dump.h"

#include <stdlib.h>

/* Room for one more in a list of the arena; NULL: no memory. */
static void *grown(struct matching *m, void *old, uint32_t count, uint32_t *room, size_t size)
{
	void *p;

	if (count < *room)
		return old;
	*room = *room ? *room * 2 : 256;
	p = arena_take(m->arena, *room, size);
	if (p && count)
		memcpy(p, old, count * size);
	m->lost |= !p;
	return p;
}

struct pair *match_add(struct matching *m, const struct node *left, const struct node *right,
		       const struct node *in_left, const struct node *in_right,
		       enum relation relation)
{
	struct pair *p =
		m->lost ? NULL
			: grown(m, m->pairs, m->pair_count, &m->pair_room, sizeof(*m->pairs));

	if (!p)
		return NULL;
	m->pairs = p;
	p = &m->pairs[m->pair_count++];
	*p = (struct pair){ .left = left,
			    .right = right,
			    .in_left = in_left,
			    .in_right = in_right,
			    .relation = relation };
	return p;
}

bool is_stream(const struct node *n)
{
	return n->format && n->format->shape == SHAPE_STREAM;
}

bool has_entries(const struct node *n)
{
	return n->children && n->children->container == n;
}

static int by_path(const void *a, const void *b)
{
	const struct node *x = *(const struct node *const *)a, *y = *(const struct node *const *)b;
	size_t n = x->path.n < y->path.n ? x->path.n : y->path.n;
	int order = n ? memcmp(x->path.p, y->path.p, n) : 0;

	if (order)
		return order;
	if (x->path.n != y->path.n)
		return x->path.n < y->path.n ? -1 : 1;
	return (x->twin > y->twin) - (x->twin < y->twin);
}

const struct node **entries_of(struct arena *a, const struct node *container, uint32_t *count)
{
	const struct node **list;
	uint32_t n = 0;

	for (const struct node *e = container; e; e = node_next(e, container))
		n += e->container == container;
	list = arena_take(a, n, sizeof(struct node *));
	*count = 0;
	for (const struct node *e = container; list && e; e = node_next(e, container))
		if (e->container == container)
			list[(*count)++] = e;
	if (list)
		qsort(list, n, sizeof(*list), by_path);
	return list;
}

static bool holds_content(const struct node *n)
{
	return n->kind == KIND_FILE || n->kind == KIND_HARDLINK;
}

static void match_entry(struct matching *m, const struct node *l, const struct node *r)
{
	bool files = holds_content(l) && holds_content(r);
	bool same = files ? same_content(m->left, l, m->right, r) : l->kind == r->kind;

	match_add(m, l, r, l->container, r->container, same ? PAIR_SAME : PAIR_OTHER);
	m->entries_paired++;
	m->entries_same += same;
	if (!same && files)
		match_inside(m, m->pair_count - 1);
}

void match_entries(struct matching *m, const struct node *left, const struct node *right)
{
	uint32_t nl, nr, i = 0, k = 0;
	const struct node **l = entries_of(m->arena, left, &nl);
	const struct node **r = entries_of(m->arena, right, &nr);

	m->lost |= !l || !r;
	if (m->lost)
		return;
	m->entries_left += nl;
	m->entries_right += nr;
	while (i < nl || k < nr) {
		int order = i == nl ? 1 : k == nr ? -1 : by_path(&l[i], &r[k]);

		if (order < 0)
			match_add(m, l[i++], NULL, left, right, PAIR_LEFT);
		else if (order > 0)
			match_add(m, NULL, r[k++], left, right, PAIR_RIGHT);
		else
			match_entry(m, l[i++], r[k++]);
	}
}

static bool holds_cipher(const struct node *n)
{
	for (const struct node *c = n->children; c; c = c->next)
		if (c->state == STATE_ENCRYPTED)
			return true;
	return false;
}

/* A file or stream in which both sides found regions, but none that belong together, is told by its
 * bytes, if they can be read. */
static void match_whole(struct matching *m, uint32_t pair)
{
	const struct node *left = m->pairs[pair].left, *right = m->pairs[pair].right;
	struct matching before = *m;

	if (match_regions(m, left, right) || m->lost || holds_cipher(left) || holds_cipher(right))
		return;
	m->pair_count = before.pair_count;
	m->gap_count = before.gap_count;
	m->pairs[pair].is_leaf = true;
}

void match_inside(struct matching *m, uint32_t pair)
{
	const struct node *left, *right;

	if (m->lost)
		return;
	left = m->pairs[pair].left;
	right = m->pairs[pair].right;
	if (has_entries(left) && has_entries(right))
		match_entries(m, left, right);
	else if (left->children && right->children && (left->container || is_stream(left)))
		match_whole(m, pair);
	else if (left->children && right->children)
		match_regions(m, left, right);
}

bool match_trees(struct matching *m, const struct node *left, const struct node *right)
{
	match_add(m, left, right, NULL, NULL, PAIR_OTHER);
	if (!match_dump(m, left, right))
		match_inside(m, 0);
	return !m->lost;
}
