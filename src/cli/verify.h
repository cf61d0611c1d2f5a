/* verify.h - inside cli/: envelopes while they are checked, and how the outcome is told. */
#ifndef EVENHAND_CLI_VERIFY_H
#define EVENHAND_CLI_VERIFY_H

#include "cli/cli.h"
#include "trust/statement.h"

enum step { STEP_ENVELOPE, STEP_SIGNATURE, STEP_STATEMENT, STEP_IMAGE, STEP_STANDING, STEPS };

/* A key that is trusted. */
struct signer {
	struct sigkey *key;
	const char *name; /* of its file */
	uint8_t digest[SHA256_SIZE];
};

struct checked {
	struct envelope e;
	struct statement s;
	const char *name;
	uint32_t signers; /* a bit for each key */
};

struct check_run {
	struct job *j;
	const struct verification *v;
	struct arena arena;
	struct signer signers[MOST_KEYS];
	int signer_count;
	struct checked *list;
	int count;
	struct subject image;
	enum step step; /* that failed, or STEPS */
	struct text *out;
	struct text why; /* escaped */
};

/* The name of a file, without its folder, as a person may see it. */
void verify_name(struct text *out, const char *path);
/* The outcome (terminal.md 5): the step that failed, or what every statement says. */
void verify_text(struct check_run *r);

#endif
