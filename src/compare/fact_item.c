/* fact_item.c - by what a fact is told from others of its kind, and what it is called. */
#include "compare/fact_item.h"

#include <stdlib.h>

#define MOST_KEYS    4
#define MOST_ASIDE   5
#define MOST_CHAIN   64
#define DIGEST_SHOWN 16

enum place_rule {
	PLACE_NEVER,   /* it is the same wherever it stands */
	PLACE_MOVES,   /* it counts, but a file that only moved is no change */
	PLACE_INSTEAD, /* counts (and moves) where the first field of the key is null */
	PLACE_MEANS,   /* it is part of what is said */
};

struct identity {
	const char *key[MOST_KEYS];    /* fields */
	const char *aside[MOST_ASIDE]; /* fields that are never compared */
	enum place_rule place;
	/* The name: parts parted by ",", {field} of the fact, {@} its place, {field/} cut short. A
	 * part whose fields are all null is left out. */
	const char *name;
};

/* A field that is in no column is compared. Kinds without a row: endpoints "set aside", what was
 * dismissed, what follows from other kinds. */
static const struct identity identities[FACT_KINDS] = {
	[FACT_ACCOUNT] = { { "name" },
			   { "hash_node", "hash_line", "passwords_tried" },
			   PLACE_MOVES,
			   "account {name},{@}" },
	[FACT_HASH] = { { "account" },
			{ "passwords_tried", "passwords_known", "untried" },
			PLACE_MOVES,
			"password hash of {account},{@}" },
	[FACT_KEY] = { { "spki_sha256", "kind" },
		       { NULL },
		       PLACE_INSTEAD,
		       "{kind} key {algorithm},{spki_sha256/},{@}" },
	[FACT_CERTIFICATE] = { { "subject", "issuer" },
			       { NULL },
			       PLACE_NEVER,
			       "certificate {subject}" },
	[FACT_SECRET] = { { "rule", "what" }, { NULL }, PLACE_MOVES, "{what},{@}" },
	[FACT_COMPONENT] = { { "name" },
			     { "purl", "cpe", "origin", "source", "nodes" },
			     PLACE_NEVER,
			     "component {name}" },
	[FACT_EXECUTABLE] = { { NULL }, { "build_id" }, PLACE_MEANS, "executable {@}" },
	[FACT_SERVICE] = { { "name", "kind" },
			   { NULL },
			   PLACE_NEVER,
			   "service {name},port {port},{kind}" },
	[FACT_LISTENER] = { { "protocol", "port", "name" },
			    { NULL },
			    PLACE_NEVER,
			    "listener {protocol} {port},{name}" },
	[FACT_PRIVILEGE] = { { "kind" }, { NULL }, PLACE_MEANS, "{kind} {@},{detail}" },
	[FACT_KERNEL] = { { "kind", "name" }, { NULL }, PLACE_NEVER, "kernel {kind} {name}" },
	[FACT_UPDATE] = { { "kind", "what" },
			  { "signed", "signed_by_digest" },
			  PLACE_MOVES,
			  "update {kind},{what},{@}" },
	[FACT_WEB] = { { "kind", "name" }, { NULL }, PLACE_MOVES, "web {kind} {name},{@}" },
	[FACT_ENDPOINT] = { { "kind", "value" }, { NULL }, PLACE_NEVER, "{kind} {value}" },
	[FACT_AVAILABILITY] = { { "kind", "name" }, { NULL }, PLACE_MOVES, "{kind} {name},{@}" },
	[FACT_INDICATOR] = { { "indicator", "what" },
			     { NULL },
			     PLACE_NEVER,
			     "indicator {indicator},{what}" },
	[FACT_CONSTANT] = { { "kind", "call", "masked" },
			    { "address", "function" },
			    PLACE_MOVES,
			    "constant {masked},{kind},{@}" },
};

bool facts_are_compared(enum fact_kind kind)
{
	return kind < FACT_KINDS && identities[kind].name;
}

bool item_moves(enum fact_kind kind)
{
	return identities[kind].place == PLACE_MOVES || identities[kind].place == PLACE_INSTEAD;
}

static bool is_named(const char *const *names, size_t count, struct span name)
{
	for (size_t i = 0; i < count && names[i]; i++)
		if (span_is(name, names[i]))
			return true;
	return false;
}

