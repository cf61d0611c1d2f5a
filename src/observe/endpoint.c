/* endpoint.c - hosts, addresses and URLs that an image names: in configuration, scripts, pages and
 * programs. What speaks to people, or only names a format, is counted and set aside: why is told by
 * a table (data/endpoint-noise.tsv) and by purpose.c. */
#include "observe/endpoint.h"

#define MOST_FOUND   256 /* in one file */
#define MOST_OF_TREE 16384
#define MOST_TRIED   1024 /* URLs of one file that are looked at */
#define LONGEST_BACK 1024 /* how far the line or string around a place is looked at */

static const char *const asides[ASIDES] = {
	[ASIDE_DOCUMENT] = "in documents",      [ASIDE_COMMENT] = "commented out",
	[ASIDE_PROSE] = "within sentences",     [ASIDE_CERTIFICATE] = "in certificates",
	[ASIDE_NAMESPACE] = "names of formats", [ASIDE_LICENCE] = "licences",
	[ASIDE_PROJECT] = "pages of projects",  [ASIDE_EXAMPLE] = "examples",
	[ASIDE_SELF] = "the device itself",     [ASIDE_BOUND] = "beyond what is kept",
};

/* What one leaf sets aside, until relate counts it: the value names why, the port how often. */
static const char set_aside[] = "set-aside";

/* FNV-1a: which bit stands for the value. */
static uint32_t bit_of(struct span value)
{
	uint32_t hash = 2166136261u;

	for (size_t i = 0; i < value.n; i++)
		hash = (hash ^ value.p[i]) * 16777619u;
	return hash % SEEN_BITS;
}

static bool has_it(const struct search *x, uint32_t bit, struct span value)
{
	if (!(x->values[bit / 64] >> bit % 64 & 1))
		return false;
	for (const struct fact *f = x->s->node->facts; f; f = f->next)
		if (f->kind == FACT_ENDPOINT &&
		    span_equal(((const struct endpoint_fact *)f)->value, value))
			return true;
	return false;
}

/* Scheme and host are the same in capitals and small letters. */
static void put_value(struct text *t, const struct url *u, uint64_t *host)
{
	bool is_url = u->scheme.n > 0;
	bool bracketed = is_url && span_find(u->host, 0, span_text(":")) != SIZE_MAX;

	text_lower(t, u->scheme);
	text_puts(t, is_url ? "://" : "");
	text_puts(t, bracketed ? "[" : "");
	*host = t->n;
	text_lower(t, u->host);
	text_puts(t, bracketed ? "]" : "");
	if (u->port && is_url)
		text_format(t, ":%u", u->port);
	text_put(t, u->path);
}

/* An address that is new where no more are kept. Other values are put together first. */
static bool is_beyond(const struct search *x, const struct url *u)
{
	uint8_t octet[4];
	uint32_t bit;

	if (x->found < MOST_FOUND || u->scheme.n || u->path.n || !address_read(u->host, octet))
		return false;
	bit = bit_of(u->host);
	return !(x->values[bit / 64] >> bit % 64 & 1);
}

static void add(struct search *x, const char *kind, const struct url *u)
{
	struct scene *s = x->s;
	struct endpoint_fact *f;
	struct text t = { 0 };
	uint64_t host = 0, at = span_place(s->bytes, u->raw);
	uint32_t bit;

	if (is_beyond(x, u)) {
		x->aside[ASIDE_BOUND]++;
		return;
	}
	put_value(&t, u, &host);
	bit = bit_of(text_span(&t));
	if (t.failed || has_it(x, bit, text_span(&t))) {
		text_free(&t);
		return;
	}
	f = x->found < MOST_FOUND ? fact_new(s->bench->arena, s->node, FACT_ENDPOINT, at, u->raw.n)
				  : NULL;
	x->aside[ASIDE_BOUND] += x->found >= MOST_FOUND;
	if (f) {
		f->f.line = scene_line(s, at);
		f->endpoint_kind = kind;
		f->value = arena_copy(s->bench->arena, text_span(&t));
		f->scheme = u->use ? span_text(u->use) : span_head(f->value, u->scheme.n);
		f->host = span_sub(f->value, host, u->host.n);
		f->port = u->port;
		x->values[bit / 64] |= 1ull << bit % 64;
		x->found++;
	}
	text_free(&t);
}

void endpoint_take(struct search *x, const char *kind, const struct url *u)
{
	enum aside aside = endpoint_aside(x, u);

	if (aside == ASIDES)
		add(x, kind, u);
	else
		x->aside[aside]++;
}

void endpoint_unchecked(struct search *x, struct span where)
{
	struct url u = { .raw = where, .path = where };

	if (!x->s->is_text || !endpoint_is_commented(x, span_place(x->s->bytes, where)))
		add(x, "unchecked", &u);
}

/* -- one leaf -- */

static void look_at_mark(struct search *x, uint64_t mark)
{
	struct url u;

	if (x->tried >= MOST_TRIED) {
		x->aside[ASIDE_BOUND]++;
		return;
	}
	x->tried++;
	if (!url_around(x->s->bytes, mark, &u) || (u.is == HOST_WORD && !x->s->is_text))
		return;
	endpoint_take(x, "url", &u);
}

