/* component.c - which software is in a file: version banners found by the pattern pass and
 * confirmed exactly, versions in file names. A banner in another program's file shows a link, not a
 * copy. */
#include "observe/component.h"

#include "base/text.h"

#define LEAST_STRING   4
#define LONGEST_STRING 4096
#define STRINGS_BEFORE 3
#define STRINGS_AFTER  5
#define MOST_FOUND     64

static bool is_printable(int c)
{
	return (c >= 0x20 && c < 0x7f) || c == '\t';
}

/* The printable string that holds byte `at`, as strings(1) would print it; empty if there is none.
 */
static struct span string_around(struct span s, uint64_t at, uint64_t *begin)
{
	uint64_t from = at, to = at;

	if (at >= s.n || !is_printable(s.p[at]))
		return (struct span){ 0 };
	while (from > 0 && at - from < LONGEST_STRING && is_printable(s.p[from - 1]))
		from--;
	while (to < s.n && to - at < LONGEST_STRING && is_printable(s.p[to]))
		to++;
	*begin = from;
	return span_sub(s, from, to - from);
}

/* The string before or behind a place, skipping what strings(1) would skip. */
static struct span next_string(struct span s, uint64_t *at)
{
	while (*at < s.n) {
		uint64_t begin;
		struct span found = string_around(s, *at, &begin);

		if (found.n >= LEAST_STRING) {
			*at = begin + found.n;
			return found;
		}
		*at += found.n ? found.n : 1;
	}
	return (struct span){ 0 };
}

static uint64_t strings_back(struct span s, uint64_t at, int count)
{
	uint64_t low = at > LONGEST_STRING ? at - LONGEST_STRING : 0, first = at;

	while (count && at > low) {
		uint64_t begin;
		struct span found = string_around(s, at - 1, &begin);

		at = found.n ? begin : at - 1;
		if (found.n >= LEAST_STRING) {
			first = at;
			count--;
		}
	}
	return first;
}

/* Neighbouring strings, joined by newlines, as the table's "adjacent" rows expect them. */
static void join_strings(struct span s, uint64_t at, struct text *t)
{
	uint64_t from = strings_back(s, at, STRINGS_BEFORE);

	for (int i = 0; i < STRINGS_BEFORE + STRINGS_AFTER; i++) {
		struct span found = next_string(s, &from);

		if (found.n == 0)
			break;
		text_put(t, found);
		text_char(t, '\n');
	}
	if (t->n)
		t->n--;
}

/* One line of a text file. */
static struct span line_around(struct span s, uint64_t at, uint64_t *begin)
{
	uint64_t from = at, to = at;

	while (from > 0 && at - from < LONGEST_STRING && s.p[from - 1] != '\n')
		from--;
	while (to < s.n && to - at < LONGEST_STRING && s.p[to] != '\n')
		to++;
	*begin = from;
	return span_sub(s, from, to - from);
}

static bool capture(const struct scene *s, uint32_t row, uint64_t end, struct text *joined,
		    struct span *version, uint64_t *at, uint64_t *length)
{
	const struct component_rule *r = &component_rules[row];
	struct span text = { 0 };
	uint64_t begin = end - 1;

	if (r->evidence == EVIDENCE_ADJACENT) {
		joined->n = 0;
		join_strings(s->bytes, end, joined);
		text = text_span(joined);
	} else if (s->is_text) {
		text = line_around(s->bytes, end - 1, &begin);
	} else {
		text = string_around(s->bytes, end - 1, &begin);
	}
	if (text.n == 0 || !know_capture(row, text, version) || version->n == 0 || version->n > 64)
		return false;
	*at = begin;
	*length = r->evidence == EVIDENCE_ADJACENT ? 1 : text.n;
	return true;
}

/* Documentation and sources speak of other programs' versions all the time: in text only the rules
 * made for text count. */
static bool applies(const struct scene *s, const struct component_rule *r)
{
	return s->is_text ? r->evidence == EVIDENCE_TEXT : r->evidence != EVIDENCE_TEXT;
}

struct component_fact *component_add(struct arena *a, struct node *n,
				     const struct component_rule *r, struct span version,
				     bool holds)
{
	struct component_fact *f;

	for (struct fact *old = n->facts; old; old = old->next) {
		struct component_fact *c = (struct component_fact *)old;

		if (old->kind == FACT_COMPONENT && span_is(c->name, r->name) &&
		    span_equal(c->version, version))
			return NULL;
	}
	f = fact_new(a, n, FACT_COMPONENT, 0, 0);
	if (!f)
		return NULL;
	f->name = span_text(r->name);
	f->version = arena_copy(a, version);
	f->purl = span_text(r->purl ? r->purl : "");
	f->cpe = span_text(r->cpe ? r->cpe : "");
	f->license = span_text(r->license ? r->license : "");
	f->source = "banner";
	/* relate() makes lists of these: until then one of the two counts is 1. */
	f->nodes.n = holds;
	f->linked.n = !holds;
	return f;
}

/* A kernel's own banner names a kernel wherever it stands. */
static bool is_kernel_rule(const struct component_rule *r)
{
	return strcmp(r->name, "linux_kernel") == 0;
}

static void look_at_hits(struct scene *s)
{
	struct span name = node_name(s->node);
	struct text joined = { 0 };
	int found = 0;

	for (uint32_t i = 0; i < s->hit_count && found < MOST_FOUND; i++) {
		const struct hit *h = &s->hits[i];
		const struct component_rule *r = &component_rules[h->row];
		struct component_fact *f;
		struct span version;
		uint64_t at, length;

		if (h->owner != OWNER_COMPONENT || !applies(s, r) ||
		    !capture(s, h->row, h->end, &joined, &version, &at, &length))
			continue;
		f = component_add(s->bench->arena, s->node, r, version,
				  is_kernel_rule(r) || name_matches(name, r->file_names));
		if (!f)
			continue;
		f->f.offset = at;
		f->f.length = length;
		f->f.line = s->is_text ? line_of(s->bytes, at) : 0;
		if (is_kernel_rule(r))
			f->source = "kernel";
		found++;
	}
	text_free(&joined);
}

/* libfoo.so.1.2.3: the version stands in the name. */
static void look_at_name(struct scene *s)
{
	struct span name = node_name(s->node);

	for (size_t i = 0; name.n && i < component_rules_count; i++) {
		const struct component_rule *r = &component_rules[i];
		struct component_fact *f;
		struct span version;

		if (r->evidence != EVIDENCE_FILENAME || !name_matches(name, r->file_names) ||
		    !know_capture(i, name, &version))
			continue;
		f = component_add(s->bench->arena, s->node, r, version, true);
		if (f) {
			f->f.length = s->bytes.n;
			f->source = "symbols";
		}
	}
}

static void look(struct scene *s)
{
	look_at_hits(s);
	if (s->node->kind == KIND_FILE && !s->is_text)
		look_at_name(s);
}

const struct observer observe_components = { "components", look };
