/* sigbundle.h - statements with all that shows them to have been logged, to be checked without
 * network: Sigstore bundles v0.3 (sigstore/protobuf-specs, sigstore_bundle.proto, in proto3's
 * JSON), one a line, or one alone in any layout (docs/verify.md). Each holds an envelope with one
 * signature, its entry in a log, the proof of inclusion, and the checkpoint with every cosignature.
 *
 * What is read here comes from anybody. All of it lives in the arena or is a view of the file. A
 * member that is not known, or stands there twice, is refused: nothing in a bundle goes unchecked
 * but the lines of witnesses whom nobody knows. */
#ifndef EVENHAND_LOG_SIGBUNDLE_H
#define EVENHAND_LOG_SIGBUNDLE_H

#include "log/merkle.h"
#include "trust/dsse.h"

#define SIGBUNDLE_MOST_BYTES (8u << 20)
#define SIGBUNDLE_MOST_LINES 64u

struct sigbundle {
	struct envelope envelope;        /* with one signature */
	uint8_t key_sha256[SHA256_SIZE]; /* of the signer's key: a hint, to be looked up */
	uint8_t log_id[SHA256_SIZE];
	uint64_t index;
	struct merkle_head head; /* what the checkpoint says again */
	struct merkle_proof path;
	struct span note; /* the checkpoint */
	struct span body; /* what the log holds: to be made again and compared, never parsed */
};

/* The next bundle of a file, taken off *rest: a line, or all of it where its first line holds no
 * whole object. False: there is none left. */
bool sigbundle_take(struct span *rest, struct span *one);
/* NULL, or what is wrong with it. */
const char *sigbundle_read(struct span json, struct arena *a, struct sigbundle *b);

/* SHA-256(name, "\n", type, key): what Sigstore's clients know a log by; a note's key id is how it
 * begins. */
struct note_key;
void sigbundle_log_id(const struct note_key *log, uint8_t id[SHA256_SIZE]);

/* -- sigbundle_write.c -- */

/* Appends it as one line, in the one form that is ours. */
void sigbundle_write(struct text *out, const struct sigbundle *b);
/* What Sigstore's clients need to know of a log (sigstore_trustroot.proto): log's key is of type
 * NOTE_ED25519, its name a host name. from: since when it counts. */
void trusted_root_write(struct text *out, const struct note_key *log, int64_t from);

#endif
