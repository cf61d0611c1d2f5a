/* witness.h - a witness: it cosigns what logs say of themselves, one history a log (C2SP
 * tlog-witness, main of July 2026). No sockets here: the bytes of requests come in, statuses and
 * bodies go out, and what was cosigned is durable before it does. docs/log.md says what lies in the
 * directory. */
#ifndef EVENHAND_LOG_WITNESS_H
#define EVENHAND_LOG_WITNESS_H

#include "log/checkpoint.h"
#include "log/store.h"

#define WITNESS_MOST_PROOF   63u /* hashes of a request */
#define WITNESS_MOST_REQUEST (NOTE_MOST_BYTES + 32u + WITNESS_MOST_PROOF * 45u)
#define WITNESS_MOST_LOGS    65536u
#define WITNESS_MOST_KEYS    8u /* of one log, for its changes */
#define WITNESS_SIZE_TYPE    "text/x.tlog.size"

/* -- witness_request.c: takes no memory -- */

/* The body of add-checkpoint. */
struct witness_request {
	uint64_t old;
	struct merkle_proof proof; /* from old */
	struct span note;
	struct checkpoint checkpoint;
	bool is_other_empty; /* an empty tree with a root that is not an empty tree's: not malformed
			      */
};

/* NULL, or what is malformed. */
const char *witness_request_read(struct span body, struct witness_request *r);

/* -- witness_logs.c: the list of logs, a line each: a vkey, and its origin where that is not the
 * key's name; a line that begins with # says nothing. Several keys may have one origin. -- */

struct witness_log {
	struct span vkey, origin;
};

/* The log of a line. NULL, or what is wrong with it. */
const char *witness_log_read(struct span line, struct witness_log *log);

/* -- witness.c -- */

struct witness;

/* One to be made. A mirror keeps all entries of the logs on its list, and signs once it has them
 * (C2SP tlog-mirror); it is no witness beside that. */
struct witness_new {
	struct span name;
	const struct sigkey *key;
	const char *key_file; /* where the private key, Ed25519, lies; it is not read */
	bool is_mirror;
};

/* Makes its directory, in which none may be yet. */
bool witness_init(const char *dir, const struct witness_new *n, struct log_error *e);
/* The file of its private key, NUL-ended, to be freed; NULL after an error. */
char *witness_key_file(const char *dir, struct log_error *e);
/* Adds a log to the list of a directory; a line that stands there already is none to add. */
bool witness_list(const char *dir, struct span line, struct log_error *e);

/* Takes the lock, and reads what was cosigned: each log's last record is verified. A record that
 * was cut off while it was written is dropped, since no answer was given; any other damage is
 * named. NULL after an error. The key must live as long as it. */
struct witness *witness_open(const char *dir, const struct sigkey *key, struct log_error *e);
void witness_close(struct witness *w);
/* Reads the list of logs again where it has changed: those that are new are added, none is taken
 * away. */
bool witness_list_again(struct witness *w, struct log_error *e);

bool witness_is_mirror(const struct witness *w);
/* The folder of what a mirror keeps, DIR/public/HEX/..., HEX being the SHA-256 of an origin; -1: it
 * is none, or it cannot be opened. */
int witness_open_public(const struct witness *w);
struct span witness_name(const struct witness *w);
size_t witness_log_count(const struct witness *w);
/* Its verifier (type 0x04) as text. */
void witness_vkey(const struct witness *w, struct text *out);

/* A line for each log: the size that was cosigned last, and the origin, in order of bytes; what is
 * no longer listed ends in " (not listed)". */
void witness_show(const struct witness *w, struct text *out);

/* A request and its answer. */
struct witness_exchange {
	struct span request;
	bool has_entries; /* to add-entries, of a mirror; otherwise to add-checkpoint */
	unsigned status;  /* 200, 202, 400, 403, 404, 409, 422, 500 */
	const char *type; /* of the body */
	struct text body; /* the caller frees it */
};

/* Answers requests in order; all that were cosigned become durable by one
 * fdatasync, before any is answered. time: seconds since 1970. From one thread at a time. */
void witness_answer(struct witness *w, struct witness_exchange *x, size_t count, uint64_t time);

/* Whether it could not write: then it signs and shows nothing any more, since its newest
 * checkpoints may not be on the disk. */
bool witness_is_broken(const struct witness *w);
/* The newest cosigned checkpoint of the log whose origin has that SHA-256. False: none. From the
 * same thread. */
bool witness_newest(const struct witness *w, const uint8_t origin_sha256[SHA256_SIZE],
		    struct text *out);

#endif
