/* embedded.c - two stretches of one length, of a program's data: what differs in texts of a known
 * form, and what else. */
#include "compare/explain.h"
#include "compare/form.h"

#define NEAR       16   /* stretches of no form that lie closer are told as one */
#define MOST_OTHER 16   /* stretches of no form; then the rest is one */
#define MOST_FORMS 8192 /* differences that are named by their form */
#define MOST_TRIED 4096 /* bytes that are of no form: by then the two are not the same anyway */

struct scanning {
	struct explaining *x;
	const struct stretch *s;
	enum cause other;
	uint32_t others, forms, tried;
	bool open; /* a stretch of no form is being gathered: [from, to) */
	size_t from, to;
};

static void name(struct scanning *s, enum cause cause, size_t from, size_t to)
{
	differ(s->x, cause, (struct byte_range){ s->s->left_at + from, to - from },
	       (struct byte_range){ s->s->right_at + from, to - from }, s->s->unit, NULL);
}

static void close_other(struct scanning *s)
{
	if (s->open)
		name(s, s->other, s->from, s->to);
	s->others += s->open;
	s->open = false;
}

static void add_other(struct scanning *s, size_t from, size_t to)
{
	if (s->open && from - s->to >= NEAR && s->others < MOST_OTHER)
		close_other(s);
	if (!s->open)
		s->from = from;
	s->open = true;
	s->to = to;
}

/* Where both next differ, from `at` on; the end if nowhere. */
static size_t next_difference(struct span a, struct span b, size_t at)
{
	while (at + 4096 <= a.n && memcmp(a.p + at, b.p + at, 4096) == 0)
		at += 4096;
	while (at < a.n && a.p[at] == b.p[at])
		at++;
	return at;
}

static void quote(struct span s, struct form f, char *out, size_t size)
{
	snprintf(out, size, "%.*s", (int)f.length, (const char *)s.p + f.at);
}

/* Both texts, where they are short enough to be read. */
static void name_form(struct scanning *s, struct form f)
{
	char left[64], right[64];
	bool is_short = f.length < sizeof(left);

	quote(s->s->left, f, left, sizeof(left));
	quote(s->s->right, f, right, sizeof(right));
	differ(s->x, f.cause, (struct byte_range){ s->s->left_at + f.at, f.length },
	       (struct byte_range){ s->s->right_at + f.at, f.length }, s->s->unit,
	       is_short ? "%s -> %s" : NULL, left, right);
}

static bool looks_for_forms(const struct scanning *s)
{
	return s->tried < MOST_TRIED && s->others < MOST_OTHER && s->forms < MOST_FORMS;
}

void explain_embedded(struct explaining *x, const struct stretch *stretch, enum cause other)
{
	struct scanning s = { .x = x, .s = stretch, .other = other };
	size_t least = 0, tried = 0;
	struct span a = stretch->left, b = stretch->right;
	struct form f;

	for (size_t at = next_difference(a, b, 0); at < a.n; at = next_difference(a, b, at)) {
		if (looks_for_forms(&s) && form_over(a, b, at, least, &tried, &f)) {
			close_other(&s);
			name_form(&s, f);
			s.forms++;
			at = least = f.at + f.length;
		} else {
			add_other(&s, at, at + 1);
			s.tried++;
			at++;
		}
	}
	close_other(&s);
}

void explain_bytes(struct explaining *x, const struct stretch *stretch, enum cause cause)
{
	struct scanning s = { .x = x, .s = stretch, .other = cause };
	struct span a = stretch->left, b = stretch->right;

	for (size_t at = next_difference(a, b, 0); at < a.n; at = next_difference(a, b, at)) {
		add_other(&s, at, at + 1);
		at++;
	}
	close_other(&s);
}
