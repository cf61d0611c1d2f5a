/* shell_word.c - words of a script: quotes, variables, defaults, arithmetic on known numbers, and
 * tests. What is not known stands in the result as it stands in the script. */
#include "base/text.h"
#include "observe/observe.h"
#include "observe/shell.h"

#define LONGEST_VALUE 4096

bool shell_is_name(struct span s)
{
	for (size_t i = 0; i < s.n; i++) {
		uint8_t c = s.p[i];
		bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';

		if (!letter && (i == 0 || c < '0' || c > '9'))
			return false;
	}
	return s.n > 0;
}

const struct shell_variable *shell_variable(const struct shell *sh, struct span name)
{
	for (uint32_t i = 0; i < sh->variable_count; i++)
		if (span_equal(sh->variables[i].name, name))
			return &sh->variables[i];
	return NULL;
}

void shell_assign(struct shell *sh, struct span name, struct span value, bool known)
{
	struct shell_variable *v = (struct shell_variable *)(uintptr_t)shell_variable(sh, name);

	if (!v && sh->variable_count == SHELL_VARIABLES)
		return;
	if (!v) {
		v = &sh->variables[sh->variable_count++];
		v->name = arena_copy(sh->world->arena, name);
	}
	v->value = arena_copy(sh->world->arena, span_head(value, LONGEST_VALUE));
	v->known = known;
}

struct span shell_value(const struct shell *sh, const char *name)
{
	const struct shell_variable *v = shell_variable(sh, span_text(name));

	return v ? v->value : (struct span){ 0 };
}

/* -- expansion -- */

struct expansion {
	struct shell *sh;
	struct shell_words *out;
	struct text t; /* the word under way */
	bool known, any, split;
};

static void end_word(struct expansion *e)
{
	uint64_t *budget = &e->sh->world->budget;

	*budget -= e->t.n < *budget ? e->t.n : *budget;
	if (e->any && e->out->n < SHELL_WORDS)
		e->out->p[e->out->n++] =
			(struct shell_word){ arena_copy(e->sh->world->arena, text_span(&e->t)),
					     e->known };
	e->t.n = 0;
	e->known = true;
	e->any = false;
}

static void put(struct expansion *e, struct span s)
{
	if (e->t.n < LONGEST_VALUE)
		text_put(&e->t, span_head(s, LONGEST_VALUE - e->t.n));
	e->any = true;
}

/* A value without quotes around it is split at blanks. */
static void put_value(struct expansion *e, struct span value, bool quoted)
{
	size_t at = 0;

	if (quoted || !e->split) {
		put(e, value);
		return;
	}
	while (at < value.n) {
		size_t from = at;

		while (at < value.n && value.p[at] != ' ' && value.p[at] != '\t' &&
		       value.p[at] != '\n')
			at++;
		if (at > from)
			put(e, span_sub(value, from, at - from));
		if (at < value.n)
			end_word(e);
		at++;
	}
}

static void put_unknown(struct expansion *e, struct span raw)
{
	put(e, raw);
	e->known = false;
}

/* $1, $@, $# and their like; false: not known. */
static bool special(const struct shell *sh, struct span name, struct span *value)
{
	int c = span_byte(name, 0);

	if (name.n != 1 || c < '0' || c > '9')
		return false;
	*value = (struct span){ (const uint8_t *)"", 0 };
	if ((uint32_t)(c - '0') >= sh->arg_count)
		return true;
	*value = sh->args[c - '0'].text;
	return sh->args[c - '0'].known;
}

/* A variable that the script itself sets somewhere is empty until it does. */
static bool is_set_later(const struct shell *sh, struct span name)
{
	struct shell_world *w = sh->world;
	struct span text = sh->script.text;
	uint64_t cost = text.n / 8;

	w->budget -= cost < w->budget ? cost : w->budget;
	for (size_t at = 0; (at = span_find(text, at, name)) != SIZE_MAX; at += name.n)
		if (span_byte(text, at + name.n) == '=' &&
		    (at == 0 || memchr(" \t\n;", text.p[at - 1], 4)))
			return true;
	return false;
}

static bool look_up(const struct shell *sh, struct span name, struct span *value)
{
	const struct shell_variable *v = shell_variable(sh, name);

	if (special(sh, name, value))
		return true;
	if (v)
		*value = v->value;
	else
		*value = (struct span){ (const uint8_t *)"", 0 };
	return v ? v->known : shell_is_name(name) && is_set_later(sh, name);
}

static void put_all_args(struct expansion *e)
{
	for (uint32_t i = 1; i < e->sh->arg_count; i++) {
		if (i > 1 && e->split)
			end_word(e);
		else if (i > 1)
			put(e, span_text(" "));
		put(e, e->sh->args[i].text);
		e->known &= e->sh->args[i].known;
	}
}

