/* checkpoint.h - what a log says of itself (C2SP tlog-checkpoint v1.0.0), and what witnesses say of
 * it (C2SP tlog-cosignature v1.0.1; ML-DSA-44 of v1.1.0). Reading takes no memory. */
#ifndef EVENHAND_LOG_CHECKPOINT_H
#define EVENHAND_LOG_CHECKPOINT_H

#include "log/merkle.h"
#include "log/note.h"

#define MOST_ORIGIN          255u  /* bytes */
#define MOST_CHECKPOINT_TEXT 8192u /* bytes: an origin, two lines, and extensions if any */

struct checkpoint {
	struct span origin;
	struct merkle_head head;
	bool has_extensions; /* lines behind the root; ML-DSA cosignatures do not cover them */
	struct note note;
};

/* A checkpoint as a note, or its text alone (with the last "\n"; c->note is left alone). NULL, or
 * what is wrong. That an empty tree has the root of the empty tree is looked at too. */
const char *checkpoint_read(struct span bytes, struct checkpoint *c);
const char *checkpoint_body_read(struct span text, struct checkpoint *c);

/* Whether the key of a log or witness signed it: any type. *time is what a cosignature states,
 * seconds since 1970, the newest of its lines; 0 for NOTE_ED25519. */
enum note_check checkpoint_check(const struct checkpoint *c, const struct note_key *k,
				 uint64_t *time);

/* What a line states, unchecked. False: it is too short for a cosignature. */
bool cosignature_time(const struct note_line *l, uint64_t *time);
/* Of those of one key in a list the line with the newest time, the first of several. Their number,
 * for any key that the list has. */
uint32_t cosignature_newest(const struct note_line *lines, uint32_t count,
			    const struct note_line *of);

/* What a witness signs by Ed25519 (type 0x04): its size in out; 0 where the text is too long. */
#define MOST_COSIGNATURE_MESSAGE (MOST_CHECKPOINT_TEXT + 48u)
size_t cosignature_message(struct span text, uint64_t time, uint8_t out[MOST_COSIGNATURE_MESSAGE]);

/* -- cosign.c: needs a private key, and memory -- */

/* The three lines. */
void checkpoint_write(struct text *out, struct span origin, const struct merkle_head *head);
/* The line of a witness whose Ed25519 key that is (type 0x04), appended. c's text is signed as it
 * was read; it must have no extension lines. False: no memory, or another kind of key. */
bool checkpoint_cosign(const struct sigkey *key, struct span name, const struct checkpoint *c,
		       uint64_t time, struct text *out);

#endif
