/* comparison_html.c - a comparison as one page: the answer and both images first, then causes,
 * facts, trees, bytes. Complete without script, but for unfolding what is equal. */
#include "report/comparison_html.h"

#include <stdlib.h>

/* web/report.css, web/compare.css and web/compare.js, embedded at build time. */
extern const uint8_t web_css[], web_css_end[];
extern const uint8_t web_compare_css[], web_compare_css_end[];
extern const uint8_t web_compare_js[], web_compare_js_end[];

#define NAMED_CAUSES 6

static const struct {
	const char *word, *says;
} answers[] = {
	[ANSWER_IDENTICAL] = { "Identical", "Both images have the same bytes." },
	[ANSWER_EQUIVALENT] = { "Equivalent", "Every difference has a proven cause that changes no "
					      "behaviour." },
	[ANSWER_DIFFERENT] = { "Different", "What differs changes behaviour, or may: " },
	[ANSWER_UNDECIDED] = { "Undecided",
			       "Nothing that could be looked into changes behaviour, but not all "
			       "could be, or its cause is not proven: " },
};

static struct span embedded(const uint8_t *from, const uint8_t *to)
{
	return (struct span){ from, (size_t)(to - from) };
}

/* -- pieces -- */

const struct node *difference_node(const struct difference *d)
{
	return d->left.node ? d->left.node : d->right.node;
}

const char *weight_words(enum weight w)
{
	static const char *const words[] = { "changes no behaviour", "open", "changes behaviour" };

	return words[w];
}

void comparison_html_target(const struct comparison_page *p, uint32_t i, struct text *t)
{
	if (p->has_bytes[i])
		text_format(t, "d-%u", i);
	else if (p->is_row[i])
		text_format(t, "c-%u", i);
	else
		text_puts(t, "causes");
}

void comparison_html_says(struct text *t, const struct difference *d)
{
	text_puts(t, "<bdi>");
	html_said(t, d->unit);
	text_puts(t, d->unit.n && d->says.n ? "</bdi> <bdi>" : "</bdi><bdi>");
	html_said(t, d->says);
	text_puts(t, "</bdi>");
}

void comparison_html_more(struct text *t, uint64_t more, const char *what)
{
	if (more == 0)
		return;
	text_puts(t, "<p class=\"soft\">");
	html_number(t, more);
	text_format(t, " more %s in the JSON report (-o FILE.json).</p>\n", what);
}

bool comparison_html_is_against(const struct comparison_page *p)
{
	const struct matching *m = p->r->comparison->matching;

	return m && m->left->digests_only;
}

/* -- head and contents -- */

static void put_head(struct comparison_page *p, struct span css, struct span own, struct span js)
{
	struct text *t = p->t;

	text_puts(t, "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
		     "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
		     "style-src ");
	html_hash(t, css);
	text_char(t, ' ');
	html_hash(t, own);
	text_puts(t, "; script-src ");
	html_hash(t, js);
	text_puts(t, "; base-uri 'none'; form-action 'none'; require-trusted-types-for 'script'; "
		     "trusted-types 'none'\">\n"
		     "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
		     "<meta name=\"referrer\" content=\"no-referrer\">\n<title>evenhand compare: ");
	text_puts(t, answer_name(p->r->comparison->answer));
	text_puts(t, "</title>\n<style>");
	text_put(t, css);
	text_puts(t, "</style>\n<style>");
	text_put(t, own);
	text_puts(t, "</style>\n</head>\n");
}

static void put_entry(struct text *t, const char *id, const char *title, uint64_t count)
{
	text_format(t, "<a href=\"#%s\">%s<span>", id, title);
	if (count)
		html_number(t, count);
	text_puts(t, "</span></a>\n");
}

static void put_contents(struct comparison_page *p)
{
	const struct comparison_report *r = p->r;
	bool same = r->comparison->answer == ANSWER_IDENTICAL;

	text_puts(p->t, "<nav class=\"toc\" aria-label=\"Contents\">\n");
	put_entry(p->t, "answer", "Answer", 0);
	put_entry(p->t, "causes", "Causes", p->n);
	if (!same) {
		put_entry(p->t, "facts", "Facts that changed", r->fact_count);
		put_entry(p->t, "calls", "Safe and unsafe calls", r->calls.total_count);
		if (r->judged)
			put_entry(p->t, "verdicts", "Verdicts that changed", r->verdict_count);
		put_entry(p->t, "trees", "Both trees",
			  r->comparison->matching ? r->comparison->matching->pair_count : 0);
		put_entry(p->t, "bytes", "Bytes", p->excerpts);
	}
	text_puts(p->t, "</nav>\n");
}

/* -- the answer -- */

