/* shell.c - runs the lines of a script: lists, blocks, loops, functions (POSIX.1-2017 XCU 2.9, as
 * far as scripts of a boot use it). A branch whose test is known is taken or left; one whose test
 * is not known is taken with the test as its condition. */
#include "observe/shell.h"

#include "base/text.h"
#include "observe/observe.h"

#define MOST_HEREDOCS    4
#define LONGEST_WORD     4096
#define MOST_ROUNDS      128 /* of one loop */
#define LONGEST_SAID     240 /* of a condition */
#define COST_OF_A_TOKEN  64
#define COST_OF_A_SCRIPT 512

enum token_kind { TOKEN_END, TOKEN_NEWLINE, TOKEN_WORD, TOKEN_OPERATOR, TOKEN_REDIRECT };

struct reader {
	struct span in;
	size_t at;
	uint32_t line;
	enum token_kind kind; /* of the current token */
	struct span raw;
	size_t from;         /* where the token begins */
	uint32_t token_line; /* and its line */
	struct span heredocs[MOST_HEREDOCS];
	uint32_t heredoc_count;
};

/* -- tokens -- */

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

static bool is(const struct reader *r, const char *text)
{
	return (r->kind == TOKEN_WORD || r->kind == TOKEN_OPERATOR) && span_is(r->raw, text);
}

static bool spend(struct shell *sh, uint64_t cost)
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

static void next_token(struct shell *sh, struct reader *r)
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
	if (!spend(sh, COST_OF_A_TOKEN + (r->at - before)))
		r->kind = TOKEN_END;
}

/* -- running -- */

static enum tri run_list(struct shell *sh, struct reader *r);
static enum tri run_pipeline(struct shell *sh, struct reader *r);

static void push_condition(struct shell *sh, struct span text, bool negated)
{
	struct text t = { 0 };

	if (sh->condition_count == SHELL_DEPTH * 2)
		return;
	if (negated)
		text_puts(&t, "not ");
	text_put(&t, span_head(text, LONGEST_SAID));
	sh->conditions[sh->condition_count++] = arena_copy(sh->world->arena, text_span(&t));
	text_free(&t);
}

static void pop_condition(struct shell *sh, uint32_t count)
{
	if (sh->condition_count > count)
		sh->condition_count = count;
}

/* All that decides, joined. */
static struct span condition_of(struct shell *sh)
{
	struct text t = { 0 };
	struct span whole;

	for (uint32_t i = 0; i < sh->condition_count && t.n < LONGEST_SAID; i++) {
		text_puts(&t, t.n ? " and " : "");
		text_put(&t, sh->conditions[i]);
	}
	if (sh->rest.n && t.n < LONGEST_SAID) {
		text_puts(&t, t.n ? " and " : "");
		text_put(&t, sh->rest);
	}
	whole = arena_copy(sh->world->arena, span_head(text_span(&t), LONGEST_SAID));
	text_free(&t);
	return whole;
}

static struct span trim(struct span s)
{
	while (s.n && memchr(" \t\r\n;", s.p[s.n - 1], 5))
		s.n--;
	while (s.n && memchr(" \t\r\n;", s.p[0], 5))
		s = span_from(s, 1);
	return s;
}

/* The source from `from` to the current token. */
static struct span source_since(const struct reader *r, size_t from)
{
	return trim(span_sub(r->in, from, r->from > from ? r->from - from : 0));
}

static void skip_newlines(struct shell *sh, struct reader *r)
{
	while (r->kind == TOKEN_NEWLINE || is(r, ";"))
		next_token(sh, r);
}

static bool is_live(const struct shell *sh)
{
	return sh->dead == 0 && !sh->stopped && !sh->exited;
}

/* "exit" and "return": what follows does not run, or runs only if this did not. */
static void stop(struct shell *sh, bool leaves_script)
{
	struct span last, not_ = span_text("not ");
	struct text t = { 0 };

	if (sh->condition_count == sh->base) {
		sh->stopped = true;
		sh->exited |= leaves_script;
		return;
	}
	if (sh->rest.n)
		return;
	last = sh->conditions[sh->condition_count - 1];
	if (!span_starts(last, not_))
		text_put(&t, not_);
	text_put(&t, span_starts(last, not_) ? span_from(last, not_.n) : last);
	sh->rest = arena_copy(sh->world->arena, text_span(&t));
	text_free(&t);
}

