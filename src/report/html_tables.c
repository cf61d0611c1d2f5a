/* html_tables.c - verdicts, facts, and what the report is made of. */
#include <stdio.h>

#include "judge/declaration.h"
#include "know/know.h"
#include "report/html.h"

#define MOST_EVIDENCE 8
#define MOST_BARE     3 /* places without a fact: the coverage table has them all */

static void put_requirements(struct text *t, const struct check *c)
{
	size_t at = 0;
	struct span one;
	bool first = true;

	while (requirement_next(c->requirements, &at, &one)) {
		if (!first)
			text_puts(t, "; ");
		first = false;
		html_said(t, one);
	}
}

static void put_evidence_list(struct text *t, const struct verdict *v)
{
	uint32_t most = v->evidence_count && v->evidence[0].fact ? MOST_EVIDENCE : MOST_BARE;

	for (uint32_t i = 0; i < v->evidence_count && i < most; i++) {
		if (i)
			text_puts(t, "<br>");
		html_evidence(t, &v->evidence[i]);
	}
	if (v->evidence_count > most)
		text_format(t, "<br><span class=\"soft\">and %u more</span>",
			    v->evidence_count - most);
}

static void put_verdict(struct text *t, const struct verdict *v)
{
	const char *reason = reason_name(v->reason);

	text_format(t,
		    "<tr id=\"check-%s\" class=\"%s\" data-find=\"%s\"><td "
		    "data-h=\"Outcome\">",
		    v->check->id, outcome_name(v->outcome), v->check->id);
	html_outcome(t, v->outcome);
	text_format(t, "</td><td data-h=\"Check\"><b>%s</b><br>", v->check->id);
	html_says(t, v->check->title);
	text_puts(t, "</td><td data-h=\"What is\">");
	html_says(t, v->says);
	if (reason)
		text_format(t, "<br><span class=\"soft\">not evaluable because: %s</span>", reason);
	if (v->searched && v->searched[0]) {
		text_puts(t, "<br><span class=\"soft\">looked at: ");
		html_says(t, v->searched);
		text_puts(t, "</span>");
	}
	if (v->exception) {
		text_puts(t, "<br><b>excepted until ");
		html_image(t, v->exception->value[EXCEPTION_EXPIRES]);
		text_puts(t, "</b> by ");
		html_image(t, v->exception->value[EXCEPTION_OWNER]);
		text_puts(t, ": ");
		html_image(t, v->exception->reason);
	}
	text_puts(t, "<details><summary class=\"soft\">rule</summary>");
	html_says(t, v->check->rule);
	text_puts(t, "<br><span class=\"soft\">Does not prove: ");
	html_says(t, v->check->does_not_prove);
	text_puts(t, "</span></details></td><td data-h=\"Evidence\">");
	put_evidence_list(t, v);
	text_puts(t, "</td><td data-h=\"Requirements\"><span class=\"m\">");
	put_requirements(t, v->check);
	text_puts(t, "</span></td></tr>\n");
}

static void put_filters(struct text *t)
{
	static const char *const words[] = { "fail", "review", "not evaluable", "pass",
					     "not applicable" };

	text_puts(t, "<div class=\"filters\" id=\"filters\" hidden>\n");
	for (int o = OUTCOME_FAIL; o <= OUTCOME_NOT_APPLICABLE; o++)
		text_format(t, "<label><input type=\"checkbox\" checked value=\"%s\"> %s</label>\n",
			    outcome_name((enum outcome)o), words[o]);
	text_puts(
		t,
		"<label>Catalogue <select id=\"catalogue\"><option value=\"\">all checks</option>");
	for (size_t i = 0; i < requirements_count; i++)
		if (i == 0 || strcmp(requirements[i].catalogue, requirements[i - 1].catalogue) != 0)
			text_format(t, "<option>%s</option>", requirements[i].catalogue);
	text_puts(t, "</select></label>\n<span id=\"shown\" class=\"soft\" "
		     "aria-live=\"polite\"></span>\n</div>\n<p class=\"filtered\" "
		     "id=\"filtered\"></p>\n<div class=\"wrap\" id=\"view\"></div>\n");
}

