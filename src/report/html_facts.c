/* html_facts.c - the facts by kind, one table a kind. The first of each kind are rows of the page;
 * the rest is data from which the script makes rows when they are looked at. */
#include <stdio.h>

#include "report/html.h"
#include "report/member.h"

#define MOST_LISTED 8
#define MOST_NAMES  5          /* of a list in one cell; the JSON report has all */
#define MOST_FIELDS 32         /* of one kind */
#define MOST_DATA   (5u << 19) /* bytes of facts in the data, so that the page stays light */
#define MANY        3 /* facts of which it is worth saying that all are the same in something */

struct columns { /* of one kind: those that say anything of any fact */
	const struct field *p[MOST_FIELDS];
	const struct field *same[MOST_FIELDS]; /* the ones that say one thing of all */
	uint32_t n, same_count;
};

/* Lists of nodes have components alone, and these a section of their own (html_components.c). */
static bool is_link(enum field_type type)
{
	return type == FIELD_NODE || type == FIELD_COMPONENT;
}

static void say_list(struct text *t, const struct spans *list)
{
	for (uint32_t i = 0; i < list->n && i < MOST_NAMES; i++) {
		if (i)
			text_puts(t, ", ");
		text_escape(t, list->p[i], "");
	}
	if (list->n > MOST_NAMES)
		text_format(t, " and %u more", list->n - MOST_NAMES);
}

static void say_ranges(struct text *t, const struct ranges *list)
{
	for (uint32_t i = 0; i < list->n && i < MOST_LISTED; i++)
		text_format(t, "%s%llu+%llu", i ? ", " : "", (unsigned long long)list->p[i].offset,
			    (unsigned long long)list->p[i].length);
	if (list->n > MOST_LISTED)
		text_format(t, " and %u more", list->n - MOST_LISTED);
}

/* What a field says, escaped as everywhere; nothing of what is empty, unknown or a link. */
static void say(struct text *t, const struct fact *f, const struct field *field)
{
	const void *at = (const uint8_t *)f + field->at;

	if (field_is_null(f, field))
		return;
	switch (field->type) {
	case FIELD_PASSWORD:
		text_puts(t, "“");
		text_escape(t, *(const struct span *)at, "");
		text_puts(t, "”");
		break;
	case FIELD_SPAN:
	case FIELD_SPAN_OR_NULL:
		text_escape(t, *(const struct span *)at, "");
		break;
	case FIELD_NAME:
	case FIELD_NAME_OR_NULL:
		text_puts(t, *(const char *const *)at);
		break;
	case FIELD_U32:
	case FIELD_U32_OR_NULL:
		if (*(const uint32_t *)at)
			text_format(t, "%u", *(const uint32_t *)at);
		break;
	case FIELD_U64:
		text_format(t, "%llu", (unsigned long long)*(const uint64_t *)at);
		break;
	case FIELD_BOOL:
		text_puts(t, *(const bool *)at ? "yes" : "no");
		break;
	case FIELD_TRI:
		text_puts(t, *(const enum tri *)at == TRI_YES ? "yes" : "no");
		break;
	case FIELD_SPANS:
	case FIELD_SPANS_OR_NULL:
		say_list(t, at);
		break;
	case FIELD_RANGES:
		say_ranges(t, at);
		break;
	case FIELD_MODE:
		text_format(t, "%04o", *(const uint32_t *)at & 07777);
		break;
	case FIELD_NODE:
	case FIELD_NODES:
	case FIELD_COMPONENT:
		break;
	}
}

/* Long lists of names and identifiers are in the JSON; a table of them cannot be read. */
static bool is_shown(const struct field *f)
{
	return strcmp(f->name, "needed") && strcmp(f->name, "safe") &&
	       strcmp(f->name, "build_id") && strcmp(f->name, "interpreter") &&
	       strcmp(f->name, "salt");
}

/* Files a field under those that differ, those that are the same in all, or neither: empty. */
static void put_column(struct columns *c, const struct field *field, struct fact *const *facts,
		       uint32_t count)
{
	struct text first = { 0 }, other = { 0 };
	bool differs = false, any = false;

	if (is_link(field->type)) {
		for (uint32_t i = 0; i < count && !any; i++)
			any = !field_is_null(facts[i], field);
		differs = any;
	} else {
		say(&first, facts[0], field);
		any = first.n > 0;
		for (uint32_t i = 1; i < count && !differs; i++) {
			other.n = 0;
			say(&other, facts[i], field);
			differs = !span_equal(text_span(&first), text_span(&other));
		}
		any = any || differs;
	}
	if (differs || (any && count < MANY))
		c->p[c->n++] = field;
	else if (any)
		c->same[c->same_count++] = field;
	text_free(&first);
	text_free(&other);
}