static void run_text(struct shell *sh, struct shell_script script, size_t at, uint32_t line)
{
	struct shell_script outer = sh->script;
	struct reader r = { .in = script.text, .at = at, .line = line };

	if (sh->world->depth >= SHELL_DEPTH || !spend(sh, COST_OF_A_SCRIPT))
		return;
	sh->world->depth++;
	sh->script = script;
	next_token(sh, &r);
	if (at) /* a function's body: one command */
		run_pipeline(sh, &r);
	while (!at && r.kind != TOKEN_END) {
		run_list(sh, &r);
		next_token(sh, &r); /* a word that closes nothing */
	}
	sh->script = outer;
	sh->world->depth--;
}

static void source(struct shell *sh, const struct shell_word *w)
{
	struct shell_script script;

	if (w->known && sh->world->hooks->file(sh->world->ctx, w->text, &script))
		run_text(sh, script, 0, 1);
}

static const struct shell_function *function_of(const struct shell *sh, struct span name)
{
	for (uint32_t i = sh->function_count; i > 0; i--)
		if (span_equal(sh->functions[i - 1].name, name))
			return &sh->functions[i - 1];
	return NULL;
}

static void call(struct shell *sh, const struct shell_function *f, const struct shell_word *words,
		 uint32_t count)
{
	struct shell_word outer[10];
	uint32_t outer_count = sh->arg_count, conditions = sh->condition_count, base = sh->base;
	struct span rest = sh->rest;

	sh->base = conditions;
	memcpy(outer, sh->args, sizeof(outer));
	sh->arg_count = count < 10 ? count : 10;
	for (uint32_t i = 1; i < sh->arg_count; i++)
		sh->args[i] = words[i];
	run_text(sh, f->script, f->at, f->line);
	memcpy(sh->args, outer, sizeof(outer));
	sh->arg_count = outer_count;
	sh->stopped = false;
	sh->rest = rest;
	sh->base = base;
	pop_condition(sh, conditions);
}

/* -- simple commands -- */

/* NAME=value, also behind export, local and their like. */
static bool assign(struct shell *sh, struct span raw)
{
	size_t at = span_find(raw, 0, span_text("="));
	struct shell_word value;

	if (at >= raw.n || !shell_is_name(span_head(raw, at)))
		return false;
	value = shell_expand_one(sh, span_from(raw, at + 1));
	if (sh->condition_count || sh->rest.n) /* it may keep its old value */
		value.known = value.known && !shell_variable(sh, span_head(raw, at));
	shell_assign(sh, span_head(raw, at), value.text, value.known);
	return true;
}

static bool declares(struct span word)
{
	return span_is(word, "export") || span_is(word, "local") || span_is(word, "readonly") ||
	       span_is(word, "declare") || span_is(word, "typeset");
}

/* Builtins that change what follows; *status is theirs. */
static bool run_builtin(struct shell *sh, const struct shell_words *w, enum tri *status)
{
	struct span name = w->p[0].text;
	uint32_t n = w->n;

	if (span_is(name, "[") || span_is(name, "test")) {
		n -= span_is(w->p[n - 1].text, "]");
		*status = n > 1 ? shell_test(sh, w->p + 1, n - 1) : TRI_NO;
	} else if (span_is(name, "true") || span_is(name, ":")) {
		*status = TRI_YES;
	} else if (span_is(name, "false")) {
		*status = TRI_NO;
	} else if (span_is(name, "exit") || span_is(name, "return")) {
		stop(sh, span_is(name, "exit"));
	} else if (span_is(name, ".") || span_is(name, "source")) {
		if (n > 1)
			source(sh, &w->p[1]);
	} else if (span_is(name, "config_foreach") && n > 1) {
		const struct shell_function *f = function_of(sh, w->p[1].text);

		if (f)
			call(sh, f, w->p, 1);
	} else if (declares(name)) { /* what has no value gets one later */
		for (uint32_t i = 1; i < n; i++)
			if (shell_is_name(w->p[i].text) && !shell_variable(sh, w->p[i].text))
				shell_assign(sh, w->p[i].text, (struct span){ 0 }, false);
	} else if (span_is(name, "read") || span_is(name, "config_get") ||
		   span_is(name, "config_get_bool") || span_is(name, "getopts")) {
		for (uint32_t i = 1; i < n; i++)
			if (shell_is_name(w->p[i].text))
				shell_assign(sh, w->p[i].text, (struct span){ 0 }, false);
	} else if (span_is(name, "shift")) {
		for (uint32_t i = 1; i + 1 < sh->arg_count; i++)
			sh->args[i] = sh->args[i + 1];
		sh->arg_count -= sh->arg_count > 1;
	} else {
		return span_is(name, "cd") || span_is(name, "set") || span_is(name, "unset") ||
		       span_is(name, "echo") || span_is(name, "printf") || span_is(name, "shopt");
	}
	return true;
}