/* "code in 2 places, text in 1 place" of one weight; places are counted by node. */
static void put_causes_of(struct comparison_page *p, enum weight weight, bool counted)
{
	uint32_t count[CAUSES] = { 0 }, named = 0, all = 0;
	const struct node *last[CAUSES] = { 0 };

	for (uint32_t i = 0; i < p->n; i++) {
		enum cause c = p->d[i]->cause;

		if (p->d[i]->weight != weight)
			continue;
		if (count[c] == 0)
			all++;
		if (count[c] == 0 || difference_node(p->d[i]) != last[c])
			count[c]++;
		last[c] = difference_node(p->d[i]);
	}
	for (unsigned rank = 0; rank < COMPARISON_RANKS * CAUSES && named < NAMED_CAUSES; rank++) {
		unsigned c = rank % CAUSES;

		if (count[c] == 0 || comparison_rank((enum cause)c) != rank / CAUSES)
			continue;
		text_puts(p->t, named++ ? ", " : "");
		text_puts(p->t, causes[c].name);
		if (!counted)
			continue;
		text_puts(p->t, " in ");
		html_number(p->t, count[c]);
		text_puts(p->t, count[c] == 1 ? " place" : " places");
	}
	if (all > named)
		text_format(p->t, " and %u other cause%s", all - named,
			    all - named == 1 ? "" : "s");
}

static bool has_weight(const struct comparison_page *p, enum weight weight)
{
	for (uint32_t i = 0; i < p->n; i++)
		if (p->d[i]->weight == weight)
			return true;
	return false;
}

static void put_rest(struct comparison_page *p)
{
	enum comparison_answer answer = p->r->comparison->answer;
	const struct matching *m = p->r->comparison->matching;

	text_puts(p->t, "<p>");
	if (m && m->entries_left + m->entries_right) {
		html_number(p->t, m->entries_same);
		text_puts(p->t, " of ");
		html_number(p->t, m->entries_left > m->entries_right ? m->entries_left
								     : m->entries_right);
		text_puts(p->t, " entries have the same content. ");
	}
	if (answer == ANSWER_DIFFERENT && has_weight(p, WEIGHT_OPEN)) {
		text_puts(p->t, "Not looked into, or not proven: ");
		put_causes_of(p, WEIGHT_OPEN, true);
		text_puts(p->t, ". ");
	}
	if (has_weight(p, WEIGHT_ACCEPTED)) {
		text_puts(p->t, answer == ANSWER_EQUIVALENT
					? "What differs: "
					: "Everything else that differs has a proven cause that "
					  "changes no behaviour: ");
		put_causes_of(p, WEIGHT_ACCEPTED, false);
		text_puts(p->t, ".");
	}
	if (m && m->dump != DUMP_NONE)
		text_format(p->t,
			    " The %s image is a dump of a device that runs the other; what a "
			    "device writes by itself is set aside.",
			    m->dump == DUMP_LEFT ? "left" : "right");
	if (comparison_html_is_against(p))
		text_puts(p->t, " The left image is known by its report alone: contents are told "
				"apart by their digests.");
	text_puts(p->t, "</p>\n");
}

static void put_name(struct text *t, const struct facts *facts)
{
	const struct identity_fact *f;

	if (!facts || facts->count[FACT_IDENTITY] == 0) {
		text_puts(t, "<span class=\"soft\">none, in what differs</span>");
		return;
	}
	f = (const void *)facts->of[FACT_IDENTITY][0];
	html_image(t, f->vendor);
	text_puts(t, f->vendor.n && f->product.n ? " " : "");
	html_image(t, f->product);
	text_puts(t, f->product.n && f->version.n ? ", " : "");
	html_image(t, f->version);
}

static void put_understood(struct comparison_page *p, const struct compared *side)
{
	struct coverage c = { 0 };

	if (comparison_html_is_against(p) && side == &p->r->left)
		return;
	if (!side->tree || !coverage_of(side->tree, p->arena, &c))
		return;
	text_puts(p->t, "<dt>Understood</dt><dd>");
	html_percent(p->t, side->size - html_opaque(&c), side->size);
	text_puts(p->t, "</dd>");
}

static void put_side(struct comparison_page *p, const char *title, const struct compared *side)
{
	text_format(p->t, "<div><h3>%s</h3><dl class=\"ident\">", title);
	if (side->facts) {
		text_puts(p->t, "<dt>Says</dt><dd>");
		put_name(p->t, side->facts);
		text_puts(p->t, "</dd>");
	}
	text_puts(p->t, "<dt>Size</dt><dd>");
	html_number(p->t, side->size);
	text_puts(p->t, " bytes</dd><dt>SHA-256</dt><dd><code>");
	text_hex(p->t, (struct span){ side->sha256, SHA256_SIZE });
	text_puts(p->t, "</code></dd>");
	put_understood(p, side);
	text_puts(p->t, "</dl></div>\n");
}

