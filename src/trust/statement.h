/* statement.h - what is signed: in-toto Statement v1 about software images, told by their digests
 * (docs/statements.md). Seven kinds, each with a predicate type of its own. */
#ifndef EVENHAND_TRUST_STATEMENT_H
#define EVENHAND_TRUST_STATEMENT_H

#include "trust/dsse.h"

enum statement_kind {
	STATEMENT_EVALUATION,
	STATEMENT_COMPARISON,
	STATEMENT_DECLARATION,
	STATEMENT_RELEASE,
	STATEMENT_CLAIM,
	STATEMENT_RESPONSE,
	STATEMENT_REVOCATION,
	STATEMENT_KINDS,
};

#define STATEMENT_TYPE "https://in-toto.io/Statement/v1"

#define MOST_SUBJECTS       16
#define MOST_TESTS          1024
#define MOST_ATTACHED       256
#define MOST_OPAQUE         64
#define MOST_STATEMENT_TEXT 4096 /* bytes of what a person says */
#define MOST_STATEMENT      (512u << 10)

/* An image. */
struct subject {
	const char *name; /* of ours: "left"; NULL. It is no part of what is read */
	uint8_t sha256[SHA256_SIZE], sha512[SHA512_SIZE];
	bool has_sha512;
};

/* A file that is named by its digest. */
struct file_digest {
	uint64_t size;
	uint8_t sha256[SHA256_SIZE];
};

/* How the tests of an evaluation ended: members of the predicate, in this order. */
enum test_end { TEST_FAILED, TEST_WARNED, TEST_NOT_EVALUABLE, TEST_PASSED, TEST_NOT_APPLICABLE };
#define TEST_ENDS 5

struct test {
	struct span check;
	enum test_end end;
};

/* A part that could not be opened. */
struct opaque {
	struct span where; /* its locator; empty: the image */
	uint64_t size;
};

/* Which of these are set depends on the kind. Texts are as they were said: not yet escaped. */
struct statement {
	enum statement_kind kind;
	struct subject subjects[MOST_SUBJECTS];
	uint32_t subject_count;
	/* evaluation, comparison: the report. declaration: its file */
	struct file_digest file;
	/* evaluation */
	struct test *tests;
	uint32_t test_count, counts[TEST_ENDS];
	struct span version, observing, judging; /* of the tool and its knowledge */
	struct file_digest published;            /* the copy without found passwords */
	uint64_t passwords_left_out;
	struct opaque *opaque; /* the first of them */
	uint32_t opaque_count;
	uint64_t opaque_all;
	bool has_opaque; /* false: it does not say */
	/* comparison */
	struct span answer;
	/* release */
	struct span vendor, product, release;
	/* claim, response, revocation; a release may have one */
	struct span text;
	struct file_digest *attached;
	uint32_t attached_count;
	/* response, revocation: of the statement that is meant */
	uint8_t pae_sha256[SHA256_SIZE];
};

const char *statement_name(enum statement_kind kind); /* "evaluation" */
const char *statement_predicate_type(enum statement_kind kind);
bool statement_kind_named(const char *name, enum statement_kind *kind);
const char *test_end_name(enum test_end end);   /* "fail", as outcome_name has it */
const char *test_end_member(enum test_end end); /* "failedTests" */

/* How a claim stands: "allegation without evidence". */
const char *claim_standing(const struct statement *s);

/* -- statement_write.c -- */
struct json;
/* Up to the predicate, which the caller writes as one object; then the end. */
void statement_begin(struct json *j, enum statement_kind kind, const struct subject *subjects,
		     uint32_t count);
void statement_end(struct json *j);
/* "KEY":{"size":..,"digest":{"sha256":..}} */
void statement_file(struct json *j, const char *key, const struct file_digest *f);
/* The predicates of release, claim, response and revocation, from what stands in s. */
void statement_said(struct json *j, const struct statement *s);

/* -- statement.c -- */
/* Reads a payload. What is unknown to every version of ours is ignored, but not an unknown type.
 * NULL, or what is wrong with it; *s lives in the arena. */
const char *statement_read(struct span payload, struct arena *a, struct statement *s);

#endif