struct simple {
	struct shell_words words;
	struct span redirect;
	size_t from, to;
	uint32_t line;
	bool declaring, assigned;
};

/* Functions of libraries of scripts whose meaning is known: their bodies are not followed. */
static bool is_taken_as_known(struct span name)
{
	return name_matches(name, "config_foreach,config_get,config_get_bool,config_load,procd_*,"
				  "daemon,start_daemon,service_start,start-stop-daemon");
}

/* Names that scripts write are told even of "echo x >> file". */
static bool writes_a_file(const struct simple *s)
{
	return s->redirect.n && s->redirect.p[0] == '/' &&
	       !span_starts(s->redirect, span_text("/dev/"));
}

static enum tri run_words(struct shell *sh, struct reader *r, struct simple *s)
{
	struct shell_words *w = &s->words;
	const struct shell_function *f;
	enum tri status = TRI_NULL;

	if (w->n == 0 || w->p[0].text.n == 0)
		return s->assigned ? TRI_YES : TRI_NULL;
	f = is_taken_as_known(w->p[0].text) ? NULL : function_of(sh, w->p[0].text);
	if (f) {
		call(sh, f, w->p, w->n);
		return TRI_NULL;
	}
	if (run_builtin(sh, w, &status) && !writes_a_file(s))
		return status;
	sh->world->hooks->command(sh->world->ctx, sh,
				  &(struct shell_command){
					  .node = sh->script.node,
					  .offset = s->from,
					  .length = s->to - s->from,
					  .line = s->line,
					  .words = w->p,
					  .count = w->n,
					  .redirect = s->redirect,
					  .condition = condition_of(sh),
					  .background = is(r, "&"),
				  });
	if (w->n > 1 && span_is(w->p[0].text, "exec"))
		stop(sh, true); /* the script ends where another program takes its place */
	return status;
}

static void read_redirect(struct shell *sh, struct reader *r, struct simple *s)
{
	struct span how = r->raw;

	next_token(sh, r);
	if (r->kind != TOKEN_WORD)
		return;
	if ((span_is(how, "<<") || span_is(how, "<<-")) && r->heredoc_count < MOST_HEREDOCS)
		r->heredocs[r->heredoc_count++] = shell_expand_one(sh, r->raw).text;
	else if (is_live(sh) && span_byte(how, 0) == '>' && !span_is(how, ">&"))
		s->redirect = shell_expand_one(sh, r->raw).text;
	s->to = r->from + r->raw.n;
	next_token(sh, r);
}

static void read_word(struct shell *sh, struct reader *r, struct simple *s)
{
	bool live = is_live(sh) && r->raw.n <= LONGEST_WORD;

	s->to = r->from + r->raw.n;
	if (live && (s->words.n == 0 || s->declaring) && assign(sh, r->raw))
		s->assigned = true;
	else if (live)
		shell_expand(sh, r->raw, &s->words);
	if (s->words.n == 1 && declares(s->words.p[0].text))
		s->declaring = true;
	next_token(sh, r);
}

/* name ( ) { ... }: kept to be called. */
static bool read_function(struct shell *sh, struct reader *r, struct span name)
{
	struct reader ahead = *r;

	next_token(sh, &ahead); /* what stands behind "(" */
	if (!is(&ahead, ")") || !shell_is_name(name))
		return false;
	next_token(sh, &ahead);
	skip_newlines(sh, &ahead);
	if (is_live(sh) && sh->function_count < SHELL_FUNCTIONS)
		sh->functions[sh->function_count++] =
			(struct shell_function){ name, sh->script, ahead.from, ahead.token_line };
	*r = ahead;
	sh->dead++;
	run_pipeline(sh, r);
	sh->dead--;
	return true;
}

