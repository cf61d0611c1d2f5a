/* follow.h - follows another's log: reads all that is new, hashes it onto all that was, and
 * compares with what the log signs. A log whose past changed, or that shows a smaller tree than
 * before, is told with the checkpoints that it signed. */
#ifndef EVENHAND_LOG_FOLLOW_H
#define EVENHAND_LOG_FOLLOW_H

#include "log/entry.h"
#include "log/follow_state.h"
#include "log/remote.h"
#include "trust/statement.h"

/* Seconds that witnesses' clocks may be ahead of ours. */
#define FOLLOW_SKEW 86400u

/* A new entry. Everything lives until the next one. */
struct follow_entry {
	uint64_t index;
	struct span entry;
	bool is_known; /* its form: parts are set */
	struct entry_parts parts;
	uint8_t key_sha256[SHA256_SIZE]; /* of its key as SPKI: what `key show` prints */
	bool has_statement;
	struct statement statement;
	const char *wrong; /* where it has none: NULL: the log gives no envelope */
	/* A release of a version that had another image before; NULL: it is none. */
	const struct follow_release *other;
};

enum follow_end {
	FOLLOW_SAME,    /* no entry is new */
	FOLLOW_GREW,    /* by entries that were told; the state is to be kept */
	FOLLOW_FORKED,  /* the log has told two histories: w->fork */
	FOLLOW_REWOUND, /* it shows an older checkpoint than before: w->fork */
	FOLLOW_FALSE,   /* what it serves does not give the root that it signed */
	FOLLOW_TROUBLE, /* it could not be read: the error */
};

struct follow {
	struct remote *remote;
	const struct policy *policy;
	int64_t now;
	/* Told of each new entry, before it is known whether the whole holds: nothing of it counts
	 * unless the end is FOLLOW_GREW. NULL: entries are hashed alone, and no envelope is read.
	 * False: it gives up, as with FOLLOW_TROUBLE; it fills the error. */
	bool (*entry)(void *ctx, const struct follow_entry *e);
	void *ctx;
	struct remote_head head; /* the checkpoint that came */
	struct text fork;        /* fork.h: a file */
	uint64_t new_entries, without_envelope;
};

/* One run. The state is changed where the end is FOLLOW_SAME or FOLLOW_GREW; the checkpoint is the
 * newest then, with the cosignatures that it came with. */
enum follow_end follow_log(struct follow *w, struct follow_state *s);
void follow_free(struct follow *w);

/* Reads an envelope that must be the one which an entry is about, whoever's signature it has; the
 * entry's must hold over it. NULL, or what is wrong with it. */
const char *follow_envelope(struct span json, const struct entry_parts *p, struct arena *a,
			    struct envelope *e);

/* For how many seconds the checkpoint has stood: since the witnesses of the policy signed it, or,
 * where they are not needed or did not, since the watcher saw it first. */
int64_t follow_age(const struct follow *w, const struct follow_state *s);

#endif
