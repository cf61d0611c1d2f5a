/* facts.c - two lists of facts, sorted and merged. Facts that one thing has on both sides in the
 * same words cancel out; what is left of it is paired in order, and what is left then came or went,
 * unless its file only moved. */
#include "compare/facts.h"

#include <stdlib.h>

#include "compare/fact_item.h"

struct change {
	struct fact_change made;
	const struct item *left, *right;
	uint32_t nth; /* in the order of things */
	bool moved;
};

struct changes {
	struct change *p;
	uint32_t n;
	uint64_t most;
};

static const struct item *item_of(const struct change *x)
{
	return x->left ? x->left : x->right;
}

static void add(struct comparing *c, struct changes *to, const struct item *left,
		const struct item *right)
{
	if (to->n == to->most) {
		c->lost = true;
		return;
	}
	to->p[to->n++] = (struct change){ .left = left, .right = right, .nth = to->n };
}

/* -- one kind: what differs -- */

/* The items of one thing, from `at` on. */
static struct items group_at(struct items all, uint32_t at)
{
	uint32_t end = at;

	while (end < all.n && item_compare(&all.p[end], &all.p[at]) == 0)
		end++;
	return (struct items){ all.p + at, end - at };
}

/* Takes out of both what both say. */
static void cancel_same(struct items *left, struct items *right)
{
	uint32_t l = 0, r = 0, nl = 0, nr = 0;

	while (l < left->n || r < right->n) {
		int order = l == left->n    ? 1
			    : r == right->n ? -1
					    : item_compare_all(&left->p[l], &right->p[r]);

		if (order < 0)
			left->p[nl++] = left->p[l];
		else if (order > 0)
			right->p[nr++] = right->p[r];
		l += order <= 0;
		r += order >= 0;
	}
	left->n = nl;
	right->n = nr;
}

static void merge_group(struct comparing *c, struct items left, struct items right,
			struct changes *to)
{
	uint32_t most;

	cancel_same(&left, &right);
	most = left.n > right.n ? left.n : right.n;
	for (uint32_t i = 0; i < most; i++)
		add(c, to, i < left.n ? &left.p[i] : NULL, i < right.n ? &right.p[i] : NULL);
}

static void merge(struct comparing *c, struct items left, struct items right, struct changes *to)
{
	uint32_t l = 0, r = 0;

	while (l < left.n || r < right.n) {
		struct items of_left = { 0 }, of_right = { 0 };
		int order = l == left.n    ? 1
			    : r == right.n ? -1
					   : item_compare(&left.p[l], &right.p[r]);

		if (order <= 0)
			of_left = group_at(left, l);
		if (order >= 0)
			of_right = group_at(right, r);
		l += of_left.n;
		r += of_right.n;
		merge_group(c, of_left, of_right, to);
	}
}

/* -- files that moved -- */

static int by_content(const void *a, const void *b)
{
	const struct change *x = *(struct change *const *)a, *y = *(struct change *const *)b;
	const struct item *i = item_of(x), *j = item_of(y);
	int order = span_compare(i->key, j->key);

	order = order ? order : span_compare(i->value, j->value);
	order = order ? order : memcmp(i->fact->node->sha256, j->fact->node->sha256, 32);
	order = order ? order : (x->left != NULL) - (y->left != NULL);
	order = order ? order : span_compare(i->place, j->place);
	return order ? order : (i->nth > j->nth) - (i->nth < j->nth);
}

static bool is_same_content(const struct change *x, const struct change *y)
{
	const struct item *i = item_of(x), *j = item_of(y);

	return span_equal(i->key, j->key) && span_equal(i->value, j->value) &&
	       memcmp(i->fact->node->sha256, j->fact->node->sha256, 32) == 0;
}

/* What went here and came there with the same file, as often as both happened. `one` holds all
 * that is the same, first what came. */
static void cancel_moved(struct change **one, uint32_t n)
{
	uint32_t came = 0, pairs;

	while (came < n && !one[came]->left)
		came++;
	pairs = came < n - came ? came : n - came;
	for (uint32_t i = 0; i < pairs; i++)
		one[i]->moved = one[came + i]->moved = true;
}

static void find_moved(struct comparing *c, struct changes *all)
{
	struct change **one_sided = arena_take(c->arena, all->n, sizeof(struct change *));
	uint32_t n = 0, end;

	if (!one_sided) {
		c->lost = true;
		return;
	}
	for (uint32_t i = 0; i < all->n; i++) {
		struct change *x = &all->p[i];

		if (!(x->left && x->right) && item_of(x)->fact->node->has_sha256)
			one_sided[n++] = x;
	}
	qsort(one_sided, n, sizeof(struct change *), by_content);
	for (uint32_t i = 0; i < n; i = end) {
		for (end = i + 1; end < n && is_same_content(one_sided[i], one_sided[end]);)
			end++;
		cancel_moved(one_sided + i, end - i);
	}
}

/* -- what it is said with -- */

static bool is_list(const struct field *f)
{
	return f->type == FIELD_SPANS || f->type == FIELD_SPANS_OR_NULL;
}

static const struct spans *list_of(const struct fact *f, const struct field *field)
{
	return (const void *)((const uint8_t *)f + field->at);
}