/* By its name; NULL: no such field. */
static const struct field *field_of(enum fact_kind kind, struct span name)
{
	const struct fact_table *table = &fact_tables[kind];

	for (size_t i = 0; i < table->count; i++)
		if (span_is(name, table->fields[i].name))
			return &table->fields[i];
	return NULL;
}

const struct field *item_field(enum fact_kind kind, size_t *at)
{
	const struct fact_table *table = &fact_tables[kind];
	const struct identity *id = &identities[kind];

	while (*at < table->count) {
		const struct field *field = &table->fields[(*at)++];
		struct span name = span_text(field->name);

		if (!is_named(id->key, MOST_KEYS, name) && !is_named(id->aside, MOST_ASIDE, name))
			return field;
	}
	return NULL;
}

/* -- where it stands -- */

struct span place_of(struct comparing *c, const struct node *n)
{
	const struct node *chain[MOST_CHAIN];
	size_t depth = 0;

	for (; n && depth < MOST_CHAIN; n = n->container ? n->container : n->parent)
		if (n->container)
			chain[depth++] = n;
	c->scratch.n = 0;
	while (depth > 0) {
		text_put(&c->scratch, chain[--depth]->path);
		text_puts(&c->scratch, depth ? "!" : "");
	}
	return scratch_kept(c);
}

/* -- what it is called -- */

static bool put_same(struct comparing *c, const struct item *a, const struct item *b,
		     struct span name)
{
	size_t from = c->scratch.n, n;
	bool is_cut = span_ends(name, span_text("/"));
	const struct field *field = field_of(a->fact->kind, span_head(name, name.n - is_cut));
	struct span left, right;

	if (span_is(name, "@")) {
		text_put(&c->scratch, a->place);
		return a->place.n > 0;
	}
	if (!field || !fact_text(c, a->fact, field))
		return false;
	n = c->scratch.n - from;
	fact_text(c, b->fact, field);
	left = span_sub(text_span(&c->scratch), from, n);
	right = span_from(text_span(&c->scratch), from + n);
	n = span_equal(left, right) ? n : 0;
	c->scratch.n = from + (is_cut && n > DIGEST_SHOWN ? DIGEST_SHOWN : n);
	return n > 0;
}

/* One part of a name, which ends at "," or the end. */
static void put_part(struct comparing *c, const struct item *a, const struct item *b,
		     struct span part)
{
	size_t from = c->scratch.n, at = 0, open, close;
	bool any = from == 0;

	text_puts(&c->scratch, from ? ", " : "");
	while ((open = span_find(part, at, span_text("{"))) < part.n) {
		close = span_find(part, open, span_text("}"));
		text_put(&c->scratch, span_sub(part, at, open - at));
		any |= put_same(c, a, b, span_sub(part, open + 1, close - open - 1));
		at = close + 1;
	}
	if (!any)
		c->scratch.n = from;
	while (from == 0 && c->scratch.n && c->scratch.p[c->scratch.n - 1] == ' ')
		c->scratch.n--;
}

static bool is_usual_place(struct span place)
{
	return span_is(place, "/etc/passwd") || span_is(place, "/etc/shadow");
}

struct span item_name(struct comparing *c, const struct item *a, const struct item *b)
{
	struct span rest = span_text(identities[a->fact->kind].name);

	c->scratch.n = 0;
	while (rest.n) {
		size_t end = span_find(rest, 0, span_text(","));
		struct span part = span_head(rest, end);

		if (!span_is(part, "{@}") || !is_usual_place(a->place))
			put_part(c, a, b, part);
		rest = span_from(rest, part.n + (end < rest.n));
	}
	return scratch_kept(c);
}

/* -- keys and values -- */

static struct span key_of(struct comparing *c, const struct fact *f, bool *is_null)
{
	const struct identity *id = &identities[f->kind];

	c->scratch.n = 0;
	for (size_t i = 0; i < MOST_KEYS && id->key[i]; i++) {
		const struct field *field = field_of(f->kind, span_text(id->key[i]));

		fact_value(c, f, field);
		if (i == 0) {
			size_t n = c->scratch.n;

			*is_null = !fact_text(c, f, field);
			c->scratch.n = n;
		}
	}
	return scratch_kept(c);
}

