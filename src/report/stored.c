/* stored.c - the head of a stored report, and values of JSON. */
#include "report/stored.h"

#include <stdio.h>

#include "know/know.h"

bool stored_wrong(struct stored_reader *r, const char *what)
{
	if (!r->wrong)
		r->wrong = what;
	return false;
}

bool stored_no_memory(struct stored_reader *r)
{
	r->no_memory = true;
	return stored_wrong(r, "no memory");
}

uint32_t stored_member(struct stored_reader *r, uint32_t object, const char *key)
{
	uint32_t i = json_find(&r->json, object, key);

	if (i == JSON_NONE)
		stored_wrong(r, key);
	return i;
}

static const struct json_item *item_of(struct stored_reader *r, uint32_t item, enum json_kind kind)
{
	const struct json_item *found = item < r->json.count ? &r->json.items[item] : NULL;

	if (found && found->kind == kind)
		return found;
	stored_wrong(r, "a value of another kind");
	return NULL;
}

bool stored_is_null(const struct stored_reader *r, uint32_t item)
{
	return item < r->json.count && r->json.items[item].kind == JSON_OTHER &&
	       span_is(r->json.items[item].value, "null");
}

uint64_t stored_u64(struct stored_reader *r, uint32_t item)
{
	const struct json_item *i = item_of(r, item, JSON_OTHER);
	uint64_t value = 0;
	size_t used = 0;

	if (i && (!span_number(i->value, 10, &value, &used) || used != i->value.n))
		stored_wrong(r, "a number");
	return value;
}

bool stored_bool(struct stored_reader *r, uint32_t item)
{
	const struct json_item *i = item_of(r, item, JSON_OTHER);

	if (i && !span_is(i->value, "true") && !span_is(i->value, "false"))
		stored_wrong(r, "true or false");
	return i && span_is(i->value, "true");
}

/* What one escape of JSON stands for is appended; how long it is. 0: malformed. */
static size_t take_escape(struct text *out, struct span s)
{
	static const char from[] = "\"\\/bfnrt", to[] = "\"\\/\b\f\n\r\t";
	int c = span_byte(s, 1);
	const char *known = c > 0 ? strchr(from, c) : NULL;
	uint64_t code;
	size_t used = 0;

	if (known) {
		text_char(out, to[known - from]);
		return 2;
	}
	/* What the writer escapes by number is ASCII; the rest stands as it is. */
	if (c != 'u' || !span_number(span_sub(s, 2, 4), 16, &code, &used) || used != 4 ||
	    code > 0x7f)
		return 0;
	text_char(out, (char)code);
	return 6;
}

static bool unescape(struct stored_reader *r, struct span s, struct text *out)
{
	out->n = 0;
	for (size_t at = 0; at < s.n;) {
		size_t mark = span_find(s, at, span_text("\\"));
		size_t end = mark < s.n ? mark : s.n, n;

		text_put(out, span_sub(s, at, end - at));
		at = end;
		if (at == s.n)
			break;
		n = take_escape(out, span_from(s, at));
		if (n == 0)
			return stored_wrong(r, "an escape");
		at += n;
	}
	return !out->failed || stored_no_memory(r);
}

static bool has_escapes(struct span s)
{
	return span_find(s, 0, span_text("\\")) != SIZE_MAX;
}

struct span stored_said(struct stored_reader *r, uint32_t item)
{
	const struct json_item *i = stored_is_null(r, item) ? NULL : item_of(r, item, JSON_STRING);
	struct span said;

	if (!i || !has_escapes(i->value))
		return i ? i->value : (struct span){ 0 };
	if (!unescape(r, i->value, &r->scratch))
		return (struct span){ 0 };
	said = arena_copy(r->arena, text_span(&r->scratch));
	if (said.n != r->scratch.n)
		stored_no_memory(r);
	return said;
}