/* ${name##pattern} and its like: the directory or the suffix taken away. */
static bool trimmed(struct span value, struct span how, struct span *out)
{
	size_t at;

	if (span_is(how, "##*/")) {
		at = value.n;
		while (at > 0 && value.p[at - 1] != '/')
			at--;
		*out = span_from(value, at);
		return true;
	}
	if (span_starts(how, span_text("#S??")) && value.n > 3) {
		*out = span_byte(value, 0) == 'S' ? span_from(value, 3) : value;
		return true;
	}
	if (span_byte(how, 0) == '%' && span_find(how, 0, span_text("*")) == SIZE_MAX) {
		struct span end = span_from(how, 1);

		*out = span_ends(value, end) ? span_head(value, value.n - end.n) : value;
		return true;
	}
	return false;
}

/* ${...}; `inside` without the braces. */
static void put_braces(struct expansion *e, struct span inside, struct span raw, bool quoted)
{
	size_t n = 0;
	struct span name, how, value = { 0 };
	bool known, colon;

	while (n < inside.n && (shell_is_name(span_sub(inside, 0, n + 1)) ||
				(n == 0 && inside.p[0] >= '0' && inside.p[0] <= '9')))
		n++;
	name = span_head(inside, n);
	how = span_from(inside, n);
	known = name.n && look_up(e->sh, name, &value);
	colon = span_byte(how, 0) == ':';
	if (name.n == 0) {
		put_unknown(e, raw);
	} else if (how.n == 0) {
		if (known)
			put_value(e, value, quoted);
		else
			put_unknown(e, raw);
	} else if (span_byte(how, colon) == '-' || span_byte(how, colon) == '=') {
		struct shell_word other;

		if (known && value.n) {
			put_value(e, value, quoted);
			return;
		}
		/* set nowhere in the image: the default holds */
		other = shell_expand_one(e->sh, span_from(how, colon + 1u));
		put_value(e, other.text, quoted);
		e->known &= other.known;
		if (span_byte(how, colon) == '=')
			shell_assign(e->sh, name, other.text, other.known);
	} else if (known && trimmed(value, how, &value)) {
		put_value(e, value, quoted);
	} else {
		put_unknown(e, raw);
	}
}

static bool number_of(struct shell *sh, struct span s, uint64_t *n)
{
	size_t used = 0;
	struct span value = s;

	if (span_byte(s, 0) == '$')
		s = span_from(s, 1);
	if (shell_is_name(s) && !look_up(sh, s, &value))
		return false;
	return span_number(value, 10, n, &used) && used == value.n;
}

/* $((a + b)) and $((a - b)) of known numbers: what loops count with. */
static void put_arithmetic(struct expansion *e, struct span inside, struct span raw)
{
	static const char signs[] = "+-";
	struct text t = { 0 };
	struct span bare;
	bool done = false;

	for (size_t i = 0; i < inside.n; i++)
		if (inside.p[i] != ' ' && inside.p[i] != '\t')
			text_put(&t, span_sub(inside, i, 1));
	bare = text_span(&t);
	for (size_t i = 1; i + 1 < bare.n && !done; i++) {
		uint64_t a, b;
		char digits[24];

		if (!strchr(signs, bare.p[i]) || !number_of(e->sh, span_head(bare, i), &a) ||
		    !number_of(e->sh, span_from(bare, i + 1), &b))
			continue;
		snprintf(digits, sizeof(digits), "%llu",
			 (unsigned long long)(bare.p[i] == '+' ? a + b : a - b));
		put(e, span_text(digits));
		done = true;
	}
	if (!done)
		put_unknown(e, raw);
	text_free(&t);
}

/* $(cat FILE) and $(basename X): what their results are is in the image. */
static void put_substitution(struct expansion *e, struct span inside, struct span raw, bool quoted)
{
	struct span rest = inside, command, path;
	struct shell_script file;
	struct shell_word word;

	while (span_byte(rest, 0) == ' ')
		rest = span_from(rest, 1);
	command = field_next(&rest, ' ');
	path = rest;
	while (path.n && (path.p[path.n - 1] == ' ' || path.p[path.n - 1] == '\n'))
		path.n--;
	if (path.n == 0 || span_find(path, 0, span_text("$(")) != SIZE_MAX ||
	    span_find(path, 0, span_text("|")) != SIZE_MAX ||
	    span_find(path, 0, span_text("`")) != SIZE_MAX) {
		put_unknown(e, raw);
		return;
	}
	if (!span_is(command, "cat") && !span_is(command, "basename")) {
		put_unknown(e, raw);
		return;
	}
	word = shell_expand_one(e->sh, path);
	if (word.known && span_is(command, "basename") &&
	    trimmed(word.text, span_text("##*/"), &word.text)) {
		put_value(e, word.text, quoted);
	} else if (word.known && span_is(command, "cat") &&
		   e->sh->world->hooks->file(e->sh->world->ctx, word.text, &file)) {
		while (file.text.n && file.text.p[file.text.n - 1] == '\n')
			file.text.n--;
		put_value(e, span_head(file.text, LONGEST_VALUE), quoted);
	} else {
		put_unknown(e, raw);
	}
}

