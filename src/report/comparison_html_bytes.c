/* comparison_html_bytes.c - what differs, side by side: bytes around the first that differs; lines
 * and instructions are comparison_html_lines.c. Secrets, hashes and private keys are held back, as
 * in all reports. */
#include <inttypes.h>

#include "compare/watch.h"
#include "report/comparison_excerpt.h"

#define ACROSS     8
#define MOST_BYTES 128 /* of a side */

static bool bytes_of(const struct watch *w, const struct node *n, struct span *all)
{
	if (!n)
		return false;
	return n->kind == KIND_REGION ? region_bytes(w, n, all) : content_of(w, n, all);
}

static struct excerpt excerpt_of(const struct watch *w, const struct place *p)
{
	struct excerpt e = { .place = *p };

	e.is_there = bytes_of(w, p->node, &e.all) && p->offset <= e.all.n &&
		     p->length <= e.all.n - p->offset;
	return e;
}

struct span stretch_of(const struct excerpt *e)
{
	if (!e->is_there)
		return (struct span){ 0 };
	return span_sub(e->all, e->place.offset, e->place.length);
}

/* A file that is on one side alone differs as a whole. */
static void whole(struct excerpt *e)
{
	if (e->is_there && e->place.node->kind == KIND_FILE)
		e->place.length = e->all.n;
}

static bool is_single(const struct difference *d)
{
	return (d->cause == CAUSE_ADDED || d->cause == CAUSE_REMOVED) &&
	       (!d->left.node || !d->right.node);
}

static void both_of(const struct comparison_page *p, const struct difference *d, struct excerpt *l,
		    struct excerpt *r)
{
	const struct matching *m = p->r->comparison->matching;

	*l = excerpt_of(m->left, &d->left);
	*r = excerpt_of(m->right, &d->right);
	if (!is_single(d))
		return;
	whole(l);
	whole(r);
}

static bool is_shown(const struct comparison_page *p, const struct difference *d)
{
	struct excerpt l, r;

	if (d->code_left.n || d->code_right.n)
		return true;
	both_of(p, d, &l, &r);
	return stretch_of(&l).n || stretch_of(&r).n;
}

static void choose_one(struct comparison_page *p, uint32_t i)
{
	if (p->excerpts == MOST_EXCERPTS || p->has_bytes[i] || !is_shown(p, p->d[i]))
		return;
	p->has_bytes[i] = true;
	p->excerpts++;
}

void comparison_html_choose(struct comparison_page *p)
{
	if (!p->r->comparison->matching)
		return;
	for (uint32_t i = 0; i < p->heavy_count; i++)
		choose_one(p, p->heavy[i]);
	for (uint32_t i = 0; i < p->n; i++)
		choose_one(p, i);
}

/* -- what is held back -- */

static bool is_secret(const struct fact *f)
{
	const struct key_fact *k = (const void *)f;

	return f->kind == FACT_SECRET || f->kind == FACT_HASH ||
	       (f->kind == FACT_KEY && strcmp(k->key_kind, "private") == 0);
}

bool held_back(const struct node *n, uint64_t at, uint64_t *until)
{
	bool held = false;

	*until = UINT64_MAX;
	for (const struct fact *f = n->facts; f; f = f->next) {
		if (!is_secret(f))
			continue;
		if (f->offset > at) {
			*until = f->offset < *until ? f->offset : *until;
		} else if (f->offset + f->length > at) {
			held = true;
			*until = f->offset + f->length < *until ? f->offset + f->length : *until;
		}
	}
	return held;
}

/* -- bytes -- */

/* The stretch of both sides that is shown as rows of bytes. */
struct window {
	uint64_t start; /* of the stretch; before it by `back` */
	uint64_t back, n;
};

/* Begins a row before the first byte that differs, at a multiple of ACROSS. */
static struct window window_of(const struct excerpt *l, const struct excerpt *r)
{
	struct span a = stretch_of(l), b = stretch_of(r);
	uint64_t at = 0, before, longest = a.n > b.n ? a.n : b.n;
	const struct excerpt *first = a.n ? l : r;
	struct window w = { 0 };

	while (at < a.n && at < b.n && a.p[at] == b.p[at])
		at++;
	before = (first->place.offset + at) % ACROSS + ACROSS;
	if (a.n)
		before = least(before, l->place.offset + at);
	if (b.n)
		before = least(before, r->place.offset + at);
	w.start = at;
	w.back = before;
	w.n = least(longest - at, MOST_BYTES) + before + ACROSS;
	w.n = least((w.n + ACROSS - 1) / ACROSS * ACROSS, MOST_BYTES);
	return w;
}

/* Whether the byte `at` of a stretch is another on the other side, or not there. Where nothing is
 * there at all, that is said once. */
static bool differs_at(struct span mine, struct span other, uint64_t at)
{
	return other.n && at < mine.n && (at >= other.n || mine.p[at] != other.p[at]);
}

struct shown_byte {
	uint8_t value;
	bool is_there, differs, held;
};

static struct shown_byte byte_at(const struct excerpt *e, struct span other, const struct window *w,
				 uint64_t i)
{
	uint64_t at = e->place.offset + w->start - w->back + i, until;
	struct shown_byte b = { .is_there = at < e->all.n };

	if (!b.is_there)
		return b;
	b.value = e->all.p[at];
	b.held = held_back(e->place.node, at, &until);
	b.differs =
		w->start + i >= w->back && differs_at(stretch_of(e), other, w->start + i - w->back);
	return b;
}

