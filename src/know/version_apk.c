/* version_apk.c - Alpine's order (apk-tools, doc/apk-package(5)): numbers parted by dots, one
 * letter, suffixes "_rc1", a hash "~abc", a revision "-r3". And PEP 440, which is alike: a release
 * with words before and behind it. */
#include "base/text.h"
#include "know/version_parts.h"

static const char *const suffixes[] = { "alpha", "beta", "pre", "rc", "", /* none */
					"cvs",   "svn",  "git", "hg", "p" };
#define SUFFIX_NONE 4

/* "_rc1": its rank and number; SUFFIX_NONE where there is none. */
static int take_suffix(struct span *v, struct span *number)
{
	struct span word;

	*number = (struct span){ 0 };
	if (span_byte(*v, 0) != '_')
		return SUFFIX_NONE;
	*v = span_from(*v, 1);
	word = take_while(v, is_letter);
	*number = take_while(v, is_digit);
	for (int i = 0; i < (int)(sizeof(suffixes) / sizeof(suffixes[0])); i++)
		if (word.n && span_is(word, suffixes[i]))
			return i;
	return SUFFIX_NONE;
}

/* Behind the first one, a number that begins with 0 is a fraction: 1.01 is before 1.1. */
static int order_of_digits(struct span a, struct span b, bool first)
{
	if (!first && (span_byte(a, 0) == '0' || span_byte(b, 0) == '0'))
		return span_compare(a, b);
	return order_of_numbers(a, b);
}

static int apk_numbers(struct span *a, struct span *b)
{
	for (bool first = true;; first = false) {
		struct span x = take_while(a, is_digit), y = take_while(b, is_digit);
		int order = order_of_digits(x, y, first);
		bool more_a, more_b;

		if (order)
			return order;
		more_a = span_byte(*a, 0) == '.';
		more_b = span_byte(*b, 0) == '.';
		if (!more_a || !more_b)
			return more_a - more_b;
		*a = span_from(*a, 1);
		*b = span_from(*b, 1);
	}
}

static int take_letter(struct span *v)
{
	int c = span_byte(*v, 0);

	if (!is_letter(c))
		return 0;
	*v = span_from(*v, 1);
	return c;
}

static int apk_suffixes(struct span *a, struct span *b)
{
	while (span_byte(*a, 0) == '_' || span_byte(*b, 0) == '_') {
		struct span m, n;
		int x = take_suffix(a, &m), y = take_suffix(b, &n);
		int order = x != y ? x - y : order_of_numbers(m, n);

		if (order)
			return order;
	}
	return 0;
}

static struct span take_revision(struct span v)
{
	size_t at = span_find(v, 0, span_text("-r"));

	return at == SIZE_MAX ? (struct span){ 0 } : span_from(v, at + 2);
}

int apk_compare(struct span a, struct span b)
{
	struct span whole_a = a, whole_b = b;
	int order = apk_numbers(&a, &b);

	if (order == 0) {
		int x = take_letter(&a), y = take_letter(&b);

		order = x - y;
	}
	if (order == 0)
		order = apk_suffixes(&a, &b);
	if (order)
		return order;
	return order_of_numbers(take_revision(whole_a), take_revision(whole_b));
}

/* -- PEP 440 -- */

enum { PRE_DEV, PRE_A, PRE_B, PRE_RC, PRE_NONE, PRE_POST };

struct pep440 {
	struct span epoch, release, local;
	int pre;
	struct span pre_number, post_number, dev_number;
	bool has_post, has_dev;
};

static const struct {
	const char *word;
	int what;
} pep440_words[] = {
	{ "a", PRE_A },       { "alpha", PRE_A },  { "b", PRE_B },    { "beta", PRE_B },
	{ "c", PRE_RC },      { "rc", PRE_RC },    { "pre", PRE_RC }, { "preview", PRE_RC },
	{ "post", PRE_POST }, { "rev", PRE_POST }, { "r", PRE_POST }, { "dev", PRE_DEV },
};

static int pep440_word(struct span word)
{
	for (size_t i = 0; i < sizeof(pep440_words) / sizeof(pep440_words[0]); i++)
		if (same_letters(word, pep440_words[i].word))
			return pep440_words[i].what;
	return PRE_NONE;
}

