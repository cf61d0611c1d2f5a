/* calls.c - the table of unsafe and safe calls of two images. */
#include <stdlib.h>

#include "compare/fact_item.h"

/* One call of one executable. */
struct call {
	struct span path, name;
	bool is_safe, is_right;
};

struct calls {
	struct call *p;
	uint64_t n;
};

static int by_path(const void *a, const void *b)
{
	const struct call *x = a, *y = b;
	int order = span_compare(x->path, y->path);

	order = order ? order : x->is_safe - y->is_safe;
	order = order ? order : x->is_right - y->is_right;
	return order ? order : span_compare(x->name, y->name);
}

static int by_call(const void *a, const void *b)
{
	const struct call *x = a, *y = b;
	int order = x->is_safe - y->is_safe;

	order = order ? order : span_compare(x->name, y->name);
	order = order ? order : x->is_right - y->is_right;
	return order ? order : span_compare(x->path, y->path);
}

static const struct executable_fact *executable(const struct facts *f, uint32_t i)
{
	return (const void *)f->of[FACT_EXECUTABLE][i];
}

static uint64_t count_calls(const struct facts *f)
{
	uint64_t n = 0;

	for (uint32_t i = 0; i < f->count[FACT_EXECUTABLE]; i++)
		n += (uint64_t)executable(f, i)->unsafe_calls.n + executable(f, i)->safe_calls.n;
	return n;
}

static void put_calls(struct calls *to, struct spans names, struct call like)
{
	for (uint32_t i = 0; i < names.n; i++) {
		like.name = names.p[i];
		to->p[to->n++] = like;
	}
}

static void put_side(struct comparing *c, struct calls *to, const struct facts *f, bool is_right)
{
	for (uint32_t i = 0; i < f->count[FACT_EXECUTABLE]; i++) {
		const struct executable_fact *x = executable(f, i);
		struct span path = { 0 };

		if (x->unsafe_calls.n + x->safe_calls.n)
			path = place_of(c, x->f.node);
		put_calls(to, x->unsafe_calls, (struct call){ path, { 0 }, false, is_right });
		put_calls(to, x->safe_calls, (struct call){ path, { 0 }, true, is_right });
	}
}

/* The names among calls of one path, of one sort and side. */
static struct spans names_of(struct comparing *c, struct calls one, bool is_safe, bool is_right)
{
	struct span *p = arena_take(c->arena, one.n, sizeof(*p));
	struct spans names = { p, 0 };

	c->lost |= !p;
	for (uint64_t i = 0; p && i < one.n; i++)
		if (one.p[i].is_safe == is_safe && one.p[i].is_right == is_right)
			p[names.n++] = one.p[i].name;
	return spans_sorted(c, names);
}

static struct call_sets sets_of(struct comparing *c, struct calls one, bool is_safe)
{
	struct call_sets s = {
		.left = names_of(c, one, is_safe, false),
		.right = names_of(c, one, is_safe, true),
	};

	s.added = spans_without(c, s.right, s.left);
	s.removed = spans_without(c, s.left, s.right);
	return s;
}

static void put_rows(struct comparing *c, struct calls all, struct calls_table *out)
{
	uint64_t end;

	for (uint64_t i = 0; i < all.n; i = end) {
		struct calls_row *row = &out->rows[out->row_count++];
		struct calls one = { all.p + i, 0 };

		for (end = i; end < all.n && span_equal(all.p[end].path, all.p[i].path); end++) {
			row->is_left |= !all.p[end].is_right;
			row->is_right |= all.p[end].is_right;
		}
		one.n = end - i;
		row->path = all.p[i].path;
		row->unsafe = sets_of(c, one, false);
		row->safe = sets_of(c, one, true);
	}
}

/* Two copies at one path count once. */
static bool is_same(const struct call *a, const struct call *b)
{
	return a->is_safe == b->is_safe && a->is_right == b->is_right &&
	       span_equal(a->name, b->name) && span_equal(a->path, b->path);
}

static void put_totals(struct calls all, struct calls_table *out)
{
	struct calls_total *last = NULL;

	for (uint64_t i = 0; i < all.n; i++) {
		const struct call *x = &all.p[i];

		if (i && is_same(x, x - 1))
			continue;
		if (!last || last->is_safe != x->is_safe || !span_equal(last->call, x->name)) {
			last = &out->totals[out->total_count++];
			last->call = x->name;
			last->is_safe = x->is_safe;
		}
		last->left += !x->is_right;
		last->right += x->is_right;
	}
}

bool calls_compare(const struct facts *left, const struct facts *right, struct arena *a,
		   struct calls_table *out)
{
	struct comparing c = { .arena = a };
	uint64_t most = count_calls(left) + count_calls(right);
	struct calls all = { arena_take(a, most, sizeof(*all.p)), 0 };
	uint64_t rows = (uint64_t)left->count[FACT_EXECUTABLE] + right->count[FACT_EXECUTABLE];

	*out = (struct calls_table){
		.rows = arena_take(a, rows, sizeof(*out->rows)),
		.totals = arena_take(a, most, sizeof(*out->totals)),
	};
	if (!all.p || !out->rows || !out->totals)
		return false;
	put_side(&c, &all, left, false);
	put_side(&c, &all, right, true);
	qsort(all.p, all.n, sizeof(*all.p), by_path);
	put_rows(&c, all, out);
	qsort(all.p, all.n, sizeof(*all.p), by_call);
	put_totals(all, out);
	text_free(&c.scratch);
	return !c.lost;
}
