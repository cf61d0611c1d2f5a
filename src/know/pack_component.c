/* pack_component.c - rows of data/component-names.tsv and data/unsafe-functions.tsv. */
#include <stdlib.h>

#include "base/text.h"
#include "know/table.h"

/* -- components -- */

/* What stands between two strings of a binary, and what within one. */
#define BETWEEN "[\\x00-\\x08\\x0a-\\x1f\\x7f-\\xff]"
#define WITHIN  "[\\x20-\\x7e\\t]"

enum { NAME, CPE, PURL, LICENSE, FILE_NAMES, EVIDENCE, PATTERN, YES, NO };

/* The length of the class of characters at p ("[^\n]"), 0 if it does not end. */
static size_t class_length(const char *p)
{
	size_t start = 1 + (p[1] == '^'), i = start + (p[start] == ']');

	while (p[i] && p[i] != ']')
		i += p[i] == '\\' && p[i + 1] ? 2 : 1;
	if (p[i] == ']')
		return i + 1;
	return p[start] == ']' ? start + 1 : 0;
}

/* It may match too much: the observer confirms. */
void component_scan_pattern(const char *pattern, struct text *out)
{
	static const struct {
		const char *token, *becomes;
	} swaps[] = { { "^", "(?:^|" BETWEEN ")" },
		      { "$", "" },
		      { "\\n", BETWEEN "{1,16}" },
		      { ".", WITHIN },
		      { "[^\\n]", WITHIN } };
	bool has_end = true; /* the classes of characters further on */

	for (size_t n; *pattern; pattern += n) {
		struct span token, becomes;

		n = pattern[0] == '\\' && pattern[1] ? 2 : 1;
		if (pattern[0] == '[' && has_end) {
			n = class_length(pattern);
			has_end = n != 0;
			n = n ? n : 1;
		}
		becomes = token = (struct span){ (const uint8_t *)pattern, n };
		for (size_t i = 0; i < sizeof(swaps) / sizeof(swaps[0]); i++)
			if (span_is(token, swaps[i].token))
				becomes = span_text(swaps[i].becomes);
		text_put(out, becomes);
	}
}

static bool take_evidence(const struct table *t, uint32_t row, enum evidence *evidence)
{
	static const char *const words[] = { [EVIDENCE_INLINE] = "inline",
					     [EVIDENCE_ADJACENT] = "adjacent",
					     [EVIDENCE_TEXT] = "text",
					     [EVIDENCE_NAMED] = "named",
					     [EVIDENCE_FILENAME] = "filename",
					     [EVIDENCE_ABI] = "abi",
					     [EVIDENCE_SYMBOL] = "symbol",
					     [EVIDENCE_HINT] = "hint",
					     NULL };
	int word = table_word(t, row, EVIDENCE, words);

	*evidence = word < 0 ? EVIDENCE_INLINE : (enum evidence)word;
	return word >= 0;
}

static bool try_component(const struct table *t, uint32_t row, const struct component_rule *r)
{
	struct trial trial = table_try(r->pattern, r->yes ? r->yes : "-", r->no ? r->no : "-");

	if (trial.captures < 0)
		return table_refuse(t, row, "the pattern: %s", trial.why);
	if (trial.captures != 1)
		return table_refuse(t, row, "the pattern has %d captures, not one", trial.captures);
	if (!trial.yes)
		return table_refuse(t, row, "the pattern does not match its line \"yes\"");
	return !trial.no || table_refuse(t, row, "the pattern matches its line \"no\"");
}

static bool make_component(const struct table *t, uint32_t row, struct component_rule *r)
{
	const char *yes = table_cell(t, row, YES), *no = table_cell(t, row, NO);

	*r = (struct component_rule){ .name = table_cell(t, row, NAME),
				      .cpe = table_cell(t, row, CPE),
				      .purl = table_cell(t, row, PURL),
				      .license = table_cell(t, row, LICENSE),
				      .file_names = table_cell(t, row, FILE_NAMES),
				      .pattern = table_cell(t, row, PATTERN),
				      .yes = yes ? table_unescape(t, yes, false) : NULL,
				      .no = no ? table_unescape(t, no, false) : NULL };
	if ((yes && !r->yes) || (no && !r->no) || !take_evidence(t, row, &r->evidence))
		return false;
	if (r->evidence == EVIDENCE_TEXT)
		r->scan = r->pattern;
	if (r->evidence == EVIDENCE_INLINE || r->evidence == EVIDENCE_ADJACENT ||
	    r->evidence == EVIDENCE_HINT) {
		struct text scan = { 0 };

		component_scan_pattern(r->pattern, &scan);
		r->scan = table_keep(t, &scan);
		if (!r->scan)
			return false;
	}
	if (!r->file_names && r->evidence >= EVIDENCE_NAMED && r->evidence <= EVIDENCE_SYMBOL)
		return table_refuse(t, row, "such evidence needs file_names");
	return r->evidence == EVIDENCE_SYMBOL || try_component(t, row, r);
}

