/* note.h - signed notes (C2SP signed-note v1.0.0): text, an empty line, lines of signatures. What
 * is read here comes from anybody. Reading takes no memory: everything is a view of the caller's
 * bytes or lies in the caller's structures. */
#ifndef EVENHAND_LOG_NOTE_H
#define EVENHAND_LOG_NOTE_H

#include "base/text.h"

#define NOTE_MOST_BYTES     (128u << 10)
#define NOTE_MOST_LINES     100u
#define NOTE_MOST_KEY       1312u /* bytes of a public key: ML-DSA-44 */
#define NOTE_MOST_SIGNATURE 2428u /* bytes behind the key id: a time and ML-DSA-44 */
#define NOTE_KEY_ID         4u

/* The types of signed-note, "Signature types". */
enum note_key_type {
	NOTE_ED25519 = 0x01,     /* over the text */
	NOTE_COSIGNATURE = 0x04, /* Ed25519 over time and text (tlog-cosignature) */
	NOTE_MLDSA44 = 0x06,     /* ML-DSA-44 over time, names, size and root (tlog-cosignature) */
};

/* A verifier: who signs, by which key. */
struct note_key {
	struct span name; /* a view of the text it was read from */
	enum note_key_type type;
	uint8_t id[NOTE_KEY_ID];
	uint8_t key[NOTE_MOST_KEY];
	uint32_t key_size;
};

/* Reads NAME+ID+BASE64 (a vkey). NULL, or what is wrong with it. */
const char *note_key_read(struct span vkey, struct note_key *k);
/* SHA-256(name, "\n", type, key), its first four bytes. */
void note_key_id(struct span name, enum note_key_type type, struct span key,
		 uint8_t id[NOTE_KEY_ID]);
/* Whether a key may have that name: not empty, no "+", no Unicode space. */
bool note_name_is_valid(struct span name);
bool note_keys_equal(const struct note_key *a, const struct note_key *b); /* type and bytes */

/* One line of signature. */
struct note_line {
	struct span line; /* all of it, with its "\n" */
	struct span name;
	struct span base64; /* of key id and signature; known to be canonical */
	uint8_t id[NOTE_KEY_ID];
};

struct note {
	struct span text; /* what is signed, with its last "\n" */
	struct note_line lines[NOTE_MOST_LINES];
	uint32_t count;
};

/* NULL, or what is wrong with it. */
const char *note_read(struct span bytes, struct note *n);

/* What a note says of one key. */
enum note_check {
	NOTE_UNSIGNED, /* no line is that key's */
	NOTE_SIGNED,   /* all lines that are its hold, one at least */
	NOTE_BROKEN,   /* a line that says to be its does not hold: the note is to be refused */
};

/* For keys of type NOTE_ED25519. Cosignatures: checkpoint.h. */
enum note_check note_check(const struct note *n, const struct note_key *k);
/* Whether the line says to be that key's: its name and id. */
bool note_line_is_of(const struct note_line *l, const struct note_key *k);
/* The bytes behind the key id of a line. False: more than `room`. */
bool note_signature(const struct note_line *l, uint8_t *out, size_t room, size_t *count);

/* -- note_sign.c: needs a private key, and memory -- */
struct sigkey;
void note_key_write(struct text *out, const struct note_key *k); /* as note_key_read has it */
/* Appends the line of an Ed25519 key over the text. False: no memory, or another kind of key. */
bool note_sign(const struct sigkey *key, struct span name, struct span text, struct text *out);
/* Appends the line that has these bytes behind its key id. */
void note_line_write(struct text *out, struct span name, const uint8_t id[NOTE_KEY_ID],
		     struct span signature);
/* The verifier of such a key; name is a view of the caller's. False: the key is not Ed25519. */
bool note_key_of(const struct sigkey *key, struct span name, enum note_key_type type,
		 struct note_key *k);

#endif
