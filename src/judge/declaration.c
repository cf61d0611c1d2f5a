/* declaration.c - reads a declaration with libyaml. It comes from a vendor, and is as little
 * trusted as the image: its size, depth and number of rows are bounded. */
#include "judge/declaration.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <yaml.h>

#include "base/text.h"
#include "judge/judge.h"

const struct section_table section_tables[SECTIONS] = {
	[SECTION_ACCOUNTS] = { "accounts",
			       "account",
			       "accounts",
			       { { "name", FORM_TEXT, true },
				 { "uid", FORM_NUMBER, false },
				 { "shell", FORM_TEXT, false },
				 { "login", FORM_YES_NO, false } },
			       4 },
	[SECTION_SERVICES] = { "services",
			       "service",
			       "services",
			       { { "name", FORM_TEXT, true }, { "kind", FORM_TEXT, false } },
			       2 },
	[SECTION_LISTENERS] = { "listeners",
				"listener",
				"listeners",
				{ { "name", FORM_TEXT, true },
				  { "protocol", FORM_TEXT, false },
				  { "address", FORM_TEXT, false },
				  { "port", FORM_NUMBER, false } },
				4 },
	[SECTION_ENDPOINTS] = { "endpoints",
				"endpoint",
				"endpoints",
				{ { "value", FORM_TEXT, true } },
				1 },
	[SECTION_KEYS] = { "keys",
			   "key",
			   "keys",
			   { { "path", FORM_TEXT, true },
			     { "kind", FORM_TEXT, false },
			     { "spki_sha256", FORM_DIGEST, false } },
			   3 },
	[SECTION_COMPONENTS] = { "components",
				 "component",
				 "components",
				 { { "name", FORM_TEXT, true }, { "version", FORM_TEXT, false } },
				 2 },
	[SECTION_PRIVILEGED] = { "privileged",
				 "privileged file",
				 "privileged files",
				 { { "path", FORM_TEXT, true },
				   { "kind", FORM_TEXT, true },
				   { "mode", FORM_MODE, false } },
				 3 },
	[SECTION_EXCEPTIONS] = { "exceptions",
				 "exception",
				 "exceptions",
				 { { "check", FORM_CHECK, true },
				   { "place", FORM_TEXT, false },
				   { "owner", FORM_TEXT, true },
				   { "expires", FORM_DATE, true } },
				 4 },
};

#define OPEN_REASON "?" /* what stands in a draft */

static const struct declaration_error no_reason = {
	.what = "no reason is given",
	.advice = "Say why it is there, or remove it from the image.",
};

struct loading {
	yaml_document_t document;
	struct arena *arena;
	struct declaration *d;
	struct declaration_error *error;
};

/* -- errors -- */

__attribute__((format(printf, 3, 4))) static bool wrong(struct loading *l, const yaml_node_t *at,
							const char *format, ...)
{
	struct declaration_error *e = l->error;
	va_list args;

	va_start(args, format);
	vsnprintf(e->what, sizeof(e->what), format, args);
	va_end(args);
	e->line = (uint32_t)at->start_mark.line + 1;
	e->column = (uint32_t)at->start_mark.column + 1;
	e->length = at->end_mark.line == at->start_mark.line
			    ? (uint32_t)(at->end_mark.column - at->start_mark.column)
			    : 1;
	return false;
}

/* Bytes of the file in a sentence. */
static const char *shown(struct loading *l, struct span s)
{
	struct text t = { 0 };
	const char *out;

	text_escape(&t, span_head(s, 40), "");
	text_puts(&t, s.n > 40 ? "..." : "");
	out = arena_text(l->arena, text_span(&t));
	text_free(&t);
	return out ? out : "";
}

