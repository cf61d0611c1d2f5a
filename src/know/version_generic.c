/* version_generic.c - releases as upstream projects and NVD name them, for which no order is
 * published: runs of digits and of letters, one after the other. Words for what comes before a
 * release stand before it, other words behind it, and zeros at the end say nothing. */
#include "know/version.h"
#include "know/version_parts.h"

/* Below 0: before the release of that number, the lower the earlier. */
static const struct {
	const char *word;
	int rank;
} words[] = {
	{ "dev", -9 },     { "snapshot", -9 }, { "alpha", -8 },  { "beta", -7 },
	{ "preview", -6 }, { "pre", -6 },      { "test", -6 },   { "rc", -5 },
	{ "cr", -5 },      { "final", 0 },     { "release", 0 }, { "ga", 0 },
};

#define RANK_WORD 1

static int rank_of(struct span word)
{
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (same_letters(word, words[i].word))
			return words[i].rank;
	return RANK_WORD;
}

struct part {
	enum { PART_END, PART_WORD, PART_NUMBER } kind;
	struct span text;
	int rank; /* of a word */
};

static bool is_mark(int c)
{
	return !is_digit(c) && !is_letter(c);
}

static struct part next_part(struct span *v)
{
	struct part p = { PART_END, { 0 }, 0 };

	do {
		take_while(v, is_mark);
		if (v->n == 0)
			return (struct part){ PART_END, { 0 }, 0 };
		p.kind = is_digit(v->p[0]) ? PART_NUMBER : PART_WORD;
		p.text = take_while(v, p.kind == PART_NUMBER ? is_digit : is_letter);
		p.rank = p.kind == PART_WORD ? rank_of(p.text) : 0;
	} while (p.kind == PART_WORD && p.rank == 0);
	return p;
}

/* What a part is to a version that has ended before it. */
static int against_end(const struct part *p)
{
	if (p->kind == PART_NUMBER)
		return order_of_numbers(p->text, (struct span){ 0 });
	return p->rank;
}

/* Letters of a release, as in 1.0.2zg, are counted on like columns of a table. */
static int order_of_words(const struct part *a, const struct part *b)
{
	if (a->rank != b->rank || a->rank < 0)
		return a->rank - b->rank;
	if (a->text.n != b->text.n && a->text.n <= 2 && b->text.n <= 2)
		return a->text.n < b->text.n ? -1 : 1;
	return span_compare(a->text, b->text);
}

static int order_of_parts(const struct part *a, const struct part *b)
{
	if (a->kind == PART_END)
		return -against_end(b);
	if (b->kind == PART_END)
		return against_end(a);
	if (a->kind == PART_NUMBER && b->kind == PART_NUMBER)
		return order_of_numbers(a->text, b->text);
	if (a->kind == PART_WORD && b->kind == PART_WORD)
		return order_of_words(a, b);
	/* 1.0b comes before 1.0.1; but 1.0.0 is 1.0 with nothing said, and 1.0.0 < 1.0b */
	if (a->kind == PART_WORD)
		return against_end(b) == 0 ? a->rank : -1;
	return against_end(a) == 0 ? -b->rank : 1;
}

static struct span drop_v(struct span v)
{
	if ((span_byte(v, 0) == 'v' || span_byte(v, 0) == 'V') && is_digit(span_byte(v, 1)))
		return span_from(v, 1);
	return v;
}

int generic_compare(struct span a, struct span b)
{
	a = drop_v(a);
	b = drop_v(b);
	for (;;) {
		struct part x = next_part(&a), y = next_part(&b);
		int order = order_of_parts(&x, &y);

		if (order || (x.kind == PART_END && y.kind == PART_END))
			return (order > 0) - (order < 0);
	}
}

struct span version_without_update(struct span v)
{
	static const char *const marks[] = { "p", "pl", "patch", "sp", "update" };
	size_t n = v.n, end;

	while (n && is_digit(v.p[n - 1]))
		n--;
	end = n;
	while (n && is_letter(v.p[n - 1]))
		n--;
	if (end == v.n || n == end || n == 0)
		return v;
	for (size_t i = 0; i < sizeof(marks) / sizeof(marks[0]); i++)
		if (same_letters(span_sub(v, n, end - n), marks[i])) {
			while (n > 1 && is_mark(v.p[n - 1]))
				n--;
			return span_head(v, n);
		}
	return v;
}
