/* shell.h - inside observe/: scripts followed as a shell would run them at boot. Variables, tests,
 * loops, functions and sourced files are followed where their values stand in the image; what only
 * the running device knows is noted as a condition and both ways are taken. Nothing is executed. */
#ifndef EVENHAND_OBSERVE_SHELL_H
#define EVENHAND_OBSERVE_SHELL_H

#include "observe/fact.h"

#define SHELL_WORDS     96
#define SHELL_VARIABLES 256
#define SHELL_FUNCTIONS 128
#define SHELL_DEPTH     24 /* of blocks, calls and scripts within each other */

struct shell;

struct shell_script {
	const struct node *node;
	struct span text;
};

struct shell_word {
	struct span text; /* expanded as far as it is known */
	bool known;
};

/* A simple command that is neither a builtin nor a function of the script. */
struct shell_command {
	const struct node *node; /* where it stands */
	uint64_t offset, length;
	uint32_t line;
	const struct shell_word *words; /* at least one */
	uint32_t count;
	struct span redirect;  /* the file its output goes to; empty: none */
	struct span condition; /* what decides whether it runs; empty: nothing that is not known */
	bool background;
};

struct shell_words {
	struct shell_word p[SHELL_WORDS];
	uint32_t n;
};

struct shell_hooks {
	void (*command)(void *ctx, struct shell *sh, const struct shell_command *c);
	/* A file of the image for "." and $(cat ...); false: not there, or not kept. */
	bool (*file)(void *ctx, struct span path, struct shell_script *out);
	/* Whether "-f path" and its like hold; what is not in the image may be on the device. */
	bool (*exists)(void *ctx, struct span path, int test);
	/* The paths that match, in the order of their names. */
	struct spans (*glob)(void *ctx, struct span pattern);
};

/* What scripts that call each other share. */
struct shell_world {
	const struct shell_hooks *hooks;
	void *ctx;
	struct arena *arena; /* for values; dies with the walk */
	uint64_t budget;     /* bytes that may still be read, a token costs some more */
	unsigned depth;
};

struct shell_function {
	struct span name;
	struct shell_script script;
	size_t at;
	uint32_t line;
};

struct shell_variable {
	struct span name, value;
	bool known;
};

struct shell {
	struct shell_world *world;
	struct shell_script script;
	struct shell_variable variables[SHELL_VARIABLES];
	struct shell_function functions[SHELL_FUNCTIONS];
	uint32_t variable_count, function_count;
	struct shell_word args[10]; /* $0 ... $9 */
	uint32_t arg_count;
	struct span conditions[SHELL_DEPTH * 2];
	uint32_t condition_count, base; /* of the function or script that runs */
	struct span rest;               /* a condition on all that follows: "|| exit" */
	unsigned depth, dead;
	bool stopped, exited;
};

/* Runs a script with arguments; the first is its name. condition: what decides whether it is run at
 * all. */
void shell_run(struct shell_world *w, struct shell *sh, struct shell_script script,
	       struct shell_words args, struct span condition);
/* Calls a function that the script has defined; false: it has none of that name. */
bool shell_call(struct shell *sh, const char *name);
bool shell_has(const struct shell *sh, const char *name);
/* The value of a variable; empty where it has none. */
struct span shell_value(const struct shell *sh, const char *name);

/* -- between the files of the shell -- */
/* Expands one word of the source: quotes, variables, substitutions that are known, splitting. */
void shell_expand(struct shell *sh, struct span raw, struct shell_words *out);
/* The same as one word, without splitting. */
struct shell_word shell_expand_one(struct shell *sh, struct span raw);
void shell_assign(struct shell *sh, struct span name, struct span value, bool known);
const struct shell_variable *shell_variable(const struct shell *sh, struct span name);
/* test, [: whether it holds. */
enum tri shell_test(struct shell *sh, const struct shell_word *words, uint32_t count);
bool shell_is_name(struct span s);

#endif
