/* text.c - the first screen (terminal.md 1): what is it, how much of it was understood, what needs
 * attention; and the verdicts of one outcome. */
#include "judge/declaration.h"
#include "report/page.h"

#define NUMBER_END  31 /* numbers of bytes end before this column */
#define SAYS_COLUMN 12
#define MOST_ITEMS  7
#define MOST_GAPS   5
#define IMAGE_SAYS  "as the image names itself"

struct screen {
	struct page page;
	const struct report *r;
};

/* -- what is it -- */

static const struct identity_fact *identity_of(const struct report *r, bool *several)
{
	const struct identity_fact *best = NULL;

	*several = false;
	for (uint32_t i = 0; i < r->facts->count[FACT_IDENTITY]; i++) {
		const struct identity_fact *f = (const void *)r->facts->of[FACT_IDENTITY][i];

		if (best && (!span_equal(f->product, best->product) ||
			     !span_equal(f->version, best->version)))
			*several = true;
		if (!best ||
		    (f->product.n && f->version.n && !(best->product.n && best->version.n)))
			best = f;
	}
	return best;
}

static void put_identity(const struct screen *s)
{
	bool several;
	const struct identity_fact *f = identity_of(s->r, &several);
	const char *note = several ? "one of the names it gives itself" : IMAGE_SAYS;
	struct text *out = s->page.out;
	unsigned room = PAGE_WIDTH - (unsigned)strlen(note);

	if (!f || !(f->vendor.n || f->product.n || f->version.n)) {
		text_puts(out, "the image does not name itself\n");
		return;
	}
	page_bold(&s->page);
	page_image(&s->page, f->vendor);
	if (f->vendor.n && f->product.n)
		text_char(out, ' ');
	page_image(&s->page, f->product);
	if (f->version.n) {
		text_puts(out, f->vendor.n || f->product.n ? ", version " : "version ");
		page_image(&s->page, f->version);
	}
	page_plain(&s->page);
	if (page_column(&s->page) + 2 > room)
		text_char(out, '\n');
	page_to(&s->page, room, false);
	text_format(out, "%s\n", note);
}

static void put_image(const struct screen *s)
{
	struct text *out = s->page.out;

	put_identity(s);
	text_puts(out, "sha256 ");
	text_hex(out, (struct span){ s->r->image_sha256, SHA256_SIZE });
	text_char(out, '\n');
	text_number(out, s->r->image_size);
	text_puts(out, s->r->image_size == 1 ? " byte\n\n" : " bytes\n\n");
}

/* -- how much of it was understood -- */

/* Tenths of a percent, rounded, but never all or nothing unless it is. */
static uint64_t tenths(uint64_t part, uint64_t whole)
{
	long double exact = whole ? (long double)part * 1000 / (long double)whole : 0;
	uint64_t t = (uint64_t)(exact + 0.5L);

	if (part > 0 && t == 0)
		return 1;
	return part < whole && t >= 1000 ? 999 : t;
}

static void put_share(const struct screen *s, uint64_t bytes)
{
	uint64_t t = tenths(bytes, s->r->image_size);
	char share[16];

	snprintf(share, sizeof(share), "%u.%u %%", (unsigned)(t / 10), (unsigned)(t % 10));
	page_to(&s->page, 19 - (unsigned)strlen(share), true);
	text_puts(s->page.out, share);
}

/* Formats of the image's own regions, in order, each once, as many as the line holds. */
static bool is_of_image(const struct node *n)
{
	for (; n; n = n->parent)
		if (n->container)
			return false;
	return true;
}

/* Formats already named; no line holds more. */
struct named {
	const struct format *p[PAGE_WIDTH / 4];
	size_t n;
};

static bool is_named(const struct named *list, const struct format *f)
{
	for (size_t i = 0; i < list->n; i++)
		if (list->p[i] == f)
			return true;
	return false;
}

static uint64_t count_entries(const struct tree *t)
{
	uint64_t n = 0;

	for (uint32_t i = 0; i < t->count; i++)
		n += t->nodes[i]->container != NULL;
	return n;
}

