/* judge.h - facts -> verdicts. Judges see facts and the tree's metadata, never bytes. */
#ifndef EVENHAND_JUDGE_JUDGE_H
#define EVENHAND_JUDGE_JUDGE_H

#include "know/feed.h"
#include "observe/fact.h"
#include "tree/tree.h"

enum outcome {
	OUTCOME_FAIL,
	OUTCOME_REVIEW,
	OUTCOME_NOT_EVALUABLE,
	OUTCOME_PASS,
	OUTCOME_NOT_APPLICABLE
};

/* "fail", "review", "not-evaluable" ... */
const char *outcome_name(enum outcome o);

/* checks.md 1: the closed list of reasons. */
enum reason {
	REASON_NONE,
	REASON_OPAQUE_REGION,
	REASON_UNKNOWN_FORMAT,
	REASON_ENCRYPTED,
	REASON_PARSER_FAILED,
	REASON_LIMIT_REACHED,
	REASON_QUARANTINED,
	REASON_NO_SYMBOLS,
	REASON_RUNTIME_ONLY,
	REASON_DOCUMENTS_NEEDED,
	REASON_NO_DATA_TABLE,
	REASON_VERSION_UNKNOWN,
	REASONS,
};

const char *reason_name(enum reason r); /* NULL for none */

/* Whether the reason lies in this image, so that the exit code is 3 (DESIGN.md 8). */
bool reason_of_image(enum reason r);

struct evidence_ref {
	const struct fact *fact; /* NULL: a bare range of a node */
	const struct node *node;
	uint64_t offset, length;
};

struct check;

struct verdict {
	const struct check *check;
	enum outcome outcome;
	enum reason reason;
	const char *says;     /* one sentence, at most 66 characters; escaped by text_escape */
	const char *searched; /* what a pass looked at; "" otherwise */
	struct evidence_ref *evidence;
	uint32_t evidence_count;
	/* A row of the declaration's exceptions that covers all of it and has not expired: the
	 * verdict stays what it is, and does not count for the exit code. */
	const struct declared_row *exception;
};

#define DENSE_MILLIBITS 7200 /* entropy a byte above which bytes are compressed or encrypted */

/* Bytes of the image by state, and every region of it, tiled exactly. */
struct coverage {
	bool is_exact; /* otherwise a region was lost or counted twice, and no figure holds */
	uint64_t bytes[STATE_QUARANTINED + 1];
	const struct node **regions; /* leaves of the raw regions, in order: they tile the image */
	uint64_t *at;                /* where each begins in the image */
	uint64_t *length;
	uint32_t count;
	const struct node **gaps; /* every node, at any depth, that is not understood */
	uint32_t gap_count;
	/* Of these the ones that hide something: not those inside another, nor a header that
	 * contradicts itself while all its parts could be opened, nor the rest of a file of which
	 * parts are known. */
	const struct node **blind;
	uint32_t blind_count;
};

/* Why a gap was not understood, in words. */
void gap_describe(const struct node *n, char *line, size_t size);

/* What was given of others' statements, opened. Sources are sorted by digest. */
struct feed_set {
	struct feed *feeds, *vex;
	uint32_t feed_count, vex_count;
	struct given_source {
		struct feed_source source;
		const struct feed *index; /* NULL: it was read as published */
	} * sources;
	uint32_t source_count;
	struct given_source *vex_sources;
	uint32_t vex_source_count;
	bool is_cut; /* more was stated than one report holds */
};

struct declaration;
struct declared_row;

struct judge_options {
	const char *as_of;                     /* YYYY-MM-DD, or NULL: dates are not judged */
	const struct feed_set *feeds;          /* NULL: none was given */
	const struct declaration *declaration; /* the same */
};

/* Whether a row of that key can say anything of the image's components. */
struct component_keys;
struct component_keys *component_keys_new(const struct facts *f, struct arena *a);
bool component_keys_want(void *keys, struct span key);

/* Fills the list of vulnerabilities from the components and what was given, by component, then id.
 * False: no memory, or an index turned out to be damaged. */
bool vulnerabilities_find(struct facts *f, struct feed_set *given,
			  const uint8_t image_sha256[SHA256_SIZE]);

struct case_file { /* what a check may look at */
	const struct tree *tree;
	const struct facts *facts;
	const struct coverage *coverage;
	const struct judge_options *options;
	struct arena *arena;
};

/* What a check may have missed where bytes were not understood: then it neither passes nor is
 * without an object. */
enum blind {
	BLIND_ALWAYS, /* the fact may stand in any bytes */
	BLIND_DENSE,  /* only in bytes of high entropy */
	BLIND_NEVER,  /* it speaks of what was opened, or of documents */
};

struct ruling; /* check.h */

/* What a check reads: kinds of facts, and the rest of what it may look at. */
#define READS(kind) (1u << FACT_##kind)
enum {
	READS_TREE = 1 << 28, /* nodes that no fact names */
	READS_GAPS = 1 << 29,
	READS_DATE = 1 << 30,
};

/* "hashes", "bytes that were not understood"; NULL for a bit that means nothing. */
const char *reads_name(uint32_t bit);

struct check {
	const char *id, *group, *title;
	const char *rule; /* when it fails, needs review, passes */
	const char *does_not_prove;
	const char *requirements; /* "33.117 4.2.3.4.2.1; EN 5.1-1 (M); TR.D.2 (MUST); CWE-258" */
	uint32_t reads;           /* tools/reads.py writes it; the rest is hidden from judge */
	enum blind blind;
	const char *unseen; /* facts that this version has none of, so that it cannot pass */
	void (*judge)(struct ruling *r); /* NULL: only what is unseen could tell */
};

extern const struct check *const checks[];
extern const size_t check_count;

/* Whether a region's own bytes are told apart by regions below it. */
bool region_is_tiled(const struct node *n);

/* Fills coverage from a finished tree. */
bool coverage_of(const struct tree *t, struct arena *a, struct coverage *c);

/* All verdicts in the order of the catalogue; the array lies in c->arena. NULL: no memory. */
struct verdict *judge_all(const struct case_file *c, uint32_t *count);

/* One id of a check's requirements: catalogue's short name and id. Moves *at; false at the end. */
bool requirement_next(const char *list, size_t *at, struct span *one);

struct requirement; /* know/know.h */

/* The row of the requirements table that one id names; NULL for a CWE, which has none there. */
const struct requirement *requirement_row(struct span one);

/* Whether that is a part of the name of the row's catalogue, or how the one begins that checks
 * use: "33.117", "N8425". */
bool requirement_is_of(const struct requirement *row, const char *name);

/* Whether an image could tell anything of it. */
bool requirement_is_evaluable(const struct requirement *row);
/* Marks what checks answer to: once, before the jail closes or at the first question. Not for
 * threads. */
void requirements_start(void);
/* Whether any check answers to a row of the table. */
bool requirement_is_answered(const struct requirement *row);
/* What is left to a person where none does: why an image cannot tell, or what a lab does instead.
 * Every row is answered, or has such a sentence. */
const char *requirement_by_hand(const struct requirement *row);

#endif