static struct columns columns_of(const struct facts *facts, int kind)
{
	const struct fact_table *table = &fact_tables[kind];
	struct columns c = { .n = 0 };

	for (size_t i = 0; i < table->count && i < MOST_FIELDS; i++)
		if (facts->count[kind] && is_shown(&table->fields[i]))
			put_column(&c, &table->fields[i], facts->of[kind], facts->count[kind]);
	return c;
}

void html_nodes(struct text *t, const struct node_list *list)
{
	for (uint32_t i = 0; i < list->n && i < MOST_LISTED; i++) {
		text_format(t, "%s<a href=\"#node-%u\">", i ? "<br>" : "", list->p[i]->id);
		html_place(t, list->p[i]);
		text_puts(t, "</a>");
	}
	if (list->n > MOST_LISTED)
		text_format(t, "<br>and %u more", list->n - MOST_LISTED);
}

static void put_component(struct text *t, const struct component_fact *c)
{
	if (c->f.id < HTML_MOST_ROWS)
		text_format(t, "<a href=\"#fact-component-%u\">", c->f.id);
	else
		text_puts(t, "<a href=\"#components\">"); /* the page has no row of it */
	html_image(t, c->name);
	text_char(t, ' ');
	html_image(t, c->version);
	text_puts(t, "</a>");
}

static void put_link(struct text *t, const struct fact *f, const struct field *field)
{
	const void *at = (const uint8_t *)f + field->at;
	const struct node *n;

	if (field_is_null(f, field))
		return;
	if (field->type == FIELD_COMPONENT) {
		put_component(t, *(const struct component_fact *const *)at);
		return;
	}
	n = *(const struct node *const *)at;
	html_nodes(t, &(struct node_list){ &n, 1 });
}

/* Words of ours need no isolation, and are not set in the type of the image's own. */
static bool is_ours(enum field_type type)
{
	return type != FIELD_SPAN && type != FIELD_SPAN_OR_NULL && type != FIELD_PASSWORD &&
	       type != FIELD_SPANS && type != FIELD_SPANS_OR_NULL;
}

static void put_cell(struct text *t, const struct fact *f, const struct field *field)
{
	struct text said = { 0 };

	if (is_link(field->type)) {
		put_link(t, f, field);
		return;
	}
	say(&said, f, field);
	if (said.n && !is_ours(field->type))
		text_puts(t, "<bdi>");
	html_said(t, text_span(&said));
	if (said.n && !is_ours(field->type))
		text_puts(t, "</bdi>");
	t->failed |= said.failed;
	text_free(&said);
}

/* What stands on one line, or is counted: "n" no break, "r" to the right as well. */
static const char *cell_class(enum field_type type)
{
	switch (type) {
	case FIELD_NAME:
	case FIELD_NAME_OR_NULL:
	case FIELD_BOOL:
	case FIELD_TRI:
	case FIELD_MODE:
	case FIELD_PASSWORD:
		return " class=n";
	case FIELD_U32:
	case FIELD_U32_OR_NULL:
	case FIELD_U64:
		return " class=r";
	default:
		return "";
	}
}

void html_fact_place(struct text *t, const struct fact *f)
{
	text_format(t, "<tr id=fact-%s-%u><td><a href=#node-%u>", fact_tables[f->kind].one, f->id,
		    f->node->id);
	html_place(t, f->node);
	text_puts(t, "</a>");
	if (f->line)
		text_format(t, " line %u", f->line);
	text_format(t, "<br><i>%llu+%llu</i>", (unsigned long long)f->offset,
		    (unsigned long long)f->length);
}

/* Without end tags and names of columns (the script adds these on a phone): there may be
 * thousands of these rows. */
static void put_fact(struct text *t, const struct fact *f, const struct columns *c)
{
	html_fact_place(t, f);
	for (uint32_t i = 0; i < c->n; i++) {
		text_format(t, "<td%s>", cell_class(c->p[i]->type));
		put_cell(t, f, c->p[i]);
	}
	text_char(t, '\n');
}

static void put_field_name(struct text *t, const char *name)
{
	for (; *name; name++)
		text_char(t, *name == '_' ? ' ' : *name);
}

/* Among all fields of its kind: the order of a fact's text, whatever columns are shown. */
static unsigned place_of(const struct fact *f, const struct field *field)
{
	return (unsigned)(field - fact_tables[f->kind].fields);
}

