/* text.c - scripts, settings and other texts: which lines differ. A text is never the same software
 * with another comment or date in it, as what reads it is not known. */
#include "base/text.h"

#include "compare/explain.h"

#define TOLD 8 /* lines that are named one by one */

struct lines {
	struct span in;
	size_t from, to; /* what differs, whole lines */
	uint64_t first;  /* number of the line at `from` */
	uint64_t count;
};

static bool is_line_start(struct span s, size_t at)
{
	return at == 0 || s.p[at - 1] == '\n';
}

static size_t line_end(struct span s, size_t at)
{
	const uint8_t *end = at < s.n ? memchr(s.p + at, '\n', s.n - at) : NULL;

	return end ? (size_t)(end - s.p) + 1 : s.n;
}

static uint64_t lines_in(struct span s)
{
	uint64_t n = 0;

	for (size_t at = 0; at < s.n; at = line_end(s, at))
		n++;
	return n;
}

/* Cuts equal lines off both ends. */
static void trim(struct lines *l, struct lines *r)
{
	size_t least = l->in.n < r->in.n ? l->in.n : r->in.n, head = 0, tail = 0;

	while (head < least && l->in.p[head] == r->in.p[head])
		head++;
	while (head > 0 && !is_line_start(l->in, head))
		head--;
	while (tail < least - head && l->in.p[l->in.n - 1 - tail] == r->in.p[r->in.n - 1 - tail])
		tail++;
	while (tail > 0 &&
	       !(is_line_start(l->in, l->in.n - tail) && is_line_start(r->in, r->in.n - tail)))
		tail--;
	l->from = r->from = head;
	l->to = l->in.n - tail;
	r->to = r->in.n - tail;
	l->first = r->first = lines_in(span_head(l->in, head)) + 1;
	l->count = lines_in(span_sub(l->in, l->from, l->to - l->from));
	r->count = lines_in(span_sub(r->in, r->from, r->to - r->from));
}

/* "line 3", "lines 3, 7 and 12", or how many: both sides have as many lines. */
static void say_same_count(struct text *says, const struct lines *l, const struct lines *r)
{
	uint64_t numbers[TOLD], found = 0;
	size_t a = l->from, b = r->from;

	for (uint64_t i = 0; i < l->count; i++) {
		size_t a_end = line_end(l->in, a), b_end = line_end(r->in, b);

		if (!span_equal(span_sub(l->in, a, a_end - a), span_sub(r->in, b, b_end - b))) {
			if (found < TOLD)
				numbers[found] = l->first + i;
			found++;
		}
		a = a_end;
		b = b_end;
	}
	if (found > TOLD) {
		text_format(says, "%llu lines", (unsigned long long)found);
		return;
	}
	text_puts(says, found == 1 ? "line " : "lines ");
	for (uint64_t i = 0; i < found; i++) {
		text_format(says, "%llu", (unsigned long long)numbers[i]);
		if (i + 2 < found)
			text_puts(says, ", ");
		else if (i + 2 == found)
			text_puts(says, " and ");
	}
}

static void say_block(struct text *says, const struct lines *l, const char *what)
{
	if (l->count == 1)
		text_format(says, "line %llu%s", (unsigned long long)l->first, what);
	else
		text_format(says, "lines %llu-%llu%s", (unsigned long long)l->first,
			    (unsigned long long)(l->first + l->count - 1), what);
}

static void say(struct text *says, const struct lines *l, const struct lines *r)
{
	if (l->count == r->count) {
		say_same_count(says, l, r);
	} else if (l->count == 0) {
		say_block(says, r, " added");
	} else if (r->count == 0) {
		say_block(says, l, " removed");
	} else {
		say_block(says, l, " against ");
		say_block(says, r, "");
	}
}

bool explain_text(struct explaining *x, struct span left, struct span right)
{
	struct lines l = { .in = left }, r = { .in = right };
	struct text says = { 0 };

	/* an empty one beside a text is a text too */
	if ((left.n && !looks_like_text(left)) || (right.n && !looks_like_text(right)) ||
	    left.n + right.n == 0)
		return false;
	trim(&l, &r);
	say(&says, &l, &r);
	differ(x, CAUSE_TEXT, (struct byte_range){ l.from, l.to - l.from },
	       (struct byte_range){ r.from, r.to - r.from }, "", "%s", says.p ? says.p : "");
	x->lost |= says.failed;
	text_free(&says);
	return true;
}
