/* version.c - orders of versions: dpkg (deb-version(7)), rpm (rpm-version(7)), semver 2.0, PEP 440;
 * apk in version_apk.c, releases as NVD names them in version_generic.c. */
#include "know/version.h"

#include <ctype.h>

#include "know/version_parts.h"

const char *scheme_name(enum scheme scheme)
{
	static const char *const names[SCHEMES] = { "generic", "dpkg",   "apk",
						    "rpm",     "semver", "pep440" };

	return names[scheme];
}

int order_of_numbers(struct span a, struct span b)
{
	while (span_byte(a, 0) == '0')
		a = span_from(a, 1);
	while (span_byte(b, 0) == '0')
		b = span_from(b, 1);
	if (a.n != b.n)
		return a.n < b.n ? -1 : 1;
	return span_compare(a, b);
}

struct span take_while(struct span *s, bool (*is)(int c))
{
	struct span taken = *s;
	size_t n = 0;

	while (n < s->n && is(s->p[n]))
		n++;
	taken.n = n;
	*s = span_from(*s, n);
	return taken;
}

bool is_digit(int c)
{
	return c >= '0' && c <= '9';
}

bool is_letter(int c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

bool same_letters(struct span s, const char *word)
{
	size_t i = 0;

	while (i < s.n && word[i] && (s.p[i] | 0x20) == word[i])
		i++;
	return i == s.n && !word[i];
}

static bool is_no_digit(int c)
{
	return !is_digit(c);
}

/* The text before the first `mark`, which is dropped; *rest is what follows. False: no mark. */
static bool split(struct span s, char mark, struct span *head, struct span *rest)
{
	size_t at = span_find(s, 0, (struct span){ (const uint8_t *)&mark, 1 });

	*head = at == SIZE_MAX ? s : span_head(s, at);
	*rest = at == SIZE_MAX ? (struct span){ 0 } : span_from(s, at + 1);
	return at != SIZE_MAX;
}

static bool split_last(struct span s, uint8_t mark, struct span *head, struct span *rest)
{
	size_t n = s.n;

	while (n && s.p[n - 1] != mark)
		n--;
	*head = n ? span_head(s, n - 1) : s;
	*rest = n ? span_from(s, n) : (struct span){ 0 };
	return n != 0;
}

/* -- dpkg -- */

/* "~" before the end, the end before letters, letters before all others. */
static int dpkg_weight(struct span s, size_t at)
{
	int c = span_byte(s, at);

	if (c == '~')
		return -1;
	if (c < 0 || is_digit(c))
		return 0;
	return is_letter(c) ? c : c + 256;
}

static int dpkg_words(struct span a, struct span b)
{
	size_t most = a.n > b.n ? a.n : b.n;

	for (size_t i = 0; i < most; i++) {
		int x = dpkg_weight(a, i), y = dpkg_weight(b, i);

		if (x != y)
			return x < y ? -1 : 1;
	}
	return 0;
}

static int dpkg_part(struct span a, struct span b)
{
	int order = 0;

	while (order == 0 && (a.n || b.n)) {
		struct span x = take_while(&a, is_no_digit), y = take_while(&b, is_no_digit);

		order = dpkg_words(x, y);
		if (order)
			break;
		x = take_while(&a, is_digit);
		y = take_while(&b, is_digit);
		order = order_of_numbers(x, y);
	}
	return order;
}

struct evr {
	struct span epoch, version, revision;
	bool has_revision;
};

static struct evr evr_of(struct span v)
{
	struct evr e = { .version = v };
	struct span head, rest;

	if (split(v, ':', &head, &rest)) {
		e.epoch = head;
		e.version = rest;
	}
	e.has_revision = split_last(e.version, '-', &e.version, &e.revision);
	return e;
}

static int dpkg_compare(struct span a, struct span b)
{
	struct evr x = evr_of(a), y = evr_of(b);
	int order = order_of_numbers(x.epoch, y.epoch);

	if (order == 0)
		order = dpkg_part(x.version, y.version);
	return order ? order : dpkg_part(x.revision, y.revision);
}

/* -- rpm -- */

static void rpm_drop_marks(struct span *s)
{
	while (s->n && !isalnum(s->p[0]) && s->p[0] != '~' && s->p[0] != '^')
		*s = span_from(*s, 1);
}

/* One of "~" (before everything) and "^" (behind the end, before all else) stands there. 2: none
 * does, or both have it and it was dropped and *again is set. */
static int rpm_mark(struct span *a, struct span *b, char mark, int end, bool *again)
{
	bool x = span_byte(*a, 0) == mark, y = span_byte(*b, 0) == mark;

	*again = x && y;
	if (*again) {
		*a = span_from(*a, 1);
		*b = span_from(*b, 1);
		return 2;
	}
	if (!x && !y)
		return 2;
	if (end && x && b->n == 0)
		return 1;
	if (end && y && a->n == 0)
		return -1;
	return x ? -1 : 1;
}

static int rpm_segment(struct span *a, struct span *b)
{
	bool number = is_digit(span_byte(*a, 0));
	struct span x = take_while(a, number ? is_digit : is_letter);
	struct span y = take_while(b, number ? is_digit : is_letter);

	if (y.n == 0) /* a number is newer than a word */
		return number ? 1 : -1;
	return number ? order_of_numbers(x, y) : span_compare(x, y);
}

static int rpm_part(struct span a, struct span b)
{
	for (;;) {
		bool again = false;
		int order;

		rpm_drop_marks(&a);
		rpm_drop_marks(&b);
		order = rpm_mark(&a, &b, '~', 0, &again);
		if (order != 2)
			return order;
		if (again)
			continue;
		order = rpm_mark(&a, &b, '^', 1, &again);
		if (order != 2)
			return order;
		if (again)
			continue;
		if (a.n == 0 || b.n == 0)
			return (a.n > 0) - (b.n > 0);
		order = rpm_segment(&a, &b);
		if (order)
			return order;
	}
}

/* A side without release stands for every release. */
static int rpm_compare(struct span a, struct span b)
{
	struct evr x = evr_of(a), y = evr_of(b);
	int order = order_of_numbers(x.epoch, y.epoch);

	if (order == 0)
		order = rpm_part(x.version, y.version);
	if (order || !x.has_revision || !y.has_revision)
		return order;
	return rpm_part(x.revision, y.revision);
}

/* -- semver -- */

static int semver_identifier(struct span a, struct span b)
{
	struct span x = a, y = b;
	bool number_a = take_while(&x, is_digit).n == a.n, number_b;

	number_b = take_while(&y, is_digit).n == b.n;
	if (number_a && number_b)
		return order_of_numbers(a, b);
	if (number_a != number_b)
		return number_a ? -1 : 1;
	return span_compare(a, b);
}

/* Dotted identifiers. In the release a missing one is 0, in a pre-release it comes first. */
static int semver_list(struct span a, struct span b, bool release)
{
	int order = 0;

	while (order == 0 && (a.n || b.n)) {
		struct span x, y;

		if (!release && (a.n == 0 || b.n == 0))
			return a.n ? 1 : -1;
		split(a, '.', &x, &a);
		split(b, '.', &y, &b);
		order = semver_identifier(x, y);
	}
	return order;
}

static struct span semver_core(struct span v)
{
	struct span head, rest;

	if (span_byte(v, 0) == 'v' || span_byte(v, 0) == 'V')
		v = span_from(v, 1);
	split(v, '+', &head, &rest);
	return head;
}

static int semver_compare(struct span a, struct span b)
{
	struct span x, y, pre_a, pre_b;
	int order;

	split(semver_core(a), '-', &x, &pre_a);
	split(semver_core(b), '-', &y, &pre_b);
	order = semver_list(x, y, true);
	if (order)
		return order;
	if (pre_a.n == 0 || pre_b.n == 0)
		return (pre_a.n == 0) - (pre_b.n == 0);
	return semver_list(pre_a, pre_b, false);
}

/* -- all -- */

int version_compare(enum scheme scheme, struct span a, struct span b)
{
	static int (*const orders[SCHEMES])(struct span, struct span) = {
		[SCHEME_GENERIC] = generic_compare, [SCHEME_DPKG] = dpkg_compare,
		[SCHEME_APK] = apk_compare,         [SCHEME_RPM] = rpm_compare,
		[SCHEME_SEMVER] = semver_compare,   [SCHEME_PEP440] = pep440_compare,
	};

	return orders[scheme](a, b);
}

struct span version_upstream(enum scheme scheme, struct span v)
{
	struct span head, rest;
	size_t n;

	switch (scheme) {
	case SCHEME_DPKG:
	case SCHEME_RPM:
		return evr_of(v).version;
	case SCHEME_APK:
		n = span_find(v, 0, span_text("-r"));
		v = n == SIZE_MAX ? v : span_head(v, n);
		split(v, '_', &head, &rest);
		return head;
	default:
		return v;
	}
}