static void put_hex(struct text *t, const struct shown_byte *b)
{
	if (!b->is_there) {
		text_puts(t, "  ");
		return;
	}
	text_puts(t, b->differs ? "<mark>" : "");
	if (b->held)
		text_puts(t, "··");
	else
		text_format(t, "%02x", b->value);
	text_puts(t, b->differs ? "</mark>" : "");
}

static void put_character(struct text *t, const struct shown_byte *b)
{
	char c[2] = { b->value > ' ' && b->value < 0x7f ? (char)b->value : '.', 0 };

	if (b->is_there && b->held)
		text_puts(t, "·");
	else if (b->is_there)
		html_says(t, c);
}

static void put_bytes(struct text *t, const struct excerpt *e, struct span other,
		      const struct window *w)
{
	uint64_t base = e->place.offset + w->start - w->back;

	text_puts(t, "<pre tabindex=\"0\">");
	for (uint64_t i = 0; i < w->n && base + i < e->all.n; i += ACROSS) {
		struct shown_byte row[ACROSS];

		text_format(t, "<i>%08" PRIx64 "</i> ", base + i);
		for (unsigned k = 0; k < ACROSS; k++) {
			row[k] = byte_at(e, other, w, i + k);
			text_char(t, ' ');
			put_hex(t, &row[k]);
		}
		text_puts(t, "  ");
		for (unsigned k = 0; k < ACROSS; k++)
			put_character(t, &row[k]);
		text_char(t, '\n');
	}
	text_puts(t, "</pre>");
}

static void put_hex_pair(struct text *t, const struct excerpt *l, const struct excerpt *r)
{
	struct window w = window_of(l, r);

	text_puts(t, "<div class=\"sides\"><div data-h=\"Left\">");
	if (stretch_of(l).n)
		put_bytes(t, l, stretch_of(r), &w);
	else
		comparison_html_nothing(t);
	text_puts(t, "</div><div data-h=\"Right\">");
	if (stretch_of(r).n)
		put_bytes(t, r, stretch_of(l), &w);
	else
		comparison_html_nothing(t);
	text_puts(t, "</div></div>\n");
}

/* -- all -- */

static void put_place(struct text *t, const char *side, const struct place *p)
{
	text_format(t, "%s <code>0x%llx</code>, ", side, (unsigned long long)p->offset);
	html_number(t, p->length);
	text_puts(t, p->length == 1 ? " byte" : " bytes");
}

static bool is_text(const struct difference *d, const struct excerpt *l, const struct excerpt *r)
{
	return d->cause == CAUSE_TEXT ||
	       (is_single(d) && looks_like_text(stretch_of(l->is_there ? l : r)));
}

static void put_heading(const struct comparison_page *p, uint32_t i)
{
	const struct difference *d = p->d[i];
	bool both = d->left.node && d->right.node;

	text_format(p->t, "<article id=\"d-%u\">\n<h3>", i);
	html_place(p->t, difference_node(d));
	text_puts(p->t, "</h3>\n<p><b>");
	html_says(p->t, causes[d->cause].name);
	text_puts(p->t, d->unit.n || d->says.n ? "</b>: " : "</b> ");
	comparison_html_says(p->t, d);
	text_format(p->t, ". %s %s. <span class=\"soft\">", d->proven ? "Proven;" : "Not proven;",
		    weight_words(d->weight));
	if (d->left.node && d->left.length)
		put_place(p->t, "Left", &d->left);
	text_puts(p->t, both && d->left.length && d->right.length ? "; " : "");
	if (d->right.node && d->right.length)
		put_place(p->t, "right", &d->right);
	text_puts(p->t, "</span></p>\n");
}

static void put_excerpt(const struct comparison_page *p, uint32_t i)
{
	const struct difference *d = p->d[i];
	struct excerpt l, r;

	put_heading(p, i);
	both_of(p, d, &l, &r);
	if (is_text(d, &l, &r))
		comparison_html_lines(p->t, &l, &r);
	else if (stretch_of(&l).n || stretch_of(&r).n)
		put_hex_pair(p->t, &l, &r);
	if (d->code_left.n || d->code_right.n)
		comparison_html_code(p->t, d);
	text_puts(p->t, "</article>\n");
}

void comparison_html_bytes(struct comparison_page *p)
{
	text_puts(p->t, "<section id=\"bytes\">\n<h2>Bytes</h2>\n<p>Of each difference of which "
			"the bytes are at hand, those that matter first: a text’s lines, a "
			"function, or up to 128 bytes from the first that differs. Marked is what "
			"is another on the other side; passwords, hashes and private keys are "
			"dots.</p>\n");
	if (p->excerpts == 0)
		text_puts(p->t, "<p>None.</p>\n");
	for (uint32_t i = 0; i < p->heavy_count; i++)
		if (p->has_bytes[p->heavy[i]])
			put_excerpt(p, p->heavy[i]);
	for (uint32_t i = 0; i < p->n; i++)
		if (p->has_bytes[i] && p->d[i]->weight == WEIGHT_ACCEPTED)
			put_excerpt(p, i);
	if (p->excerpts == MOST_EXCERPTS)
		text_puts(p->t, "<p class=\"soft\">At most 200 are shown; the JSON report has the "
				"places of all.</p>\n");
	text_puts(p->t, "</section>\n");
}
