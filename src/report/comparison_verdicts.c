/* comparison_verdicts.c - verdicts of two images, sorted by check and merged. */
#include "report/comparison_verdicts.h"

#include <stdlib.h>

static int by_check(const void *a, const void *b)
{
	const struct verdict *x = *(const struct verdict *const *)a;
	const struct verdict *y = *(const struct verdict *const *)b;

	return strcmp(x->check->id, y->check->id);
}

/* NULL: no memory. */
static const struct verdict **sorted(const struct verdict *list, uint32_t n, struct arena *a)
{
	const struct verdict **p = arena_take(a, n, sizeof(const struct verdict *));

	if (!p)
		return NULL;
	for (uint32_t i = 0; i < n; i++)
		p[i] = &list[i];
	qsort(p, n, sizeof(const struct verdict *), by_check);
	return p;
}

static bool is_same(const struct verdict *a, const struct verdict *b)
{
	return a && b && a->outcome == b->outcome && a->reason == b->reason;
}

bool verdicts_compare(const struct verdict *left, uint32_t left_count, const struct verdict *right,
		      uint32_t right_count, struct arena *a, struct verdict_change **out,
		      uint32_t *count)
{
	const struct verdict **l = sorted(left, left_count, a), **r = sorted(right, right_count, a);
	uint32_t i = 0, k = 0;

	*count = 0;
	*out = arena_take(a, (uint64_t)left_count + right_count, sizeof(**out));
	if (!l || !r || !*out)
		return false;
	while (i < left_count || k < right_count) {
		int order = i == left_count ? 1 : k == right_count ? -1 : by_check(&l[i], &r[k]);
		const struct verdict *one = order <= 0 ? l[i++] : NULL;
		const struct verdict *other = order >= 0 ? r[k++] : NULL;

		if (!is_same(one, other))
			(*out)[(*count)++] =
				(struct verdict_change){ one ? one->check : other->check, one,
							 other };
	}
	return true;
}