static void put_answer(struct comparison_page *p)
{
	enum comparison_answer answer = p->r->comparison->answer;

	text_format(p->t, "<section id=\"answer\">\n<h1>%s</h1>\n<p class=\"lead\">%s",
		    answers[answer].word, answers[answer].says);
	if (answer == ANSWER_DIFFERENT || answer == ANSWER_UNDECIDED) {
		text_puts(p->t, "<strong>");
		put_causes_of(p, answer == ANSWER_DIFFERENT ? WEIGHT_CHANGES : WEIGHT_OPEN, true);
		text_puts(p->t, "</strong>.");
	}
	text_puts(p->t, "</p>\n");
	if (answer != ANSWER_IDENTICAL)
		put_rest(p);
	text_puts(p->t, "<div class=\"sides\">\n");
	put_side(p, "Left", &p->r->left);
	put_side(p, "Right", &p->r->right);
	text_puts(p->t,
		  "</div>\n<p class=\"soft\">There are four answers: <i>identical</i>, the same "
		  "bytes; <i>equivalent</i>, every difference has a proven cause that changes no "
		  "behaviour; <i>different</i>; <i>undecided</i>, a part could not be opened or a "
		  "cause is not proven. What was compared are the digests; names are the images’ "
		  "own claims.</p>\n</section>\n");
}

/* -- all -- */

struct numbered {
	const struct difference *d;
	uint32_t number;
};

static int compare_texts(struct span a, struct span b)
{
	int order = memcmp(a.p ? a.p : (const uint8_t *)"", b.p ? b.p : (const uint8_t *)"",
			   a.n < b.n ? a.n : b.n);

	return order ? order : (a.n > b.n) - (a.n < b.n);
}

/* Weight, then importance; modes and owners that change alike stand together. */
static int by_importance(const void *a, const void *b)
{
	const struct numbered *x = a, *y = b;
	unsigned rx = comparison_rank(x->d->cause), ry = comparison_rank(y->d->cause);
	int order = 0;

	if (x->d->weight != y->d->weight)
		return x->d->weight > y->d->weight ? -1 : 1;
	if (rx != ry)
		return rx < ry ? -1 : 1;
	if (x->d->cause == CAUSE_MODE || x->d->cause == CAUSE_OWNER)
		order = compare_texts(x->d->says, y->d->says);
	return order ? order : (x->number > y->number) - (x->number < y->number);
}

static bool choose_heavy(struct comparison_page *p)
{
	struct numbered *list = arena_take(p->arena, p->n, sizeof(*list));

	if (!list)
		return false;
	for (uint32_t i = 0; i < p->n; i++)
		if (p->d[i]->weight != WEIGHT_ACCEPTED)
			list[p->heavy_count++] = (struct numbered){ p->d[i], i };
	qsort(list, p->heavy_count, sizeof(*list), by_importance);
	for (uint32_t i = 0; i < p->heavy_count; i++) {
		p->heavy[i] = list[i].number;
		p->is_row[list[i].number] = i < HTML_MOST_ROWS;
	}
	return true;
}

static bool number_differences(struct comparison_page *p)
{
	uint32_t count = p->r->comparison->difference_count;

	p->d = arena_take(p->arena, count, sizeof(const struct difference *));
	p->heavy = arena_take(p->arena, count, sizeof(uint32_t));
	p->is_row = arena_take(p->arena, count, sizeof(bool));
	p->has_bytes = arena_take(p->arena, count, sizeof(bool));
	if (!p->d || !p->heavy || !p->is_row || !p->has_bytes)
		return false;
	for (const struct difference *d = p->r->comparison->differences; d && p->n < count;
	     d = d->next)
		p->d[p->n++] = d;
	return choose_heavy(p);
}

static void put_body(struct comparison_page *p)
{
	text_puts(p->t, "<body>\n<a class=\"skip\" href=\"#answer\">To the answer</a>\n<header "
			"class=\"top\"><b>evenhand compare</b><code>");
	text_hex(p->t, (struct span){ p->r->left.sha256, 6 });
	text_puts(p->t, "… with ");
	text_hex(p->t, (struct span){ p->r->right.sha256, 6 });
	text_puts(p->t, "…</code></header>\n<div class=\"page\">\n");
	put_contents(p);
	text_puts(p->t, "<main>\n");
	put_answer(p);
	comparison_html_causes(p);
	if (p->r->comparison->answer == ANSWER_IDENTICAL)
		return;
	comparison_html_facts(p);
	comparison_html_tree(p);
	comparison_html_bytes(p);
}

void comparison_html(const struct comparison_report *r, struct span json, struct text *t)
{
	struct arena arena = { 0 };
	struct comparison_page p = { .t = t, .r = r, .arena = &arena };
	struct span js = embedded(web_compare_js, web_compare_js_end);
	uint8_t digest[SHA256_SIZE];

	if (!number_differences(&p)) {
		t->failed = true;
		arena_free(&arena);
		return;
	}
	comparison_html_choose(&p);
	sha256_of(json, digest);
	put_head(&p, embedded(web_css, web_css_end), embedded(web_compare_css, web_compare_css_end),
		 js);
	put_body(&p);
	text_puts(t, "<p class=\"soft\">evenhand " EVENHAND_VERSION
		     ". Digest of the JSON: <code>sha256 ");
	text_hex(t, (struct span){ digest, SHA256_SIZE });
	text_puts(t, "</code></p>\n</main>\n</div>\n<script>");
	text_put(t, js);
	text_puts(t, "</script>\n</body>\n</html>\n");
	arena_free(&arena);
}
