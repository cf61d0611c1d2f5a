/* check.h - inside judge/: how one check comes to its verdict. It names places that speak for an
 * outcome and one sentence an outcome; the strongest outcome wins: fail, review, not evaluable,
 * pass, not applicable. */
#ifndef EVENHAND_JUDGE_CHECK_H
#define EVENHAND_JUDGE_CHECK_H

#include "base/text.h"
#include "judge/judge.h"

#define OUTCOMES (OUTCOME_NOT_APPLICABLE + 1)

/* What coverage.blind comes to. */
struct blind_spot {
	uint64_t bytes;
	uint32_t count;
	const struct node *largest;
	bool is_small; /* under 1 % of the image, nothing dense, encrypted, damaged or cut off */
	bool is_dense; /* some of it is encrypted or has an entropy above 7.2 */
};

/* Programs that show by their name what an image can do. */
enum program { PROGRAM_TELNET, PROGRAM_SSH, PROGRAM_LOGIN, PROGRAM_FTP, PROGRAMS };

struct premises { /* what all checks of one image share */
	struct blind_spot blind;
	const struct node *program[PROGRAMS]; /* the first of each in tree order, or NULL */
	const uint8_t *marks;                 /* one a node */
};

enum { MARK_EXECUTABLE = 1, MARK_COMPONENT = 2, MARK_LIBRARY = 4, MARK_OTHER_LIBC = 8 };

struct pile { /* what speaks for one outcome */
	struct evidence_ref *p;
	uint32_t n, room;
	const char *says;
};

/* role.c: what a check has asked of started services. */
#define MOST_ASKED 4
struct roots {
	uint8_t *marks; /* by the number of each root */
	uint32_t n;
};
struct asked {
	struct started {
		const char *roles;
		struct roots in; /* those in which a service of the roles is started */
		bool anywhere;
	} of[MOST_ASKED];
	uint32_t n;
	bool failed; /* out of memory */
};

struct ruling {
	const struct case_file *c;
	const struct premises *premises;
	struct asked *asked;
	struct pile of[OUTCOMES];
	enum reason reason; /* why not evaluable */
	const char *searched;
	bool failed; /* out of memory */
};

void rule_fact(struct ruling *r, enum outcome o, const struct fact *f);
void rule_place(struct ruling *r, enum outcome o, const struct node *n, uint64_t offset,
		uint64_t length);
/* The whole content of a node. */
void rule_node(struct ruling *r, enum outcome o, const struct node *n);

/* The outcome's sentence; it is then spoken for even without a place. */
__attribute__((format(printf, 3, 4))) void rule_says(struct ruling *r, enum outcome o,
						     const char *format, ...);
/* Not evaluable, and why. */
__attribute__((format(printf, 3, 4))) void rule_open(struct ruling *r, enum reason why,
						     const char *format, ...);
/* Passed, and what was looked at. */
__attribute__((format(printf, 2, 3))) void rule_passed(struct ruling *r, const char *format, ...);
/* This version has no facts of that kind: struct check.unseen, or on a condition. */
void rule_unseen(struct ruling *r, const char *what);

/* All places that were not understood speak for an outcome; and what is said of them. */
void rule_blind(struct ruling *r, enum outcome o);
const char *not_understood(struct ruling *r);
enum reason reason_of_gap(const struct node *n);

/* Whether the node is a library, or a program that others publish: its own data, such as keys for
 * self tests, are everybody's, and nothing says that they are used. */
bool holds_test_data(const struct ruling *r, const struct node *n);

/* Whether the root file system that holds the node uses musl or uClibc. */
bool has_other_libc(const struct ruling *r, const struct node *n);

/* How many places speak for an outcome. */
uint32_t rule_count(const struct ruling *r, enum outcome o);

/* Texts for sentences, in the arena, never NULL. */
/* "3 accounts have", "1 account has". */
const char *counted(struct ruling *r, uint64_t n, const char *one, const char *many);
/* Bytes of the image, escaped and cut to a sentence's measure: "acme/very-lo…". */
const char *shown(struct ruling *r, struct span s);
/* The same with "and 3 more" behind it when it stands for several. */
const char *shown_of(struct ruling *r, struct span s, uint64_t n);

/* The facts of one kind, as the kind's own struct. */
#define EACH_FACT(r, kind, type, name)                                                             \
	for (uint32_t name##_i = 0; name##_i < (r)->c->facts->count[kind]; name##_i++)             \
		for (const struct type *name = (const void *)(r)->c->facts->of[kind][name##_i];    \
		     name; name = NULL)

/* Whether a name of a fact, which may be NULL, is that word. */
static inline bool word_is(const char *name, const char *word)
{
	return name && strcmp(name, word) == 0;
}

/* -- declaration -- */
/* The exception that covers the whole verdict, or NULL. */
const struct declared_row *exception_of(const struct case_file *c, const struct verdict *v);

enum declared { DECLARED_NOTHING, DECLARED_YES, DECLARED_NO }; /* nothing: none was given */
enum declared is_declared(const struct ruling *r, const struct fact *f);

/* -- services -- */
/* The first service that is started by default and runs that program, or NULL. */
const struct service_fact *service_of(const struct ruling *r, const struct node *program);
/* The first whose name, or whose program's name, matches one of the globs parted by commas; of the
 * started ones only, or of all. */
const struct service_fact *service_named(const struct ruling *r, const char *globs, bool started);

/* -- accounts -- */
bool account_is(const struct account_fact *a, const char *state);
/* A hash that opens the account, for somebody who knows the password. */
bool account_is_usable(const struct account_fact *a);

#endif
