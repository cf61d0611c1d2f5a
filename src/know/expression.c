/* expression.c - see expression.h. Compiling takes memory alone, so that it can be done in the
 * jail. */
#include "know/expression.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "base/fault.h"
#include "know/pack.h"

#define MOST_STEPS 20000

static pcre2_match_context *limits;
/* One a thread: making one costs more than most matches. */
static _Thread_local pcre2_match_data *captures;

bool expressions_start(struct expressions *e, size_t count)
{
	if (!limits)
		limits = pcre2_match_context_create(NULL);
	if (!e->codes)
		e->codes = calloc(count, sizeof(*e->codes));
	if (!limits || !e->codes)
		return false;
	pcre2_set_match_limit(limits, MOST_STEPS);
	e->count = count;
	return true;
}

static pcre2_code *compiled(void *_Atomic *place, const char *pattern)
{
	void *known = atomic_load_explicit(place, memory_order_acquire), *made;
	int error;
	PCRE2_SIZE at;

	if (known)
		return known;
	made = pcre2_compile((PCRE2_SPTR)pattern, PCRE2_ZERO_TERMINATED, PCRE2_MULTILINE, &error,
			     &at, NULL);
	if (!made)
		machine_ran_out(); /* tables with a wrong one are not taken */
	if (made && !atomic_compare_exchange_strong(place, &known, made)) {
		pcre2_code_free(made);
		made = known;
	}
	return made;
}

int expression_match(struct expressions *e, size_t i, const char *pattern, struct span text,
		     size_t from, uint32_t options)
{
	pcre2_code *code = i < e->count ? compiled(&e->codes[i], pattern) : NULL;

	if (!captures)
		captures = pcre2_match_data_create(1 + MOST_SECRET_CAPTURES, NULL);
	if (!code || !captures || from > text.n)
		return 0;
	return pcre2_match(code, text.p, text.n, from, options, captures, limits);
}

struct span expression_group(struct span text, int group)
{
	const PCRE2_SIZE *at = pcre2_get_ovector_pointer(captures) + 2 * (size_t)group;

	return at[0] == PCRE2_UNSET ? (struct span){ 0 } : span_sub(text, at[0], at[1] - at[0]);
}

size_t expression_end(void)
{
	return pcre2_get_ovector_pointer(captures)[1];
}

void know_thread_end(void)
{
	pcre2_match_data_free(captures);
	captures = NULL;
}
