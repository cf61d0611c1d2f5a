/* dsse.h - signed envelopes: DSSE 1.0.2 (secure-systems-lab). Readers take both alphabets of base64
 * and ignore fields that they do not know; a field of DSSE that stands there twice is refused,
 * since two readers might take one each. */
#ifndef EVENHAND_TRUST_DSSE_H
#define EVENHAND_TRUST_DSSE_H

#include "base/jsontext.h"
#include "trust/sigkey.h"

#define MOST_ENVELOPE  (1u << 20) /* bytes of the file */
#define MOST_SIGNED_BY 16

#define STATEMENT_MEDIA_TYPE "application/vnd.in-toto+json"

struct envelope {
	struct span payload_type, payload;
	struct span pae; /* what is signed; the payload lies in it */
	struct span signatures[MOST_SIGNED_BY];
	uint32_t signature_count;
	uint8_t pae_sha256[SHA256_SIZE]; /* what names the statement, whoever signs it */
};

/* Reads one; all of it lives in the arena. Otherwise what is wrong with it. */
const char *dsse_read(struct span json, struct arena *a, struct envelope *e);
/* The same for an object of a text whose names are plain. */
const char *dsse_read_object(const struct json_text *t, uint32_t object, struct arena *a,
			     struct envelope *e);
/* Whether that key, in DER as SubjectPublicKeyInfo, made one of the signatures. Takes no memory. */
bool dsse_signed_by(const struct envelope *e, struct span spki);

/* -- dsse_sign.c -- */

/* What is signed. */
void dsse_pae(struct span type, struct span payload, struct text *out);
/* An envelope with one signature, or with none where there was no memory: false. */
bool dsse_sign(const struct sigkey *key, struct span type, struct span payload, struct text *out);
/* As dsse_signed_by, through OpenSSL. */
bool dsse_verifies(const struct envelope *e, const struct sigkey *key);

/* -- strings of JSON -- */

/* The text of a string of JSON, its escapes undone, in the arena: UTF-8 without NUL. False
 * otherwise. */
bool json_string(struct span raw, struct arena *a, struct span *text);
/* The string that is the member of that name; empty where there is none. False where it is no
 * string, or stands there twice. */
bool json_member_string(const struct json_text *t, uint32_t object, const char *key,
			struct arena *a, struct span *text);
/* Whether every name is written as it is: one with escapes might be another's second form. */
bool json_names_are_plain(const struct json_text *t);
/* The member of that name and kind; JSON_NONE where there is none or more than one, or it is of
 * another kind. */
uint32_t json_member(const struct json_text *t, uint32_t object, const char *key,
		     enum json_kind kind);

#endif
