/* form.c - see form.h. */
#include "compare/form.h"

#include <stdlib.h>

#include "base/text.h"

#define LONGEST_TIME  31
#define LONGEST_TOKEN 1024
#define DATE_REACH    64 /* a time of day belongs to the date that stands no farther off */

/* -- times -- */

struct moment {
	unsigned year, month, day, hour, minute, second;
	int weekday; /* -1: not told */
};

/* Letters stand for fields, other characters for themselves; the longest first, as one may begin
 * with another. w Thu, M May, d " 2", D 02, Y 2024, N 05, h m s 03 04 05, Z UTC, O +0200. */
static const char *const times[] = {
	"w, D M Y h:m:s O", "w M d h:m:s Z Y", "w M d h:m:s Y", "Y-N-DTh:m:sz",
	"Y-N-DTh:m:s",      "Y-N-D h:m:s",     "M d Y",         "Y-N-D",
};
static const char time_of_day[] = "h:m:s";

static bool is_digit(int c)
{
	return c >= '0' && c <= '9';
}

static bool is_upper(int c)
{
	return c >= 'A' && c <= 'Z';
}

static bool is_alnum(int c)
{
	return is_digit(c) || is_upper(c) || (c >= 'a' && c <= 'z');
}

/* `count` digits; a blank may stand for the first where `blank` says so. */
static bool read_digits(struct span s, size_t *at, int count, bool blank, unsigned *value)
{
	*value = 0;
	for (int i = 0; i < count; i++) {
		int c = span_byte(s, *at + (size_t)i);

		if (i == 0 && blank && c == ' ')
			continue;
		if (!is_digit(c))
			return false;
		*value = *value * 10 + (unsigned)(c - '0');
	}
	*at += (size_t)count;
	return true;
}

/* One of the three-letter words; their number from 0, or -1. */
static int read_word(struct span s, size_t *at, const char *words)
{
	for (int i = 0; words[3 * i]; i++)
		if (span_equal(span_sub(s, *at, 3),
			       span_sub(span_text(words), (uint64_t)i * 3, 3))) {
			*at += 3;
			return i;
		}
	return -1;
}

static bool read_month(struct span s, size_t *at, unsigned *month)
{
	int found = read_word(s, at, "JanFebMarAprMayJunJulAugSepOctNovDec");

	*month = (unsigned)(found + 1);
	return found >= 0;
}

/* UTC, CEST: three to five capitals. */
static bool read_zone(struct span s, size_t *at)
{
	size_t n = 0;

	while (is_upper(span_byte(s, *at + n)))
		n++;
	*at += n;
	return n >= 3 && n <= 5;
}

static bool read_offset(struct span s, size_t *at)
{
	int sign = span_byte(s, *at);
	unsigned value;

	(*at)++;
	return (sign == '+' || sign == '-') && read_digits(s, at, 4, false, &value) &&
	       value <= 1400 && value % 100 < 60;
}

static bool read_field(char field, struct span s, size_t *at, struct moment *m)
{
	switch (field) {
	case 'w':
		m->weekday = read_word(s, at, "SunMonTueWedThuFriSat");
		return m->weekday >= 0;
	case 'M':
		return read_month(s, at, &m->month);
	case 'd':
		return read_digits(s, at, 2, true, &m->day);
	case 'D':
		return read_digits(s, at, 2, false, &m->day);
	case 'Y':
		return read_digits(s, at, 4, false, &m->year);
	case 'N':
		return read_digits(s, at, 2, false, &m->month);
	case 'h':
		return read_digits(s, at, 2, false, &m->hour);
	case 'm':
		return read_digits(s, at, 2, false, &m->minute);
	case 's':
		return read_digits(s, at, 2, false, &m->second);
	case 'Z':
		return read_zone(s, at);
	case 'O':
		return read_offset(s, at);
	default:
		return span_byte(s, (*at)++) == (field == 'z' ? 'Z' : field);
	}
}

/* Sakamoto's rule. */
static int weekday_of(const struct moment *m)
{
	static const unsigned shift[] = { 0, 3, 2, 5, 0, 3, 5, 1, 4, 6, 2, 4 };
	unsigned y = m->year - (m->month < 3);

	return (int)((y + y / 4 - y / 100 + y / 400 + shift[m->month - 1] + m->day) % 7);
}

