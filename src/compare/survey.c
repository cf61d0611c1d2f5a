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

/* Whether each node stands in a pair of which the other side is not the same: one that a dump holds
 * twice may be. */
static bool *differing(const struct matching *m, struct arena *a, const struct tree *t, bool right)
{
	bool *differs = arena_take(a, t->count, sizeof(*differs));

	for (uint32_t i = 0; differs && i < m->pair_count; i++) {
		const struct node *n = right ? m->pairs[i].right : m->pairs[i].left;

		if (n && m->pairs[i].relation != PAIR_SAME)
			differs[n->id] = true;
	}
	return differs;
}

bool survey_compare(const struct tree *left, const struct watch *surveyed_left,
		    const struct tree *right, const struct watch *surveyed_right, struct arena *a,
		    bool leave_same, struct watch *look_left, struct watch *look_right)
{
	struct matching m = { .arena = a, .left = surveyed_left, .right = surveyed_right };
	struct known *l, *r;
	uint32_t n = 0;
	bool joins, *differs_left, *differs_right;

	if (!leave_same)
		return true;
	if (!match_trees(&m, left->image, right->image))
		return false;
	l = arena_take(a, m.pair_count, sizeof(*l));
	r = arena_take(a, m.pair_count, sizeof(*r));
	differs_left = differing(&m, a, left, false);
	differs_right = differing(&m, a, right, true);
	if (!l || !r || !differs_left || !differs_right)
		return false;
	joins = joins_differ(&m);
	for (uint32_t i = 0; i < m.pair_count; i++) {
		const struct pair *p = &m.pairs[i];

		if (p->relation != PAIR_SAME || !is_content(p->left) || !is_content(p->right) ||
		    (joins && is_joined(p->left)) || differs_left[p->left->id] ||
		    differs_right[p->right->id])
			continue;
		l[n] = (struct known){ node_key(p->left), p->left->id + 1 };
		r[n++] = (struct known){ node_key(p->right), p->left->id + 1 };
	}
	qsort(l, n, sizeof(*l), by_key);
	qsort(r, n, sizeof(*r), by_key);
	look_left->known = l;
	look_right->known = r;
	look_left->known_count = look_right->known_count = n;
	return true;
}
