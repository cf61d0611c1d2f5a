/* pack_secret.c - rows of data/secrets.tsv. Rules share anchors, so that a word is searched once;
 * each anchor has the rules behind it. */
#include "base/text.h"
#include "know/table.h"

#define MOST_ANCHORS 1024

enum { ID, WHAT, GROUP, WHERE, FILES, ANCHOR, REGEX, VALUE, YES, NO };

/* Bits a character, with up to three decimals: "3.25". */
static bool read_bits(const char *text, uint16_t *millibits)
{
	struct span s = span_text(text);
	uint64_t whole, part = 0;
	size_t used, decimals = 0;

	if (!span_number(s, 10, &whole, &used) || whole > 8)
		return false;
	s = span_from(s, used);
	if (span_byte(s, 0) == '.') {
		s = span_from(s, 1);
		if (!span_number(s, 10, &part, &decimals) || decimals > 3)
			return false;
		s = span_from(s, decimals);
	}
	for (; decimals < 3; decimals++)
		part *= 10;
	*millibits = (uint16_t)(whole * 1000 + part);
	return s.n == 0;
}

static bool take_value(const struct table *t, uint32_t row, struct secret_rule *r)
{
	static const char *const words[] = {
		[FORM_OF_ANY] = "any",    [FORM_OF_WORD] = "word", [FORM_OF_MIXED] = "mixed",
		[FORM_OF_NAME] = "name",  [FORM_OF_BARE] = "bare", [FORM_OF_STRONG] = "strong",
		[FORM_OF_PIN] = "pin",    [FORM_OF_URL] = "url",   [FORM_OF_BASIC] = "basic",
		[FORM_OF_ENTROPY] = NULL,
	};
	int word;

	if (read_bits(table_cell(t, row, VALUE), &r->millibits)) {
		r->value = FORM_OF_ENTROPY;
		return true;
	}
	word = table_word(t, row, VALUE, words);
	r->value = word < 0 ? FORM_OF_ANY : (enum secret_value)word;
	r->millibits = 0;
	return word >= 0;
}

static bool take_unit(const struct table *t, uint32_t row, struct secret_rule *r)
{
	const char *anchor = table_cell(t, row, ANCHOR);

	if (strcmp(anchor, "-") == 0)
		r->unit = SECRET_EACH_LINE;
	else if (strcmp(anchor, "whole") == 0)
		r->unit = SECRET_WHOLE_FILE;
	else
		r->unit = strstr(r->pattern, "\\n(") || strstr(r->pattern, "\\n[^") ? SECRET_LINES
										    : SECRET_LINE;
	if (r->unit >= SECRET_EACH_LINE && !r->files)
		return table_refuse(t, row, "a rule without an anchor needs names of files");
	if (r->unit == SECRET_LINES && r->where != SECRET_TEXT)
		return table_refuse(t, row, "several lines stand in text only");
	return true;
}

static bool try_secret(const struct table *t, uint32_t row, const struct secret_rule *r)
{
	struct trial trial = table_try(r->pattern, r->yes, r->no);

	if (trial.captures < 0)
		return table_refuse(t, row, "the regex: %s", trial.why);
	if (trial.captures > MOST_SECRET_CAPTURES)
		return table_refuse(t, row, "the regex has more than %d captures",
				    MOST_SECRET_CAPTURES);
	return trial.has_captured ||
	       table_refuse(t, row, "the regex captures nothing in its line \"yes\"");
}

static bool make_secret(const struct table *t, uint32_t row, struct secret_rule *r)
{
	static const char *const where[] = {
		[SECRET_TEXT] = "text", [SECRET_DATA] = "data", [SECRET_ANY] = "any", NULL
	};
	int place = table_word(t, row, WHERE, where);

	*r = (struct secret_rule){ .id = table_cell(t, row, ID),
				   .what = table_cell(t, row, WHAT),
				   .group = table_cell(t, row, GROUP),
				   .where = place < 0 ? SECRET_TEXT : (enum secret_where)place,
				   .files = table_cell(t, row, FILES),
				   .pattern = table_cell(t, row, REGEX),
				   .yes = table_unescape(t, table_cell(t, row, YES), true),
				   .no = table_unescape(t, table_cell(t, row, NO), true) };
	return place >= 0 && r->yes && r->no && take_value(t, row, r) && take_unit(t, row, r) &&
	       try_secret(t, row, r);
}