const char *stored_text(struct stored_reader *r, uint32_t item)
{
	struct span said = stored_said(r, item);
	const char *text;

	if (stored_is_null(r, item))
		return NULL;
	text = arena_text(r->arena, said);
	if (!text)
		stored_no_memory(r);
	return text;
}

/* Without escapes it is what stands there. */
static struct span bytes_of(struct stored_reader *r, struct span text)
{
	struct span bytes;

	if (!has_escapes(text))
		return text;
	r->unescaped.n = 0;
	if (!unescape(r, text, &r->scratch))
		return (struct span){ 0 };
	if (!text_unescape(&r->unescaped, text_span(&r->scratch)))
		stored_wrong(r, "an escape");
	bytes = arena_copy(r->arena, text_span(&r->unescaped));
	if (bytes.n != r->unescaped.n)
		stored_no_memory(r);
	return bytes;
}

struct span stored_bytes(struct stored_reader *r, uint32_t item)
{
	const struct json_item *i = item_of(r, item, JSON_STRING);

	return i ? bytes_of(r, i->value) : (struct span){ 0 };
}

struct span stored_key(struct stored_reader *r, uint32_t item)
{
	return bytes_of(r, r->json.items[item].key);
}

struct node *stored_node(struct stored_reader *r, uint32_t item)
{
	uint64_t id = stored_u64(r, item);

	if (!r->wrong && id >= r->s->tree.count)
		stored_wrong(r, "a node that is not there");
	return r->wrong ? NULL : r->s->tree.nodes[id];
}

uint32_t stored_length(const struct stored_reader *r, uint32_t array)
{
	uint32_t n = 0;

	for (uint32_t i = json_child(&r->json, array); i != JSON_NONE; i = json_next(&r->json, i))
		n++;
	return n;
}

static bool read_digest(struct stored_reader *r, uint32_t item, uint8_t *out, size_t n)
{
	return span_hex(stored_bytes(r, item), out, n) || stored_wrong(r, "a digest");
}

static bool read_image(struct stored_reader *r, uint32_t image)
{
	struct stored *s = r->s;

	s->image_size = stored_u64(r, stored_member(r, image, "size"));
	return read_digest(r, stored_member(r, image, "sha256"), s->image_sha256, SHA256_SIZE) &&
	       read_digest(r, stored_member(r, image, "sha512"), s->image_sha512, SHA512_SIZE);
}

static bool read_trust(struct stored_reader *r, uint32_t array)
{
	struct trust *t = &r->s->trust;

	for (uint32_t i = json_child(&r->json, array); i != JSON_NONE; i = json_next(&r->json, i)) {
		if (t->count == MOST_TRUST)
			return stored_wrong(r, "more keys than are taken");
		t->keys[t->count++].spki_sha256 = stored_bytes(r, i);
	}
	return !r->wrong;
}

/* What the options say of observing; those of judging are given anew. */
static bool read_options(struct stored_reader *r, uint32_t options)
{
	struct budget *b = &r->s->budget;
	uint64_t depth = b->depth;
	struct {
		const char *key;
		uint64_t *to;
	} limits[] = { { "max_depth", &depth },
		       { "max_entries", &b->entries },
		       { "max_bytes", &b->bytes },
		       { "max_content", &b->content } };

	for (size_t i = 0; i < sizeof(limits) / sizeof(limits[0]); i++) {
		uint32_t item = json_find(&r->json, options, limits[i].key);

		if (item != JSON_NONE)
			*limits[i].to = stored_u64(r, item);
	}
	if (depth > UINT32_MAX)
		return stored_wrong(r, "max_depth");
	b->depth = (uint32_t)depth;
	return read_trust(r, stored_member(r, options, "trust"));
}