/* The end of what begins with `open` at `at`: behind its closing mark, or the end. */
static size_t closing(struct span s, size_t at, char open, char close)
{
	int depth = 1;

	while (at < s.n) {
		char c = (char)s.p[at++];

		if (c == '\\')
			at++;
		else if (c == '\'' && open != '{') {
			size_t end = span_find(s, at, span_text("'"));

			at = end < s.n ? end + 1 : s.n;
		} else if (c == open)
			depth++;
		else if (c == close && --depth == 0)
			return at;
	}
	return s.n;
}

/* What begins with the dollar at `at`; returns where it ends. */
static size_t put_dollar(struct expansion *e, struct span raw, size_t at, bool quoted)
{
	int c = span_byte(raw, at + 1);
	size_t end = at + 2;
	struct span whole, value = { 0 };

	if (c == '(' || c == '{') {
		end = closing(raw, at + 2, (char)c, c == '(' ? ')' : '}');
		whole = span_sub(raw, at, end - at);
		if (c == '{')
			put_braces(e, span_sub(raw, at + 2, whole.n - 3), whole, quoted);
		else if (span_byte(raw, at + 2) == '(' && whole.n >= 5)
			put_arithmetic(e, span_sub(raw, at + 3, whole.n - 5), whole);
		else
			put_substitution(e, span_sub(raw, at + 2, whole.n - 3), whole, quoted);
		return end;
	}
	if (c == '@' || c == '*') {
		put_all_args(e);
		return end;
	}
	while (shell_is_name(span_sub(raw, at + 1, end - at - 1)) && end < raw.n &&
	       shell_is_name(span_sub(raw, at + 1, end - at)))
		end++;
	whole = span_sub(raw, at, end - at);
	if (whole.n == 0)
		put(e, span_sub(raw, at, 1));
	else if (look_up(e->sh, span_from(whole, 1), &value))
		put_value(e, value, quoted);
	else
		put_unknown(e, whole);
	return whole.n ? end : at + 1;
}

static size_t put_backticks(struct expansion *e, struct span raw, size_t at, bool quoted)
{
	size_t end = span_find(raw, at + 1, span_text("`"));
	size_t stop = end < raw.n ? end + 1 : raw.n;

	put_substitution(e, span_sub(raw, at + 1, stop - at - 2), span_sub(raw, at, stop - at),
			 quoted);
	return stop;
}

static void expand(struct expansion *e, struct span raw)
{
	bool quoted = false;

	for (size_t at = 0; at < raw.n;) {
		uint8_t c = raw.p[at];

		if (c == '\\') {
			put(e, span_sub(raw, at + 1, 1));
			at += 2;
		} else if (c == '\'' && !quoted) {
			size_t end = span_find(raw, at + 1, span_text("'"));

			end = end < raw.n ? end : raw.n;
			put(e, span_sub(raw, at + 1, end - at - 1));
			at = end + 1;
		} else if (c == '"') {
			quoted = !quoted;
			e->any = true;
			at++;
		} else if (c == '$' && at + 1 < raw.n) {
			at = put_dollar(e, raw, at, quoted);
		} else if (c == '`') {
			at = put_backticks(e, raw, at, quoted);
		} else {
			put(e, span_sub(raw, at++, 1));
		}
	}
	end_word(e);
}

void shell_expand(struct shell *sh, struct span raw, struct shell_words *out)
{
	struct expansion e = { .sh = sh, .out = out, .known = true, .split = true };

	if (sh->world->depth >= SHELL_DEPTH)
		return;
	sh->world->depth++;
	expand(&e, raw);
	sh->world->depth--;
	text_free(&e.t);
}

struct shell_word shell_expand_one(struct shell *sh, struct span raw)
{
	struct shell_words one = { .n = 0 };
	struct expansion e = { .sh = sh, .out = &one, .known = true };

	if (sh->world->depth >= SHELL_DEPTH)
		return (struct shell_word){ { 0 }, false };
	sh->world->depth++;
	e.any = true;
	expand(&e, raw);
	sh->world->depth--;
	text_free(&e.t);
	return one.n ? one.p[0] : (struct shell_word){ { 0 }, true };
}