static void put_formats(const struct screen *s)
{
	const struct tree *t = s->r->tree;
	struct text entries = { 0 };
	const char *between = "  ";
	struct named named = { .n = 0 };
	uint64_t n = count_entries(t);
	unsigned room;

	if (n) {
		text_number(&entries, n);
		text_puts(&entries, n == 1 ? " entry" : " entries");
	}
	room = PAGE_WIDTH - (unsigned)entries.n - 2;
	for (uint32_t i = 0; i < t->count; i++) {
		const struct node *at = t->nodes[i];

		if (!at->format || at->container || is_named(&named, at->format) ||
		    !is_of_image(at))
			continue;
		if (page_column(&s->page) + strlen(between) + strlen(at->format->name) > room - 5) {
			text_format(s->page.out, "%s%s", between,
				    s->page.view->utf8 ? "\u2026" : "...");
			break;
		}
		text_format(s->page.out, "%s%s", between, at->format->name);
		named.p[named.n++] = at->format;
		between = ", ";
	}
	if (n)
		text_puts(s->page.out, strcmp(between, "  ") == 0 ? "  " : "; ");
	text_put(s->page.out, text_span(&entries));
	text_free(&entries);
}

/* A part that was not understood: of the image, or within what was unpacked. */
struct gap_row {
	const struct node *node;
	uint64_t bytes;
	bool in_image;
};

struct gap_rows {
	struct gap_row p[MOST_GAPS];
	uint32_t n, all;
	uint64_t bytes; /* of the image */
};

static bool comes_before(const struct gap_row *a, const struct gap_row *b)
{
	if (a->in_image != b->in_image)
		return a->in_image;
	return a->bytes > b->bytes;
}

/* Keeps the largest few; of equals the first in the image stays first. */
static void add_gap(struct gap_rows *rows, struct gap_row row)
{
	uint32_t at = rows->n < MOST_GAPS ? rows->n++ : MOST_GAPS;

	rows->all++;
	rows->bytes += row.in_image ? row.bytes : 0;
	for (; at > 0 && comes_before(&row, &rows->p[at - 1]); at--)
		if (at < MOST_GAPS)
			rows->p[at] = rows->p[at - 1];
	if (at < MOST_GAPS)
		rows->p[at] = row;
}

static bool is_gap(const struct node *n)
{
	return n->state != STATE_UNDERSTOOD && n->state != STATE_PADDING;
}

/* Regions of the image first; then what lies deeper. Both lists are in tree order. */
static void find_gaps(const struct coverage *c, struct gap_rows *rows)
{
	uint32_t region = 0;

	*rows = (struct gap_rows){ 0 };
	for (uint32_t i = 0; i < c->count; i++)
		if (is_gap(c->regions[i]))
			add_gap(rows, (struct gap_row){ c->regions[i], c->length[i], true });
	for (uint32_t i = 0; i < c->blind_count; i++) {
		const struct node *n = c->blind[i];

		while (region < c->count && c->regions[region]->id < n->id)
			region++;
		if (region < c->count && c->regions[region] == n)
			continue;
		add_gap(rows, (struct gap_row){ n, n->has_place ? n->length : n->size, false });
	}
}

static void put_gap(const struct screen *s, const struct gap_row *row)
{
	char words[120];

	text_format(s->page.out, "  %s", state_name(row->node->state));
	if (row->in_image)
		put_share(s, row->bytes);
	page_number_to(&s->page, row->bytes, NUMBER_END);
	text_puts(s->page.out, "  ");
	page_locator(&s->page, row->node);
	if (fault_words(row->node, words, sizeof(words)))
		text_format(s->page.out, "  %s", words);
	text_char(s->page.out, '\n');
}

static void put_not_understood(const struct screen *s, const struct gap_rows *rows)
{
	uint64_t t = tenths(rows->bytes, s->r->image_size);

	page_bold(&s->page);
	text_puts(s->page.out, "NOT UNDERSTOOD");
	page_plain(&s->page);
	if (rows->bytes) {
		page_number_to(&s->page, rows->bytes, NUMBER_END);
		text_format(s->page.out, " bytes, %u.%u %%: nothing below speaks for them\n",
			    (unsigned)(t / 10), (unsigned)(t % 10));
	} else {
		page_number_to(&s->page, rows->all, NUMBER_END);
		text_puts(s->page.out, rows->all == 1
					       ? " part inside: nothing below speaks for it\n"
					       : " parts inside: nothing below speaks for them\n");
	}
	for (uint32_t i = 0; i < rows->n; i++)
		put_gap(s, &rows->p[i]);
	if (rows->all > rows->n) {
		page_number_to(&s->page, rows->all - rows->n, NUMBER_END);
		text_puts(s->page.out, "  more parts\n");
	}
}

