/* lines.c - the lines of a report, read in one pass without building anything. */
#include "report/lines.h"

#include "base/jsonvalue.h"
#include "report/report.h"

static bool wrong(struct line_reader *r, const char *what)
{
	if (!r->wrong)
		r->wrong = what;
	return false;
}

void lines_start(struct line_reader *r, struct span report)
{
	*r = (struct line_reader){ .in = report, .at = 1 };
	if (span_byte(report, 0) != '{')
		wrong(r, "it is no report of evenhand");
}

static bool was_seen(struct line_reader *r, struct span key)
{
	for (unsigned i = 0; i < r->count[r->in_group]; i++)
		if (span_equal(r->seen[r->in_group][i], key))
			return true;
	return false;
}

/* Appended to the name, which no report of ours makes too long. */
static void name_add(struct line_reader *r, struct span s)
{
	if (s.n >= sizeof(r->name) - r->named) {
		wrong(r, "a member has a longer name than any of a report");
		return;
	}
	memcpy(r->name + r->named, s.p, s.n);
	r->named += s.n;
}

/* "key": with its colon; its name is then the line's. */
static bool take_key(struct line_reader *r)
{
	size_t at = r->at + 1;
	int c = span_byte(r->in, at);
	struct span key;

	while ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_')
		c = span_byte(r->in, ++at);
	key = span_sub(r->in, r->at + 1, at - r->at - 1);
	if (span_byte(r->in, r->at) != '"' || key.n == 0 || c != '"' ||
	    span_byte(r->in, at + 1) != ':')
		return wrong(r, "the name of a member is due");
	if (was_seen(r, key))
		return wrong(r, "a member is there twice");
	if (r->count[r->in_group] == LINES_MOST_MEMBERS)
		return wrong(r, "there are more members than a report has");
	r->seen[r->in_group][r->count[r->in_group]++] = key;
	r->named = r->group;
	name_add(r, key);
	r->at = at + 2;
	return !r->wrong;
}

static bool take_value(struct line_reader *r, struct line *l)
{
	size_t end = json_value_end(r->in, r->at);

	if (end == SIZE_MAX)
		return wrong(r, "a value in canonical JSON is due");
	l->name = (struct span){ (const uint8_t *)r->name, r->named };
	l->value = span_sub(r->in, r->at, end - r->at);
	r->at = end;
	r->lines++;
	return true;
}

static void close_object(struct line_reader *r)
{
	r->at++;
	if (r->in_group) {
		r->in_group = false;
		r->group = 0;
		return;
	}
	r->ended = true;
	if (span_byte(r->in, r->at) != '\n' || r->at + 1 != r->in.n)
		wrong(r, "it goes on behind its end");
}

/* What opens at the value, if it is to be looked into. */
static bool opens(const struct line_reader *r, char open, char close)
{
	return span_byte(r->in, r->at) == open && span_byte(r->in, r->at + 1) != close;
}

/* The next member; true if it is a line of its own. */
static bool take_member(struct line_reader *r, struct line *l)
{
	int c = span_byte(r->in, r->at);

	if (c == '}' && r->count[r->in_group]) {
		close_object(r);
		return false;
	}
	if (r->count[r->in_group] && c != ',')
		return wrong(r, "a comma or the end of an object is due");
	r->at += r->count[r->in_group] > 0;
	if (!take_key(r))
		return false;
	if (!r->in_group && opens(r, '{', '}')) {
		name_add(r, span_text("."));
		r->at++;
		r->in_group = true;
		r->group = r->named;
		r->count[1] = 0;
		return false;
	}
	r->in_list = opens(r, '[', ']');
	r->at += r->in_list;
	name_add(r, span_text(r->in_list ? "[] " : " "));
	return !r->wrong && !r->in_list && take_value(r, l);
}

static bool take_element(struct line_reader *r, struct line *l)
{
	int c;

	if (!take_value(r, l))
		return false;
	c = span_byte(r->in, r->at++);
	r->in_list = c == ',';
	return r->in_list || c == ']' || wrong(r, "a comma or the end of a list is due");
}

/* A report says first what it is. */
static bool is_first(struct line_reader *r, const struct line *l)
{
	return r->lines > 1 ||
	       (span_is(l->name, "schema ") && span_is(l->value, "\"" REPORT_SCHEMA "\"")) ||
	       wrong(r, "its schema is not " REPORT_SCHEMA);
}

bool lines_next(struct line_reader *r, struct line *l)
{
	while (!r->wrong && !r->ended && !r->in_list)
		if (take_member(r, l))
			return is_first(r, l);
	return !r->wrong && !r->ended && take_element(r, l) && is_first(r, l);
}

static void leaf_of(const struct line *l, struct span salt_key, const uint8_t *report_sha256,
		    uint64_t index, uint8_t hash[SHA256_SIZE])
{
	uint8_t salt[SALT_SIZE];

	if (salt_key.n)
		evidence_salt(salt_key, report_sha256, index, salt);
	evidence_leaf(l->name, l->value, salt_key.n ? salt : NULL, hash);
}

bool report_evidence_root(struct span report, struct span salt_key, struct merkle_head *head,
			  const char **why, size_t *at)
{
	uint8_t sha256[SHA256_SIZE], leaf[SHA256_SIZE];
	struct merkle m = { 0 };
	struct line_reader r;
	struct line l;

	sha256_of(report, sha256);
	lines_start(&r, report);
	while (lines_next(&r, &l)) {
		leaf_of(&l, salt_key, sha256, m.size, leaf);
		merkle_add(&m, leaf);
	}
	head->size = m.size;
	merkle_root(&m, head->root);
	*why = r.wrong;
	*at = r.at;
	return !r.wrong;
}

static uint64_t count_lines(struct line_reader *r, struct span report)
{
	struct line l;

	lines_start(r, report);
	while (lines_next(r, &l))
		;
	return r->lines;
}

enum lines_state report_lines_read(struct span report, struct span salt_key, struct arena *a,
				   struct report_lines *lines, const char **why, size_t *at)
{
	uint8_t leaf[SHA256_SIZE];
	struct merkle_source source;
	struct line_reader r;
	struct line l;
	uint64_t count = count_lines(&r, report);

	*lines = (struct report_lines){ .report = report, .salt_key = salt_key };
	*why = r.wrong;
	*at = r.at;
	if (r.wrong)
		return LINES_MALFORMED;
	if (!merkle_tree_start(&lines->tree, a, count))
		return LINES_MEMORY;
	sha256_of(report, lines->sha256);
	lines_start(&r, report);
	while (lines_next(&r, &l)) {
		leaf_of(&l, salt_key, lines->sha256, lines->tree.size, leaf);
		merkle_tree_add(&lines->tree, leaf);
	}
	source = merkle_tree_source(&lines->tree);
	lines->head.size = count;
	merkle_range(&source, 0, count, lines->head.root);
	return LINES_READ;
}

bool report_line_prove(const struct report_lines *lines, uint64_t index, const struct line *l,
		       struct text *text, struct evidence_line *shown)
{
	struct merkle_source source = merkle_tree_source(&lines->tree);

	text->n = 0;
	text_put(text, l->name);
	text_put(text, l->value);
	*shown = (struct evidence_line){ .index = index,
					 .text = text_span(text),
					 .is_salted = lines->salt_key.n > 0 };
	if (shown->is_salted)
		evidence_salt(lines->salt_key, lines->sha256, index, shown->salt);
	return !text->failed &&
	       merkle_prove_included(&source, index, lines->head.size, &shown->proof);
}
