/* license.c - whether what somebody wrote as a licence is an SPDX expression (SPDX 2.3, annex D):
 * identifiers joined by AND, OR, WITH, and parentheses. Only identifiers of the list count, as
 * readers refuse others. */
#include <ctype.h>
#include <stdlib.h>

#include "report/export.h"
#include "report/spdx_ids.h"

#define LICENSE_REF "LicenseRef-"
#define MOST_DEPTH  16

static int by_bytes(const void *key, const void *entry)
{
	const struct span *s = key;

	return span_compare(*s, span_text(*(const char *const *)entry));
}

static bool is_listed(struct span word)
{
	return bsearch(&word, spdx_ids, sizeof(spdx_ids) / sizeof(spdx_ids[0]), sizeof(spdx_ids[0]),
		       by_bytes) != NULL;
}

static bool is_ref(struct span word)
{
	if (!span_starts(word, span_text(LICENSE_REF)) || word.n == strlen(LICENSE_REF))
		return false;
	for (size_t i = 0; i < word.n; i++)
		if (!isalnum(word.p[i]) && word.p[i] != '-' && word.p[i] != '.')
			return false;
	return true;
}

/* "GPL-2.0-or-later", "(", ")"; empty at the end. */
static struct span next_word(struct span s, size_t *at)
{
	size_t from;

	while (*at < s.n && s.p[*at] == ' ')
		(*at)++;
	from = *at;
	if (*at < s.n && strchr("()", s.p[*at])) /* or a NUL, which is no word either */
		return span_sub(s, (*at)++, 1);
	while (*at < s.n && !strchr(" ()", s.p[*at]))
		(*at)++;
	return span_sub(s, from, *at - from);
}

static bool is_joint(struct span word)
{
	return span_is(word, "AND") || span_is(word, "OR") || span_is(word, "WITH");
}

/* What may stand behind WITH alone. "GPL-2.0-with-bison-exception" is a licence, old as it is. */
static bool is_exception(struct span word)
{
	static const char *const others[] = { "GPL-CC-1.0", "LLGPL", "SHL-2.0", "SHL-2.1" };

	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		if (span_is(word, others[i]))
			return true;
	return span_ends(word, span_text("-note")) ||
	       (span_find(word, 0, span_text("exception")) != SIZE_MAX &&
		span_find(word, 0, span_text("-with-")) == SIZE_MAX);
}

/* Identifiers and joints in turn, parentheses around whole terms. */
static bool is_expression(struct span s)
{
	size_t at = 0;
	unsigned depth = 0;
	bool term = false; /* one has just ended */
	bool with = false; /* an exception is due */

	for (struct span w = next_word(s, &at); w.n; w = next_word(s, &at)) {
		if (span_is(w, "(")) {
			if (term || with || ++depth > MOST_DEPTH)
				return false;
		} else if (span_is(w, ")")) {
			if (!term || depth-- == 0)
				return false;
		} else if (is_joint(w)) {
			if (!term)
				return false;
			term = false;
			with = span_is(w, "WITH");
		} else if (term || is_exception(w) != with || (!is_listed(w) && !is_ref(w))) {
			return false;
		} else {
			term = true;
			with = false;
		}
	}
	return term && depth == 0;
}

enum license_form license_form(struct span license)
{
	if (license.n == 0)
		return LICENSE_NONE;
	if (is_listed(license) && !is_exception(license))
		return LICENSE_ID;
	return is_expression(license) ? LICENSE_EXPRESSION : LICENSE_NAME;
}

bool license_ref_next(struct span license, size_t *at, struct span *ref)
{
	for (*ref = next_word(license, at); ref->n; *ref = next_word(license, at))
		if (is_ref(*ref))
			return true;
	return false;
}
