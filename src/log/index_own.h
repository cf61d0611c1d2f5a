/* index_own.h - inside the index of statements. */
#ifndef EVENHAND_LOG_INDEX_OWN_H
#define EVENHAND_LOG_INDEX_OWN_H

#include <sqlite3.h>

#include "log/index.h"

enum index_statement {
	PUT_ENTRY,
	PUT_DIGEST,
	PUT_SIGNER,
	PUT_NAME,
	GET_NAME,
	PUT_CHECK,
	PUT_RELEASE,
	PUT_NEXT,
	GET_NEXT,
	GET_FILE,
	NEXT_SIGNER,
	NEXT_OF_SIGNER,
	INDEX_STATEMENTS,
};

/* What a digest is of. A report whose statement leaves found passwords out of what is published is
 * WITHHELD: it is found by its digest, and not kept. */
enum { DIGEST_IMAGE, DIGEST_PAE, DIGEST_FILE, DIGEST_WITHHELD };

struct index {
	sqlite3 *db;
	sqlite3_stmt *prepared[INDEX_STATEMENTS];
	char path[4096];
};

bool index_fail(const struct index *i, struct log_error *e);
/* A statement without its former values. */
sqlite3_stmt *index_statement(struct index *i, enum index_statement which);
/* Runs one that gives no rows. */
bool index_step(sqlite3_stmt *s);

/* -- index_put.c -- */
bool index_put(struct index *i, uint64_t number, const struct log_entry *entry);

#endif