/* A setting is one by the key that its command begins with. */
static struct span key_of_setting(const struct service_fact *s)
{
	if (strcmp(s->service_kind, "setting") != 0)
		return (struct span){ 0 };
	return span_head(s->command, span_find(s->command, 0, span_text(" ")));
}

/* Of a search path or a scheduled command there are many in one file: each is one by its text. */
static struct span key_of_privilege(const struct privilege_fact *p)
{
	static const char *const of_the_file[] = { "setuid", "capability", "device" };

	for (size_t i = 0; i < sizeof(of_the_file) / sizeof(of_the_file[0]); i++)
		if (strcmp(p->privilege_kind, of_the_file[i]) == 0)
			return (struct span){ 0 };
	return p->detail;
}

static struct span whole_key(struct comparing *c, const struct fact *f, struct span key)
{
	struct span more = { 0 };

	if (f->kind == FACT_SERVICE)
		more = key_of_setting((const void *)f);
	else if (f->kind == FACT_PRIVILEGE)
		more = key_of_privilege((const void *)f);
	if (more.n == 0)
		return key;
	text_put(&c->scratch, key);
	text_put(&c->scratch, more);
	return scratch_kept(c);
}

static struct span value_of(struct comparing *c, const struct fact *f)
{
	const struct field *field;
	size_t at = 0;

	c->scratch.n = 0;
	while ((field = item_field(f->kind, &at)))
		fact_value(c, f, field);
	if (f->kind == FACT_SECRET && c->values)
		text_put(&c->scratch, ((const struct secret_fact *)(const void *)f)->value);
	return scratch_kept(c);
}

static bool is_left_out(const struct fact *f)
{
	const struct endpoint_fact *e = (const void *)f;

	return f->kind == FACT_ENDPOINT && strcmp(e->endpoint_kind, "set-aside") == 0;
}

int item_compare(const struct item *a, const struct item *b)
{
	int order = span_compare(a->key, b->key);

	return order ? order : span_compare(a->place, b->place);
}

int item_compare_all(const struct item *a, const struct item *b)
{
	int order = item_compare(a, b);

	order = order ? order : span_compare(a->value, b->value);
	return order ? order : (a->nth > b->nth) - (a->nth < b->nth);
}

static int by_fact(const void *a, const void *b)
{
	const struct item *x = a, *y = b;
	int order = item_compare_all(x, y);

	return order ? order : (x->fact->id > y->fact->id) - (x->fact->id < y->fact->id);
}

/* Those of one file that say the same are numbered; facts are in the order of their files. */
static void number(struct items *items)
{
	for (uint32_t i = 1; i < items->n; i++) {
		const struct item *before = &items->p[i - 1];
		struct item *item = &items->p[i];

		if (item->fact->node == before->fact->node && item_compare(item, before) == 0 &&
		    span_equal(item->value, before->value))
			item->nth = before->nth + 1;
	}
}

static void sort_once(struct items *items, bool counts)
{
	uint32_t n = 0;

	qsort(items->p, items->n, sizeof(*items->p), by_fact);
	if (counts) {
		number(items);
		qsort(items->p, items->n, sizeof(*items->p), by_fact);
	}
	for (uint32_t i = 0; i < items->n; i++)
		if (n == 0 || item_compare_all(&items->p[i], &items->p[n - 1]) != 0)
			items->p[n++] = items->p[i];
	items->n = n;
}

struct items items_of(struct comparing *c, const struct facts *f, enum fact_kind kind)
{
	struct item *p = arena_take(c->arena, f->count[kind], sizeof(*p));
	struct items items = { p, 0 };
	enum place_rule rule = identities[kind].place;
	const struct node *last = NULL;
	struct span place = { 0 };

	c->lost |= !p;
	for (uint32_t i = 0; p && i < f->count[kind]; i++) {
		const struct fact *fact = f->of[kind][i];
		struct item *item = &p[items.n];
		bool no_key = true;

		if (is_left_out(fact))
			continue;
		item->fact = fact;
		item->key = whole_key(c, fact, key_of(c, fact, &no_key));
		item->value = value_of(c, fact);
		if (rule != PLACE_NEVER && (rule != PLACE_INSTEAD || no_key)) {
			place = fact->node == last ? place : place_of(c, fact->node);
			last = fact->node;
			item->place = place;
		}
		items.n++;
	}
	if (p)
		sort_once(&items, rule != PLACE_NEVER);
	return items;
}