/* -- anchors -- */

struct anchors {
	const struct table *t;
	struct secret_anchor *all;
	size_t n;
	struct {
		size_t anchor, rule;
	} * pairs;
	size_t pair_count;
};

static bool add_anchor(struct anchors *a, uint32_t row, const char *expression)
{
	size_t i = 0;

	while (i < a->n && strcmp(a->all[i].expression, expression) != 0)
		i++;
	if (i == MOST_ANCHORS || a->pair_count == MOST_ANCHORS)
		return table_refuse(a->t, row, "more than %d anchors", MOST_ANCHORS);
	if (i == a->n)
		a->all[a->n++].expression = expression;
	a->all[i].count++;
	a->pairs[a->pair_count].anchor = i;
	a->pairs[a->pair_count++].rule = row;
	return true;
}

/* A word in either case. */
static const char *word_expression(const struct table *t, struct span word)
{
	static const char special[] = "()[]{}?*+-|^$\\.&~# \t";
	struct text out = { 0 };

	text_puts(&out, "(?i)");
	for (size_t i = 0; i < word.n; i++) {
		if (strchr(special, word.p[i]))
			text_char(&out, '\\');
		text_char(&out, (char)word.p[i]);
	}
	return table_keep(t, &out);
}

static bool add_anchors(struct anchors *a, uint32_t row)
{
	const char *cell = table_cell(a->t, row, ANCHOR);
	struct span word;

	if (strcmp(cell, "-") == 0 || strcmp(cell, "whole") == 0)
		return true;
	if (strncmp(cell, "re:", 3) == 0)
		return add_anchor(a, row, cell + 3);
	for (size_t at = 0; part_next(cell, '|', &at, &word);) {
		const char *expression = word_expression(a->t, word);

		if (word.n == 0)
			return table_refuse(a->t, row, "an anchor is empty");
		if (!expression || !add_anchor(a, row, expression))
			return false;
	}
	return true;
}

static bool make_anchors(const struct table *t, struct pack *p)
{
	struct anchors a = { .t = t };
	struct anchor_rule *rules = table_take(t, MOST_ANCHORS, sizeof(*rules));
	uint16_t first = 0;

	a.all = table_take(t, MOST_ANCHORS, sizeof(*a.all));
	a.pairs = table_take(t, MOST_ANCHORS, sizeof(*a.pairs));
	if (!a.all || !a.pairs || !rules)
		return false;
	for (uint32_t i = 0; i < t->rows; i++)
		if (!add_anchors(&a, i))
			return false;
	for (size_t i = 0; i < a.n; i++) {
		a.all[i].first = first;
		for (size_t k = 0; k < a.pair_count; k++)
			if (a.pairs[k].anchor == i)
				rules[first++].rule = (uint16_t)a.pairs[k].rule;
	}
	p->secret_anchors = a.all;
	p->secret_anchors_count = a.n;
	p->secret_anchor_rules = rules;
	p->secret_anchor_rules_count = a.pair_count;
	return true;
}

static bool make_secrets(const struct table *t, struct pack *p)
{
	struct secret_rule *rules = table_take(t, t->rows, sizeof(*rules));

	if (t->rows > MOST_SECRET_RULES)
		return table_refuse(t, MOST_SECRET_RULES, "more than %d rules", MOST_SECRET_RULES);
	for (uint32_t i = 0; rules && i < t->rows; i++)
		if (!make_secret(t, i, &rules[i]))
			return false;
	p->secret_rules = rules;
	p->secret_rules_count = t->rows;
	return rules && make_anchors(t, p);
}

const struct table_kind table_secrets = {
	{ "id", "what", "group", "where", "*files", "=anchor", "regex", "value", "yes", "no" },
	make_secrets,
};
