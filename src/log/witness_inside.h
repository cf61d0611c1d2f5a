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
	bool is_mirror;
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
	struct mirrored *mirrored; /* of a mirror, once there is something; NULL */
};

struct witness {
	const struct sigkey *key;
	char *path; /* of the directory */
	bool is_mirror;
	struct public_files *files; /* of a mirror */
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

/* -- witness.c -- */

/* A short text as the answer. */
void witness_say(struct witness_exchange *x, unsigned status, const char *text);
/* The log's lines that hold, appended, one of each key. A configured key's line that does not hold,
 * or none that does: NOTE_BROKEN, NOTE_UNSIGNED. */
enum note_check witness_log_lines(const struct log_state *s, const struct checkpoint *c,
				  struct text *lines);
/* The log's lines and a new one of this witness's, which is the answer too, become the newest note,
 * and a record that is to be written. What is signed is written anew from what was parsed. False:
 * no memory. */
bool witness_cosign(struct witness *w, struct log_state *s, const struct checkpoint *c,
		    struct span log_lines, uint64_t time, struct witness_exchange *x);

/* -- witness_mirror.c -- */

/* Takes up the entries of each log that was signed. */
bool mirror_open(struct witness *w, struct log_error *e);
void mirror_close(struct witness *w);
/* What a log said last; empty: nothing yet, and a head of size 0. */
struct span mirror_newest(const struct log_state *s, struct merkle_head *head);
/* What a log says now, which entries can be sent for. False: no memory, or the disk failed. */
bool mirror_hold(struct witness *w, struct log_state *s, const struct checkpoint *c,
		 struct span log_lines);
void mirror_take_entries(struct witness *w, struct witness_exchange *x, uint64_t time);

#endif