static bool advise_fields(struct loading *l, const struct section_table *table)
{
	char *to = l->error->advice;
	size_t room = sizeof(l->error->advice), n = (size_t)snprintf(to, room, "It knows: ");

	for (size_t i = 0; i < table->count && n < room; i++)
		n += (size_t)snprintf(to + n, room - n, "%s, ", table->fields[i].name);
	if (n < room)
		snprintf(to + n, room - n, "reason");
	return false;
}

/* -- values -- */

static struct span scalar_of(const yaml_node_t *n)
{
	return (struct span){ n->data.scalar.value, n->data.scalar.length };
}

static bool is_number(struct span s)
{
	uint64_t value;
	size_t used;

	return span_number(s, 10, &value, &used) && used == s.n;
}

static bool is_digest(struct span s)
{
	bool fits = s.n == 64;

	for (size_t i = 0; i < s.n; i++)
		fits &= (s.p[i] >= '0' && s.p[i] <= '9') || (s.p[i] >= 'a' && s.p[i] <= 'f');
	return fits;
}

static bool is_yes_no(struct span s)
{
	return span_is(s, "yes") || span_is(s, "no");
}

static bool is_mode(struct span s)
{
	bool fits = s.n == 4;

	for (size_t i = 0; i < s.n; i++)
		fits &= s.p[i] >= '0' && s.p[i] <= '7';
	return fits;
}

static bool is_date(struct span s)
{
	char text[11] = "";

	if (s.n != 10)
		return false;
	memcpy(text, s.p, 10);
	return date_is_valid(text);
}

static bool is_check(struct span s)
{
	for (size_t i = 0; i < check_count; i++)
		if (span_is(s, checks[i]->id))
			return true;
	return false;
}

static bool is_text(struct span s)
{
	return s.n > 0;
}

static const struct {
	bool (*holds)(struct span s);
	const char *wanted;
} forms[] = {
	[FORM_TEXT] = { is_text, "a text" },
	[FORM_NUMBER] = { is_number, "a number" },
	[FORM_YES_NO] = { is_yes_no, "yes or no" },
	[FORM_DIGEST] = { is_digest, "a SHA-256 in 64 digits" },
	[FORM_MODE] = { is_mode, "four octal digits such as 4755" },
	[FORM_DATE] = { is_date, "a date such as 2027-01-31" },
	[FORM_CHECK] = { is_check, "the id of a check; evenhand checks lists them" },
};

/* -- rows -- */

static bool set_value(struct loading *l, const struct section_table *table,
		      struct declared_row *row, size_t field, const yaml_node_t *value)
{
	struct span text = scalar_of(value);
	const struct declared_field *f = &table->fields[field];

	if (row->value[field].n)
		return wrong(l, value, "\"%s\" stands twice", f->name);
	if (!forms[f->form].holds(text))
		return wrong(l, value, "\"%s\" is not %s", shown(l, text), forms[f->form].wanted);
	row->value[field] = arena_copy(l->arena, text);
	return row->value[field].n == text.n || wrong(l, value, "no memory");
}

static bool set_reason(struct loading *l, struct declared_row *row, const yaml_node_t *value)
{
	struct span text = scalar_of(value);

	if (text.n == 0 || span_is(text, OPEN_REASON)) {
		snprintf(l->error->advice, sizeof(l->error->advice), "%s", no_reason.advice);
		return wrong(l, value, "%s", no_reason.what);
	}
	row->reason = arena_copy(l->arena, text);
	return true;
}

static bool read_pair(struct loading *l, const struct section_table *table,
		      struct declared_row *row, const yaml_node_pair_t *pair)
{
	const yaml_node_t *key = yaml_document_get_node(&l->document, pair->key);
	const yaml_node_t *value = yaml_document_get_node(&l->document, pair->value);

