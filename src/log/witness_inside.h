/* witness_inside.h - what the files of a witness share. */
#ifndef EVENHAND_LOG_WITNESS_INSIDE_H
#define EVENHAND_LOG_WITNESS_INSIDE_H

#include <sys/types.h>
#include <time.h>

#include "log/witness.h"
#include "log/witness_journal.h"

#define WITNESS_SELF      "witness" /* its verifier, and where its key lies */
#define WITNESS_LOGS      "logs"
#define WITNESS_LOCK      "lock"
#define WITNESS_LIST_LOCK ".logs.lock"
#define WITNESS_MOST_LIST (64u << 20) /* bytes */

/* "WHERE: WHAT: why". Always false. */
bool witness_fail(struct log_error *e, const char *where, const char *what, int why);
/* A file of the directory, appended. */
bool witness_file_read(int dir, const char *name, struct text *out, struct log_error *e);

struct witness_self {
	struct span vkey, key_file; /* views of the file */
};

bool witness_self_read(struct span file, struct witness_self *self, struct log_error *e);

/* -- witness_state.c -- */

struct log_state {
	uint8_t id[SHA256_SIZE]; /* of the origin */
	char *origin;
	char *keys[WITNESS_MOST_KEYS];
	uint32_t key_count; /* 0: not on the list, but cosigned once */
	char *note;         /* the newest, with signatures; NULL: never */
	size_t note_size;
	struct merkle_head head;
};

struct witness {
	const struct sigkey *key;
	struct note_key self;
	struct text self_file; /* the name is a view of it */
	int dir, lock;
	struct log_state *logs; /* open addressing: room is a power of two */
	size_t room, count;
	uint64_t live; /* bytes of the newest notes */
	struct witness_journal journal;
	uint32_t evidence_count;
	struct timespec list_time; /* of the list that was read last */
	off_t list_size;
};

/* The state of the log whose origin has that SHA-256; NULL. */
struct log_state *witness_find(const struct witness *w, const uint8_t id[SHA256_SIZE]);
/* What it said last. False: no memory. */
bool witness_set_note(struct witness *w, struct log_state *s, struct span note,
		      const struct merkle_head *head);

#endif
