/* store.h - a log that grows in a directory. What others may read lies in DIR/public as C2SP
 * tlog-tiles has it, plain files that any web server serves; what keeps the log from ever telling
 * two stories lies in DIR beside it. Truth is the append-only segments; tiles, the index of
 * digests and the public checkpoint can all be made again from them. One process writes at a time.
 *
 * Order, so that a crash at any point loses nothing that was acknowledged and never contradicts an
 * earlier checkpoint (docs/log.md): segment written and synced; state of the log (size, root,
 * signed checkpoint) replaced and synced; callers told; tiles visible; checkpoint renamed. */
#ifndef EVENHAND_LOG_STORE_H
#define EVENHAND_LOG_STORE_H

#include "log/checkpoint.h"
#include "trust/roster.h"

struct disk;

struct log;

/* What went wrong, as a person reads it: where, what, and what can be done about it. */
struct log_error {
	char where[256], what[512];
	const char *advice; /* NULL: none */
};

/* Makes a log: DIR must not be there or be empty. key: Ed25519, to be used for nothing else. */
bool log_init(const char *dir, struct span origin, const struct sigkey *key, struct log_error *e);

struct log_options {
	const struct sigkey *key;
	const struct roster *admission; /* NULL: nothing can be added but unverified */
	uint32_t publish_ms;            /* between two checkpoints made public; 0: 100 */
	bool read_only;                 /* no lock, no recovery, no key */
	bool has_index; /* of statements (index.h), kept up to date behind the log */
	/* A checkpoint becomes public only once log_cosigned gave it its lines. */
	bool only_cosigned;
	/* A file on another disk, which gets each signed checkpoint before anybody else does: a log
	 * that was restored from a backup finds there that it had been further. NULL: none. */
	const char *guard;
	/* Checkpoints of this log that others have, as witnesses: the log must hold all of the
	 * largest. Each one a signed note. */
	const struct span *seen;
	uint32_t seen_count;
	/* For tests: NULL and 0 otherwise. */
	const struct disk *disk;
	uint32_t segment_bytes;
	uint64_t most_entries; /* otherwise 4,294,963,200 */
};

/* Opens it for writing: takes the lock, finishes what a crash left, checks the right edge of the
 * tree, the last bundle and the state against each other, names a torn or edited file. NULL after
 * an error. */
struct log *log_open(const char *dir, const struct log_options *o, struct log_error *e);
/* What was submitted becomes durable first. */
void log_close(struct log *l);

/* From now on, and whenever it is opened again, it takes nothing in: another log follows it. What
 * it has stays, and its last checkpoint can still be cosigned. */
bool log_end(struct log *l, struct log_error *e);

struct span log_origin(const struct log *l);
/* The key by which its checkpoints are checked, as a policy has it; appended. */
void log_vkey(const struct log *l, struct text *out);
/* The newest signed checkpoint, with the cosignatures that it has so far; appended. Opened
 * read-only: the one that is public. */
void log_checkpoint(struct log *l, struct text *out);
bool log_head(struct log *l, struct merkle_head *head);
/* The newest that has cosignatures; nothing where none has. */
void log_checkpoint_cosigned(struct log *l, struct text *out);

enum log_outcome {
	LOG_ADDED,
	LOG_KNOWN,        /* it was there before: strict deduplication */
	LOG_NOT_ADMITTED, /* no key of the admission file signed it, or not at this day; or the log
			     is closed or full */
	LOG_MALFORMED,    /* what it is: log_outcome_text */
	LOG_BUSY,         /* too many are waiting */
	LOG_BROKEN,       /* the disk failed: the log takes nothing in until it is opened again */
};

struct log_receipt {
	enum log_outcome outcome;
	uint64_t index;
	uint64_t size; /* of the signed tree that holds it, durable */
	const char *why;
};

/* Takes an envelope (JSON of DSSE) in: verifies it against the admission file, makes its entry, and
 * calls done once, from a thread of the log's, when the entry is durable and under a signed
 * checkpoint, or at once where it is refused. From any thread. */
void log_submit(struct log *l, struct span envelope,
		void (*done)(void *ctx, const struct log_receipt *r), void *ctx);
/* The same, waiting. */
struct log_receipt log_add(struct log *l, struct span envelope);

/* An entry that nobody verifies: to import what was verified elsewhere, and to measure. What is
 * wrong with it is in the log for good. */
struct log_unverified {
	struct span entry;    /* at most 65535 bytes */
	struct span envelope; /* may be empty */
	uint8_t pae_sha256[SHA256_SIZE];
};
void log_submit_unverified(struct log *l, const struct log_unverified *u,
			   void (*done)(void *ctx, const struct log_receipt *r), void *ctx);

/* A report, or another file that a statement names: kept by its SHA-256. False: no such statement,
 * or the disk failed. */
bool log_keep(struct log *l, struct span file, struct log_error *e);

/* -- reading: of a log that is open, or of its directory while another process writes -- */

/* An entry by its number, with what it was made of; the spans stay until the log is closed. */
struct log_entry {
	struct span entry, envelope;
	uint8_t pae_sha256[SHA256_SIZE];
	int64_t time; /* when it was taken in, by this machine's clock: worth nothing to others */
};
bool log_entry(struct log *l, uint64_t index, struct log_entry *entry);
/* An envelope, the first that was taken in, by the SHA-256 of its PAE; a kept file by that of its
 * bytes. Copied into memory that the caller frees with log_bytes_free. */
bool log_envelope(struct log *l, const uint8_t pae_sha256[SHA256_SIZE], uint8_t **bytes, size_t *n);
bool log_kept(struct log *l, const uint8_t sha256[SHA256_SIZE], uint8_t **bytes, size_t *n);
void log_bytes_free(uint8_t *bytes);
/* A kept file by its digest, open for reading, its bytes looked at as above. -1: none. */
int log_kept_open(struct log *l, const uint8_t sha256[SHA256_SIZE], uint64_t *size);
/* Whether there is one; its bytes are not looked at. */
bool log_is_kept(const struct log *l, const uint8_t sha256[SHA256_SIZE]);
/* An entry's leaf by its number; its number by its leaf. */
bool log_leaf(struct log *l, uint64_t index, uint8_t leaf[SHA256_SIZE]);
bool log_find(struct log *l, const uint8_t leaf[SHA256_SIZE], uint64_t *index);
/* Hashes of complete subtrees, out of the tiles: for proofs. */
struct merkle_source log_source(struct log *l);
/* Adds cosignature lines, already verified, to the checkpoint of that head, which is made public
 * with them. While lines are gathered the log grows: it need not be the newest, but of the last 256
 * signed ones, and not older than the last that got lines. False otherwise. */
bool log_cosigned(struct log *l, const struct merkle_head *head, struct span lines);

#endif
