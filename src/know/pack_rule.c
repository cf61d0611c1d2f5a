/* pack_rule.c - rows of data/backdoors.tsv, endpoint-noise.tsv, daemons.tsv, settings.tsv. */
#include "base/text.h"
#include "know/table.h"

/* -- indicators, in the order of their ids -- */

enum { ID, KIND, TOPIC, PATTERN, STRENGTH, FOUND, REFERENCE, MEANING, YES, NO };

static const char *const kinds[] = { [INDICATOR_LITERAL] = "literal",
				     [INDICATOR_HEX] = "hex",
				     [INDICATOR_HOST] = "host",
				     [INDICATOR_SWITCH] = "switch",
				     [INDICATOR_ACCOUNT] = "account",
				     [INDICATOR_LISTENER] = "listener",
				     [INDICATOR_FILE] = "file",
				     [INDICATOR_COMPONENT] = "component",
				     NULL };
static const char *const topics[] = { [TOPIC_ACCESS] = "access", [TOPIC_REQUEST] = "request",
				      [TOPIC_PACKET] = "packet", [TOPIC_RELEASE] = "release",
				      [TOPIC_HOST] = "host",     [TOPIC_INFECTION] = "infection",
				      [TOPIC_SWITCH] = "switch", NULL };
static const char *const strengths[] = { "supporting", "unique", NULL };

static int digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c = (char)(c | 0x20);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Pairs of digits, which blanks may part. NULL after an error. */
static const char *read_hex(const struct table *t, uint32_t row, const char *cell, size_t *n)
{
	char *bytes = table_take(t, strlen(cell) / 2 + 1, 1);

	*n = 0;
	while (bytes && *cell) {
		if (*cell == ' ') {
			cell++;
			continue;
		}
		if (digit(cell[0]) < 0 || digit(cell[1]) < 0) {
			table_refuse(t, row, "the pattern is not hexadecimal");
			return NULL;
		}
		bytes[(*n)++] = (char)(digit(cell[0]) << 4 | digit(cell[1]));
		cell += 2;
	}
	return bytes;
}

static bool make_indicator(const struct table *t, uint32_t row, struct indicator_rule *r)
{
	int kind = table_word(t, row, KIND, kinds), topic = table_word(t, row, TOPIC, topics),
	    strength = table_word(t, row, STRENGTH, strengths);
	size_t n = strlen(table_cell(t, row, PATTERN));

	if (kind < 0 || topic < 0 || strength < 0)
		return false;
	*r = (struct indicator_rule){ .id = table_cell(t, row, ID),
				      .kind = (enum indicator_kind)kind,
				      .topic = (enum indicator_topic)topic,
				      .pattern = table_cell(t, row, PATTERN),
				      .is_unique = strength == 1,
				      .found = table_cell(t, row, FOUND),
				      .reference = table_cell(t, row, REFERENCE),
				      .meaning = table_cell(t, row, MEANING),
				      .yes = table_cell(t, row, YES),
				      .no = table_cell(t, row, NO) };
	if (kind == INDICATOR_HEX)
		r->pattern = read_hex(t, row, r->pattern, &n);
	r->len = (uint16_t)n;
	return r->pattern && (n > 0 || table_refuse(t, row, "the pattern is empty"));
}

static bool make_indicators(const struct table *t, struct pack *p)
{
	struct indicator_rule *rules = table_take(t, t->rows, sizeof(*rules));

	for (uint32_t i = 0; rules && i < t->rows; i++) {
		if (!make_indicator(t, i, &rules[i]))
			return false;
		if (i && strcmp(rules[i - 1].id, rules[i].id) >= 0)
			return table_refuse(t, i, "%.80s is out of order, or stands twice",
					    rules[i].id);
	}
	p->indicator_rules = rules;
	p->indicator_rules_count = t->rows;
	return rules != NULL;
}

const struct table_kind table_indicators = {
	{ "id", "kind", "topic", "=pattern", "strength", "found", "reference", "meaning", "yes",
	  "no" },
	make_indicators,
};

/* -- places that are no endpoints -- */

