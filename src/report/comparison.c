/* comparison.c - a comparison for people (terminal.md 4): the answer, both images, the causes with
 * where they stand. */
#include <stdlib.h>

#include "compare/match.h"
#include "report/comparison.h"
#include "report/page.h"

#define CAUSE_COLUMN  23
#define PROVEN_COLUMN 74
#define MOST_LINES    8 /* of one cause */

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

/* What is said first where several causes change something. */
static const enum cause by_importance[] = {
	CAUSE_CODE,  CAUSE_RODATA,  CAUSE_DATA,      CAUSE_RELOCATION, CAUSE_SEGMENTS, CAUSE_TEXT,
	CAUSE_MODE,  CAUSE_OWNER,   CAUSE_XATTR,     CAUSE_KIND,       CAUSE_TARGET,   CAUSE_DEVICE,
	CAUSE_ADDED, CAUSE_REMOVED, CAUSE_ENCRYPTED, CAUSE_TRUNCATED,  CAUSE_UNKNOWN,
};

unsigned comparison_rank(enum cause cause)
{
	unsigned rank = 0, all = sizeof(by_importance) / sizeof(by_importance[0]);

	while (rank < all && by_importance[rank] != cause)
		rank++;
	return rank < all ? rank : all + cause;
}

static bool is_heavier(const struct difference *a, const struct difference *b)
{
	if (a->weight != b->weight)
		return a->weight > b->weight;
	return comparison_rank(a->cause) < comparison_rank(b->cause);
}

static const struct difference *heaviest(const struct comparison_report *r)
{
	const struct difference *worst = r->comparison->differences;

	for (const struct difference *d = worst; d; d = d->next)
		if (is_heavier(d, worst))
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

/* Differences that share a line: what is accepted, all of one cause; what is not, all of one
 * node. */
struct line {
	const struct difference *first; /* the heaviest */
	uint32_t order, places;
	bool also[CAUSES];
	bool by_says; /* of many nodes the same is said, as when all owners change */
};

#define MOST_SHARED 32 /* sentences that are tried */

static const struct node *node_of(const struct difference *d)
{
	return d->left.node ? d->left.node : d->right.node;
}

/* Heavy ones first; then by importance. */
static int by_weight(const void *a, const void *b)
{
	const struct line *x = a, *y = b;

	if (x->first->weight != y->first->weight || x->first->cause != y->first->cause)
		return is_heavier(x->first, y->first) ? -1 : 1;
	return (x->order > y->order) - (x->order < y->order);
}

static void add_to(struct line *l, const struct difference *d)
{
	l->also[d->cause] = true;
	l->places++;
	if (is_heavier(d, l->first))
		l->first = d;
}

static bool is_said_alike(const struct difference *d)
{
	return d->weight != WEIGHT_ACCEPTED && (d->cause == CAUSE_MODE || d->cause == CAUSE_OWNER);
}

/* The line that says the same of other nodes, numbered from 1; 0: none. */
static uint32_t line_that_says(const struct line *lines, const uint32_t *shared, uint32_t count,
			       const struct difference *d)
{
	for (uint32_t i = 0; i < count; i++) {
		const struct difference *first = lines[shared[i] - 1].first;

		if (first->cause == d->cause && first->weight == d->weight &&
		    span_equal(first->says, d->says))
			return shared[i];
	}
	return 0;
}

/* The differences of one node stand side by side. */
static uint32_t collect(const struct comparison_report *r, struct line *lines)
{
	uint32_t shared[MOST_SHARED], shared_count = 0;
	uint32_t accepted[CAUSES] = { 0 }, n = 0, heavy = 0;

	for (const struct difference *d = r->comparison->differences; d; d = d->next) {
		bool is_accepted = d->weight == WEIGHT_ACCEPTED;
		bool alike = is_said_alike(d);
		uint32_t at = is_accepted ? accepted[d->cause]
			      : alike     ? line_that_says(lines, shared, shared_count, d)
					  : heavy;

		if (at && (is_accepted || alike || node_of(lines[at - 1].first) == node_of(d))) {
			add_to(&lines[at - 1], d);
			continue;
		}
		lines[n] = (struct line){ .first = d, .order = n, .places = 1 };
		lines[n].by_says = alike;
		lines[n++].also[d->cause] = true;
		if (is_accepted)
			accepted[d->cause] = n;
		else if (!alike)
			heavy = n;
		else if (shared_count < MOST_SHARED)
			shared[shared_count++] = n;
	}
	return n;
}

/* What does not fit goes on a line of its own, from the arrow on. */
static void put_sentence(const struct page *p, struct span says)
{
	size_t arrow = span_find(says, 0, span_text(" -> "));

	if (arrow != SIZE_MAX && page_column(p) + says.n > PAGE_WIDTH) {
		page_said(p, span_head(says, arrow));
		text_char(p->out, '\n');
		page_to(p, CAUSE_COLUMN + 2, false);
		says = span_from(says, (uint64_t)arrow + 1);
	}
	page_said(p, says);
}

static void put_says(const struct page *p, const struct line *l)
{
	const struct difference *d = l->first;
	const char *before = "also: ";

	if (d->says.n || d->unit.n) {
		page_to(p, CAUSE_COLUMN + 2, false);
		page_said(p, d->unit);
		if (d->unit.n && d->says.n)
			text_puts(p->out, " ");
		put_sentence(p, d->says);
		text_char(p->out, '\n');
	}
	for (int c = 0; c < CAUSES; c++) {
		if (!l->also[c] || (enum cause)c == d->cause)
			continue;
		if (page_column(p) + strlen(causes[c].name) + 2 > PAGE_WIDTH) {
			text_puts(p->out, ",\n");
			before = "";
		}
		page_to(p, CAUSE_COLUMN + 2, false);
		text_puts(p->out, before);
		text_puts(p->out, causes[c].name);
		before = ", ";
	}
	if (page_column(p))
		text_char(p->out, '\n');
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
	if (!heavy && d->unit.n) {
		text_puts(p->out, ", ");
		page_said(p, d->unit);
	}
	if ((!heavy || l->by_says) && l->places > 1)
		text_format(p->out, " and %u more", l->places - 1);
	page_to(p, PROVEN_COLUMN, true);
	text_puts(p->out, d->proven ? "yes\n" : "no\n");
	if (heavy)
		put_says(p, l);
}

/* Of one cause and weight so many lines are printed. */
static uint32_t put_some(const struct page *p, const struct line *lines, uint32_t n)
{
	const struct difference *first = lines[0].first;
	uint32_t all = 1;

	while (all < n && lines[all].first->cause == first->cause &&
	       lines[all].first->weight == first->weight)
		all++;
	for (uint32_t i = 0; i < all && i < MOST_LINES; i++)
		put_line(p, &lines[i]);
	if (all > MOST_LINES) {
		page_to(p, CAUSE_COLUMN, false);
		text_puts(p->out, "and ");
		text_number(p->out, all - MOST_LINES);
		text_puts(p->out, " more\n");
	}
	return all;
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
	text_puts(p->out, "\ncause                  where");
	page_to(p, PROVEN_COLUMN, false);
	text_puts(p->out, "proven\n");
	for (uint32_t i = 0; i < n;)
		i += put_some(p, lines + i, n - i);
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