	if (key->type != YAML_SCALAR_NODE || value->type != YAML_SCALAR_NODE)
		return wrong(l, key, "a field has one value");
	if (span_is(scalar_of(key), "reason"))
		return set_reason(l, row, value);
	for (size_t i = 0; i < table->count; i++)
		if (span_is(scalar_of(key), table->fields[i].name))
			return set_value(l, table, row, i, value);
	advise_fields(l, table);
	return wrong(l, key, "\"%s\" is no field of %s %s", shown(l, scalar_of(key)),
		     strchr("aeiou", table->one[0]) ? "an" : "a", table->one);
}

static bool read_row(struct loading *l, const struct section_table *table, const yaml_node_t *n,
		     struct declared_row *row)
{
	if (n->type != YAML_MAPPING_NODE) {
		advise_fields(l, table);
		return wrong(l, n, "here stands one %s with its fields", table->one);
	}
	row->line = (uint32_t)n->start_mark.line + 1;
	row->column = (uint32_t)n->start_mark.column + 1;
	for (const yaml_node_pair_t *p = n->data.mapping.pairs.start; p < n->data.mapping.pairs.top;
	     p++)
		if (!read_pair(l, table, row, p))
			return false;
	for (size_t i = 0; i < table->count; i++)
		if (table->fields[i].needed && row->value[i].n == 0)
			return wrong(l, n, "this %s has no \"%s\"", table->one,
				     table->fields[i].name);
	return row->reason.n || wrong(l, n, "this %s has no \"reason\"", table->one);
}

static int by_values(const struct declared_row *a, const struct declared_row *b)
{
	int order = 0;

	for (size_t i = 0; i < MOST_FIELDS && order == 0; i++)
		order = span_compare(a->value[i], b->value[i]);
	return order;
}

int declared_compare(const struct declared_row *a, const struct declared_row *b)
{
	int order = by_values(a, b);

	if (order)
		return order;
	return a->line != b->line ? (a->line < b->line ? -1 : 1)
				  : (a->column > b->column) - (a->column < b->column);
}

static int compare_rows(const void *a, const void *b)
{
	return declared_compare(a, b);
}

static bool check_twice(struct loading *l, const struct section_table *table,
			const struct declared_rows *rows)
{
	struct declaration_error *e = l->error;

	for (uint32_t i = 1; i < rows->n; i++) {
		const struct declared_row *a = &rows->p[i - 1], *b = &rows->p[i];

		if (by_values(a, b) != 0)
			continue;
		snprintf(e->what, sizeof(e->what), "%s \"%s\" is declared twice", table->one,
			 shown(l, b->value[0]));
		e->line = b->line;
		e->column = b->column;
		e->length = 1;
		e->first = a->line;
		return false;
	}
	return true;
}

static bool read_section(struct loading *l, enum section section, const yaml_node_t *n)
{
	const struct section_table *table = &section_tables[section];
	struct declared_rows *rows = &l->d->of[section];
	size_t count;

	if (n->type == YAML_SCALAR_NODE && scalar_of(n).n == 0)
		return true; /* a heading with nothing below it */
	if (n->type != YAML_SEQUENCE_NODE)
		return wrong(l, n, "\"%s\" is a list: - name: ...", table->name);
	if (rows->p)
		return wrong(l, n, "\"%s\" stands twice", table->name);
	count = (size_t)(n->data.sequence.items.top - n->data.sequence.items.start);
	if (section == SECTION_EXCEPTIONS && count > MOST_EXCEPTIONS)
		return wrong(l, n, "at most %d exceptions", MOST_EXCEPTIONS);
	rows->p = arena_take(l->arena, count, sizeof(*rows->p));
	if (!rows->p)
		return wrong(l, n, "no memory");
	for (size_t i = 0; i < count; i++)
		if (!read_row(l, table,
			      yaml_document_get_node(&l->document, n->data.sequence.items.start[i]),
			      &rows->p[rows->n++]))
			return false;
	qsort(rows->p, rows->n, sizeof(*rows->p), compare_rows);
	return check_twice(l, table, rows);
}

/* -- the whole -- */

