/* shell_read.h - inside observe/: the tokens of a script, and what runs them. */
#ifndef EVENHAND_OBSERVE_SHELL_READ_H
#define EVENHAND_OBSERVE_SHELL_READ_H

#include "observe/shell.h"

#define MOST_HEREDOCS 4

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

/* Whether the current token is that word or mark. */
bool token_is(const struct reader *r, const char *text);
void next_token(struct shell *sh, struct reader *r);
void skip_newlines(struct shell *sh, struct reader *r);
/* Takes from what may still be read; false when nothing is left. */
bool shell_spend(struct shell *sh, uint64_t cost);
/* The source from `from` to the current token, without blanks around it. */
struct span source_since(const struct reader *r, size_t from);
struct span source_trim(struct span s);

/* Up to a word that closes a block, which stays the current token. The last one's status. */
enum tri shell_list(struct shell *sh, struct reader *r);
/* Whether what is read now also runs. */
bool shell_is_live(const struct shell *sh);
void push_condition(struct shell *sh, struct span text, bool negated);
void pop_condition(struct shell *sh, uint32_t count);
/* Runs a block whose first word is the current token; false: it begins none. */
bool shell_block(struct shell *sh, struct reader *r);

#define LONGEST_SAID 240 /* of a condition */

#endif
