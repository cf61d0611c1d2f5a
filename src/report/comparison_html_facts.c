/* comparison_html_facts.c - what is said of one image and not of the other: facts, calls, verdicts
 * by catalogue. */
#include "know/know.h"
#include "report/comparison_html.h"

/* Otherwise only what differs was observed. */
static bool has_all(const struct comparison_page *p)
{
	return p->r->judged || comparison_html_is_against(p);
}

/* -- facts -- */

static void put_value(struct text *t, struct span value, bool is_there)
{
	if (is_there)
		html_image(t, value);
	else
		text_puts(t, "–");
}

static void put_place(struct text *t, const struct fact *f)
{
	if (!f || !f->node)
		return;
	html_place(t, f->node);
	if (f->line)
		text_format(t, " line %u", f->line);
}

static void put_fields(struct text *t, const struct fact_change *c, bool right)
{
	const struct fact *f = right ? c->right : c->left;

	if (!f) {
		text_puts(t, "–");
		return;
	}
	put_place(t, f);
	for (uint32_t i = 0; i < c->field_count; i++) {
		const struct field_change *x = &c->fields[i];

		text_format(t, "<div><span class=\"soft\">%s</span> ", x->name);
		put_value(t, right ? x->right : x->left, right ? x->has_right : x->has_left);
		text_puts(t, "</div>");
	}
}

static void put_change(struct text *t, const struct fact_change *c)
{
	static const char *const words[] = { "only right", "only left", "changed" };

	text_puts(t, "<tr><td data-h=\"Fact\">");
	html_image(t, c->what);
	text_format(t, "</td><td data-h=\"Relation\" class=\"n\">%s</td><td data-h=\"Left\">",
		    words[c->kind]);
	put_fields(t, c, false);
	text_puts(t, "</td><td data-h=\"Right\">");
	put_fields(t, c, true);
	text_puts(t, "</td></tr>\n");
}

static void put_facts(const struct comparison_page *p)
{
	const struct comparison_report *r = p->r;
	uint32_t n = r->fact_count < HTML_MOST_ROWS ? r->fact_count : HTML_MOST_ROWS;

	text_puts(p->t, "<section id=\"facts\">\n<h2>Facts that changed</h2>\n<p>What the same "
			"checks find on both sides");
	text_puts(p->t, has_all(p) ? ".</p>\n" : ", in the files that differ.</p>\n");
	if (n == 0) {
		text_puts(p->t, "<p>None.</p>\n</section>\n");
		return;
	}
	text_puts(p->t, "<div class=\"wrap\"><table class=\"changes\"><thead><tr><th>Fact</th><th>"
			"Relation</th><th>Left</th><th>Right</th></tr></thead><tbody>\n");
	for (uint32_t i = 0; i < n; i++)
		put_change(p->t, &r->facts[i]);
	text_puts(p->t, "</tbody></table></div>\n");
	comparison_html_more(p->t, r->fact_count - n, "stand");
	text_puts(p->t, "</section>\n");
}

/* -- calls -- */

static void put_calls(struct text *t, const char *head, const struct spans *s)
{
	text_format(t, "<td data-h=\"%s\">", head);
	for (uint32_t i = 0; i < s->n; i++) {
		text_puts(t, i ? ", <code>" : "<code>");
		html_image(t, s->p[i]);
		text_puts(t, "</code>");
	}
	text_puts(t, "</td>");
}

static void put_totals(struct text *t, const struct calls_table *c)
{
	text_puts(t, "<div class=\"wrap\"><table class=\"calls\"><thead><tr><th>Call</th><th>Kind"
		     "</th><th class=\"r\">Left</th><th class=\"r\">Right</th></tr></thead>"
		     "<tbody>\n");
	for (uint32_t i = 0; i < c->total_count; i++) {
		const struct calls_total *row = &c->totals[i];

		text_puts(t, "<tr><td data-h=\"Call\"><code>");
		html_image(t, row->call);
		text_format(t,
			    "</code></td><td data-h=\"It is\">%s</td><td class=\"r\" "
			    "data-h=\"Left\">",
			    row->is_safe ? "safe" : "unsafe");
		html_number(t, row->left);
		text_puts(t, "</td><td class=\"r\" data-h=\"Right\">");
		html_number(t, row->right);
		text_puts(t, "</td></tr>\n");
	}
	text_puts(t, "</tbody></table></div>\n");
}

static void put_executables(struct text *t, const struct calls_table *c)
{
	uint32_t n = c->row_count < HTML_MOST_ROWS ? c->row_count : HTML_MOST_ROWS;

	text_puts(t, "<details><summary>");
	html_number(t, c->row_count);
	text_puts(t, c->row_count == 1 ? " executable" : " executables");
	text_puts(t, " that call any</summary>\n<div class=\"wrap\"><table "
		     "class=\"callers\"><thead><tr><th>Executable</th><th>Unsafe, left</th><th>"
		     "Unsafe, right</th><th>Safe, left</th><th>Safe, right</th></tr></thead>"
		     "<tbody>\n");
	for (uint32_t i = 0; i < n; i++) {
		const struct calls_row *row = &c->rows[i];

		text_puts(t, "<tr><td data-h=\"Executable\"><code>");
		html_image(t, row->path);
		text_puts(t, "</code></td>");
		put_calls(t, "Unsafe, left", &row->unsafe.left);
		put_calls(t, "Unsafe, right", &row->unsafe.right);
		put_calls(t, "Safe, left", &row->safe.left);
		put_calls(t, "Safe, right", &row->safe.right);
		text_puts(t, "</tr>\n");
	}
	text_puts(t, "</tbody></table></div>\n");
	comparison_html_more(t, c->row_count - n, "stand");
	text_puts(t, "</details>\n");
}

