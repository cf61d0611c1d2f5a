/* differences.h - two contents, explained by hand. */
#ifndef EVENHAND_TESTS_UNIT_COMPARE_DIFFERENCES_H
#define EVENHAND_TESTS_UNIT_COMPARE_DIFFERENCES_H

#include "unit/support.h"

#include "compare/explain.h"

struct explained {
	struct arena arena;
	struct explaining x;
};

static inline void explained_init(struct explained *e, struct span left, struct span right)
{
	*e = (struct explained){ 0 };
	arena_init(&e->arena, 256 << 20);
	e->x.arena = &e->arena;
	explain_content(&e->x, left, right);
	assert_false(e->x.lost);
	assert_non_null(e->x.first);
}

static inline void explained_free(struct explained *e)
{
	arena_free(&e->arena);
}

static inline enum weight explained_weight(const struct explained *e)
{
	enum weight worst = WEIGHT_ACCEPTED;

	for (const struct difference *d = e->x.first; d; d = d->next)
		worst = d->weight > worst ? d->weight : worst;
	return worst;
}

/* The n-th difference of a cause; NULL where there are not so many. */
static inline const struct difference *explained_find(const struct explained *e, enum cause cause,
						      unsigned n)
{
	for (const struct difference *d = e->x.first; d; d = d->next)
		if (d->cause == cause && n-- == 0)
			return d;
	return NULL;
}

/* That there is one such, and where it stands on the left. */
static inline const struct difference *names(const struct explained *e, enum cause cause,
					     const char *unit, uint64_t offset, uint64_t length)
{
	const struct difference *d;

	for (unsigned n = 0; (d = explained_find(e, cause, n)); n++)
		if (span_is(d->unit, unit) && d->left.offset == offset && d->left.length == length)
			return d;
	fail_msg("no %s in %s at 0x%llx, %llu bytes", causes[cause].name, unit,
		 (unsigned long long)offset, (unsigned long long)length);
	return NULL;
}

static inline void says(const struct difference *d, const char *text)
{
	if (!span_is(d->says, text))
		fail_msg("says \"%.*s\", not \"%s\"", (int)d->says.n, (const char *)d->says.p,
			 text);
}

/* Two samples, or one and a copy that a test changes. */
struct two {
	struct span left, right;
};

static inline struct two two_samples(const char *left, const char *right)
{
	char path[64];
	struct two t;

	snprintf(path, sizeof(path), "compare/%s", left);
	t.left = sample_read(path);
	snprintf(path, sizeof(path), "compare/%s", right);
	t.right = sample_read(path);
	return t;
}

static inline void two_free(struct two t)
{
	sample_free(t.left);
	sample_free(t.right);
}

/* Puts a text of the same length over the only place of another. */
static inline void put_over(struct span s, const char *old, const char *new)
{
	size_t at = span_find(s, 0, span_text(old));

	assert_true(at < s.n);
	assert_int_equal(strlen(old), strlen(new));
	memcpy(sample_bytes(s) + at, new, strlen(new));
}

#endif
