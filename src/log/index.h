/* index.h - what the statements in a log are about, to be looked up: SQLite, DIR/index/find.db. It
 * is made from the log alone and may be removed at any time; nothing that is proved rests on it. */
#ifndef EVENHAND_LOG_INDEX_H
#define EVENHAND_LOG_INDEX_H

#include "log/store.h"
#include "trust/statement.h"

struct index;

/* Opens it. To write: made where it is not there or is none of this log's. NULL after an error. */
struct index *index_open(const char *dir, struct span origin, bool read_only, struct log_error *e);
void index_close(struct index *i);
/* Entries below it are in. */
uint64_t index_size(struct index *i);
/* Takes in entries from index_size on, below `to`, at most so many. */
bool index_update(struct index *i, struct log *l, uint64_t to, uint64_t most, struct log_error *e);

/* What is asked for: all that is set must hold. */
struct index_query {
	const uint8_t *digest; /* SHA-256 of an image, a PAE, a report or an attached file */
	const uint8_t (*keys)[SHA256_SIZE]; /* one of these signed it: SHA-256 of the SPKI */
	uint32_t key_count;
	const char *check; /* an evaluation has it; end: that it ended so, -1: any way */
	int end;
	const char *vendor, *product, *release; /* of a release; NULL */
	int kind;                               /* -1: any */
	int64_t from, until;                    /* taken in then, seconds since 1970; 0 */
	uint64_t first;                         /* no entry before it */
	uint32_t most;                          /* entries; 0: 100 */
	bool newest;                            /* the last of them, in the order from there back */
};

struct index_row {
	uint64_t number;
	int64_t time;
	const char *kind; /* as statement_name has it, or a predicate type that is not known */
	uint8_t pae_sha256[SHA256_SIZE], key_sha256[SHA256_SIZE];
	bool has_key;
};

/* Calls each with the entries, in their order, or with q->newest in the other. */
bool index_find(struct index *i, const struct index_query *q,
		void (*each)(void *ctx, const struct index_row *row), void *ctx,
		struct log_error *e);
/* An entry about an image, and who signed it, as far as keys are to be told apart. */
struct index_turn {
	uint64_t number;
	int64_t key;
};
/* At most so many of the entries about an image, by turns: the newest of each key, the newest
 * first; then the second newest of each. So nobody's are pushed out by how much another says. */
bool index_by_turns(struct index *i, const uint8_t image[SHA256_SIZE], struct index_turn *turns,
		    size_t most, size_t *count, struct log_error *e);
/* Whether a statement names that file, to be kept: a report, its published copy, what was attached.
 */
bool index_names_file(struct index *i, const uint8_t sha256[SHA256_SIZE]);
/* Whether it is a report with found passwords, which every statement that names it leaves out. */
bool index_withholds_file(struct index *i, const uint8_t sha256[SHA256_SIZE]);

/* -- of a log that is open -- */

/* The same over the log's own index, which is brought up to date first. */
bool log_search(struct log *l, const struct index_query *q,
		void (*each)(void *ctx, const struct index_row *row), void *ctx,
		struct log_error *e);
bool log_search_by_turns(struct log *l, const uint8_t image[SHA256_SIZE], struct index_turn *turns,
			 size_t most, size_t *count, struct log_error *e);
/* Makes it anew. No process may write to the log meanwhile. */
bool log_index_again(const char *dir, uint64_t *entries, struct log_error *e);

#endif
