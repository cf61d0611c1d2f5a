/* compare.c - the answer: from differences, each weighed by its cause. */
#include "compare/differences.h"

/* A difference in what is damaged, or lies in it, says nothing for sure. */
static void open_what_is_damaged(struct difference *d)
{
	if (d->weight == WEIGHT_CHANGES && (is_damaged(d->left.node) || is_damaged(d->right.node)))
		d->weight = WEIGHT_OPEN;
}

static void weigh(struct difference *first, const struct compare_options *o)
{
	for (struct difference *d = first; d; d = d->next) {
		open_what_is_damaged(d);
		if (d->weight == WEIGHT_ACCEPTED && o->narrowed && !o->accepted[d->cause])
			d->weight = WEIGHT_CHANGES;
	}
}

static enum comparison_answer answer_of(const struct difference *first)
{
	enum weight worst = WEIGHT_ACCEPTED;

	for (const struct difference *d = first; d; d = d->next)
		worst = d->weight > worst ? d->weight : worst;
	return worst == WEIGHT_CHANGES ? ANSWER_DIFFERENT
	       : worst == WEIGHT_OPEN  ? ANSWER_UNDECIDED
				       : ANSWER_EQUIVALENT;
}

bool compare_trees(struct comparison *c, const struct compare_options *o, const struct tree *left,
		   const struct watch *lw, const struct tree *right, const struct watch *rw,
		   struct arena *a)
{
	struct matching *m = arena_take(a, 1, sizeof(*m));
	struct explanation e = { .x = { .arena = a },
				 .m = m,
				 .latest = o->latest ? o->latest : LATEST_TIME };

	if (!m)
		return false;
	*m = (struct matching){ .arena = a, .left = lw, .right = rw };
	if (!match_trees(m, left->image, right->image))
		return false;
	match_moved(m);
	explain_all(&e);
	if (!e.x.first)
		differ(&e.x, CAUSE_COMPRESSION, (struct byte_range){ 0 }, (struct byte_range){ 0 },
		       NULL, "the same contents, stored in other bytes");
	weigh(e.x.first, o);
	*c = (struct comparison){ .answer = answer_of(e.x.first),
				  .options = o,
				  .differences = e.x.first,
				  .difference_count = e.x.count,
				  .matching = m };
	return !e.x.lost && !m->lost;
}