void html_verdicts(struct text *t, const struct report *r)
{
	text_puts(t, "<section id=\"verdicts\">\n<h2>Verdicts</h2>\n<p>One line a check, in the "
		     "order of the catalogue. A pass means: "
		     "not found in what was opened. That a check answers to a requirement is this "
		     "project’s judgement.</p>\n");
	put_filters(t);
	text_puts(t, "<div class=\"wrap\" "
		     "id=\"checks\"><table><thead><tr><th>Outcome</th><th>Check</th><th>What "
		     "is</th><th>Evidence</th>"
		     "<th>Requirements</th></tr></thead><tbody>\n");
	for (uint32_t i = 0; i < r->verdict_count; i++)
		put_verdict(t, &r->verdicts[i]);
	text_puts(t, "</tbody></table></div>\n</section>\n");
}

static void put_list(struct text *t, const struct spans *list)
{
	for (uint32_t i = 0; i < list->n; i++) {
		if (i)
			text_puts(t, ", ");
		html_image(t, list->p[i]);
	}
}

static void put_node_list(struct text *t, const struct node_list *list)
{
	for (uint32_t i = 0; i < list->n && i < MOST_EVIDENCE; i++) {
		text_format(t, "%s<a href=\"#node-%u\">", i ? "<br>" : "", list->p[i]->id);
		html_place(t, list->p[i]);
		text_puts(t, "</a>");
	}
	if (list->n > MOST_EVIDENCE)
		text_format(t, "<br>and %u more", list->n - MOST_EVIDENCE);
}

static void put_ranges(struct text *t, const struct ranges *list)
{
	for (uint32_t i = 0; i < list->n && i < MOST_EVIDENCE; i++)
		text_format(t, "%s<a href=\"#node-%u\">%llu+%llu</a>", i ? "<br>" : "",
			    list->p[i].node->id, (unsigned long long)list->p[i].offset,
			    (unsigned long long)list->p[i].length);
	if (list->n > MOST_EVIDENCE)
		text_format(t, "<br>and %u more", list->n - MOST_EVIDENCE);
}

static void put_component(struct text *t, const struct component_fact *c)
{
	text_format(t, "<a href=\"#fact-component-%u\">", c->f.id);
	html_image(t, c->name);
	text_char(t, ' ');
	html_image(t, c->version);
	text_puts(t, "</a>");
}

static void put_field(struct text *t, const struct fact *f, const struct field *field)
{
	const uint8_t *base = (const uint8_t *)f, *at = base + field->at;
	const struct span *s = (const void *)at;
	const struct node *const *n = (const void *)at;
	const char *const *name = (const void *)at;
	static const char *const tri[] = { "no", "yes", "" };

	switch (field->type) {
	case FIELD_PASSWORD:
		if (*(const bool *)(base + field->with)) {
			text_puts(t, "“");
			html_image(t, *s);
			text_puts(t, "”");
		}
		break;
	case FIELD_SPAN:
	case FIELD_SPAN_OR_NULL:
		html_image(t, *s);
		break;
	case FIELD_NAME:
		html_says(t, *name);
		break;
	case FIELD_U32:
		text_format(t, "%u", *(const uint32_t *)(const void *)at);
		break;
	case FIELD_U32_OR_NULL:
		if (*(const uint32_t *)(const void *)at)
			text_format(t, "%u", *(const uint32_t *)(const void *)at);
		break;
	case FIELD_U64:
		text_format(t, "%llu", (unsigned long long)*(const uint64_t *)(const void *)at);
		break;
	case FIELD_BOOL:
		text_puts(t, *(const bool *)at ? "yes" : "no");
		break;
	case FIELD_TRI:
		text_puts(t, tri[*(const enum tri *)(const void *)at]);
		break;
	case FIELD_SPANS:
	case FIELD_SPANS_OR_NULL:
		put_list(t, (const void *)at);
		break;
	case FIELD_NODES:
		put_node_list(t, (const void *)at);
		break;
	case FIELD_COMPONENT:
		put_component(t, *(const struct component_fact *const *)(const void *)at);
		break;
	case FIELD_RANGES:
		put_ranges(t, (const void *)at);
		break;
	case FIELD_MODE:
		text_format(t, "%04o", *(const uint32_t *)(const void *)at & 07777);
		break;
	case FIELD_NODE:
		if (*n) {
			text_format(t, "<a href=\"#node-%u\">", (*n)->id);
			html_place(t, *n);
			text_puts(t, "</a>");
		}
		break;
	}
}

/* Long lists of names are in the JSON; a table of them cannot be read. */
static bool is_shown(const struct field *f)
{
	return strcmp(f->name, "needed") && strcmp(f->name, "safe") &&
	       strcmp(f->name, "build_id") && strcmp(f->name, "interpreter") &&
	       strcmp(f->name, "salt");
}

