/* ruling.c - places and sentences that speak for an outcome. */
#include <stdarg.h>
#include <stdio.h>

#include "judge/check.h"

#define LONGEST_SENTENCE 256
#define MOST_SHOWN       24 /* cells of a text of the image within a sentence */

static void add(struct ruling *r, enum outcome o, struct evidence_ref e)
{
	struct pile *pile = &r->of[o];

	if (pile->n == pile->room) {
		uint32_t room = pile->room ? pile->room * 2 : 8;
		struct evidence_ref *p = arena_take(r->c->arena, room, sizeof(*p));

		if (!p) {
			r->failed = true;
			return;
		}
		if (pile->n)
			memcpy(p, pile->p, pile->n * sizeof(*p));
		pile->p = p;
		pile->room = room;
	}
	pile->p[pile->n++] = e;
}

void rule_fact(struct ruling *r, enum outcome o, const struct fact *f)
{
	add(r, o, (struct evidence_ref){ f, f->node, f->offset, f->length });
}

void rule_place(struct ruling *r, enum outcome o, const struct node *n, uint64_t offset,
		uint64_t length)
{
	add(r, o, (struct evidence_ref){ NULL, n, offset, length });
}

void rule_node(struct ruling *r, enum outcome o, const struct node *n)
{
	rule_place(r, o, n, 0, n->has_place ? n->length : n->size);
}

uint32_t rule_count(const struct ruling *r, enum outcome o)
{
	return r->of[o].n;
}

static const char *keep(struct ruling *r, struct text *t)
{
	const char *kept = t->failed ? NULL : arena_text(r->c->arena, text_span(t));

	text_free(t);
	if (!kept)
		r->failed = true;
	return kept ? kept : "";
}

static const char *sentence(struct ruling *r, const char *format, va_list args)
{
	char line[LONGEST_SENTENCE];
	struct text t = { 0 };

	vsnprintf(line, sizeof(line), format, args);
	text_puts(&t, line);
	return keep(r, &t);
}

void rule_says(struct ruling *r, enum outcome o, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	r->of[o].says = sentence(r, format, args);
	va_end(args);
}

void rule_open(struct ruling *r, enum reason why, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	r->of[OUTCOME_NOT_EVALUABLE].says = sentence(r, format, args);
	va_end(args);
	r->reason = why;
}

void rule_passed(struct ruling *r, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	r->searched = sentence(r, format, args);
	va_end(args);
	r->of[OUTCOME_PASS].says = "not found in what was opened";
}

void rule_unseen(struct ruling *r, const char *what)
{
	rule_open(r, REASON_NO_DATA_TABLE, "%s: this version does not look for it", what);
}

const char *counted(struct ruling *r, uint64_t n, const char *one, const char *many)
{
	struct text t = { 0 };

	text_number(&t, n);
	text_char(&t, ' ');
	text_puts(&t, n == 1 ? one : many);
	return keep(r, &t);
}

/* Whole characters and whole escapes of an escaped text that fit into so many cells. */
static size_t fitting(struct span s, int cells)
{
	size_t at = 0;

	while (at < s.n) {
		uint32_t code = 0;
		size_t n = utf8_decode(span_from(s, at), &code);
		int width;

		if (code == '\\')
			n = span_byte(s, at + 1) == '\\' ? 2 : 4;
		width = code == '\\' ? (int)n : code_point_width(code);
		if (n == 0 || width > cells)
			break;
		cells -= width;
		at += n;
	}
	return at;
}

static void put_shown(struct text *t, struct span s)
{
	struct text whole = { 0 };
	struct span escaped;
	size_t fits;

	text_escape(&whole, s, "\"");
	escaped = text_span(&whole);
	fits = fitting(escaped, MOST_SHOWN);
	text_put(t, span_head(escaped, fits));
	if (fits < escaped.n)
		text_puts(t, "\u2026");
	text_free(&whole);
}

const char *shown(struct ruling *r, struct span s)
{
	struct text t = { 0 };

	put_shown(&t, s);
	return keep(r, &t);
}

const char *shown_of(struct ruling *r, struct span s, uint64_t n)
{
	struct text t = { 0 };

	text_char(&t, '"');
	put_shown(&t, s);
	text_char(&t, '"');
	if (n > 1) {
		text_puts(&t, " and ");
		text_number(&t, n - 1);
		text_puts(&t, " more");
	}
	return keep(r, &t);
}
