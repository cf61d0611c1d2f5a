/* store_own.h - inside the store: what its files share. Threads: verifiers turn what was submitted
 * into entries, one sequencer makes entries durable and signs, one publisher writes the public
 * files. */
#ifndef EVENHAND_LOG_STORE_OWN_H
#define EVENHAND_LOG_STORE_OWN_H

#include "log/digests.h"
#include "log/disk.h"
#include "log/entry.h"
#include "log/live.h"
#include "log/state.h"
#include "log/store.h"
#include "trust/dsse.h"

#define MOST_VERIFIERS 16u
#define MOST_BATCH     8192u        /* entries */
#define BATCH_BYTES    (16u << 20)  /* that a batch may have before its last record */
#define MOST_WAITING   65536u       /* submissions */
#define WAITING_BYTES  (256u << 20) /* of them */
#define SIGNED_KEPT    256u         /* checkpoints for which cosignatures may still come */
#define MOST_VKEY      4096u        /* bytes of its file */

/* One submission. */
struct job {
	struct job *next;
	uint8_t *bytes; /* what the spans of record are views of; NULL once it is refused */
	size_t size;
	struct record record;
	uint8_t leaf[SHA256_SIZE];
	uint8_t twin[SHA256_SIZE]; /* what its leaf would be by the other form of its signature */
	bool has_twin;
	struct log_receipt receipt;
	void (*done)(void *ctx, const struct log_receipt *r);
	void *ctx;
};

struct queue {
	pthread_mutex_t mutex;
	pthread_cond_t filled;
	struct job *first, *last;
	uint32_t count;
	bool is_closed; /* nothing comes any more */
};

/* A checkpoint that was signed. */
struct signed_head {
	struct merkle_head head;
	struct text note;
	bool is_cosigned;
};

/* What is made durable at once. */
struct batch {
	struct job *list; /* all that are told in the end, also of what was known */
	struct job *jobs[MOST_BATCH];
	uint32_t count;
	uint8_t *bytes;
	size_t n, room;
	uint32_t slots[4 * MOST_BATCH]; /* job + 1 by leaf */
	struct place at;                /* where its records are */
};

/* The thread that writes and syncs one batch while the one before it is signed. */
struct writer {
	pthread_t thread;
	pthread_mutex_t mutex;
	pthread_cond_t changed;
	struct batch *batch; /* that it writes; NULL: none */
	bool has_thread, is_closed, ok;
	struct log_error why;
};

struct log {
	char dir[MOST_PATH], open_folder[MOST_PATH]; /* DIR/public */
	struct log_options options;
	const struct disk *disk;
	int lock;
	char vkey[MOST_VKEY];
	struct note_key key; /* by which its checkpoints are checked; its name is the origin */
	struct sigkey *admitted[ROSTER_MOST_KEYS];
	_Atomic uint32_t last_admitted; /* it is tried first */

	struct segments segments;
	struct digests leaves, paes;
	struct live live;
	struct state state;      /* of the sequencer alone once threads run */
	struct text state_bytes; /* what DIR/state must be */
	uint64_t next_number;    /* of the next entry that comes */
	struct batch *batches[2];
	struct writer writer;

	/* Of the publisher alone. */
	uint64_t published, published_before, published_older; /* sizes whose tiles are files */
	uint64_t covered;       /* entries that are in the index whatever happens */
	struct place bundle_at; /* record of the first entry in the last bundle */

	pthread_mutex_t mutex; /* of all below */
	pthread_cond_t changed;
	struct signed_head signed_heads[SIGNED_KEPT]; /* a ring, the newest before signed_next */
	uint32_t signed_next, signed_count;
	struct signed_head public_head; /* what DIR/public/checkpoint has; read-only: as read */
	struct text cosigned;           /* the newest note with lines */
	struct merkle_head cosigned_head;
	bool must_publish, is_closing, is_ended;
	_Atomic bool is_broken;
	struct log_error why;
	char why_text[1024];
	uint32_t waiting;
	uint64_t waiting_bytes;
	_Atomic uint32_t unverified; /* of these; they will be ready soon */

