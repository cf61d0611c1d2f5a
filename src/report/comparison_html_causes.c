/* comparison_html_causes.c - why things differ: a line for each difference that matters, one for
 * each cause that does not; and which causes are accepted. */
#include <stdlib.h>

#include "report/comparison_html.h"

#define MOST_PLACES  200 /* of one accepted cause */
#define FIRST_PLACES 3
#define LEAST_RUN    6

static const char *weight_class(enum weight w)
{
	return w == WEIGHT_CHANGES ? "change" : w == WEIGHT_OPEN ? "open" : "accepted";
}

static void put_where(const struct comparison_page *p, uint32_t i)
{
	const struct node *n = difference_node(p->d[i]);

	if (!n)
		return;
	if (p->has_bytes[i])
		text_format(p->t, "<a href=\"#d-%u\">", i);
	html_place(p->t, n);
	if (p->has_bytes[i])
		text_puts(p->t, "</a>");
}

/* The whole locator of a file in a container of its own: its path alone does not tell which. */
static void put_container(const struct comparison_page *p, const struct difference *d)
{
	const struct node *n = difference_node(d);

	if (!n || !n->container || !n->container->parent)
		return;
	text_puts(p->t, " <span class=\"in\">in ");
	html_locator(p->t, n->container);
	text_puts(p->t, "</span>");
}

static void put_what(const struct comparison_page *p, const struct difference *d)
{
	if (d->unit.n || d->says.n)
		comparison_html_says(p->t, d);
	else
		html_says(p->t, causes[d->cause].says);
}

static void put_row_start(const struct comparison_page *p, const struct difference *d)
{
	text_format(p->t, " class=\"%s\"><td data-h=\"Cause\"><b>", weight_class(d->weight));
	html_says(p->t, causes[d->cause].name);
	text_puts(p->t, "</b></td><td data-h=\"Where\">");
}

static void put_row_end(const struct comparison_page *p, const struct difference *d)
{
	bool bold = d->weight == WEIGHT_CHANGES;

	text_puts(p->t, "</td><td data-h=\"What\">");
	put_what(p, d);
	text_format(p->t,
		    "</td><td data-h=\"Proven\">%s</td><td class=\"n\" data-h=\"Weight\">%s%s%s"
		    "</td></tr>\n",
		    d->proven ? "yes" : "no", bold ? "<b>" : "", weight_words(d->weight),
		    bold ? "</b>" : "");
}

static void put_heavy(const struct comparison_page *p, uint32_t i)
{
	text_format(p->t, "<tr id=\"c-%u\"", i);
	put_row_start(p, p->d[i]);
	put_where(p, i);
	put_container(p, p->d[i]);
	put_row_end(p, p->d[i]);
}

/* -- many files that differ in the same, such as their owner -- */

static bool are_alike(const struct comparison_page *p, uint32_t i, uint32_t k)
{
	const struct difference *a = p->d[i], *b = p->d[k];

	return a->cause == b->cause && a->weight == b->weight && a->proven == b->proven &&
	       span_equal(a->unit, b->unit) && span_equal(a->says, b->says) && !p->has_bytes[i] &&
	       !p->has_bytes[k];
}

static uint32_t run_from(const struct comparison_page *p, uint32_t from)
{
	uint32_t end = from + 1;

	while (end < p->heavy_count && p->is_row[p->heavy[end]] &&
	       are_alike(p, p->heavy[from], p->heavy[end]))
		end++;
	return end - from;
}

static void put_fold(const struct comparison_page *p, uint32_t more)
{
	text_puts(p->t, "<details><summary>and ");
	html_number(p->t, more);
	text_puts(p->t, " more</summary>");
}

static void put_run(const struct comparison_page *p, uint32_t from, uint32_t count)
{
	const struct difference *d = p->d[p->heavy[from]];

	text_puts(p->t, "<tr");
	put_row_start(p, d);
	for (uint32_t i = 0; i < count; i++) {
		if (i == FIRST_PLACES)
			put_fold(p, count - FIRST_PLACES);
		text_format(p->t, "<div id=\"c-%u\">", p->heavy[from + i]);
		put_where(p, p->heavy[from + i]);
		put_container(p, p->d[p->heavy[from + i]]);
		text_puts(p->t, "</div>");
	}
	text_puts(p->t, "</details>");
	put_row_end(p, d);
}

/* Gives how many stand there. */
static uint32_t put_heavy_rows(const struct comparison_page *p)
{
	uint32_t at = 0;

	while (at < p->heavy_count && p->is_row[p->heavy[at]]) {
		uint32_t run = run_from(p, at);

		if (run >= LEAST_RUN)
			put_run(p, at, run);
		else
			for (uint32_t i = 0; i < run; i++)
				put_heavy(p, p->heavy[at + i]);
		at += run;
	}
	return at;
}