static void skip_double_brackets(struct shell *sh, struct reader *r)
{
	while (r->kind != TOKEN_END && r->kind != TOKEN_NEWLINE && !is(r, "]]"))
		next_token(sh, r);
	next_token(sh, r);
}

static enum tri run_simple(struct shell *sh, struct reader *r)
{
	struct simple s = { .from = r->from, .to = r->from, .line = r->token_line };
	struct span first = r->raw;

	if (is(r, "[[")) {
		skip_double_brackets(sh, r);
		return TRI_NULL;
	}
	if (is(r, "function")) {
		next_token(sh, r);
		first = r->raw;
		next_token(sh, r);
		if (is(r, "(") && read_function(sh, r, first))
			return TRI_YES;
	}
	while (r->kind == TOKEN_WORD || r->kind == TOKEN_REDIRECT) {
		if (r->kind == TOKEN_REDIRECT)
			read_redirect(sh, r, &s);
		else
			read_word(sh, r, &s);
		if (is(r, "(") && s.words.n <= 1 && read_function(sh, r, first))
			return TRI_YES;
	}
	return is_live(sh) ? run_words(sh, r, &s) : TRI_NULL;
}

/* -- blocks -- */

/* Runs a branch that is taken (yes), left (no), or taken on a condition. */
static void run_branch(struct shell *sh, struct reader *r, enum tri taken, struct span condition,
		       bool negated)
{
	uint32_t conditions = sh->condition_count;

	sh->dead += taken == TRI_NO;
	if (taken == TRI_NULL && is_live(sh))
		push_condition(sh, condition, negated);
	run_list(sh, r);
	pop_condition(sh, conditions);
	sh->dead -= taken == TRI_NO;
}

static void run_if(struct shell *sh, struct reader *r)
{
	enum tri left = TRI_YES; /* whether this branch is come to */
	struct span last = { 0 };

	while (is(r, "if") || is(r, "elif")) {
		size_t from = r->at;
		enum tri status;

		next_token(sh, r);
		sh->dead += left == TRI_NO;
		status = run_list(sh, r);
		sh->dead -= left == TRI_NO;
		last = source_since(r, from);
		if (!is(r, "then"))
			return;
		next_token(sh, r);
		run_branch(sh, r, left == TRI_NO ? TRI_NO : status, last, false);
		if (status == TRI_YES)
			left = TRI_NO;
		else if (status == TRI_NULL && left == TRI_YES)
			left = TRI_NULL;
	}
	if (is(r, "else")) {
		next_token(sh, r);
		run_branch(sh, r, left, last, true);
	}
	if (is(r, "fi"))
		next_token(sh, r);
}

static void skip_body(struct shell *sh, struct reader *r)
{
	sh->dead++;
	run_list(sh, r);
	sh->dead--;
}

/* A loop that counts is run as often as it counts; any other one once. */
static void run_while(struct shell *sh, struct reader *r)
{
	bool until = is(r, "until");
	struct reader begin = *r;

	for (int round = 0; round < MOST_ROUNDS; round++) {
		enum tri status;
		struct span test;

		*r = begin;
		next_token(sh, r);
		status = run_list(sh, r);
		test = source_since(r, begin.at);
		if (until && status != TRI_NULL)
			status = status == TRI_YES ? TRI_NO : TRI_YES;
		if (!is(r, "do"))
			return;
		next_token(sh, r);
		run_branch(sh, r, status, test, until);
		if (status != TRI_YES || !is_live(sh) ||
		    span_find(test, 0, span_text("$")) == SIZE_MAX)
			break;
	}
	if (is(r, "done"))
		next_token(sh, r);
}

/* A word of a for list: the files that a pattern names, or itself. */
static void run_for_word(struct shell *sh, struct reader *r, const struct reader *body,
			 struct span name, const struct shell_word *word)
{
	struct spans files = { 0 };