static void put_same(struct text *t, const struct fact *f, const struct columns *c)
{
	if (c->same_count == 0)
		return;
	text_puts(t, "<p class=\"soft same\">The same in all: ");
	for (uint32_t i = 0; i < c->same_count; i++) {
		text_format(t, "%s<span data-at=%u data-n=%zu>", i ? ", " : "",
			    place_of(f, c->same[i]), strlen(c->same[i]->name));
		put_field_name(t, c->same[i]->name);
		text_char(t, ' ');
		put_cell(t, f, c->same[i]);
		text_puts(t, "</span>");
	}
	text_puts(t, ".</p>\n");
}

static void put_kind(struct text *t, const struct facts *facts, int kind)
{
	const struct fact_table *table = &fact_tables[kind];
	const struct columns c = columns_of(facts, kind);
	uint32_t count = facts->count[kind];

	if (count == 0)
		return;
	text_format(t,
		    "<div class=\"kind\" data-kind=\"%s\" data-count=\"%u\"><h3 id=\"%s\">%c%s "
		    "<span class=\"soft\">",
		    table->one, count, table->list, table->list[0] - 32, table->list + 1);
	html_number(t, count);
	text_puts(t, "</span></h3>\n");
	put_same(t, facts->of[kind][0], &c);
	text_puts(t, "<div class=\"wrap\"><table "
		     "class=\"facts\"><thead><tr><th>Place, bytes</th>");
	for (uint32_t i = 0; i < c.n; i++) {
		const char *name = c.p[i]->name;

		text_format(t, "<th%s data-at=%u>%c", cell_class(c.p[i]->type),
			    place_of(facts->of[kind][0], c.p[i]), name[0] - 32);
		put_field_name(t, name + 1);
		text_puts(t, "</th>");
	}
	text_puts(t, "</tr></thead><tbody>\n");
	for (uint32_t i = 0; i < count && i < HTML_MOST_ROWS; i++)
		put_fact(t, facts->of[kind][i], &c);
	text_puts(t, "</tbody></table></div>\n");
	if (count > HTML_MOST_ROWS)
		text_format(t,
			    "<p class=\"soft rest\">The first %d of %u; the JSON report has "
			    "all.</p>\n",
			    HTML_MOST_ROWS, count);
	text_puts(t, "</div>\n");
}

void html_facts(struct text *t, const struct report *r)
{
	text_puts(t, "<section id=\"facts\">\n<h2>Facts</h2>\n<p>What the verdicts rest on. Each "
		     "names its file, in text the line, and the bytes in it as offset+length. "
		     "Columns that are empty in all lines are left out.</p>\n"
		     "<div class=\"filters\" id=\"factbar\" hidden></div>\n");
	for (int k = 0; k < FACT_LISTS; k++)
		if (k != FACT_COMPONENT)
			put_kind(t, r->facts, k);
	text_puts(t, "</section>\n");
}

/* A text; [the node] that it links to; or the number of a component. */
static void put_data_cell(struct json *j, const struct fact *f, const struct field *field)
{
	const void *at = (const uint8_t *)f + field->at;
	struct text said = { 0 };

	if (field->type == FIELD_COMPONENT) {
		json_u64(j, (*(const struct component_fact *const *)at)->f.id);
	} else if (field->type == FIELD_NODE && !field_is_null(f, field)) {
		json_array(j);
		json_u64(j, (*(const struct node *const *)at)->id);
		json_array_end(j);
	} else {
		say(&said, f, field);
		json_text(j, text_span(&said));
	}
	j->out->failed |= said.failed;
	text_free(&said);
}

static void put_data_row(struct json *j, const struct fact *f, const struct columns *c)
{
	json_array(j);
	json_u64(j, f->node->id);
	json_u64(j, f->offset);
	json_u64(j, f->length);
	json_u64(j, f->line);
	for (uint32_t i = 0; i < c->n; i++)
		put_data_cell(j, f, c->p[i]);
	json_array_end(j);
}

void html_more_facts(struct json *j, const struct report *r)
{
	size_t from = j->out->n;

	member_object(j, "facts");
	for (int k = 0; k < FACT_LISTS; k++) {
		struct columns c;

		if (r->facts->count[k] <= HTML_MOST_ROWS || k == FACT_COMPONENT)
			continue;
		c = columns_of(r->facts, k);
		member_array(j, fact_tables[k].one);
		for (uint32_t i = HTML_MOST_ROWS; i < r->facts->count[k]; i++) {
			if (j->out->n - from > MOST_DATA)
				break;
			put_data_row(j, r->facts->of[k][i], &c);
		}
		json_array_end(j);
	}
	json_object_end(j);
}