enum { CLASS, HOST, PATH, NOISE_WHERE };

static bool make_noise(const struct table *t, struct pack *p)
{
	static const char *const classes[] = { [NOISE_NAMESPACE] = "namespace",
					       [NOISE_LICENCE] = "licence",
					       [NOISE_PROJECT] = "project",
					       [NOISE_EXAMPLE] = "example",
					       NULL };
	static const char *const places[] = { "shown", "any", NULL };
	struct noise_rule *rules = table_take(t, t->rows, sizeof(*rules));

	for (uint32_t i = 0; rules && i < t->rows; i++) {
		int noise = table_word(t, i, CLASS, classes),
		    where = table_word(t, i, NOISE_WHERE, places);
		const char *path = table_cell(t, i, PATH);

		if (noise < 0 || where < 0)
			return false;
		rules[i] = (struct noise_rule){ (enum noise)noise, table_cell(t, i, HOST),
						path ? path : "", where == 1 };
	}
	p->noise_rules = rules;
	p->noise_rules_count = t->rows;
	return rules != NULL;
}

const struct table_kind table_noise = {
	{ "class", "host", "*path", "where" },
	make_noise,
};

/* -- daemons -- */

enum { PROGRAM, ROLE, PORTS, OPTION };

/* "tcp/23,udp/69" */
static bool are_ports(const char *text)
{
	struct span one;

	for (size_t at = 0; part_next(text, ',', &at, &one);) {
		size_t n = 4;

		if (!span_starts(one, span_text("tcp/")) && !span_starts(one, span_text("udp/")))
			return false;
		while (span_byte(one, n) >= '0' && span_byte(one, n) <= '9')
			n++;
		if (n != one.n || n == 4)
			return false;
	}
	return true;
}

static bool make_daemons(const struct table *t, struct pack *p)
{
	struct daemon_rule *rules = table_take(t, t->rows, sizeof(*rules));

	for (uint32_t i = 0; rules && i < t->rows; i++) {
		const char *ports = table_cell(t, i, PORTS);

		if (ports && !are_ports(ports))
			return table_refuse(t, i, "ports \"%.80s\" are not as tcp/23,udp/69",
					    ports);
		rules[i] = (struct daemon_rule){ table_cell(t, i, PROGRAM), table_cell(t, i, ROLE),
						 ports, table_cell(t, i, OPTION) };
	}
	p->daemon_rules = rules;
	p->daemon_rules_count = t->rows;
	return rules != NULL;
}

const struct table_kind table_daemons = {
	{ "program", "role", "*ports", "*option" },
	make_daemons,
};

/* -- settings of services -- */

enum { SERVICE, FILES, SYNTAX, KEYS, WHAT, SETTING_YES, SETTING_NO };

static bool make_settings(const struct table *t, struct pack *p)
{
	static const char *const syntaxes[] = { [SYNTAX_WORDS] = "words",
						[SYNTAX_EQUALS] = "equals",
						[SYNTAX_UCI] = "uci",
						[SYNTAX_CONTAINS] = "contains",
						NULL };
	struct setting_rule *rules = table_take(t, t->rows, sizeof(*rules));

	for (uint32_t i = 0; rules && i < t->rows; i++) {
		int syntax = table_word(t, i, SYNTAX, syntaxes);
		const char *yes = table_unescape(t, table_cell(t, i, SETTING_YES), true),
			   *no = table_unescape(t, table_cell(t, i, SETTING_NO), true);

		if (syntax < 0 || !yes || !no)
			return false;
		rules[i] = (struct setting_rule){ table_cell(t, i, SERVICE),
						  table_cell(t, i, FILES),
						  (enum setting_syntax)syntax,
						  table_cell(t, i, KEYS),
						  table_cell(t, i, WHAT),
						  yes,
						  no };
	}
	p->setting_rules = rules;
	p->setting_rules_count = t->rows;
	return rules != NULL;
}

const struct table_kind table_settings = {
	{ "service", "files", "syntax", "keys", "*what", "yes", "no" },
	make_settings,
};
