/* shell_block.c - if, case, for, while and groups of a script (POSIX.1-2017 XCU 2.9.4). A branch
 * whose test is known is taken or left; any other is taken with the test as its condition. */
#include "base/text.h"
#include "observe/observe.h"
#include "observe/shell_read.h"

#define MOST_ROUNDS 128 /* of one loop */

/* Runs a branch that is taken (yes), left (no), or taken on a condition. */
static void run_branch(struct shell *sh, struct reader *r, enum tri taken, struct span condition,
		       bool negated)
{
	uint32_t conditions = sh->condition_count;

	sh->dead += taken == TRI_NO;
	if (taken == TRI_NULL && shell_is_live(sh))
		push_condition(sh, condition, negated);
	shell_list(sh, r);
	pop_condition(sh, conditions);
	sh->dead -= taken == TRI_NO;
}

static void run_if(struct shell *sh, struct reader *r)
{
	enum tri left = TRI_YES; /* whether this branch is come to */
	struct span last = { 0 };

	while (token_is(r, "if") || token_is(r, "elif")) {
		size_t from = r->at;
		enum tri status;

		next_token(sh, r);
		sh->dead += left == TRI_NO;
		status = shell_list(sh, r);
		sh->dead -= left == TRI_NO;
		last = source_since(r, from);
		if (!token_is(r, "then"))
			return;
		next_token(sh, r);
		run_branch(sh, r, left == TRI_NO ? TRI_NO : status, last, false);
		if (status == TRI_YES)
			left = TRI_NO;
		else if (status == TRI_NULL && left == TRI_YES)
			left = TRI_NULL;
	}
	if (token_is(r, "else")) {
		next_token(sh, r);
		run_branch(sh, r, left, last, true);
	}
	if (token_is(r, "fi"))
		next_token(sh, r);
}

static void skip_body(struct shell *sh, struct reader *r)
{
	sh->dead++;
	shell_list(sh, r);
	sh->dead--;
}

/* A loop that counts is run as often as it counts; any other one once. */
static void run_while(struct shell *sh, struct reader *r)
{
	bool until = token_is(r, "until");
	struct reader begin = *r;

	for (int round = 0; round < MOST_ROUNDS; round++) {
		enum tri status;
		struct span test;

		*r = begin;
		next_token(sh, r);
		status = shell_list(sh, r);
		test = source_since(r, begin.at);
		if (until && status != TRI_NULL)
			status = status == TRI_YES ? TRI_NO : TRI_YES;
		if (!token_is(r, "do"))
			return;
		next_token(sh, r);
		run_branch(sh, r, status, test, until);
		if (status != TRI_YES || !shell_is_live(sh) ||
		    span_find(test, 0, span_text("$")) == SIZE_MAX)
			break;
	}
	if (token_is(r, "done"))
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
	for (uint32_t i = 0; i < files.n && i < MOST_ROUNDS && shell_is_live(sh); i++) {
		*r = *body;
		shell_assign(sh, name, files.p[i], true);
		shell_list(sh, r);
	}
	if (files.n == 0) {
		*r = *body;
		shell_assign(sh, name, word->text, word->known);
		shell_list(sh, r);
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
	if (token_is(r, "in"))
		for (next_token(sh, r); r->kind == TOKEN_WORD; next_token(sh, r))
			if (shell_is_live(sh))
				shell_expand(sh, r->raw, &words);
	skip_newlines(sh, r);
	if (!token_is(r, "do"))
		return;
	next_token(sh, r);
	body = *r;
	skip_body(sh, r);
	for (uint32_t i = 0; i < words.n && shell_is_live(sh) && shell_is_name(name); i++)
		run_for_word(sh, r, &body, name, &words.p[i]);
	if (token_is(r, "done"))
		next_token(sh, r);
}

/* Whether one of the patterns "start|boot" is the word. */
static bool matches(struct shell *sh, struct span patterns, struct span word)
{
	while (patterns.n) {
		struct span one = source_trim(field_next(&patterns, '|'));
		struct span bare = shell_expand_one(sh, one).text;
		char globs[256];

		if (span_equal(bare, word))
			return true;
		if (bare.n == 0 || bare.n >= sizeof(globs) ||
		    span_find(bare, 0, span_text(",")) != SIZE_MAX)
			continue;
		if (!shell_spend(sh, bare.n * word.n / 16))
			return false;
		memcpy(globs, bare.p, bare.n);
		globs[bare.n] = '\0';
		if (name_matches(word, globs))
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

	if (token_is(r, "("))
		next_token(sh, r);
	while (r->kind != TOKEN_END && !token_is(r, ")"))
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
	if (token_is(r, ";;"))
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
	if (!token_is(r, "in"))
		return;
	next_token(sh, r);
	for (;;) {
		skip_newlines(sh, r);
		if (r->kind == TOKEN_END || token_is(r, "esac"))
			break;
		run_arm(sh, r, &word, raw, &taken);
	}
	next_token(sh, r);
}

static void run_group(struct shell *sh, struct reader *r)
{
	const char *close = token_is(r, "{") ? "}" : ")";

	next_token(sh, r);
	shell_list(sh, r);
	if (token_is(r, close))
		next_token(sh, r);
}

bool shell_block(struct shell *sh, struct reader *r)
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
		if (!token_is(r, blocks[i].word))
			continue;
		if (sh->depth >= SHELL_DEPTH) {
			r->kind = TOKEN_END; /* nobody writes this: the rest is not read */
			r->at = r->in.n;
			return true;
		}
		sh->depth++;
		blocks[i].run(sh, r);
		sh->depth--;
		return true;
	}
	return false;
}