	if (word->known && (span_find(word->text, 0, span_text("*")) != SIZE_MAX ||
			    span_find(word->text, 0, span_text("?")) != SIZE_MAX ||
			    span_find(word->text, 0, span_text("[")) != SIZE_MAX))
		files = sh->world->hooks->glob(sh->world->ctx, word->text);
	for (uint32_t i = 0; i < files.n && i < MOST_ROUNDS && is_live(sh); i++) {
		*r = *body;
		shell_assign(sh, name, files.p[i], true);
		run_list(sh, r);
	}
	if (files.n == 0) {
		*r = *body;
		shell_assign(sh, name, word->text, word->known);
		run_list(sh, r);
	}
}

static void run_for(struct shell *sh, struct reader *r)
{
	struct shell_words words = { .n = 0 };
	struct reader body;
	struct span name;

	next_token(sh, r);
	name = r->raw;
	next_token(sh, r);
	skip_newlines(sh, r);
	if (is(r, "in"))
		for (next_token(sh, r); r->kind == TOKEN_WORD; next_token(sh, r))
			if (is_live(sh))
				shell_expand(sh, r->raw, &words);
	skip_newlines(sh, r);
	if (!is(r, "do"))
		return;
	next_token(sh, r);
	body = *r;
	skip_body(sh, r);
	for (uint32_t i = 0; i < words.n && is_live(sh) && shell_is_name(name); i++)
		run_for_word(sh, r, &body, name, &words.p[i]);
	if (is(r, "done"))
		next_token(sh, r);
}

/* Whether one of the patterns "start|boot" is the word. */
static bool matches(struct shell *sh, struct span patterns, struct span word)
{
	while (patterns.n) {
		struct span one = trim(field_next(&patterns, '|'));
		struct span bare = shell_expand_one(sh, one).text;
		char globs[256];

		if (span_equal(bare, word))
			return true;
		if (bare.n >= sizeof(globs) || span_find(bare, 0, span_text(",")) != SIZE_MAX)
			continue;
		memcpy(globs, bare.p, bare.n);
		globs[bare.n] = '\0';
		if (bare.n && name_matches(word, globs))
			return true;
	}
	return false;
}

static void run_arm(struct shell *sh, struct reader *r, const struct shell_word *word,
		    struct span raw, bool *taken)
{
	size_t from = r->from;
	struct span patterns;
	struct text said = { 0 };
	enum tri how;

	if (is(r, "("))
		next_token(sh, r);
	while (r->kind != TOKEN_END && !is(r, ")"))
		next_token(sh, r);
	patterns = source_since(r, from);
	next_token(sh, r);
	how = *taken ? TRI_NO : !word->known ? TRI_NULL : TRI_NO;
	if (!*taken && word->known && matches(sh, patterns, word->text))
		how = TRI_YES;
	*taken |= how == TRI_YES;
	text_put(&said, span_head(raw, LONGEST_SAID / 2));
	text_puts(&said, " is ");
	text_put(&said, span_head(patterns, LONGEST_SAID / 2));
	run_branch(sh, r, how, text_span(&said), false);
	text_free(&said);
	if (is(r, ";;"))
		next_token(sh, r);
}

static void run_case(struct shell *sh, struct reader *r)
{
	struct shell_word word;
	struct span raw;
	bool taken = false;

	next_token(sh, r);
	raw = r->raw;
	word = shell_expand_one(sh, raw);
	next_token(sh, r);
	skip_newlines(sh, r);
	if (!is(r, "in"))
		return;
	next_token(sh, r);
	for (;;) {
		skip_newlines(sh, r);
		if (r->kind == TOKEN_END || is(r, "esac"))
			break;
		run_arm(sh, r, &word, raw, &taken);
	}
	next_token(sh, r);
}

static void run_group(struct shell *sh, struct reader *r)
{
	const char *close = is(r, "{") ? "}" : ")";

	next_token(sh, r);
	run_list(sh, r);
	if (is(r, close))
		next_token(sh, r);
}

static enum tri run_command(struct shell *sh, struct reader *r)
{
	static const struct {
		const char *word;
		void (*run)(struct shell *sh, struct reader *r);
	} blocks[] = {
		{ "if", run_if },   { "while", run_while }, { "until", run_while },
		{ "for", run_for }, { "case", run_case },   { "{", run_group },
		{ "(", run_group },
	};

