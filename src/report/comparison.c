/* comparison.c - a comparison for people (terminal.md 4): the answer, both images, the causes with
 * where they stand. */
#include <stdlib.h>

#include "compare/match.h"
#include "report/comparison.h"
#include "report/page.h"

#define CAUSE_COLUMN  16
#define PROVEN_COLUMN 74
#define MOST_LINES    40

int comparison_exit(const struct comparison_report *r)
{
	switch (r->comparison->answer) {
	case ANSWER_DIFFERENT:
		return 1;
	case ANSWER_UNDECIDED:
		return 3;
	case ANSWER_IDENTICAL:
	case ANSWER_EQUIVALENT:
		break;
	}
	return 0;
}

static const struct difference *heaviest(const struct comparison_report *r)
{
	const struct difference *worst = r->comparison->differences;

	for (const struct difference *d = worst; d; d = d->next)
		if (d->weight > worst->weight)
			worst = d;
	return worst;
}

const char *comparison_says(const struct comparison_report *r, char *line, size_t size)
{
	const struct difference *d = heaviest(r);

	switch (r->comparison->answer) {
	case ANSWER_IDENTICAL:
		return "the same bytes";
	case ANSWER_EQUIVALENT:
		return "every difference has a proven cause that changes no behaviour";
	case ANSWER_DIFFERENT:
		snprintf(line, size, "%s: %s", causes[d->cause].name, causes[d->cause].says);
		return line;
	case ANSWER_UNDECIDED:
		snprintf(line, size, "%s: %s", causes[d->cause].name, causes[d->cause].says);
		return line;
	}
	return "";
}

/* -- both images -- */

static void put_identity(const struct page *p, const struct facts *facts)
{
	const struct identity_fact *f;

	if (!facts || facts->count[FACT_IDENTITY] == 0)
		return;
	f = (const void *)facts->of[FACT_IDENTITY][0];
	text_puts(p->out, "  ");
	page_image(p, f->vendor);
	if (f->vendor.n)
		text_char(p->out, ' ');
	page_image(p, f->product);
	text_puts(p->out, f->product.n && f->version.n ? ", " : "");
	page_image(p, f->version);
}

static void put_side(const struct page *p, const char *name, const struct compared *side)
{
	struct text hex = { 0 };

	text_puts(p->out, name);
	page_number_to(p, side->size, 18);
	text_hex(&hex, (struct span){ side->sha256, 8 });
	text_format(p->out, "  sha256 %s%s", hex.p ? hex.p : "", p->view->utf8 ? "…" : "...");
	text_free(&hex);
	put_identity(p, side->facts);
	text_char(p->out, '\n');
}

static void put_entries(const struct page *p, const struct matching *m)
{
	if (!m || m->entries_left + m->entries_right == 0)
		return;
	text_puts(p->out, "        ");
	text_number(p->out, m->entries_paired);
	text_puts(p->out, " of ");
	text_number(p->out,
		    m->entries_left > m->entries_right ? m->entries_left : m->entries_right);
	text_puts(p->out, " entries pair up, ");
	text_number(p->out, m->entries_same);
	text_puts(p->out, " have the same content\n");
}

/* -- causes -- */

/* Differences of one cause, weight and unit that stand side by side. */
struct line {
	const struct difference *first;
	uint32_t order, places;
};

static const struct node *node_of(const struct difference *d)
{
	return d->left.node ? d->left.node : d->right.node;
}

/* Heavy ones first; then by cause. */
static int by_weight(const void *a, const void *b)
{
	const struct line *x = a, *y = b;

	if (x->first->weight != y->first->weight)
		return x->first->weight > y->first->weight ? -1 : 1;
	if (x->first->cause != y->first->cause)
		return x->first->cause < y->first->cause ? -1 : 1;
	return (x->order > y->order) - (x->order < y->order);
}