static void put_coverage(const struct screen *s)
{
	const struct coverage *c = s->r->coverage;
	uint64_t padding = c->bytes[STATE_PADDING], understood = c->bytes[STATE_UNDERSTOOD];
	struct text *out = s->page.out;
	struct gap_rows rows;

	find_gaps(c, &rows);
	/* Where nothing is missing, one line says so. */
	if (rows.all == 0) {
		understood += padding;
		padding = 0;
	}
	text_puts(out, "understood");
	put_share(s, understood);
	page_number_to(&s->page, understood, NUMBER_END);
	put_formats(s);
	text_char(out, '\n');
	if (padding) {
		text_puts(out, "padding");
		put_share(s, padding);
		page_number_to(&s->page, padding, NUMBER_END);
		text_char(out, '\n');
	}
	if (rows.all)
		put_not_understood(s, &rows);
	text_char(out, '\n');
}

/* -- what needs attention -- */

static uint32_t count_of(const struct report *r, enum outcome o)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < r->verdict_count; i++)
		n += r->verdicts[i].outcome == o;
	return n;
}

static void put_place(const struct screen *s, const struct evidence_ref *e)
{
	page_to(&s->page, SAYS_COLUMN, false);
	page_place(&s->page, e->node);
	if (e->fact && e->fact->line)
		text_format(s->page.out, " line %u", e->fact->line);
}

/* The first place; all of them where each has a secret to reveal. */
static void put_evidence(const struct screen *s, const struct verdict *v)
{
	const struct evidence_ref *e = v->evidence;
	struct text *out = s->page.out;

	put_place(s, e);
	if (s->page.view->reveal && page_held_back(&s->page, e->fact).n) {
		page_put_held_back(&s->page, e->fact, SAYS_COLUMN);
		for (uint32_t i = 1; i < v->evidence_count; i++) {
			text_char(out, '\n');
			put_place(s, &v->evidence[i]);
			page_put_held_back(&s->page, v->evidence[i].fact, SAYS_COLUMN);
		}
		text_char(out, '\n');
		return;
	}
	if (v->evidence_count > 1) {
		text_puts(out, " and ");
		text_number(out, v->evidence_count - 1);
		text_puts(out, " more");
	}
	page_put_held_back(&s->page, e->fact, SAYS_COLUMN);
	text_char(out, '\n');
}

static void put_recipes(const struct screen *s, const struct verdict *v)
{
	struct text *out = s->page.out;

	for (uint32_t i = 0; i < v->evidence_count; i++) {
		const struct evidence_ref *e = &v->evidence[i];

		page_to(&s->page, SAYS_COLUMN, false);
		page_locator(&s->page, e->node);
		if (e->length)
			text_format(out, "  bytes %llu-%llu", (unsigned long long)e->offset,
				    (unsigned long long)(e->offset + e->length - 1));
		if (e->fact && e->fact->line)
			text_format(out, ", line %u", e->fact->line);
		page_put_held_back(&s->page, e->fact, SAYS_COLUMN);
		text_char(out, '\n');
		recipe_write(&s->page, e->node, e->offset, e->length, SAYS_COLUMN);
	}
}

static void put_exception(const struct screen *s, const struct declared_row *x)
{
	page_to(&s->page, SAYS_COLUMN, false);
	text_puts(s->page.out, "excepted until ");
	page_image(&s->page, x->value[EXCEPTION_EXPIRES]);
	text_puts(s->page.out, " by ");
	page_image(&s->page, x->value[EXCEPTION_OWNER]);
	text_char(s->page.out, '\n');
}

static void put_verdict(const struct screen *s, const struct verdict *v)
{
	struct text *out = s->page.out;

	text_char(out, ' ');
	page_shape(&s->page, v->outcome);
	text_puts(out, v->check->id);
	page_to(&s->page, SAYS_COLUMN, true);
	page_said(&s->page, span_text(v->says));
	text_char(out, '\n');
	if (v->exception)
		put_exception(s, v->exception);
	if (s->page.view->recipes && v->evidence_count) {
		put_recipes(s, v);
		return;
	}
	if (v->evidence_count) {
		put_evidence(s, v);
	} else if (v->searched[0]) {
		page_to(&s->page, SAYS_COLUMN, false);
		text_puts(out, "looked at: ");
		page_said(&s->page, span_text(v->searched));
		text_char(out, '\n');
	}
}