static void drop_marks(struct span *v)
{
	while (v->n && strchr(".-_", v->p[0]) && v->p[0])
		*v = span_from(*v, 1);
}

static bool is_release(int c)
{
	return is_digit(c) || c == '.';
}

static void take_word(struct span *v, struct pep440 *p)
{
	bool dash = span_byte(*v, 0) == '-';
	struct span word, number;
	int what;

	drop_marks(v);
	word = take_while(v, is_letter);
	drop_marks(v);
	number = take_while(v, is_digit);
	what = word.n == 0 && dash ? PRE_POST : pep440_word(word);
	if (what == PRE_POST) {
		p->has_post = true;
		p->post_number = number;
	} else if (what == PRE_DEV) {
		p->has_dev = true;
		p->dev_number = number;
	} else if (what != PRE_NONE) {
		p->pre = what;
		p->pre_number = number;
	}
}

static struct pep440 pep440_of(struct span v)
{
	struct pep440 p = { .pre = PRE_NONE };
	size_t at = span_find(v, 0, span_text("+"));

	if (at != SIZE_MAX) {
		p.local = span_from(v, at + 1);
		v = span_head(v, at);
	}
	if (span_byte(v, 0) == 'v' || span_byte(v, 0) == 'V')
		v = span_from(v, 1);
	at = span_find(v, 0, span_text("!"));
	if (at != SIZE_MAX) {
		p.epoch = span_head(v, at);
		v = span_from(v, at + 1);
	}
	p.release = take_while(&v, is_release);
	if (p.release.n && p.release.p[p.release.n - 1] == '.')
		p.release.n--;
	while (v.n) {
		size_t before = v.n;

		take_word(&v, &p);
		if (v.n == before)
			break;
	}
	/* A development release of the release itself comes before all its candidates. */
	if (p.has_dev && p.pre == PRE_NONE && !p.has_post)
		p.pre = PRE_DEV;
	return p;
}

static int pep440_release(struct span a, struct span b)
{
	int order = 0;

	while (order == 0 && (a.n || b.n)) {
		struct span x = take_while(&a, is_digit), y = take_while(&b, is_digit);

		order = order_of_numbers(x, y);
		a = span_from(a, a.n > 0);
		b = span_from(b, b.n > 0);
	}
	return order;
}

static int order_with(bool has_a, struct span a, bool has_b, struct span b)
{
	if (has_a != has_b)
		return has_a - has_b;
	return order_of_numbers(a, b);
}

/* Numbers come behind words; what is neither should not be there, and comes first. */
static int class_of(int c)
{
	return is_digit(c) ? 2 : is_letter(c) ? 1 : 0;
}

static int pep440_local(struct span a, struct span b)
{
	while (a.n && b.n) {
		int class = class_of(a.p[0]), other = class_of(b.p[0]), order;
		struct span x, y;

		if (class != other)
			return class - other;
		if (class == 0)
			return span_compare(a, b);
		x = take_while(&a, class == 2 ? is_digit : is_letter);
		y = take_while(&b, class == 2 ? is_digit : is_letter);
		order = class == 2 ? order_of_numbers(x, y) : span_compare(x, y);
		if (order)
			return order;
		drop_marks(&a);
		drop_marks(&b);
	}
	return (a.n > 0) - (b.n > 0);
}

int pep440_compare(struct span a, struct span b)
{
	struct pep440 x = pep440_of(a), y = pep440_of(b);
	int order = order_of_numbers(x.epoch, y.epoch);

	if (order == 0)
		order = pep440_release(x.release, y.release);
	if (order == 0)
		order = x.pre - y.pre;
	if (order == 0)
		order = order_of_numbers(x.pre_number, y.pre_number);
	if (order == 0)
		order = order_with(x.has_post, x.post_number, y.has_post, y.post_number);
	if (order == 0) /* a development release comes before what it develops */
		order = order_with(!x.has_dev, x.dev_number, !y.has_dev, y.dev_number);
	return order ? order : pep440_local(x.local, y.local);
}
