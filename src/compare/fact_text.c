/* fact_text.c - fields of facts as values to compare and as texts to show. */
#include "compare/fact_item.h"

#include <stdlib.h>

struct span scratch_kept(struct comparing *c)
{
	struct span s = text_span(&c->scratch), copy = arena_copy(c->arena, s);

	c->lost |= c->scratch.failed || copy.n != s.n;
	c->scratch.n = 0;
	return copy;
}

static int by_bytes(const void *a, const void *b)
{
	return span_compare(*(const struct span *)a, *(const struct span *)b);
}

struct spans spans_sorted(struct comparing *c, struct spans list)
{
	struct span *p = arena_take(c->arena, list.n, sizeof(*p));
	uint32_t n = 0;

	if (!p) {
		c->lost = true;
		return (struct spans){ 0 };
	}
	for (uint32_t i = 0; i < list.n; i++)
		p[i] = list.p[i];
	qsort(p, list.n, sizeof(*p), by_bytes);
	for (uint32_t i = 0; i < list.n; i++)
		if (n == 0 || !span_equal(p[i], p[n - 1]))
			p[n++] = p[i];
	return (struct spans){ p, n };
}

struct spans spans_without(struct comparing *c, struct spans a, struct spans b)
{
	struct span *p = arena_take(c->arena, a.n, sizeof(*p));
	uint32_t n = 0, at = 0;

	if (!p) {
		c->lost = true;
		return (struct spans){ 0 };
	}
	for (uint32_t i = 0; i < a.n; i++) {
		while (at < b.n && span_compare(b.p[at], a.p[i]) < 0)
			at++;
		if (at == b.n || !span_equal(b.p[at], a.p[i]))
			p[n++] = a.p[i];
	}
	return (struct spans){ p, n };
}

static void put_joined(struct text *t, struct spans list)
{
	for (uint32_t i = 0; i < list.n; i++) {
		text_puts(t, i ? ", " : "");
		text_put(t, list.p[i]);
	}
}

struct span spans_joined(struct comparing *c, struct spans list)
{
	c->scratch.n = 0;
	put_joined(&c->scratch, list);
	return scratch_kept(c);
}

static bool put_span(struct text *t, struct span s, bool there)
{
	if (there)
		text_put(t, s);
	return there;
}

static bool put_name(struct text *t, const char *name)
{
	return put_span(t, name ? span_text(name) : (struct span){ 0 }, name != NULL);
}

static bool put_number(struct text *t, uint64_t value, bool there)
{
	if (there)
		text_format(t, "%llu", (unsigned long long)value);
	return there;
}

static bool put_tri(struct text *t, enum tri value)
{
	static const char *const says[] = { "no", "yes", NULL };

	return put_name(t, says[value]);
}

static bool put_list(struct comparing *c, struct spans list, bool there)
{
	if (there)
		put_joined(&c->scratch, spans_sorted(c, list));
	return there;
}

/* Places are no part of what is compared: of a node it counts whether there is one. */
static bool put_field(struct comparing *c, const uint8_t *base, const struct field *field)
{
	const void *at = base + field->at;
	const struct span *s = at;
	struct text *t = &c->scratch;

	switch (field->type) {
	case FIELD_SPAN:
		return put_span(t, *s, true);
	case FIELD_SPAN_OR_NULL:
		return put_span(t, *s, s->n > 0);
	case FIELD_PASSWORD:
		return put_span(t, *s, *(const bool *)(base + field->with));
	case FIELD_NAME:
	case FIELD_NAME_OR_NULL:
		return put_name(t, *(const char *const *)at);
	case FIELD_U32:
		return put_number(t, *(const uint32_t *)at, true);
	case FIELD_U32_OR_NULL:
		return put_number(t, *(const uint32_t *)at, *(const uint32_t *)at != 0);
	case FIELD_U64:
		return put_number(t, *(const uint64_t *)at, true);
	case FIELD_BOOL:
		return put_tri(t, *(const bool *)at ? TRI_YES : TRI_NO);
	case FIELD_TRI:
		return put_tri(t, *(const enum tri *)at);
	case FIELD_SPANS:
		return put_list(c, *(const struct spans *)at, true);
	case FIELD_SPANS_OR_NULL:
		return put_list(c, *(const struct spans *)at, ((const struct spans *)at)->p);
	case FIELD_MODE:
		text_format(t, "%04o", *(const uint32_t *)at & 07777);
		return true;
	case FIELD_NODE:
		return put_name(t, *(const struct node *const *)at ? "in the image" : NULL);
	case FIELD_NODES:
	case FIELD_COMPONENT:
	case FIELD_RANGES:
		break;
	}
	return false;
}

bool fact_text(struct comparing *c, const struct fact *f, const struct field *field)
{
	return put_field(c, (const uint8_t *)f, field);
}

static void put_length(struct text *t, uint64_t n)
{
	text_put(t, (struct span){ (const uint8_t *)&n, sizeof(n) });
}

/* Lengths stand before bytes, so that no two values look the same. */
void fact_value(struct comparing *c, const struct fact *f, const struct field *field)
{
	struct text *t = &c->scratch;
	const struct spans *list = (const void *)((const uint8_t *)f + field->at);
	struct spans sorted;
	uint64_t length;
	size_t from = t->n;
	bool there;

	if (field->type == FIELD_SPANS || (field->type == FIELD_SPANS_OR_NULL && list->p)) {
		sorted = spans_sorted(c, *list);
		put_length(t, sorted.n);
		for (uint32_t i = 0; i < sorted.n; i++) {
			put_length(t, sorted.p[i].n);
			text_put(t, sorted.p[i]);
		}
		return;
	}
	put_length(t, UINT64_MAX);
	there = put_field(c, (const uint8_t *)f, field);
	length = t->n - from - sizeof(length);
	if (there && !t->failed)
		memcpy(t->p + from, &length, sizeof(length));
}