/* A heavy difference has a line of its own for each node; others share one for each cause. */
static bool shares(const struct difference *a, const struct difference *b)
{
	return a->cause == b->cause && a->weight == b->weight &&
	       (a->weight == WEIGHT_ACCEPTED || node_of(a) == node_of(b));
}

static uint32_t collect(const struct comparison_report *r, struct line *lines)
{
	const struct line *last_of[CAUSES][WEIGHT_CHANGES + 1] = { { NULL } };
	uint32_t n = 0;

	for (const struct difference *d = r->comparison->differences; d; d = d->next) {
		struct line *last = (struct line *)last_of[d->cause][d->weight];

		if (last && shares(last->first, d)) {
			last->places++;
			continue;
		}
		lines[n] = (struct line){ d, n, 1 };
		last_of[d->cause][d->weight] = &lines[n];
		n++;
	}
	return n;
}

static void put_line(const struct page *p, const struct line *l)
{
	const struct difference *d = l->first;
	bool heavy = d->weight != WEIGHT_ACCEPTED;

	if (heavy)
		page_bold(p);
	text_puts(p->out, causes[d->cause].name);
	if (heavy)
		page_plain(p);
	page_to(p, CAUSE_COLUMN, true);
	if (node_of(d))
		page_place(p, node_of(d));
	if (d->unit.n && d->weight == WEIGHT_ACCEPTED) {
		text_puts(p->out, ", ");
		page_said(p, d->unit);
	}
	if (l->places > 1 && d->weight == WEIGHT_ACCEPTED)
		text_format(p->out, " and %u more", l->places - 1);
	page_to(p, PROVEN_COLUMN, true);
	text_puts(p->out, d->proven ? "yes\n" : "no\n");
	if (!heavy || (!d->says.n && !d->unit.n))
		return;
	page_to(p, CAUSE_COLUMN + 2, false);
	page_said(p, d->unit);
	if (d->unit.n && d->says.n)
		text_puts(p->out, " ");
	page_said(p, d->says);
	text_char(p->out, '\n');
}

static void put_causes(const struct page *p, const struct comparison_report *r)
{
	struct line *lines = calloc(r->comparison->difference_count + 1, sizeof(*lines));
	uint32_t n = lines ? collect(r, lines) : 0;

	if (n == 0) {
		free(lines);
		return;
	}
	qsort(lines, n, sizeof(*lines), by_weight);
	text_puts(p->out, "\ncause           where");
	page_to(p, PROVEN_COLUMN, false);
	text_puts(p->out, "proven\n");
	for (uint32_t i = 0; i < n && i < MOST_LINES; i++)
		put_line(p, &lines[i]);
	if (n > MOST_LINES) {
		text_puts(p->out, "and ");
		text_number(p->out, n - MOST_LINES);
		text_puts(p->out, " more: -o FILE.json or FILE.html has all\n");
	}
	free(lines);
}

void comparison_text(const struct comparison_report *r, const struct text_view *view,
		     struct text *out)
{
	static const char *const words[] = { "IDENTICAL", "EQUIVALENT", "DIFFERENT", "UNDECIDED" };
	struct page p = { view, out };
	enum comparison_answer answer = r->comparison->answer;
	char line[120];

	page_bold(&p);
	if (answer == ANSWER_DIFFERENT)
		page_red(&p);
	text_puts(out, words[answer]);
	page_plain(&p);
	text_format(out, "   %s\n", comparison_says(r, line, sizeof(line)));
	if (answer == ANSWER_UNDECIDED && heaviest(r) && node_of(heaviest(r))) {
		text_puts(out, "            ");
		page_locator(&p, node_of(heaviest(r)));
		text_char(out, '\n');
	}
	text_char(out, '\n');
	put_side(&p, "left", &r->left);
	put_side(&p, "right", &r->right);
	put_entries(&p, r->comparison->matching);
	put_causes(&p, r);
	comparison_facts_text(r, &p);
}