/* Whether one of the words parted by "|" follows within a few bytes. */
static bool follows(struct span behind, const char *words)
{
	struct span rest = span_text(words);

	behind = span_head(behind, 16);
	behind = span_head(behind, span_find(behind, 0, span_text("\n")));
	while (rest.n) {
		if (span_find(behind, 0, field_next(&rest, '|')) != SIZE_MAX)
			return true;
	}
	return false;
}

/* -k among the short options of curl. */
static bool is_k(struct span option)
{
	return span_byte(option, 0) == '-' && is_any(span_byte(option, 1), "fgikILsSvk") &&
	       span_find(option, 0, span_text("k")) != SIZE_MAX;
}

/* The one of a command's options, up to its end. */
static struct span curl_switch(struct span bytes, uint64_t at)
{
	struct span rest = span_head(span_from(bytes, at), LONGEST_BACK);

	for (size_t i = 0; i < rest.n; i++)
		if (rest.p[i] < ' ' || is_any(rest.p[i], "|;&>"))
			rest.n = i;
	while (rest.n) {
		struct span word = field_next(&rest, ' ');

		if (is_k(word))
			return word;
	}
	return (struct span){ 0 };
}

struct span endpoint_switch(struct span bytes, const struct unchecked_mark *mark, uint64_t end)
{
	size_t n = strlen(mark->text);

	if (mark->then && !follows(span_from(bytes, end), mark->then))
		return (struct span){ 0 };
	if (mark->text[n - 1] == '-')
		return curl_switch(bytes, end - 1);
	return span_sub(bytes, end - n, n);
}

/* A text that switches the check off, or a command within a program. curl and wget themselves only
 * describe it. */
static void look_at_unchecked(struct search *x, const struct unchecked_mark *mark, uint64_t end)
{
	struct span bytes = x->s->bytes, where, before;
	uint64_t begin = end;

	if (x->purpose != PURPOSE_WORKING || x->tried++ >= MOST_TRIED)
		return;
	where = endpoint_switch(bytes, mark, end);
	if (where.n == 0)
		return;
	if (!x->s->is_text) {
		before = string_around(bytes, end - 1, &begin);
		before = span_head(before, end - begin);
		if (!mark->command || span_find(before, 0, span_text(mark->command)) == SIZE_MAX)
			return;
	}
	endpoint_unchecked(x, where);
}

static void keep_aside(const struct search *x)
{
	for (int i = 0; i < ASIDES; i++) {
		struct endpoint_fact *f =
			x->aside[i] ? fact_new(x->s->bench->arena, x->s->node, FACT_ENDPOINT, 0, 0)
				    : NULL;

		if (!f)
			continue;
		f->endpoint_kind = set_aside;
		f->value = span_text(asides[i]);
		f->port = x->aside[i];
	}
}

static void look(struct scene *s)
{
	struct search x = { .s = s, .purpose = purpose_of(s->node) };

	for (uint32_t i = 0; i < s->hit_count; i++) {
		const struct hit *h = &s->hits[i];

		if (h->owner == OWNER_ENDPOINT && h->row == 0)
			look_at_mark(&x, h->end - 3);
		else if (h->owner == OWNER_ENDPOINT)
			look_at_unchecked(&x, &unchecked_marks[h->row - 1], h->end);
	}
	x.read = 0;
	x.in_comment = false;
	if (x.purpose == PURPOSE_WORKING && s->is_text)
		endpoints_of_text(&x);
	else if (x.purpose == PURPOSE_WORKING)
		endpoints_of_program(&x);
	keep_aside(&x);
}

const struct observer observe_endpoints = { "endpoints", look };

/* -- the whole image -- */

struct tally {
	uint64_t all, aside[ASIDES];
	uint32_t kept;
};

static void count_aside(struct tally *t, struct endpoint_fact *f)
{
	for (int i = 0; i < ASIDES; i++)
		if (span_is(f->value, asides[i]))
			t->aside[i] += f->port;
	t->all += f->port;
	f->f.node = NULL;
}

static void take_node(struct tally *t, struct node *n)
{
	bool sweep = false;

	for (struct fact *f = n->facts; f; f = f->next) {
		struct endpoint_fact *e = (struct endpoint_fact *)f;

		if (f->kind != FACT_ENDPOINT)
			continue;
		if (e->endpoint_kind == set_aside) {
			count_aside(t, e);
		} else if (t->kept == MOST_OF_TREE) {
			t->aside[ASIDE_BOUND]++;
			t->all++;
			f->node = NULL;
		} else {
			t->kept++;
		}
		sweep |= !f->node;
	}
	if (sweep)
		facts_sweep(n);
}

/* One fact of the image says how much was set aside, and why: "381: in documents 312, ..." */
void relate_endpoints(struct tree *t, struct arena *a)
{
	struct tally tally = { 0 };
	struct endpoint_fact *f;
	struct text value = { 0 };
	const char *comma = ": ";

	for (uint32_t i = 0; i < t->count; i++)
		take_node(&tally, t->nodes[i]);
	if (tally.all == 0)
		return;
	f = fact_new(a, t->image, FACT_ENDPOINT, 0, 0);
	text_format(&value, "%llu", (unsigned long long)tally.all);
	for (int i = 0; i < ASIDES; i++) {
		if (tally.aside[i] == 0)
			continue;
		text_format(&value, "%s%s %llu", comma, asides[i],
			    (unsigned long long)tally.aside[i]);
		comma = ", ";
	}
	if (f) {
		f->endpoint_kind = set_aside;
		f->value = arena_copy(a, text_span(&value));
	}
	text_free(&value);
}