	struct queue submitted, ready;
	pthread_t verifiers[MOST_VERIFIERS], sequencer, publisher, indexer;
	unsigned verifier_count;
	bool has_sequencer, has_publisher, has_indexer;
	_Atomic bool ends_index;

	struct index *index; /* of statements; NULL until it is needed */
	pthread_mutex_t index_mutex;
};

/* Fills in what went wrong; %m of errno is the caller's. Always false. */
__attribute__((format(printf, 4, 5))) bool log_fail(struct log_error *e, const char *advice,
						    const char *where, const char *format, ...);
bool log_fail_segment(struct log_error *e, const struct log *l, const struct segment_fault *f);

/* -- store.c -- */
extern const char log_is_ended[];
void queue_put(struct queue *q, struct job *j);
/* How many wait. */
uint32_t queue_count(struct queue *q);
/* Waits until one does, or the queue is closed. */
void queue_wait(struct queue *q);
/* One that waits; NULL once it is closed and empty. QUEUE_NOW: all, as a list, without
 * waiting for any. */
enum queue_how { QUEUE_ONE, QUEUE_NOW };
struct job *queue_take(struct queue *q, enum queue_how how);
/* Tells the submitter and frees it. */
void job_end(struct log *l, struct job *j);
/* From now on nothing is taken in. */
void log_break(struct log *l, const struct log_error *e);
/* Starts and ends the threads. */
bool log_start(struct log *l);
void log_stop(struct log *l);

/* -- store_admit.c -- */
bool admission_open(struct log *l, struct log_error *e);
void admission_free(struct log *l);
void *verifier_run(void *log);

/* -- store_batch.c -- */
/* Takes jobs off the list as far as a batch goes; before: the one that is not entered yet, or NULL.
 */
void batch_fill(struct log *l, struct batch *b, struct batch *before, struct job **list);
void *writer_run(void *log);
void writer_start(struct log *l, struct batch *b);
/* Until what was started is durable; otherwise the log is broken. */
void writer_wait(struct log *l);
void writer_stop(struct log *l);

/* -- store_commit.c -- */
extern const char log_reopen[];
void *sequencer_run(void *log);
/* Into the index of digests, where it may be already. */
bool index_record(struct log *l, const struct record *r, const uint8_t leaf[SHA256_SIZE],
		  struct place at);
/* The note of that head, appended. */
bool checkpoint_sign(const struct sigkey *key, struct span origin, const struct merkle_head *head,
		     struct text *out);

/* -- store_publish.c -- */
void *publisher_run(void *log);
/* Tiles and bundles up to a size; then also the checkpoint that has it. */
bool publish_tiles(struct log *l, uint64_t size, struct log_error *e);
bool publish(struct log *l, const struct signed_head *h, struct log_error *e);

/* -- store_recover.c -- */
/* Whether others have seen more of the log than the state has: before anything is changed. */
bool check_sizes(struct log *l, struct log_error *e);
/* What a crash left is finished: tiles, bundles and index behind the state. */
bool recover(struct log *l, struct log_error *e);
/* The tree's edge at a size, by the hashes of tiles. */
bool tree_at(struct log *l, uint64_t size, struct merkle *tree);

/* Takes the note over. */
void remember(struct log *l, const struct merkle_head *head, struct text *note);

/* -- store_index.c -- */
void *indexer_run(void *log);

/* -- store_init.c -- */
/* Takes the lock, or says who has it. */
bool log_lock(struct log *l, struct log_error *e);

/* -- store_read.c -- */
/* Reads what is public; false: it is not there, or not of this log. */
bool public_read(const struct log *l, struct signed_head *h, struct log_error *e);
/* The record of that number; its spans stay until the log is closed. */
bool record_of(struct log *l, uint64_t number, struct record *r, struct place *at);
/* A file of the public ones. */
bool tile_file(const struct log *l, const struct tile *t, uint8_t **bytes, size_t *n);

#endif
