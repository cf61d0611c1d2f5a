/* shell_token.c - a script cut into words and marks: quotes, substitutions, remarks, here-documents
 * (POSIX.1-2017 XCU 2.2, 2.3, 2.7). */
#include "base/text.h"
#include "observe/observe.h"
#include "observe/shell_read.h"

#define COST_OF_A_TOKEN 16

static size_t skip_quoted(struct span s, size_t at, uint8_t quote)
{
	while (at < s.n && s.p[at] != quote)
		at += s.p[at] == '\\' && quote != '\'' ? 2 : 1;
	return at < s.n ? at + 1 : s.n;
}

/* Behind the parenthesis or brace that closes a substitution. */
static size_t skip_substitution(struct span s, size_t at, uint8_t open, uint8_t close)
{
	unsigned depth = 1;

	while (at < s.n && depth) {
		uint8_t c = s.p[at++];

		if (c == '\\')
			at++;
		else if (c == '\'' && open == '(')
			at = skip_quoted(s, at, c);
		else if (c == open)
			depth++;
		else if (c == close)
			depth--;
	}
	return at < s.n ? at : s.n;
}

/* A double-quoted string may hold substitutions that hold quotes. */
static size_t skip_double(struct span s, size_t at)
{
	while (at < s.n && s.p[at] != '"') {
		if (s.p[at] == '\\')
			at += 2;
		else if (s.p[at] == '$' && span_byte(s, at + 1) == '(')
			at = skip_substitution(s, at + 2, '(', ')');
		else
			at++;
	}
	return at < s.n ? at + 1 : s.n;
}

static size_t skip_word(struct span s, size_t at)
{
	while (at < s.n && !memchr(" \t\n;&|<>()", s.p[at], 10)) {
		uint8_t c = s.p[at], next = (uint8_t)span_byte(s, at + 1);

		if (c == '\\')
			at += 2;
		else if (c == '\'' || c == '`')
			at = skip_quoted(s, at + 1, c);
		else if (c == '"')
			at = skip_double(s, at + 1);
		else if (c == '$' && (next == '(' || next == '{'))
			at = skip_substitution(s, at + 2, next, next == '(' ? ')' : '}');
		else
			at++;
	}
	return at < s.n ? at : s.n;
}

static void skip_heredocs(struct reader *r)
{
	for (uint32_t i = 0; i < r->heredoc_count; i++) {
		struct span line;

		while (line_next(r->in, &r->at, &line)) {
			r->line++;
			while (span_byte(line, 0) == '\t')
				line = span_from(line, 1);
			if (span_equal(line, r->heredocs[i]))
				break;
		}
	}
	r->heredoc_count = 0;
}

static void skip_blanks(struct reader *r)
{
	for (;;) {
		int c = span_byte(r->in, r->at);

		if (c == '\\' && span_byte(r->in, r->at + 1) == '\n') {
			r->at += 2;
			r->line++;
		} else if (c == '\\' && span_byte(r->in, r->at + 1) == '\r' &&
			   span_byte(r->in, r->at + 2) == '\n') {
			r->at += 3;
			r->line++;
		} else if (c == ' ' || c == '\t' || c == '\r') {
			r->at++;
		} else if (c == '#') {
			size_t end = span_find(r->in, r->at, span_text("\n"));

			r->at = end < r->in.n ? end : r->in.n;
		} else {
			return;
		}
	}
}

static bool all_digits(struct span s)
{
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] < '0' || s.p[i] > '9')
			return false;
	return s.n > 0;
}

static size_t operator_at(struct span s)
{
	static const char *const operators[] = { "<<<", "<<-", "&>>", "&&", "||", ";;", ">>",
						 "<<",  ">&",  "<&",  "<>", ">|", "&>", ";",
						 "&",   "|",   "(",   ")",  "<",  ">" };

	for (size_t i = 0; i < sizeof(operators) / sizeof(operators[0]); i++)
		if (span_starts(s, span_text(operators[i])))
			return strlen(operators[i]);
	return 0;
}

bool token_is(const struct reader *r, const char *text)
{
	return (r->kind == TOKEN_WORD || r->kind == TOKEN_OPERATOR) && span_is(r->raw, text);
}

bool shell_spend(struct shell *sh, uint64_t cost)
{
	struct shell_world *w = sh->world;

	w->budget -= cost < w->budget ? cost : w->budget;
	return w->budget > 0;
}

static void set_token(struct reader *r, enum token_kind kind, size_t length)
{
	r->kind = kind;
	r->raw = span_sub(r->in, r->at, length);
	for (size_t i = 0; i < length; i++)
		r->line += r->in.p[r->at + i] == '\n';
	r->at += length;
}

void next_token(struct shell *sh, struct reader *r)
{
	size_t before = r->at, length;
	int c;

	skip_blanks(r);
	r->from = r->at;
	r->token_line = r->line;
	c = span_byte(r->in, r->at);
	length = c < 0 ? 0 : operator_at(span_from(r->in, r->at));
	if (c < 0) {
		r->kind = TOKEN_END;
		r->raw = (struct span){ 0 };
	} else if (c == '\n') {
		set_token(r, TOKEN_NEWLINE, 1);
		skip_heredocs(r);
	} else if (length) {
		set_token(r,
			  strchr("<>", c) || (c == '&' && span_byte(r->in, r->at + 1) == '>')
				  ? TOKEN_REDIRECT
				  : TOKEN_OPERATOR,
			  length);
	} else {
		set_token(r, TOKEN_WORD, skip_word(r->in, r->at) - r->at);
		c = span_byte(r->in, r->at);
		if ((c == '<' || c == '>') && all_digits(r->raw)) {
			next_token(sh, r); /* "2>": once, an operator follows */
			return;
		}
	}
	if (!shell_spend(sh, COST_OF_A_TOKEN + (r->at - before)))
		r->kind = TOKEN_END;
}

struct span source_trim(struct span s)
{
	while (s.n && memchr(" \t\r\n;", s.p[s.n - 1], 5))
		s.n--;
	while (s.n && memchr(" \t\r\n;", s.p[0], 5))
		s = span_from(s, 1);
	return s;
}

struct span source_since(const struct reader *r, size_t from)
{
	return source_trim(span_sub(r->in, from, r->from > from ? r->from - from : 0));
}

void skip_newlines(struct shell *sh, struct reader *r)
{
	while (r->kind == TOKEN_NEWLINE || token_is(r, ";"))
		next_token(sh, r);
}