/* What stands on one line, or is counted: "n" no break, "r" to the right as well. */
static const char *cell_class(enum field_type type)
{
	switch (type) {
	case FIELD_NAME:
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

/* Without end tags and names of columns (the script adds these on a phone): there may be
 * thousands of these rows. */
static void put_fact(struct text *t, const struct fact *f, const struct fact_table *table)
{
	text_format(t, "<tr id=fact-%s-%u><td><a href=#node-%u>", table->one, f->id, f->node->id);
	html_place(t, f->node);
	text_puts(t, "</a>");
	if (f->line)
		text_format(t, " line %u", f->line);
	text_format(t, "<br><i>%llu+%llu</i>", (unsigned long long)f->offset,
		    (unsigned long long)f->length);
	for (size_t i = 0; i < table->count; i++) {
		if (!is_shown(&table->fields[i]))
			continue;
		text_format(t, "<td%s>", cell_class(table->fields[i].type));
		put_field(t, f, &table->fields[i]);
	}
	text_char(t, '\n');
}

static void put_kind(struct text *t, const struct facts *facts, int kind)
{
	const struct fact_table *table = &fact_tables[kind];
	uint32_t count = facts->count[kind];

	if (count == 0)
		return;
	text_format(t, "<h3 id=\"%s\">%c%s <span class=\"soft\">", table->list, table->list[0] - 32,
		    table->list + 1);
	html_number(t, count);
	text_puts(t, "</span></h3>\n<div class=\"wrap\"><table "
		     "class=\"facts\"><thead><tr><th>Place, bytes</th>");
	for (size_t i = 0; i < table->count; i++)
		if (is_shown(&table->fields[i])) {
			const char *name = table->fields[i].name;

			text_format(t, "<th%s>%c", cell_class(table->fields[i].type), name[0] - 32);
			while (*++name)
				text_char(t, *name == '_' ? ' ' : *name);
			text_puts(t, "</th>");
		}
	text_puts(t, "</tr></thead><tbody>\n");
	for (uint32_t i = 0; i < count && i < HTML_MOST_FACTS; i++)
		put_fact(t, facts->of[kind][i], table);
	text_puts(t, "</tbody></table></div>\n");
	if (count > HTML_MOST_FACTS)
		text_format(t,
			    "<p class=\"soft\">The first %d of %u; the JSON report has all.</p>\n",
			    HTML_MOST_FACTS, count);
}

void html_facts(struct text *t, const struct report *r)
{
	text_puts(t, "<section id=\"facts\">\n<h2>Facts</h2>\n<p>What the verdicts rest on. Each "
		     "names its file, in text the line, and the bytes in it as "
		     "offset+length.</p>\n");
	for (int k = 0; k < FACT_LISTS; k++)
		put_kind(t, r->facts, k);
	text_puts(t, "</section>\n");
}

void html_about(struct text *t, const struct report *r)
{
	text_puts(t, "<section id=\"about\">\n<h2>About this report</h2>\n<p>Made by "
		     "evenhand " EVENHAND_VERSION " from the image, its "
		     "version, its knowledge pack and options alone: whoever scans the same image "
		     "gets the same bytes. No score is "
		     "given. Nothing here shows how a running, configured device behaves, and "
		     "nothing shows intent.</p>\n<dl "
		     "class=\"ident\"><dt>Image SHA-512</dt><dd><code>");
	text_hex(t, (struct span){ r->image_sha512, SHA512_SIZE });
	text_format(
		t,
		"</code></dd><dt>Knowledge, "
		"observing</dt><dd><code>%s</code></dd><dt>Knowledge, judging</dt><dd><code>%s"
		"</code></dd><dt>Dates judged</dt><dd>%s</dd></dl>\n<h3>Requirements that no "
		"image can answer</h3>\n<div "
		"class=\"wrap\"><table id=\"beyond\"><thead><tr><th>Catalogue</th><th>Requirement</"
		"th><th>Title</th></tr></thead><tbody>\n",
		knowledge_observing, knowledge_judging,
		r->options->as_of ? r->options->as_of : "no: --as-of was not given");
	for (size_t i = 0; i < requirements_count; i++) {
		if (strcmp(requirements[i].evaluable, "no") != 0)
			continue;
		text_puts(t, "<tr><td>");
		html_says(t, requirements[i].catalogue);
		text_puts(t, "</td><td>");
		html_says(t, requirements[i].id);
		text_puts(t, "</td><td>");
		html_says(t, requirements[i].title);
		text_puts(t, "</td></tr>\n");
	}
	text_puts(t, "</tbody></table></div>\n</section>\n");
}