static bool moment_is(const struct moment *m)
{
	static const unsigned days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
	bool leap = m->year % 4 == 0 && (m->year % 100 != 0 || m->year % 400 == 0);

	if (m->hour > 23 || m->minute > 59 || m->second > 59)
		return false;
	if (m->year == 0) /* a time of day */
		return true;
	if (m->year < FIRST_YEAR || m->year > LAST_YEAR || m->month < 1 || m->month > 12)
		return false;
	if (m->day < 1 || m->day > days[m->month - 1] + (leap && m->month == 2))
		return false;
	return m->weekday < 0 || m->weekday == weekday_of(m);
}

/* Whether a time may end before, or begin behind, that byte: it is not part of a longer number,
 * name, address or path. */
static bool parts(int c)
{
	return !is_alnum(c) && (c < 0 || !strchr(":-/_+.@", c) || c == 0);
}

static bool ends(struct span s, size_t at)
{
	if (span_byte(s, at) == '.') /* of a sentence */
		return !is_alnum(span_byte(s, at + 1));
	return parts(span_byte(s, at));
}

static size_t time_as(const char *form, struct span s, size_t from)
{
	struct moment m = { .weekday = -1 };
	size_t at = from;

	for (; *form; form++)
		if (!read_field(*form, s, &at, &m))
			return 0;
	if (!moment_is(&m) || !ends(s, at))
		return 0;
	return at - from;
}

static size_t date_at(struct span s, size_t from)
{
	int first = span_byte(s, from);

	if (!(is_digit(first) || is_upper(first)) || (from && !parts(s.p[from - 1])))
		return 0;
	for (size_t i = 0; i < sizeof(times) / sizeof(times[0]); i++) {
		size_t n = time_as(times[i], s, from);

		if (n)
			return n;
	}
	return 0;
}

/* A time of day alone may be a setting; beside a date it is one of a build. */
static bool date_near(struct span s, size_t at, size_t length)
{
	size_t from = at > DATE_REACH ? at - DATE_REACH : 0;

	for (size_t i = from; i < at + length + DATE_REACH && i < s.n; i++)
		if ((i < at || i >= at + length) && date_at(s, i))
			return true;
	return false;
}

static size_t time_at(struct span s, size_t from)
{
	size_t n = date_at(s, from);

	if (n || !is_digit(span_byte(s, from)) || (from && !parts(s.p[from - 1])))
		return n;
	n = time_as(time_of_day, s, from);
	return n && date_near(s, from, n) ? n : 0;
}

/* -- source files -- */

static bool is_path(int c)
{
	return is_alnum(c) || (c > 0 && strchr("/._+~@%-", c));
}

/* What may stand before or behind a path; nothing is the end of the bytes. */
static bool bounds_path(int c)
{
	return c < 32 || strchr(" :\"'(),", c);
}

/* Languages that are compiled; what a device could run itself is not among them. */
static bool is_source(struct span name)
{
	static const char *const extensions[] = { ".c",   ".cc",  ".cpp", ".cxx", ".h", ".hh",
						  ".hpp", ".hxx", ".rs",  ".go",  ".S", ".s" };

	for (size_t i = 0; i < sizeof(extensions) / sizeof(extensions[0]); i++)
		if (name.n > strlen(extensions[i]) && span_ends(name, span_text(extensions[i])))
			return true;
	return false;
}

/* How many bytes from `at` on belong to a run of such characters; 0 where it is too long. */
static size_t run(struct span s, size_t at, bool (*belongs)(int))
{
	size_t n = 0;

	while (n <= LONGEST_TOKEN && belongs(span_byte(s, at + n)))
		n++;
	return n > LONGEST_TOKEN ? 0 : n;
}

static size_t run_before(struct span s, size_t at, bool (*belongs)(int))
{
	size_t n = 0;

	while (n < at && n <= LONGEST_TOKEN && belongs(span_byte(s, at - n - 1)))
		n++;
	return n;
}