static bool make_components(const struct table *t, struct pack *p)
{
	struct component_rule *rules = table_take(t, t->rows, sizeof(*rules));

	for (uint32_t i = 0; rules && i < t->rows; i++)
		if (!make_component(t, i, &rules[i]))
			return false;
	p->component_rules = rules;
	p->component_rules_count = t->rows;
	return rules != NULL;
}

const struct table_kind table_components = {
	{ "name", "*cpe_vendor_product", "*purl", "*license", "*file_names", "evidence", "pattern",
	  "*yes", "*no" },
	make_components,
};

/* -- unsafe functions, and what is recommended instead -- */

enum { FUNCTION, SAFE_ALTERNATIVE, CWE, MODE };

static const char *const safe_functions[] = {
	"asprintf",  "execve",      "fgets",     "getcwd",      "getline",  "getrandom",
	"gmtime_r",  "inet_ntop",   "inet_pton", "localtime_r", "memcpy_s", "memmove_s",
	"mkstemp",   "posix_spawn", "snprintf",  "stpncpy",     "strcpy_s", "strlcat",
	"strlcpy",   "strnlen",     "strtok_r",  "strtol",      "swprintf", "vasprintf",
	"vsnprintf", "vswprintf",
};
#define SAFE_FUNCTIONS (sizeof(safe_functions) / sizeof(safe_functions[0]))

static bool begins_name(char c)
{
	return (c >= 'a' && c <= 'z') || c == '_';
}

/* Marks those that the text names. */
static void mark_safe(const char *text, bool named[SAFE_FUNCTIONS])
{
	for (size_t n; *text; text += n ? n : 1) {
		n = 0;
		while (begins_name(text[n]) || (n && text[n] >= '0' && text[n] <= '9'))
			n++;
		for (size_t i = 0; n && i < SAFE_FUNCTIONS; i++)
			if (strlen(safe_functions[i]) == n &&
			    memcmp(safe_functions[i], text, n) == 0)
				named[i] = true;
	}
}

static int by_function(const void *a, const void *b)
{
	return strcmp(((const struct call_rule *)a)->function,
		      ((const struct call_rule *)b)->function);
}

static bool make_calls(const struct table *t, struct pack *p)
{
	struct call_rule *rules = table_take(t, t->rows, sizeof(*rules));
	struct safe_call *safe = table_take(t, SAFE_FUNCTIONS, sizeof(*safe));
	bool named[SAFE_FUNCTIONS] = { false };
	size_t n = 0;

	if (!rules || !safe)
		return false;
	for (uint32_t i = 0; i < t->rows; i++) {
		rules[i] = (struct call_rule){ table_cell(t, i, FUNCTION), table_cell(t, i, CWE),
					       table_cell(t, i, MODE) };
		mark_safe(table_cell(t, i, SAFE_ALTERNATIVE), named);
	}
	if (t->rows)
		qsort(rules, t->rows, sizeof(*rules), by_function);
	for (size_t i = 0; i < SAFE_FUNCTIONS; i++)
		if (named[i])
			safe[n++].function = safe_functions[i];
	for (uint32_t i = 1; i < t->rows; i++)
		if (by_function(&rules[i - 1], &rules[i]) == 0)
			return table_refuse(t, UINT32_MAX, "%.80s stands twice", rules[i].function);
	p->call_rules = rules;
	p->call_rules_count = t->rows;
	p->safe_calls = safe;
	p->safe_calls_count = n;
	return true;
}

const struct table_kind table_calls = {
	{ "function", "safe_alternative", "cwe", "mode" },
	make_calls,
};
