/* service_setting.c - what configuration files say of services, by the rows of settings.tsv: each
 * setting is a fact of its own, of kind "setting", with the line that it stands in. Passwords in
 * URLs are not shown. */
#include "base/text.h"
#include "observe/service.h"

#define MOST_LINES      4096
#define MOST_OF_ROW     64
#define LONGEST_KEY     96
#define LONGEST_SETTING 200

bool settings_read(const struct node *n)
{
	for (size_t i = 0; i < setting_rules_count; i++)
		if (path_matches(n->path, setting_rules[i].files))
			return true;
	return false;
}

struct reading {
	const struct setting_rule *rule;
	struct span section; /* of uci */
	struct text joined;  /* "section.option" */
	setting_visitor *each;
	void *ctx;
	uint32_t number;
};

static void read_words(struct reading *r, struct span line)
{
	struct span rest = line, key = word_next(&rest);

	if (key_matches(key, r->rule->keys) && rest.n)
		r->each(r->ctx, key, bare_value(rest), line, r->number);
}

/* Also "nvram set key=value" and "export key=value". */
static void read_equals(struct reading *r, struct span line)
{
	struct span rest = line, key = trimmed(field_next(&rest, '='));
	size_t at = key.n;

	while (at > 0 && key.p[at - 1] != ' ' && key.p[at - 1] != '\t')
		at--;
	if (key_matches(span_from(key, at), r->rule->keys))
		r->each(r->ctx, span_from(key, at), bare_value(rest), line, r->number);
}

/* What stands in quotes, or up to a blank: a remark may follow. */
struct span uci_value(struct span s)
{
	int quote = span_byte(s, 0);
	size_t end;

	if (quote != '\'' && quote != '"')
		return word_next(&s);
	end = span_find(s, 1, span_sub(s, 0, 1));
	return end < s.n ? span_sub(s, 1, end - 1) : span_from(s, 1);
}

static void read_uci(struct reading *r, struct span line)
{
	struct span rest = line, first = word_next(&rest), key;

	if (span_is(first, "config")) {
		r->section = bare_value(word_next(&rest));
		return;
	}
	if ((!span_is(first, "option") && !span_is(first, "list")) || r->section.n > LONGEST_KEY)
		return;
	key = bare_value(word_next(&rest));
	r->joined.n = 0;
	text_put(&r->joined, r->section);
	text_char(&r->joined, '.');
	text_put(&r->joined, span_head(key, LONGEST_KEY));
	if (key_matches(text_span(&r->joined), r->rule->keys))
		r->each(r->ctx, text_span(&r->joined), uci_value(rest), line, r->number);
}

static void read_contains(struct reading *r, struct span line)
{
	struct span keys = span_text(r->rule->keys);

	while (keys.n) {
		struct span key = field_next(&keys, ',');

		if (span_find(line, 0, key) != SIZE_MAX) {
			r->each(r->ctx, (struct span){ 0 }, trimmed(line), line, r->number);
			return;
		}
	}
}

bool setting_each(const struct setting_rule *rule, struct span text, setting_visitor *each,
		  void *ctx)
{
	static void (*const readers[])(struct reading * r, struct span line) = {
		[SYNTAX_WORDS] = read_words,
		[SYNTAX_EQUALS] = read_equals,
		[SYNTAX_UCI] = read_uci,
		[SYNTAX_CONTAINS] = read_contains,
	};
	struct reading r = { .rule = rule, .each = each, .ctx = ctx };
	struct span line;
	size_t at = 0;

	while (r.number < MOST_LINES && line_next(text, &at, &line)) {
		struct span bare = trimmed(line);

		r.number++;
		if (bare.n && bare.p[0] != '#' && bare.p[0] != ';')
			readers[rule->syntax](&r, bare);
	}
	text_free(&r.joined);
	return at >= text.n;
}

struct telling {
	struct boot *b;
	const struct setting_rule *rule;
	struct node *n;
	uint32_t count;
};

/* "https://user:password@host" without user and password. */
static void put_value(struct text *t, struct span value)
{
	size_t scheme = span_find(value, 0, span_text("://"));
	size_t at = scheme < value.n ? span_find(value, scheme, span_text("@")) : SIZE_MAX;
	size_t path = scheme < value.n ? span_find(value, scheme + 3, span_text("/")) : SIZE_MAX;

	if (at < value.n && (path >= value.n || at < path)) {
		text_put(t, span_head(value, scheme + 3));
		value = span_from(value, at + 1);
	}
	text_put(t, span_head(value, LONGEST_SETTING));
}

static void tell(void *ctx, struct span key, struct span value, struct span line, uint32_t number)
{
	struct telling *t = ctx;
	const char *what = t->rule->what ? t->rule->what : "";
	struct service_new s = { .at = { t->n, span_place(t->n->kept, line), line.n, number },
				 .name = span_text(t->rule->service),
				 .kind = "setting" };
	struct text command = { 0 };

	if (t->count++ >= MOST_OF_ROW)
		return;
	text_put(&command, key);
	if (key.n && value.n)
		text_char(&command, ' ');
	put_value(&command, value);
	s.command = text_span(&command);
	if (strcmp(what, "port") == 0)
		read_endpoint(value, &s.protocol, &s.address, &s.port);
	else if (strcmp(what, "address") == 0)
		s.address = value;
	else if (strcmp(what, "user") == 0)
		s.user = value;
	service_add(t->b, &s);
	text_free(&command);
}

/* Whether no bound cut anything off. */
static bool tell_file(struct boot *b, struct node *n)
{
	bool whole = true;

	for (size_t k = 0; k < setting_rules_count; k++) {
		struct telling t = { b, &setting_rules[k], n, 0 };

		if (!path_matches(n->path, setting_rules[k].files))
			continue;
		whole &= setting_each(t.rule, n->kept, tell, &t);
		whole &= t.count <= MOST_OF_ROW;
	}
	return whole;
}

void boot_settings(struct boot *b)
{
	for (uint32_t i = 0; i < b->file_count; i++)
		if (!tell_file(b, b->files[i]))
			leaf_fault(b->a, b->files[i], fault_at(FAULT_LIMIT, 0, "settings", 0, 0));
}