static void put_copy_line(const struct screen *s, const char *options)
{
	struct text name = { 0 };

	shell_word(&name, span_text(s->page.view->image_name));
	text_format(s->page.out, "evenhand scan %s ", options);
	text_put(s->page.out, text_span(&name));
	text_char(s->page.out, '\n');
	text_free(&name);
}

/* The first verdicts of an outcome, in the order of the catalogue. */
static void put_items(const struct screen *s, enum outcome o, uint32_t all)
{
	uint32_t shown = 0;
	char options[40];

	for (uint32_t i = 0; i < s->r->verdict_count && shown < MOST_ITEMS; i++) {
		if (s->r->verdicts[i].outcome != o)
			continue;
		put_verdict(s, &s->r->verdicts[i]);
		shown++;
	}
	if (shown == all)
		return;
	snprintf(options, sizeof(options), "--only %s", outcome_name(o));
	text_format(s->page.out, "   %u more:  ", all - shown);
	put_copy_line(s, options);
}

static void put_attention(const struct screen *s)
{
	uint32_t fails = count_of(s->r, OUTCOME_FAIL), reviews = count_of(s->r, OUTCOME_REVIEW);
	struct text *out = s->page.out;

	text_puts(out, "Needs attention: ");
	if (fails) {
		page_red(&s->page);
		text_format(out, "%u fail", fails);
		page_plain(&s->page);
		text_char(out, '\n');
		put_items(s, OUTCOME_FAIL, fails);
	} else {
		text_format(out, "nothing failed; %u review%s\n", reviews, reviews == 1 ? "" : "s");
		put_items(s, OUTCOME_REVIEW, reviews);
	}
	text_char(out, '\n');
}

static void put_declaration(const struct screen *s)
{
	const struct judge_options *options = s->r->options;
	const struct declaration *d = options ? options->declaration : NULL;
	uint32_t excepted = 0;

	text_puts(s->page.out, "\nCompared with a declaration: ");
	if (!d) {
		text_puts(s->page.out, "none was given (--declaration FILE)\n");
		return;
	}
	text_puts(s->page.out, "sha256 ");
	text_hex(s->page.out, (struct span){ d->sha256, 8 });
	text_puts(s->page.out, s->page.view->utf8 ? "\u2026\n" : "...\n");
	for (uint32_t i = 0; i < s->r->verdict_count; i++)
		excepted += s->r->verdicts[i].exception != NULL;
	if (excepted)
		text_format(s->page.out, "Excepted by it: %u\n", excepted);
	if (d->of[SECTION_EXCEPTIONS].n && !options->as_of)
		text_puts(s->page.out,
			  "Its exceptions end on dates, and none was given (--as-of)\n");
}

static void put_counts(const struct screen *s)
{
	struct text *out = s->page.out;

	text_puts(out, "Verdicts     ");
	for (int i = OUTCOME_FAIL; i <= OUTCOME_NOT_APPLICABLE; i++) {
		enum outcome o = (enum outcome)i;
		uint32_t n = count_of(s->r, o);

		if (o == OUTCOME_NOT_APPLICABLE)
			text_puts(out, "\n             ");
		else if (o != OUTCOME_FAIL)
			text_puts(out, "  ");
		page_shape(&s->page, o);
		if (o == OUTCOME_FAIL && n)
			page_red(&s->page);
		text_format(out, "%u %s", n, outcome_word(o));
		if (o == OUTCOME_FAIL && n)
			page_plain(&s->page);
	}
	put_declaration(s);
	text_puts(out, "Everything, with evidence:  ");
	put_copy_line(s, "-o report.html");
}

static void put_only(const struct screen *s, enum outcome o)
{
	if (count_of(s->r, o) == 0) {
		text_format(s->page.out, "no check ended in: %s\n", outcome_word(o));
		return;
	}
	for (uint32_t i = 0; i < s->r->verdict_count; i++)
		if (s->r->verdicts[i].outcome == o)
			put_verdict(s, &s->r->verdicts[i]);
}

void report_text(const struct report *r, const struct text_view *view, struct text *out)
{
	struct screen s = { .page = { view, out }, .r = r };

	if (view->only >= 0) {
		put_only(&s, (enum outcome)view->only);
		return;
	}
	put_image(&s);
	put_coverage(&s);
	put_attention(&s);
	put_counts(&s);
}
