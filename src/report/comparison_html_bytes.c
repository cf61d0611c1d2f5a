/* comparison_html_bytes.c - what differs, side by side: lines of a text, a function, bytes around
 * the first that differs. Secrets, hashes and private keys are held back, as in all reports. */
#include "compare/watch.h"
#include "report/comparison_html.h"

#define ACROSS     8
#define MOST_BYTES 128 /* of a side */
#define MOST_LINES 12  /* that differ */
#define AROUND     2   /* lines before and behind */
#define MOST_LINE  160
#define MOST_CODE  24
#define CODE_ABOVE 5

/* A side of a difference. */
struct excerpt {
	struct span all; /* of its node */
	struct place place;
	bool is_there;
};

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

static struct span stretch_of(const struct excerpt *e)
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

/* Up to where bytes from `at` on are alike: all held back, or none. */
static bool held_back(const struct node *n, uint64_t at, uint64_t *until)
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

static uint64_t least(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

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

/* Whether the byte `at` of a stretch is another on the other side, or not there. */
static bool differs_at(struct span mine, struct span other, uint64_t at)
{
	return at < mine.n && (at >= other.n || mine.p[at] != other.p[at]);
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

		text_format(t, "<i>%08llx</i> ", (unsigned long long)(base + i));
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

static void put_nothing(struct text *t)
{
	text_puts(t, "<p class=\"soft\">Nothing on this side.</p>");
}

static void put_hex_pair(struct text *t, const struct excerpt *l, const struct excerpt *r)
{
	struct window w = window_of(l, r);

	text_puts(t, "<div class=\"sides\"><div data-h=\"Left\">");
	if (stretch_of(l).n)
		put_bytes(t, l, stretch_of(r), &w);
	else
		put_nothing(t);
	text_puts(t, "</div><div data-h=\"Right\">");
	if (stretch_of(r).n)
		put_bytes(t, r, stretch_of(l), &w);
	else
		put_nothing(t);
	text_puts(t, "</div></div>\n");
}

/* -- lines -- */

static size_t line_end(struct span s, size_t at)
{
	size_t end = span_find(s, at, span_text("\n"));

	return end == SIZE_MAX ? s.n : end + 1;
}

static size_t line_start(struct span s, size_t at)
{
	while (at > 0 && s.p[at - 1] != '\n')
		at--;
	return at;
}

/* The bytes of a line, what is held back as dots. */
static void put_line_text(struct text *t, const struct node *n, struct span all, size_t from,
			  size_t to)
{
	size_t end = to - from > MOST_LINE ? from + MOST_LINE : to;

	while (from < end) {
		uint64_t until;
		bool held = held_back(n, from, &until);
		size_t stop = (size_t)least(until, end);

		if (held)
			for (size_t i = from; i < stop; i++)
				text_puts(t, "·");
		else
			html_image(t, span_sub(all, from, stop - from));
		from = stop;
	}
	if (end < to)
		text_puts(t, "…");
}

struct line_view {
	struct span all;
	const struct node *node;
	size_t from, to; /* what differs */
	uint64_t first;  /* number of the line at from */
	const char *tag;
};

static void put_line(struct text *t, const struct line_view *v, size_t at, uint64_t number,
		     bool differs)
{
	size_t end = line_end(v->all, at),
	       to = end > at && v->all.p[end - 1] == '\n' ? end - 1 : end;

	if (differs)
		text_format(t, "<%s>", v->tag);
	text_format(t, "<i>%4llu</i>  ", (unsigned long long)number);
	put_line_text(t, v->node, v->all, at, to);
	if (differs)
		text_format(t, "</%s>", v->tag);
	text_char(t, '\n');
}

/* Lines above, those that differ, lines below. `other`: the other side, where it has as many lines;
 * then only those are marked that are not the same there. */
static void put_lines(struct text *t, const struct line_view *v, const struct line_view *other)
{
	size_t at = v->from, there = other ? other->from : 0;
	uint64_t number = v->first, shown = 0;

	text_puts(t, "<pre tabindex=\"0\">");
	for (int i = 0; i < AROUND && at > 0; i++, number--)
		at = line_start(v->all, at - 1);
	for (; at < v->from; at = line_end(v->all, at))
		put_line(t, v, at, number++, false);
	for (; at < v->to && shown < MOST_LINES; at = line_end(v->all, at), shown++) {
		size_t end = line_end(v->all, at);
		size_t other_end = other ? line_end(other->all, there) : 0;

		put_line(t, v, at, number++,
			 !other || !span_equal(span_sub(v->all, at, end - at),
					       span_sub(other->all, there, other_end - there)));
		there = other_end;
	}
	if (at < v->to)
		text_puts(t, "<i>   …</i>\n");
	else
		for (int i = 0; i < AROUND && at < v->all.n; i++, at = line_end(v->all, at))
			put_line(t, v, at, number++, false);
	text_puts(t, "</pre>");
}

static uint64_t lines_in(struct span s)
{
	uint64_t n = 0;

	for (size_t at = 0; at < s.n; at = line_end(s, at))
		n++;
	return n;
}

static struct line_view lines_of(const struct excerpt *e, const char *tag)
{
	struct line_view v = { .all = e->all, .node = e->place.node, .tag = tag };

	v.from = (size_t)e->place.offset;
	v.to = v.from + (size_t)e->place.length;
	v.first = lines_in(span_head(e->all, v.from)) + 1;
	return v;
}

static bool is_text(const struct difference *d, const struct excerpt *l, const struct excerpt *r)
{
	return d->cause == CAUSE_TEXT ||
	       (is_single(d) && looks_like_text(stretch_of(l->is_there ? l : r)));
}

static void put_text_pair(struct text *t, const struct excerpt *l, const struct excerpt *r)
{
	struct line_view a = lines_of(l, "del"), b = lines_of(r, "ins");
	bool alike =
		l->is_there && r->is_there && lines_in(stretch_of(l)) == lines_in(stretch_of(r));

	text_puts(t, "<div class=\"sides\"><div data-h=\"Left\">");
	if (l->is_there)
		put_lines(t, &a, alike ? &b : NULL);
	else
		put_nothing(t);
	text_puts(t, "</div><div data-h=\"Right\">");
	if (r->is_there)
		put_lines(t, &b, alike ? &a : NULL);
	else
		put_nothing(t);
	text_puts(t, "</div></div>\n");
}

/* -- code -- */

/* Lines that both listings share at one end. */
struct listing_ends {
	uint64_t head, tail;
};

static struct span line_at(struct span s, size_t at)
{
	size_t end = line_end(s, at);

	return span_sub(s, at, end - at - (end > at && s.p[end - 1] == '\n'));
}

static struct listing_ends ends_of(struct span l, struct span r)
{
	struct listing_ends e = { 0 };
	uint64_t nl = lines_in(l), nr = lines_in(r);
	size_t a = 0, b = 0;

	while (a < l.n && b < r.n && span_equal(line_at(l, a), line_at(r, b))) {
		a = line_end(l, a);
		b = line_end(r, b);
		e.head++;
	}
	a = l.n;
	b = r.n;
	while (a > 0 && b > 0 && e.tail + e.head < least(nl, nr)) {
		size_t x = line_start(l, a - (l.p[a - 1] == '\n'));
		size_t y = line_start(r, b - (r.p[b - 1] == '\n'));

		if (!span_equal(line_at(l, x), line_at(r, y)))
			break;
		a = x;
		b = y;
		e.tail++;
	}
	return e;
}

static void put_listing(struct text *t, struct span s, struct span other, struct listing_ends ends)
{
	uint64_t n = lines_in(s), number = 0, shown = 0;
	uint64_t skip = ends.head > CODE_ABOVE ? ends.head - CODE_ABOVE : 0;
	bool alike = n == lines_in(other);
	size_t there = 0;

	text_puts(t, "<pre tabindex=\"0\">");
	if (skip)
		text_puts(t, "<i>…</i>\n");
	for (size_t at = 0; at < s.n && shown < MOST_CODE; at = line_end(s, at), number++) {
		bool middle = number >= ends.head && number < n - ends.tail;
		bool marked =
			middle && !(alike && span_equal(line_at(s, at), line_at(other, there)));

		there = alike ? line_end(other, there) : 0;
		if (number < skip)
			continue;
		text_puts(t, marked ? "<mark>" : "");
		html_image(t, line_at(s, at));
		text_puts(t, marked ? "</mark>\n" : "\n");
		shown++;
	}
	if (skip + shown < n)
		text_puts(t, "<i>…</i>\n");
	text_puts(t, "</pre>");
}

static void put_code(struct text *t, const struct difference *d)
{
	struct listing_ends ends = ends_of(d->code_left, d->code_right);

	text_puts(t, "<p class=\"soft\">The first function that differs.</p>\n"
		     "<div class=\"sides\"><div data-h=\"Left\">");
	put_listing(t, d->code_left, d->code_right, ends);
	text_puts(t, "</div><div data-h=\"Right\">");
	put_listing(t, d->code_right, d->code_left, ends);
	text_puts(t, "</div></div>\n");
}

/* -- all -- */

static void put_place(struct text *t, const char *side, const struct place *p)
{
	text_format(t, "%s <code>0x%llx</code>, ", side, (unsigned long long)p->offset);
	html_number(t, p->length);
	text_puts(t, p->length == 1 ? " byte" : " bytes");
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
		put_text_pair(p->t, &l, &r);
	else if (stretch_of(&l).n || stretch_of(&r).n)
		put_hex_pair(p->t, &l, &r);
	if (d->code_left.n || d->code_right.n)
		put_code(p->t, d);
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
