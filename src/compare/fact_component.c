/* fact_component.c - components are compared by name: all versions of a side with all of the other.
 */
#include <stdlib.h>

#include "compare/fact_item.h"

#define MOST_FIELDS 3 /* version, copies, license */

/* Of one side, by name, then version. */
struct parts {
	const struct component_fact **p;
	uint32_t n;
};

/* The facts of one name. */
struct part {
	const struct component_fact *first;
	struct spans versions, licenses;
	uint64_t copies;
};

static int by_name(const void *a, const void *b)
{
	const struct component_fact *x = *(const struct component_fact *const *)a;
	const struct component_fact *y = *(const struct component_fact *const *)b;
	int order = span_compare(x->name, y->name);

	order = order ? order : span_compare(x->version, y->version);
	return order ? order : (x->f.id > y->f.id) - (x->f.id < y->f.id);
}

static struct parts parts_of(struct comparing *c, const struct facts *f)
{
	uint32_t n = f->count[FACT_COMPONENT];
	const struct component_fact **p = arena_take(c->arena, n, sizeof(*p));

	if (!p) {
		c->lost = true;
		return (struct parts){ 0 };
	}
	for (uint32_t i = 0; i < n; i++)
		p[i] = (const void *)f->of[FACT_COMPONENT][i];
	qsort(p, n, sizeof(*p), by_name);
	return (struct parts){ p, n };
}

static struct parts group_at(struct parts all, uint32_t at)
{
	uint32_t end = at;

	while (end < all.n && span_equal(all.p[end]->name, all.p[at]->name))
		end++;
	return (struct parts){ all.p + at, end - at };
}

static struct part part_of(struct comparing *c, struct parts group)
{
	struct span *versions = arena_take(c->arena, group.n, sizeof(*versions));
	struct span *licenses = arena_take(c->arena, group.n, sizeof(*licenses));
	struct part x = { .first = group.n ? group.p[0] : NULL };

	if (!versions || !licenses) {
		c->lost = true;
		return x;
	}
	for (uint32_t i = 0; i < group.n; i++) {
		versions[i] = group.p[i]->version;
		licenses[i] = group.p[i]->license;
		x.copies += group.p[i]->nodes.n;
	}
	x.versions = spans_sorted(c, (struct spans){ versions, group.n });
	x.licenses = spans_sorted(c, (struct spans){ licenses, group.n });
	return x;
}

static bool same_set(struct spans a, struct spans b)
{
	if (a.n != b.n)
		return false;
	for (uint32_t i = 0; i < a.n; i++)
		if (!span_equal(a.p[i], b.p[i]))
			return false;
	return true;
}

/* The empty one, which comes first, is what is not known. */
static struct span known(struct comparing *c, struct spans set, bool *any)
{
	bool skip = set.n && set.p[0].n == 0;

	*any = set.n > skip;
	return spans_joined(c, (struct spans){ set.p + skip, set.n - skip });
}

static struct field_change sets_change(struct comparing *c, const char *name, struct spans left,
				       struct spans right)
{
	struct field_change x = { .name = name };

	x.left = known(c, left, &x.has_left);
	x.right = known(c, right, &x.has_right);
	return x;
}

static struct span number(struct comparing *c, uint64_t value)
{
	text_format(&c->scratch, "%llu", (unsigned long long)value);
	return scratch_kept(c);
}

static struct field_change copies_change(struct comparing *c, const struct part *left,
					 const struct part *right)
{
	struct field_change x = {
		"copies", left->first != NULL, right->first != NULL, { 0 }, { 0 }
	};

	if (x.has_left)
		x.left = number(c, left->copies);
	if (x.has_right)
		x.right = number(c, right->copies);
	return x;
}

static bool tell(struct comparing *c, const struct part *left, const struct part *right,
		 struct fact_change *to)
{
	struct field_change *fields;
	bool same_versions = same_set(left->versions, right->versions);
	bool same_licenses = same_set(left->licenses, right->licenses);
	struct item any = { .fact = left->first ? &left->first->f : &right->first->f };

	if (left->first && right->first && same_versions && same_licenses)
		return false;
	fields = arena_take(c->arena, MOST_FIELDS, sizeof(*fields));
	if (!fields) {
		c->lost = true;
		return false;
	}
	*to = (struct fact_change){
		.fact_kind = FACT_COMPONENT,
		.kind = !left->first    ? FACT_ADDED
			: !right->first ? FACT_REMOVED
					: FACT_CHANGED,
		.left = left->first ? &left->first->f : NULL,
		.right = right->first ? &right->first->f : NULL,
		.what = item_name(c, &any, &any),
		.fields = fields,
	};
	if (!same_versions || to->kind != FACT_CHANGED) {
		fields[to->field_count++] =
			sets_change(c, "version", left->versions, right->versions);
		if (left->copies != right->copies)
			fields[to->field_count++] = copies_change(c, left, right);
	}
	if (!same_licenses)
		fields[to->field_count++] =
			sets_change(c, "license", left->licenses, right->licenses);
	return true;
}

uint32_t components_compare(struct comparing *c, const struct facts *left,
			    const struct facts *right, struct fact_change *to)
{
	struct parts l = parts_of(c, left), r = parts_of(c, right);
	uint32_t at_left = 0, at_right = 0, n = 0;

	while (at_left < l.n || at_right < r.n) {
		struct parts of_left = { 0 }, of_right = { 0 };
		struct part one, other;
		int order = at_left == l.n ? 1
			    : at_right == r.n
				    ? -1
				    : span_compare(l.p[at_left]->name, r.p[at_right]->name);

		if (order <= 0)
			of_left = group_at(l, at_left);
		if (order >= 0)
			of_right = group_at(r, at_right);
		at_left += of_left.n;
		at_right += of_right.n;
		one = part_of(c, of_left);
		other = part_of(c, of_right);
		n += tell(c, &one, &other, &to[n]);
	}
	return n;
}
