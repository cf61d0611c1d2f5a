/* strings.c - printable strings in a binary, as strings(1) prints them. */
#include "observe/component.h"

#define LEAST_STRING   3 /* "4.3": versions may be as short as this */
#define LONGEST_STRING 4096
#define STRINGS_BEFORE 3
#define STRINGS_AFTER  5

static bool is_printable(int c)
{
	return (c >= 0x20 && c < 0x7f) || c == '\t';
}

struct span string_around(struct span s, uint64_t at, uint64_t *begin)
{
	uint64_t from = at, to = at;

	if (!is_printable(span_byte(s, at)))
		return (struct span){ 0 };
	while (from > 0 && at - from < LONGEST_STRING && is_printable(span_byte(s, from - 1)))
		from--;
	while (to - at < LONGEST_STRING && is_printable(span_byte(s, to)))
		to++;
	*begin = from;
	return span_sub(s, from, to - from);
}

/* Where the printable bytes from `at` on end. */
static uint64_t printable_end(struct span s, uint64_t at)
{
	uint64_t end = s.n - at < LONGEST_STRING ? s.n : at + LONGEST_STRING;

	while (at < end && is_printable(s.p[at]))
		at++;
	return at;
}

struct span string_next(struct span s, uint64_t *at, size_t least, uint64_t *begin)
{
	while (*at < s.n) {
		uint64_t from = *at, probe = from + least - 1, to;

		/* Most of a program is no text: a string of that length holds this byte too. */
		if (probe >= s.n || !is_printable(s.p[probe])) {
			*at = probe + 1;
			continue;
		}
		to = printable_end(s, from);
		*at = to > from ? to : to + 1;
		if (to - from >= least) {
			*begin = from;
			return span_sub(s, from, to - from);
		}
	}
	return (struct span){ 0 };
}

/* Where the count-th string before `at` begins, or the first within reach. */
static uint64_t strings_back(struct span s, uint64_t at, int count)
{
	uint64_t low = at > LONGEST_STRING ? at - LONGEST_STRING : 0, first = at;

	while (count && at > low) {
		uint64_t begin;
		struct span found = string_around(s, at - 1, &begin);

		at = found.n ? begin : at - 1;
		if (found.n >= LEAST_STRING) {
			first = at;
			count--;
		}
	}
	return first;
}

void strings_join(struct span s, uint64_t at, struct text *t, uint64_t *from)
{
	uint64_t begin, next = strings_back(s, at, STRINGS_BEFORE);

	*from = next;
	t->n = 0;
	for (int i = 0; i < STRINGS_BEFORE + STRINGS_AFTER; i++) {
		struct span found = string_next(s, &next, LEAST_STRING, &begin);

		if (found.n == 0)
			break;
		text_put(t, found);
		text_char(t, '\n');
	}
	if (t->n)
		t->n--;
}
