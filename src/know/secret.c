/* secret.c - the exact expressions of data/secrets.tsv, behind the pattern pass. */
#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include "know/expression.h"
#include "know/pack.h"

static struct expressions secrets; /* one a rule */

bool secrets_start(void)
{
	return expressions_start(&secrets, secret_rules_count);
}

bool know_secret(size_t rule, struct span text, size_t *from, struct span *value)
{
	int groups = 0;

	*value = (struct span){ 0 };
	if (rule < secret_rules_count)
		groups = expression_match(&secrets, rule, secret_rules[rule].pattern, text, *from,
					  PCRE2_NOTEMPTY);
	for (int i = 1; i < groups && value->n == 0; i++)
		*value = expression_group(text, i);
	if (groups > 0)
		*from = expression_end();
	return groups > 0;
}

const struct secret_rule *secret_rule_find(struct span id)
{
	for (size_t i = 0; i < secret_rules_count; i++)
		if (span_is(id, secret_rules[i].id))
			return &secret_rules[i];
	return NULL;
}