static bool source_at(struct span s, size_t at, struct form *f)
{
	size_t n, name;

	if (at && (is_path(s.p[at - 1]) || !bounds_path(s.p[at - 1])))
		return false;
	n = run(s, at, is_path);
	if (n == 0 || !bounds_path(span_byte(s, at + n)))
		return false;
	for (name = n; name > 0 && s.p[at + name - 1] != '/'; name--)
		;
	f->kept = span_sub(s, at + name, n - name);
	if (name == 0 || !is_source(f->kept))
		return false;
	f->cause = CAUSE_PATH;
	f->at = at;
	f->length = n;
	return true;
}

/* -- who built it, and where -- */

static bool is_name(int c)
{
	return is_alnum(c) || (c > 0 && strchr("._@-", c));
}

static bool is_user(struct span s)
{
	for (size_t i = 0; i < s.n; i++) {
		int c = s.p[i];

		if (!(c >= 'a' && c <= 'z') && c != '_' && (i == 0 || (!is_digit(c) && c != '-')))
			return false;
	}
	return s.n > 0;
}

static bool is_host(struct span s)
{
	for (size_t i = 0; i < s.n; i++)
		if (!is_alnum(s.p[i]) && (i == 0 || (s.p[i] != '.' && s.p[i] != '-')))
			return false;
	return s.n > 0;
}

/* "(user@host)" as in the kernel's banner, or "by user@host": a name between blanks alone may be
 * the target of a command. */
static bool is_enclosed(struct span s, size_t at, size_t n)
{
	int before = at ? s.p[at - 1] : -1, behind = span_byte(s, at + n);

	if (before == '(' || before == '[')
		return behind == (before == '(' ? ')' : ']');
	return at >= 3 && span_is(span_sub(s, at - 3, 3), "by ") &&
	       (at == 3 || !is_alnum(s.p[at - 4])) && (behind == ' ' || behind == 0);
}

static bool builder_at(struct span s, size_t at, struct form *f)
{
	size_t n, sign;

	if (at && is_name(s.p[at - 1]))
		return false;
	n = run(s, at, is_name);
	sign = span_find(span_sub(s, at, n), 0, span_text("@"));
	if (n == 0 || sign >= n || !is_enclosed(s, at, n) || !is_user(span_sub(s, at, sign)) ||
	    !is_host(span_sub(s, at + sign + 1, n - sign - 1)))
		return false;
	*f = (struct form){ .cause = CAUSE_BUILDER, .at = at, .length = n };
	return true;
}

/* -- all -- */

bool form_at(struct span s, size_t at, struct form *f)
{
	size_t n = time_at(s, at);

	if (n) {
		*f = (struct form){ .cause = CAUSE_TIMESTAMP, .at = at, .length = n };
		return true;
	}
	return builder_at(s, at, f) || source_at(s, at, f);
}

/* The same form on both sides from `from` on, over byte `at`. */
static bool both_at(struct span left, struct span right, size_t from, size_t at, struct form *f)
{
	struct form other;

	return form_at(left, from, f) && f->length > at - from && form_at(right, from, &other) &&
	       f->cause == other.cause && f->length == other.length &&
	       span_equal(f->kept, other.kept);
}

static bool time_over(struct span left, struct span right, size_t at, size_t least, struct form *f)
{
	size_t from = at >= LONGEST_TIME ? at - LONGEST_TIME + 1 : 0;

	for (from = from < least ? least : from; from <= at; from++)
		if (time_at(left, from) && both_at(left, right, from, at, f) &&
		    f->cause == CAUSE_TIMESTAMP)
			return true;
	return false;
}

static bool token_over(struct span left, struct span right, size_t at, size_t least,
		       bool (*belongs)(int), struct form *f)
{
	size_t before = run_before(left, at, belongs);

	return before < LONGEST_TOKEN && before == run_before(right, at, belongs) &&
	       before <= at - least && both_at(left, right, at - before, at, f);
}

bool form_over(struct span left, struct span right, size_t at, size_t least, size_t *tried,
	       struct form *f)
{
	if (!is_path(span_byte(left, at)) && span_byte(left, at) != ' ')
		return false;
	if (time_over(left, right, at, least, f))
		return true;
	if (at < *tried)
		return false;
	/* another byte of the same token would be answered the same */
	*tried = at + 1 + run(left, at + 1, is_path);
	return token_over(left, right, at, least, is_name, f) ||
	       token_over(left, right, at, least, is_path, f);
}