/* -- what is accepted -- */

static void put_place(const struct comparison_page *p, uint32_t i)
{
	const struct difference *d = p->d[i];

	put_where(p, i);
	if (!d->unit.n && !d->says.n)
		return;
	text_puts(p->t, " ");
	comparison_html_says(p->t, d);
}

static void put_accepted(const struct comparison_page *p, enum cause cause)
{
	uint32_t count = 0, shown = 0;

	for (uint32_t i = 0; i < p->n; i++)
		count += p->d[i]->weight == WEIGHT_ACCEPTED && p->d[i]->cause == cause;
	if (count == 0)
		return;
	text_puts(p->t, "<tr class=\"accepted\"><td data-h=\"Cause\">");
	html_says(p->t, causes[cause].name);
	text_puts(p->t, "</td><td data-h=\"Where\" colspan=\"2\">");
	for (uint32_t i = 0; i < p->n && shown < MOST_PLACES; i++) {
		if (p->d[i]->weight != WEIGHT_ACCEPTED || p->d[i]->cause != cause)
			continue;
		if (shown == FIRST_PLACES && count > FIRST_PLACES + 1)
			put_fold(p, count - FIRST_PLACES);
		text_puts(p->t, "<div>");
		put_place(p, i);
		text_puts(p->t, "</div>");
		shown++;
	}
	if (count > shown)
		comparison_html_more(p->t, count - shown, "are");
	text_puts(p->t, count > FIRST_PLACES + 1 ? "</details></td>" : "</td>");
	text_format(
		p->t,
		"<td data-h=\"Proven\">yes</td><td class=\"n\" data-h=\"Weight\">%s</td></tr>\n",
		weight_words(WEIGHT_ACCEPTED));
}

/* -- the table of causes -- */

static void put_rule(const struct comparison_page *p, enum cause cause)
{
	const struct compare_options *o = p->r->comparison->options;
	bool accepted = causes[cause].accepted && (!o->narrowed || o->accepted[cause]);
	uint32_t count = 0;

	for (uint32_t i = 0; i < p->n; i++)
		count += p->d[i]->cause == cause;
	text_puts(p->t, "<tr><td data-h=\"Cause\">");
	html_says(p->t, causes[cause].name);
	text_puts(p->t, "</td><td data-h=\"Which is\">");
	html_says(p->t, causes[cause].says);
	text_format(p->t, "</td><td data-h=\"Accepted\">%s</td><td class=\"r\" data-h=\"Here\">",
		    accepted                 ? "yes, where proven"
		    : causes[cause].accepted ? "no, by --accept"
					     : "no");
	if (count)
		html_number(p->t, count);
	text_puts(p->t, "</td></tr>\n");
}

static void put_rules(const struct comparison_page *p)
{
	const struct compare_options *o = p->r->comparison->options;

	text_puts(p->t, "<details class=\"rules\"><summary>What is accepted and what is "
			"not</summary>\n<p>Causes are one closed table. What is not accepted, or "
			"not proven in its form, counts as another behaviour.");
	if (o->narrowed)
		text_puts(p->t, " This comparison was narrowed by --accept.");
	text_puts(p->t, "</p>\n<div class=\"wrap\"><table><thead><tr><th>Cause</th><th>Which is"
			"</th><th>Accepted</th><th class=\"r\">Here</th></tr></thead><tbody>\n");
	for (int c = 0; c < CAUSES; c++)
		put_rule(p, (enum cause)c);
	text_puts(p->t, "</tbody></table></div>\n</details>\n");
}

void comparison_html_causes(struct comparison_page *p)
{
	uint32_t shown;

	text_puts(p->t, "<section id=\"causes\">\n<h2>Causes</h2>\n");
	if (p->n == 0) {
		text_puts(p->t, "<p>Nothing differs.</p>\n");
		put_rules(p);
		text_puts(p->t, "</section>\n");
		return;
	}
	text_puts(p->t, "<p>Every difference. Proven means: with exactly this undone on both "
			"sides the rest is equal, byte for byte.</p>\n<div class=\"wrap\"><table "
			"class=\"causes\"><thead><tr><th>Cause</th><th>Where</th><th>What</th>"
			"<th>Proven</th><th>Weight</th></tr></thead><tbody>\n");
	shown = put_heavy_rows(p);
	for (int c = 0; c < CAUSES; c++)
		put_accepted(p, (enum cause)c);
	text_puts(p->t, "</tbody></table></div>\n");
	comparison_html_more(p->t, p->heavy_count - shown, "stand");
	put_rules(p);
	text_puts(p->t, "</section>\n");
}
