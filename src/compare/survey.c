/* survey.c - which contents two surveyed trees share. */
#include "compare/survey.h"

#include <stdlib.h>

#include "compare/match.h"

#define MOST_JOINED (64u << 10) /* bytes of a setting that others are joined with */

static int by_key(const void *a, const void *b)
{
	const struct known *x = a, *y = b;

	return (x->key > y->key) - (x->key < y->key);
}

/* Settings are joined with each other (passwd with shadow, scripts with what starts them): where
 * one differs all are looked at, or facts would seem to change that do not. */
static bool is_joined(const struct node *n)
{
	return n && n->container && n->size <= MOST_JOINED &&
	       (span_find(n->path, 0, span_text("/etc/")) != SIZE_MAX ||
		span_find(n->path, 0, span_text("/init")) != SIZE_MAX ||
		span_find(n->path, 0, span_text("/systemd/")) != SIZE_MAX);
}

static bool joins_differ(const struct matching *m)
{
	for (uint32_t i = 0; i < m->pair_count; i++) {
		const struct pair *p = &m->pairs[i];

		if (p->relation != PAIR_SAME && (is_joined(p->left) || is_joined(p->right)))
			return true;
	}
	return false;
}

static bool is_content(const struct node *n)
{
	return n->kind == KIND_FILE;
}

static bool is_alone(const struct node *n)
{
	return n && n->kind == KIND_REGION && n->left_alone;
}

bool survey_is_even(const struct tree *left, const struct watch *surveyed_left,
		    const struct tree *right, const struct watch *surveyed_right, struct arena *a)
{
	struct matching m = { .arena = a, .left = surveyed_left, .right = surveyed_right };

	if (!match_trees(&m, left->image, right->image))
		return false;
	for (uint32_t i = 0; i < m.pair_count; i++)
		if (is_alone(m.pairs[i].left) != is_alone(m.pairs[i].right))
			return false;
	return true;
}

static const struct node *holder(const struct node *n)
{
	return n->hardlink_of ? n->hardlink_of : n;
}

/* One side has more names of a file than the other, or other ones: what has its content there is
 * not what is paired with its name. */
static bool is_linked_otherwise(const struct node *l, const struct node *r)
{
	return (l->hardlink_of || r->hardlink_of) && !span_equal(holder(l)->path, holder(r)->path);
}

/* Whether each node stands in a pair of which the other side is not the same: one that a dump holds
 * twice may be. */
static bool *differing(const struct matching *m, struct arena *a, const struct tree *t, bool right)
{
	bool *differs = arena_take(a, t->count, sizeof(*differs));

	for (uint32_t i = 0; differs && i < m->pair_count; i++) {
		const struct pair *p = &m->pairs[i];
		const struct node *n = right ? p->right : p->left;

		if (n && (p->relation != PAIR_SAME || is_linked_otherwise(p->left, p->right)))
			differs[n->id] = differs[holder(n)->id] = true;
	}
	return differs;
}

/* Contents that both sides are known to have. */
struct shared {
	struct known *left, *right;
	uint32_t n, room;
	const bool *differs_left, *differs_right;
	bool joins,
		by_right; /* which side's node, of which the other may have two, gives the number */
};

static void share(struct shared *s, const struct node *l, const struct node *r)
{
	uint32_t number;

	if (!is_content(l) || !is_content(r) || (s->joins && is_joined(l)) ||
	    s->differs_left[l->id] || s->differs_right[r->id] || s->n == s->room)
		return;
	number = (s->by_right ? r : l)->id + 1;
	s->left[s->n] = (struct known){ node_key(l), number };
	s->right[s->n++] = (struct known){ node_key(r), number };
}

/* Regions of the same bytes hold the same entries in the same order. */
static void share_inside(struct shared *s, const struct node *l, const struct node *r)
{
	const struct node *a = node_next(l, l), *b = node_next(r, r);

	for (; a && b && a->kind == b->kind && span_equal(a->path, b->path);
	     a = node_next(a, l), b = node_next(b, r))
		share(s, a, b);
}

bool survey_compare(const struct tree *left, const struct watch *surveyed_left,
		    const struct tree *right, const struct watch *surveyed_right, struct arena *a,
		    bool leave_same, struct watch *look_left, struct watch *look_right)
{
	struct matching m = { .arena = a, .left = surveyed_left, .right = surveyed_right };
	struct shared s = { 0 };

	if (!leave_same)
		return true;
	if (!match_trees(&m, left->image, right->image))
		return false;
	s.room = m.pair_count + (left->count > right->count ? left->count : right->count);
	s.left = arena_take(a, s.room, sizeof(*s.left));
	s.right = arena_take(a, s.room, sizeof(*s.right));
	s.differs_left = differing(&m, a, left, false);
	s.differs_right = differing(&m, a, right, true);
	if (!s.left || !s.right || !s.differs_left || !s.differs_right)
		return false;
	s.joins = joins_differ(&m);
	s.by_right = m.dump == DUMP_LEFT;
	for (uint32_t i = 0; i < m.pair_count; i++) {
		const struct pair *p = &m.pairs[i];

		if (p->relation != PAIR_SAME)
			continue;
		share(&s, p->left, p->right);
		if (p->left->kind == KIND_REGION && p->right->kind == KIND_REGION && !p->is_torn)
			share_inside(&s, p->left, p->right);
	}
	qsort(s.left, s.n, sizeof(*s.left), by_key);
	qsort(s.right, s.n, sizeof(*s.right), by_key);
	look_left->known = s.left;
	look_right->known = s.right;
	look_left->known_count = look_right->known_count = s.n;
	return true;
}
