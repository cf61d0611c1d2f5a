/* explain.c - differences of one pair of contents, and the proof that nothing else differs. */
#include "compare/explain.h"

#include <stdarg.h>
#include <stdlib.h>

static struct span copied(struct explaining *x, struct span s)
{
	struct span copy = arena_copy(x->arena, s);

	x->lost |= copy.n != s.n;
	return copy;
}

static enum weight weight_of(enum cause cause)
{
	if (cause == CAUSE_ENCRYPTED || cause == CAUSE_TRUNCATED || cause == CAUSE_UNKNOWN)
		return WEIGHT_OPEN;
	return causes[cause].accepted ? WEIGHT_ACCEPTED : WEIGHT_CHANGES;
}

struct difference *differ(struct explaining *x, enum cause cause, struct byte_range left,
			  struct byte_range right, const char *unit, const char *text, ...)
{
	struct difference *d = arena_take(x->arena, 1, sizeof(*d));
	struct text says = { 0 };
	va_list args;
	char *line;

	if (!d) {
		x->lost = true;
		return NULL;
	}
	*d = (struct difference){
		.cause = cause,
		.weight = weight_of(cause),
		.proven = weight_of(cause) != WEIGHT_OPEN,
		.left = { x->left, left.offset, left.length },
		.right = { x->right, right.offset, right.length },
		.unit = copied(x, span_text(unit ? unit : "")),
	};
	va_start(args, text);
	if (text && vasprintf(&line, text, args) >= 0) {
		text_puts(&says, line);
		free(line);
	}
	va_end(args);
	d->says = copied(x, text_span(&says));
	text_free(&says);
	if (x->last)
		x->last->next = d;
	else
		x->first = d;
	x->last = d;
	x->count++;
	return d;
}

void leave_open(struct difference *d)
{
	if (!d)
		return;
	d->weight = WEIGHT_OPEN;
	d->proven = false;
}

void refuse_form(struct difference *d)
{
	if (d)
		d->weight = WEIGHT_CHANGES;
}

/* -- the proof -- */

static int by_offset(const void *a, const void *b)
{
	const struct byte_range *x = a, *y = b;

	return (x->offset > y->offset) - (x->offset < y->offset);
}

/* The named stretches of one side in order, merged. */
static uint32_t named(const struct explaining *x, bool right, struct byte_range *out)
{
	uint32_t n = 0, kept = 0;

	for (const struct difference *d = x->first; d; d = d->next) {
		const struct place *p = right ? &d->right : &d->left;

		if (p->length)
			out[n++] = (struct byte_range){ p->offset, p->length };
	}
	qsort(out, n, sizeof(*out), by_offset);
	for (uint32_t i = 0; i < n; i++) {
		struct byte_range *last = kept ? &out[kept - 1] : NULL;
		uint64_t end = out[i].offset + out[i].length;

		if (last && out[i].offset <= last->offset + last->length) {
			if (end > last->offset + last->length)
				last->length = end - last->offset;
		} else {
			out[kept++] = out[i];
		}
	}
	return kept;
}

/* What is left of one side, read from the start. */
struct rest {
	struct span in;
	const struct byte_range *named;
	uint32_t count, next;
	uint64_t at;
};

/* The next stretch that nobody named; empty at the end. */
static struct span rest_next(struct rest *r)
{
	while (r->next < r->count && r->named[r->next].offset <= r->at) {
		uint64_t end = r->named[r->next].offset + r->named[r->next].length;

		r->at = end > r->at ? end : r->at;
		r->next++;
	}
	if (r->at >= r->in.n)
		return (struct span){ 0 };
	return span_sub(r->in, r->at,
			(r->next < r->count && r->named[r->next].offset < r->in.n
				 ? r->named[r->next].offset
				 : r->in.n) -
				r->at);
}

static size_t common(struct span a, struct span b)
{
	size_t n = a.n < b.n ? a.n : b.n, at = 0;

	while (at < n) {
		size_t some = n - at < 4096 ? n - at : 4096;

		if (memcmp(a.p + at, b.p + at, some) != 0)
			break;
		at += some;
	}
	while (at < n && a.p[at] == b.p[at])
		at++;
	return at;
}

/* Goes through both rests side by side; false where they part, which is then at l->at and r->at. */
static bool rests_equal(struct rest *l, struct rest *r)
{
	for (;;) {
		struct span a = rest_next(l), b = rest_next(r);
		size_t same = common(a, b);

		if (a.n == 0 && b.n == 0)
			return true;
		l->at += same;
		r->at += same;
		if (same == 0 || (same < a.n && same < b.n))
			return false;
	}
}

void prove(struct explaining *x, struct span left, struct span right)
{
	struct byte_range *l = arena_take(x->arena, (uint64_t)x->count + 1, sizeof(*l));
	struct byte_range *r = arena_take(x->arena, (uint64_t)x->count + 1, sizeof(*r));
	struct rest a = { .in = left, .named = l }, b = { .in = right, .named = r };

	if (!l || !r) {
		x->lost = true;
		return;
	}
	a.count = named(x, false, l);
	b.count = named(x, true, r);
	if (!rests_equal(&a, &b))
		differ(x, CAUSE_UNKNOWN, (struct byte_range){ a.at, left.n - a.at },
		       (struct byte_range){ b.at, right.n - b.at }, "",
		       "from here on, not explained");
}

/* The stretch between the first and the last byte that differs, of contents of any length. */
static void whole(struct explaining *x, struct span left, struct span right)
{
	size_t head = common(left, right), tail = 0;
	size_t least = left.n < right.n ? left.n : right.n;

	while (tail < least - head && left.p[left.n - 1 - tail] == right.p[right.n - 1 - tail])
		tail++;
	differ(x, CAUSE_DATA, (struct byte_range){ head, left.n - head - tail },
	       (struct byte_range){ head, right.n - head - tail }, "", NULL);
}

void explain_content(struct explaining *x, struct span left, struct span right)
{
	static bool (*const explainers[])(struct explaining *, struct span, struct span) = {
		explain_elf, explain_pyc, explain_dtb, explain_text, NULL,
	};

	for (size_t i = 0; explainers[i]; i++)
		if (explainers[i](x, left, right)) {
			prove(x, left, right);
			return;
		}
	whole(x, left, right);
}