static struct field_change set_change(struct comparing *c, const char *name, struct spans left,
				      struct spans right)
{
	struct field_change x = { .name = name };
	struct spans only_left = spans_without(c, left, right);
	struct spans only_right = spans_without(c, right, left);

	x.has_left = only_left.n > 0;
	x.has_right = only_right.n > 0;
	x.left = spans_joined(c, only_left);
	x.right = spans_joined(c, only_right);
	return x;
}

static bool same_value(struct comparing *c, const struct fact *left, const struct fact *right,
		       const struct field *field)
{
	struct span both;
	size_t n;
	bool same;

	c->scratch.n = 0;
	fact_value(c, left, field);
	n = c->scratch.n;
	fact_value(c, right, field);
	both = text_span(&c->scratch);
	same = span_equal(span_head(both, n), span_from(both, n));
	c->scratch.n = 0;
	return same;
}

static struct field_change field_change(struct comparing *c, const struct fact *left,
					const struct fact *right, const struct field *field)
{
	struct field_change x = { .name = field->name };

	if (is_list(field))
		return set_change(c, field->name, spans_sorted(c, *list_of(left, field)),
				  spans_sorted(c, *list_of(right, field)));
	x.has_left = fact_text(c, left, field);
	x.left = scratch_kept(c);
	x.has_right = fact_text(c, right, field);
	x.right = scratch_kept(c);
	return x;
}

/* A secret that was replaced by one that looks the same when masked. */
static struct field_change masked_change(const struct fact *left, const struct fact *right)
{
	const struct secret_fact *l = (const void *)left, *r = (const void *)right;

	return (struct field_change){ "value", true, true, l->masked, r->masked };
}

static void tell_fields(struct comparing *c, struct fact_change *x)
{
	enum fact_kind kind = x->fact_kind;
	struct field_change *fields =
		arena_take(c->arena, fact_tables[kind].count + 1, sizeof(*fields));
	const struct field *field;
	size_t at = 0;

	if (!fields) {
		c->lost = true;
		return;
	}
	while ((field = item_field(kind, &at)))
		if (!same_value(c, x->left, x->right, field))
			fields[x->field_count++] = field_change(c, x->left, x->right, field);
	if (kind == FACT_SECRET && x->field_count == 0)
		fields[x->field_count++] = masked_change(x->left, x->right);
	x->fields = fields;
}

static void tell(struct comparing *c, struct change *x)
{
	const struct item *left = x->left, *right = x->right;

	x->made = (struct fact_change){
		.fact_kind = item_of(x)->fact->kind,
		.kind = !left    ? FACT_ADDED
			: !right ? FACT_REMOVED
				 : FACT_CHANGED,
		.left = left ? left->fact : NULL,
		.right = right ? right->fact : NULL,
		.what = item_name(c, item_of(x), right ? right : left),
	};
	if (left && right)
		tell_fields(c, &x->made);
}

/* -- all -- */

static int by_name(const void *a, const void *b)
{
	const struct change *x = a, *y = b;
	int order = span_compare(x->made.what, y->made.what);

	return order ? order : (x->nth > y->nth) - (x->nth < y->nth);
}

static uint32_t put_changes(struct changes *from, struct fact_change *to)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < from->n; i++)
		if (!from->p[i].moved)
			from->p[n++] = from->p[i];
	qsort(from->p, n, sizeof(*from->p), by_name);
	for (uint32_t i = 0; i < n; i++)
		to[i] = from->p[i].made;
	return n;
}

static uint32_t compare_kind(struct comparing *c, const struct facts *left,
			     const struct facts *right, enum fact_kind kind, struct fact_change *to)
{
	struct changes all = { .most = (uint64_t)left->count[kind] + right->count[kind] };

	all.p = arena_take(c->arena, all.most, sizeof(*all.p));
	if (!all.p) {
		c->lost = true;
		return 0;
	}
	merge(c, items_of(c, left, kind), items_of(c, right, kind), &all);
	if (item_moves(kind))
		find_moved(c, &all);
	for (uint32_t i = 0; i < all.n; i++)
		if (!all.p[i].moved)
			tell(c, &all.p[i]);
	return put_changes(&all, to);
}

/* Stored reports have none. */
static bool has_values(const struct facts *f)
{
	for (uint32_t i = 0; i < f->count[FACT_SECRET]; i++)
		if (((const struct secret_fact *)(const void *)f->of[FACT_SECRET][i])->value.n == 0)
			return false;
	return true;
}

bool facts_compare(const struct facts *left, const struct facts *right, struct arena *a,
		   struct fact_change **out, uint32_t *count)
{
	struct comparing c = { .arena = a, .values = has_values(left) && has_values(right) };
	uint64_t most = 0;

	for (int k = 0; k < FACT_KINDS; k++)
		most += (uint64_t)left->count[k] + right->count[k];
	*count = 0;
	*out = arena_take(a, most, sizeof(**out));
	if (!*out || most > UINT32_MAX)
		return false;
	for (int k = 0; k < FACT_KINDS; k++) {
		enum fact_kind kind = (enum fact_kind)k;

		if (kind == FACT_COMPONENT)
			*count += components_compare(&c, left, right, *out + *count);
		else if (facts_are_compared(kind))
			*count += compare_kind(&c, left, right, kind, *out + *count);
	}
	text_free(&c.scratch);
	return !c.lost;
}