	for (size_t i = 0; i < sizeof(blocks) / sizeof(blocks[0]); i++) {
		struct simple rest = { 0 };

		if (!is(r, blocks[i].word))
			continue;
		if (sh->depth >= SHELL_DEPTH) {
			r->kind = TOKEN_END; /* nobody writes this: the rest is not read */
			r->at = r->in.n;
			return TRI_NULL;
		}
		sh->depth++;
		blocks[i].run(sh, r);
		sh->depth--;
		while (r->kind == TOKEN_REDIRECT)
			read_redirect(sh, r, &rest);
		return TRI_NULL;
	}
	return run_simple(sh, r);
}

static enum tri run_pipeline(struct shell *sh, struct reader *r)
{
	bool negated = false, several = false;
	enum tri status;

	while (is(r, "!")) {
		negated = !negated;
		next_token(sh, r);
	}
	status = run_command(sh, r);
	while (is(r, "|")) {
		several = true;
		next_token(sh, r);
		skip_newlines(sh, r);
		run_command(sh, r);
	}
	if (several || status == TRI_NULL)
		return TRI_NULL;
	return (status == TRI_YES) != negated ? TRI_YES : TRI_NO;
}

/* Commands whose result decides nothing worth telling. */
static bool always_works(struct span text)
{
	static const char *const usual[] = { "cd ",    "mkdir ", "export ", "echo ",
					     "mount ", "insmod", "modprobe" };

	for (size_t i = 0; i < sizeof(usual) / sizeof(usual[0]); i++)
		if (span_starts(text, span_text(usual[i])))
			return true;
	return false;
}

static enum tri run_and_or(struct shell *sh, struct reader *r)
{
	size_t from = r->from;
	enum tri status = run_pipeline(sh, r);

	while (is(r, "&&") || is(r, "||")) {
		bool is_or = is(r, "||");
		struct span text = source_since(r, from);
		uint32_t conditions = sh->condition_count;
		bool skipped = status == (is_or ? TRI_YES : TRI_NO);
		bool open = status == TRI_NULL && !(!is_or && always_works(text));
		enum tri next;

		next_token(sh, r);
		skip_newlines(sh, r);
		sh->dead += skipped;
		if (open && is_live(sh))
			push_condition(sh, text, is_or);
		next = run_pipeline(sh, r);
		pop_condition(sh, conditions);
		sh->dead -= skipped;
		if (!skipped)
			status = status == TRI_NULL && next != (is_or ? TRI_YES : TRI_NO) ? TRI_NULL
											  : next;
	}
	return status;
}

static bool ends_list(const struct reader *r)
{
	static const char *const ends[] = { "then", "elif", "else", "fi", "do",
					    "done", "esac", "}",    ")",  ";;" };

	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++)
		if (is(r, ends[i]))
			return true;
	return r->kind == TOKEN_END;
}

/* Up to a word that closes a block, which stays the current token. The last one's status. */
static enum tri run_list(struct shell *sh, struct reader *r)
{
	enum tri status = TRI_NULL;

	for (;;) {
		size_t before;

		while (r->kind == TOKEN_NEWLINE || is(r, ";") || is(r, "&"))
			next_token(sh, r);
		if (ends_list(r))
			return status;
		before = r->from;
		status = run_and_or(sh, r);
		if (r->from == before && !ends_list(r))
			next_token(sh, r); /* a mark that begins no command */
	}
}

/* -- from outside -- */

void shell_run(struct shell_world *w, struct shell *sh, struct shell_script script,
	       struct shell_words args, struct span condition)
{
	*sh = (struct shell){ .world = w };
	sh->arg_count = args.n < 10 ? args.n : 10;
	for (uint32_t i = 0; i < sh->arg_count; i++)
		sh->args[i] = args.p[i];
	if (condition.n)
		sh->conditions[sh->condition_count++] = condition;
	sh->base = sh->condition_count;
	run_text(sh, script, 0, 1);
}

bool shell_has(const struct shell *sh, const char *name)
{
	return function_of(sh, span_text(name)) != NULL;
}

bool shell_call(struct shell *sh, const char *name)
{
	const struct shell_function *f = function_of(sh, span_text(name));
	struct shell_word word = { span_text(name), true };

	sh->stopped = sh->exited = false;
	if (f)
		call(sh, f, &word, 1);
	return f != NULL;
}
