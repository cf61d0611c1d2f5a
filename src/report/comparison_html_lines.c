/* comparison_html_lines.c - lines of a text and instructions of a function, side by side. */
#include "report/comparison_excerpt.h"

#define MOST_LINES 12 /* that differ */
#define AROUND     2  /* lines before and behind */
#define MOST_LINE  160
#define MOST_CODE  24
#define CODE_ABOVE 5

void comparison_html_nothing(struct text *t)
{
	text_puts(t, "<p class=\"soft\">Nothing on this side.</p>");
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

void comparison_html_lines(struct text *t, const struct excerpt *l, const struct excerpt *r)
{
	struct line_view a = lines_of(l, "del"), b = lines_of(r, "ins");
	bool alike =
		l->is_there && r->is_there && lines_in(stretch_of(l)) == lines_in(stretch_of(r));

	text_puts(t, "<div class=\"sides\"><div data-h=\"Left\">");
	if (l->is_there)
		put_lines(t, &a, alike ? &b : NULL);
	else
		comparison_html_nothing(t);
	text_puts(t, "</div><div data-h=\"Right\">");
	if (r->is_there)
		put_lines(t, &b, alike ? &a : NULL);
	else
		comparison_html_nothing(t);
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

void comparison_html_code(struct text *t, const struct difference *d)
{
	struct listing_ends ends = ends_of(d->code_left, d->code_right);

	text_puts(t, "<p class=\"soft\">The first function that differs.</p>\n"
		     "<div class=\"sides\"><div data-h=\"Left\">");
	put_listing(t, d->code_left, d->code_right, ends);
	text_puts(t, "</div><div data-h=\"Right\">");
	put_listing(t, d->code_right, d->code_left, ends);
	text_puts(t, "</div></div>\n");
}
