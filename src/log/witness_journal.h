/* witness_journal.h - what a witness has cosigned, in one file that only grows, until it is made
 * again from what is still of use. Records are text without NUL, each with its size, the
 * beginning of its SHA-256 and the CRC-32 of its first line so far:
 *
 *	evenhand witness journal 1
 *	record 412 0123456789abcdef 01234567
 *	(412 bytes: a checkpoint with its signatures)
 *	record ...
 */
#ifndef EVENHAND_LOG_WITNESS_JOURNAL_H
#define EVENHAND_LOG_WITNESS_JOURNAL_H

#include "log/store.h"

#define JOURNAL_MOST_RECORD (64u << 10)

struct witness_journal {
	int dir, fd;
	uint64_t size;
	struct text pending; /* records that are not yet written */
	bool is_broken;      /* something could not be written or synced: nothing more is */
};

/* What is done with each record when the journal is read: NULL, or what is wrong with it. */
struct journal_reader {
	const char *(*take)(void *ctx, struct span record);
	void *ctx;
	bool only_reads; /* nothing is cut off, nothing can be added */
};

/* An empty one, synced. */
bool witness_journal_new(int dir, struct log_error *e);
/* Reads it from the beginning. A last record that is cut short, or holds a NUL, was being written
 * when the machine stopped, and is dropped; what else does not hold ends in an error. */
bool witness_journal_open(struct witness_journal *j, int dir, const struct journal_reader *r,
			  struct log_error *e);
void witness_journal_close(struct witness_journal *j);

void witness_journal_add(struct witness_journal *j, struct span record);
/* Writes and syncs what was added. False: nothing of it counts, and the journal is broken. */
bool witness_journal_commit(struct witness_journal *j);
/* Puts a journal of the pending records alone in its place. */
bool witness_journal_replace(struct witness_journal *j);

#endif