static void put_all_calls(const struct comparison_page *p)
{
	const struct calls_table *c = &p->r->calls;

	text_puts(p->t, "<section id=\"calls\">\n<h2>Safe and unsafe calls</h2>\n<p>How many "
			"executables call a function that is known to be misused, or the one that "
			"is used instead");
	text_puts(p->t, has_all(p) ? ".</p>\n" : ", of those that differ.</p>\n");
	if (c->total_count == 0) {
		text_puts(p->t, "<p>None.</p>\n</section>\n");
		return;
	}
	put_totals(p->t, c);
	put_executables(p->t, c);
	text_puts(p->t, "</section>\n");
}

/* -- verdicts -- */

static void put_outcome(struct text *t, const char *head, const struct verdict *v)
{
	text_format(t, "<td data-h=\"%s\">", head);
	if (v)
		html_outcome(t, v->outcome);
	else
		text_puts(t, "–");
	text_puts(t, "</td>");
}

static void put_outcomes(struct text *t, const struct verdict_change *v)
{
	put_outcome(t, "Left", v->left);
	put_outcome(t, "Right", v->right);
	text_puts(t, "</tr>\n");
}

static void put_by_check(const struct comparison_page *p)
{
	text_puts(p->t, "<div class=\"wrap\"><table class=\"judged\"><thead><tr><th>Check</th><th>"
			"Title</th><th>Left</th><th>Right</th></tr></thead><tbody>\n");
	for (uint32_t i = 0; i < p->r->verdict_count; i++) {
		const struct verdict_change *v = &p->r->verdicts[i];

		text_format(p->t, "<tr><td data-h=\"Check\" class=\"m n\">%s</td><td>",
			    v->check->id);
		html_says(p->t, v->check->title);
		text_puts(p->t, "</td>");
		put_outcomes(p->t, v);
	}
	text_puts(p->t, "</tbody></table></div>\n");
}

static bool answers_to(const struct check *check, const struct requirement *row)
{
	size_t at = 0;
	struct span one;

	while (requirement_next(check->requirements, &at, &one))
		if (requirement_row(one) == row)
			return true;
	return false;
}

/* Where the catalogue ends that begins at `from`, and how many rows it will have. */
static size_t catalogue_end(const struct comparison_page *p, size_t from, uint32_t *rows)
{
	const char *name = requirements[from].catalogue;
	size_t end = from;

	*rows = 0;
	for (; end < requirements_count && strcmp(requirements[end].catalogue, name) == 0; end++)
		for (uint32_t i = 0; i < p->r->verdict_count; i++)
			*rows += answers_to(p->r->verdicts[i].check, &requirements[end]);
	return end;
}

static void put_requirement(const struct comparison_page *p, const struct requirement *row)
{
	for (uint32_t i = 0; i < p->r->verdict_count; i++) {
		const struct verdict_change *v = &p->r->verdicts[i];

		if (!answers_to(v->check, row))
			continue;
		text_puts(p->t, "<tr><td data-h=\"Requirement\" class=\"m\">");
		html_says(p->t, row->id);
		text_puts(p->t, "</td><td>");
		html_says(p->t, row->title);
		text_format(p->t, "</td><td data-h=\"Check\" class=\"m n\">%s</td>", v->check->id);
		put_outcomes(p->t, v);
	}
}

static size_t put_catalogue(const struct comparison_page *p, size_t from)
{
	uint32_t rows;
	size_t end = catalogue_end(p, from, &rows);

	if (rows == 0)
		return end;
	text_puts(p->t, "<details><summary>");
	html_says(p->t, requirements[from].catalogue);
	text_puts(p->t, ": ");
	html_number(p->t, rows);
	text_puts(p->t,
		  "</summary>\n<div class=\"wrap\"><table class=\"catalogues\"><thead><tr>"
		  "<th>Requirement</th><th>Title</th><th>Check</th><th>Left</th><th>Right</th>"
		  "</tr></thead><tbody>\n");
	for (size_t i = from; i < end; i++)
		put_requirement(p, &requirements[i]);
	text_puts(p->t, "</tbody></table></div>\n</details>\n");
	return end;
}

static void put_verdicts(const struct comparison_page *p)
{
	text_puts(p->t, "<section id=\"verdicts\">\n<h2>Verdicts that changed</h2>\n");
	if (p->r->verdict_count == 0) {
		text_puts(p->t, "<p>None.</p>\n</section>\n");
		return;
	}
	put_by_check(p);
	text_puts(p->t, "<h3>By catalogue</h3>\n");
	for (size_t at = 0; at < requirements_count;)
		at = put_catalogue(p, at);
	text_puts(p->t, "</section>\n");
}

void comparison_html_facts(struct comparison_page *p)
{
	put_facts(p);
	put_all_calls(p);
	if (p->r->judged)
		put_verdicts(p);
}
