/* html_tables.c - verdicts, and what the report is made of. */
#include <stdio.h>

#include "judge/declaration.h"
#include "know/know.h"
#include "report/html.h"
#include "report/page.h"

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

/* Without end tags; the names of columns, which a phone needs, stand in the style. */
static void put_verdict(struct text *t, const struct verdict *v)
{
	const char *reason = reason_name(v->reason);

	text_format(t, "<tr id=check-%s class=%s><td>", v->check->id, outcome_name(v->outcome));
	html_outcome(t, v->outcome);
	text_format(t, "<td><b>%s</b><br>", v->check->id);
	html_says(t, v->check->title);
	text_puts(t, "<td>");
	html_says(t, v->says);
	if (reason)
		text_format(t, "<br><span class=soft>not evaluable because: %s</span>", reason);
	if (v->searched && v->searched[0]) {
		text_puts(t, "<br><span class=soft>looked at: ");
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
	text_puts(t, "<details><summary class=soft>rule</summary>");
	html_says(t, v->check->rule);
	text_puts(t, "<br><span class=soft>Does not prove: ");
	html_says(t, v->check->does_not_prove);
	text_puts(t, "</span></details><td>");
	put_evidence_list(t, v);
	text_puts(t, "<td class=m>");
	put_requirements(t, v->check);
	text_char(t, '\n');
}

bool html_begins_catalogue(size_t row)
{
	return row == 0 ||
	       strcmp(requirements[row].catalogue, requirements[row - 1].catalogue) != 0;
}

static void put_filters(struct text *t)
{
	text_puts(t, "<div class=\"filters\" id=\"filters\" hidden>\n");
	for (int o = OUTCOME_FAIL; o <= OUTCOME_NOT_APPLICABLE; o++)
		text_format(t, "<label><input type=\"checkbox\" checked value=\"%s\"> %s</label>\n",
			    outcome_name((enum outcome)o), outcome_word((enum outcome)o));
	text_puts(
		t,
		"<label>Catalogue <select id=\"catalogue\"><option value=\"\">all checks</option>");
	for (size_t i = 0; i < requirements_count; i++)
		if (html_begins_catalogue(i)) {
			text_puts(t, "<option>");
			html_says(t, requirements[i].catalogue);
			text_puts(t, "</option>");
		}
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

bool html_is_beyond(const struct requirement *row)
{
	return !requirement_is_evaluable(row) || !requirement_is_answered(row);
}

/* Requirements that no check answers: those of which no image can tell, or the others, each with
 * what a person does by hand. */
static void put_beyond(struct text *t, bool evaluable)
{
	text_format(t,
		    "<div class=\"wrap\"><table id=\"%s\"><thead><tr><th>Catalogue</th>"
		    "<th>Requirement</th><th>In short</th>%s</tr></thead><tbody>\n",
		    evaluable ? "unanswered" : "never", evaluable ? "<th>By hand</th>" : "");
	for (size_t i = 0; i < requirements_count; i++) {
		const struct requirement *row = &requirements[i];

		if (!html_is_beyond(row) || requirement_is_evaluable(row) != evaluable)
			continue;
		text_puts(t, "<tr><td>");
		html_says(t, row->catalogue);
		text_puts(t, "<td>");
		html_says(t, row->id);
		text_puts(t, "<td>");
		html_says(t, row->title);
		if (evaluable) {
			text_puts(t, "<td>");
			html_says(t, requirement_by_hand(row));
		}
		text_char(t, '\n');
	}
	text_puts(t, "</tbody></table></div>\n");
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
		"</code></dd><dt>Dates judged</dt><dd>%s</dd></dl>\n<h3>Requirements left to a "
		"person</h3>\n<p>An image could help with these, but no check answers them.</p>\n",
		knowledge_observing, knowledge_judging,
		r->options->as_of ? r->options->as_of : "no: --as-of was not given");
	put_beyond(t, true);
	text_puts(t, "<h3>Requirements of which no image can tell</h3>\n<p>Ask a running device, "
		     "documents or the manufacturer.</p>\n");
	put_beyond(t, false);
	text_puts(t, "</section>\n");
}
