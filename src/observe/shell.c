/* shell.c - runs the lines of a script: lists, blocks, loops, functions (POSIX.1-2017 XCU 2.9, as
 * far as scripts of a boot use it). A branch whose test is known is taken or left; one whose test
 * is not known is taken with the test as its condition. */
#include "base/text.h"
#include "observe/observe.h"
#include "observe/shell_read.h"

#define LONGEST_WORD     4096
#define COST_OF_A_SCRIPT 512

/* -- running -- */

static enum tri run_pipeline(struct shell *sh, struct reader *r);

void push_condition(struct shell *sh, struct span text, bool negated)
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

void pop_condition(struct shell *sh, uint32_t count)
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

bool shell_is_live(const struct shell *sh)
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

	if (sh->world->depth >= SHELL_DEPTH || !shell_spend(sh, COST_OF_A_SCRIPT))
		return;
	sh->world->depth++;
	sh->script = script;
	next_token(sh, &r);
	if (at) /* a function's body: one command */
		run_pipeline(sh, &r);
	while (!at && r.kind != TOKEN_END) {
		shell_list(sh, &r);
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
					  .background = token_is(r, "&"),
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
	else if (shell_is_live(sh) && span_byte(how, 0) == '>' && !span_is(how, ">&"))
		s->redirect = shell_expand_one(sh, r->raw).text;
	s->to = r->from + r->raw.n;
	next_token(sh, r);
}

static void read_word(struct shell *sh, struct reader *r, struct simple *s)
{
	bool live = shell_is_live(sh) && r->raw.n <= LONGEST_WORD;

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
	if (!token_is(&ahead, ")") || !shell_is_name(name))
		return false;
	next_token(sh, &ahead);
	skip_newlines(sh, &ahead);
	if (shell_is_live(sh) && sh->function_count < SHELL_FUNCTIONS)
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
	while (r->kind != TOKEN_END && r->kind != TOKEN_NEWLINE && !token_is(r, "]]"))
		next_token(sh, r);
	next_token(sh, r);
}

static enum tri run_simple(struct shell *sh, struct reader *r)
{
	struct simple s = { .from = r->from, .to = r->from, .line = r->token_line };
	struct span first = r->raw;

	if (token_is(r, "[[")) {
		skip_double_brackets(sh, r);
		return TRI_NULL;
	}
	if (token_is(r, "function")) {
		next_token(sh, r);
		first = r->raw;
		next_token(sh, r);
		if (token_is(r, "(") && read_function(sh, r, first))
			return TRI_YES;
	}
	while (r->kind == TOKEN_WORD || r->kind == TOKEN_REDIRECT) {
		if (r->kind == TOKEN_REDIRECT)
			read_redirect(sh, r, &s);
		else
			read_word(sh, r, &s);
		if (token_is(r, "(") && s.words.n <= 1 && read_function(sh, r, first))
			return TRI_YES;
	}
	return shell_is_live(sh) ? run_words(sh, r, &s) : TRI_NULL;
}

static enum tri run_command(struct shell *sh, struct reader *r)
{
	struct simple rest = { .from = r->from };

	if (!shell_block(sh, r))
		return run_simple(sh, r);
	while (r->kind == TOKEN_REDIRECT)
		read_redirect(sh, r, &rest);
	return TRI_NULL;
}

static enum tri run_pipeline(struct shell *sh, struct reader *r)
{
	bool negated = false, several = false;
	enum tri status;

	while (token_is(r, "!")) {
		negated = !negated;
		next_token(sh, r);
	}
	status = run_command(sh, r);
	while (token_is(r, "|")) {
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

	while (token_is(r, "&&") || token_is(r, "||")) {
		bool is_or = token_is(r, "||");
		struct span text = source_since(r, from);
		uint32_t conditions = sh->condition_count;
		bool skipped = status == (is_or ? TRI_YES : TRI_NO);
		bool open = status == TRI_NULL && !(!is_or && always_works(text));
		enum tri next;

		next_token(sh, r);
		skip_newlines(sh, r);
		sh->dead += skipped;
		if (open && shell_is_live(sh))
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
		if (token_is(r, ends[i]))
			return true;
	return r->kind == TOKEN_END;
}

enum tri shell_list(struct shell *sh, struct reader *r)
{
	enum tri status = TRI_NULL;

	for (;;) {
		size_t before;

		while (r->kind == TOKEN_NEWLINE || token_is(r, ";") || token_is(r, "&"))
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
