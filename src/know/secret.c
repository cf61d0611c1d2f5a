/* secret.c - the exact expressions of data/secrets.tsv, behind the pattern pass. */
#include "know/pack.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>
#include <stdlib.h>

#define MOST_STEPS 20000

static pcre2_code **codes; /* one a rule */
static pcre2_match_context *limits;

/* Every expression is compiled before the jail closes; threads then only match. */
bool secrets_start(void)
{
	if (codes)
		return true;
	codes = calloc(secret_rules_count, sizeof(*codes));
	limits = pcre2_match_context_create(NULL);
	if (!codes || !limits)
		return false;
	pcre2_set_match_limit(limits, MOST_STEPS);
	for (size_t i = 0; i < secret_rules_count; i++) {
		int error;
		PCRE2_SIZE at;

		codes[i] = pcre2_compile((PCRE2_SPTR)secret_rules[i].pattern, PCRE2_ZERO_TERMINATED,
					 PCRE2_MULTILINE, &error, &at, NULL);
	}
	return true;
}

bool know_secret(size_t rule, struct span text, size_t *from, struct span *value)
{
	pcre2_match_data *match = know_captures();
	PCRE2_SIZE *at;
	int groups;

	*value = (struct span){ 0 };
	if (rule >= secret_rules_count || !codes[rule] || *from > text.n || !match)
		return false;
	groups = pcre2_match(codes[rule], text.p, text.n, *from, PCRE2_NOTEMPTY, match, limits);
	at = pcre2_get_ovector_pointer(match);
	for (int i = 1; i < groups && value->n == 0; i++)
		if (at[2 * i] != PCRE2_UNSET)
			*value = span_sub(text, at[2 * i], at[2 * i + 1] - at[2 * i]);
	if (groups > 0)
		*from = at[1];
	return groups > 0;
}

const struct secret_rule *secret_rule_find(struct span id)
{
	for (size_t i = 0; i < secret_rules_count; i++)
		if (span_is(id, secret_rules[i].id))
			return &secret_rules[i];
	return NULL;
}