/* A draft's open reasons, "reason: ?", are no YAML: they are told before it is parsed. */
static bool has_open_reason(struct span yaml, struct declaration_error *e)
{
	struct span mark = span_text("reason: " OPEN_REASON "\n");
	size_t at = span_find(yaml, 0, mark), from;

	if (at == SIZE_MAX)
		return false;
	*e = no_reason;
	e->line = 1;
	from = 0;
	for (size_t i = 0; i < at; i++)
		if (yaml.p[i] == '\n') {
			e->line++;
			from = i + 1;
		}
	e->column = (uint32_t)(at - from + mark.n - 1);
	e->length = 1;
	return true;
}

static bool read_top(struct loading *l, const yaml_node_pair_t *pair, bool *has_schema)
{
	const yaml_node_t *key = yaml_document_get_node(&l->document, pair->key);
	const yaml_node_t *value = yaml_document_get_node(&l->document, pair->value);

	if (key->type == YAML_SCALAR_NODE && span_is(scalar_of(key), "schema")) {
		*has_schema = value->type == YAML_SCALAR_NODE &&
			      span_is(scalar_of(value), DECLARATION_SCHEMA);
		return *has_schema || wrong(l, value, "the schema is not " DECLARATION_SCHEMA);
	}
	for (int i = 0; key->type == YAML_SCALAR_NODE && i < SECTIONS; i++)
		if (span_is(scalar_of(key), section_tables[i].name))
			return read_section(l, (enum section)i, value);
	snprintf(l->error->advice, sizeof(l->error->advice),
		 "They are: schema, accounts, services, listeners, endpoints, keys, components, "
		 "privileged, exceptions");
	return wrong(l, key, "\"%s\" is no section of a declaration",
		     key->type == YAML_SCALAR_NODE ? shown(l, scalar_of(key)) : "");
}

static bool read_document(struct loading *l)
{
	yaml_node_t *root = yaml_document_get_root_node(&l->document);
	bool has_schema = false;

	if (!root || root->type != YAML_MAPPING_NODE) {
		snprintf(l->error->what, sizeof(l->error->what), "it is no declaration");
		snprintf(l->error->advice, sizeof(l->error->advice),
			 "evenhand declare IMAGE drafts one.");
		return false;
	}
	for (const yaml_node_pair_t *p = root->data.mapping.pairs.start;
	     p < root->data.mapping.pairs.top; p++)
		if (!read_top(l, p, &has_schema))
			return false;
	return has_schema || wrong(l, root, "it does not begin with schema: " DECLARATION_SCHEMA);
}

static bool syntax_error(const yaml_parser_t *parser, struct declaration_error *e)
{
	snprintf(e->what, sizeof(e->what), "it is no YAML: %s",
		 parser->problem ? parser->problem : "it cannot be read");
	e->line = (uint32_t)parser->problem_mark.line + 1;
	e->column = (uint32_t)parser->problem_mark.column + 1;
	e->length = 1;
	return false;
}

bool declaration_read(struct span yaml, struct arena *a, struct declaration *d,
		      struct declaration_error *error)
{
	struct loading l = { .arena = a, .d = d, .error = error };
	yaml_parser_t parser;
	bool ok;

	*d = (struct declaration){ 0 };
	*error = (struct declaration_error){ 0 };
	sha256_of(yaml, d->sha256);
	if (has_open_reason(yaml, error))
		return false;
	if (!yaml_parser_initialize(&parser)) {
		snprintf(error->what, sizeof(error->what), "no memory");
		return false;
	}
	yaml_parser_set_encoding(&parser, YAML_UTF8_ENCODING);
	yaml_parser_set_input_string(&parser, yaml.p, yaml.n);
	ok = yaml_parser_load(&parser, &l.document);
	if (ok) {
		ok = read_document(&l);
		yaml_document_delete(&l.document);
	} else {
		syntax_error(&parser, error);
	}
	yaml_parser_delete(&parser);
	return ok;
}