/* What it was judged by. */
static bool read_judging(struct stored_reader *r, uint32_t tool)
{
	struct stored *s = r->s;
	uint32_t options = stored_member(r, tool, "options");
	uint32_t knowledge = stored_member(r, tool, "knowledge");
	uint32_t feeds = stored_member(r, tool, "feeds"), vex = stored_member(r, options, "vex");

	s->as_of = stored_text(r, stored_member(r, options, "as_of"));
	s->judging = stored_said(r, stored_member(r, knowledge, "judging"));
	s->has_declaration = !stored_is_null(r, stored_member(r, tool, "declaration"));
	s->has_feeds = stored_length(r, feeds) || stored_length(r, vex);
	if (s->as_of && !date_is_valid(s->as_of))
		stored_wrong(r, "as_of");
	return !r->wrong;
}

static bool read_lists(struct stored_reader *r)
{
	uint32_t facts = stored_member(r, 0, "facts");

	if (!stored_nodes(r, stored_member(r, 0, "nodes")) ||
	    !stored_facts(r, FACT_IDENTITY, stored_member(r, 0, "identity")))
		return false;
	/* Vulnerabilities are no observation: judging makes them. */
	for (int k = 0; k < FACT_KINDS; k++)
		if (k != FACT_VULNERABILITY &&
		    !stored_facts(r, k, stored_member(r, facts, fact_tables[k].list)))
			return false;
	return true;
}

static bool read_all(struct stored_reader *r)
{
	struct stored *s = r->s;
	uint32_t tool = stored_member(r, 0, "tool");

	s->facts.arena = r->arena;
	s->tree.arenas = r->arena;
	s->budget = default_budget;
	if (r->wrong || !read_image(r, stored_member(r, 0, "image")) ||
	    !read_options(r, stored_member(r, tool, "options")) || !read_judging(r, tool) ||
	    !read_lists(r))
		return false;
	r->list = "coverage";
	if (s->tree.image->size != s->image_size)
		return stored_wrong(r, "an image of another size");
	if (!coverage_of(&s->tree, r->arena, &s->coverage))
		return stored_no_memory(r);
	return s->coverage.is_exact || stored_wrong(r, "regions that do not tile the image");
}

/* Whether the same scan would be made today. */
static bool is_of_this_evenhand(const struct json_text *t)
{
	uint32_t tool = json_find(t, 0, "tool");
	uint32_t knowledge = json_find(t, tool, "knowledge");

	return span_is(json_value(t, tool, "version"), EVENHAND_VERSION) &&
	       span_is(json_value(t, knowledge, "observing"), knowledge_observing);
}

static enum stored_state head_of(const struct json_text *t, char *why, size_t size)
{
	struct span schema = json_value(t, 0, "schema");

	if (!span_starts(schema, span_text("evenhand-report/"))) {
		snprintf(why, size, "it is no report of evenhand");
		return STORED_MALFORMED;
	}
	if (!span_is(schema, REPORT_SCHEMA)) {
		snprintf(why, size, "its schema is not %s", REPORT_SCHEMA);
		return STORED_MALFORMED;
	}
	if (!is_of_this_evenhand(t)) {
		snprintf(why, size, "other rules found its facts");
		return STORED_OTHER;
	}
	return STORED_READ;
}

enum stored_state stored_read(struct span json, struct arena *a, struct stored *s, char *why,
			      size_t size)
{
	struct stored_reader r = { .arena = a, .s = s, .list = "report" };
	struct fault bad = json_text_read(a, json, &r.json);
	enum stored_state state;

	*s = (struct stored){ 0 };
	if (bad.kind == FAULT_MEMORY)
		return STORED_MEMORY;
	if (bad.kind) {
		snprintf(why, size, "it is no JSON at byte %llu", (unsigned long long)bad.at);
		return STORED_MALFORMED;
	}
	state = head_of(&r.json, why, size);
	if (state == STORED_READ && !read_all(&r)) {
		snprintf(why, size, "%s[%u]: %s", r.list, r.index, r.wrong);
		state = r.no_memory ? STORED_MEMORY : STORED_MALFORMED;
	}
	text_free(&r.scratch);
	text_free(&r.unescaped);
	locators_free(&r.locators);
	return state;
}
