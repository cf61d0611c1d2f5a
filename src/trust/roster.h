/* roster.h - keys with roles: whose envelopes a log takes in (its admission file), and whose
 * statements a verifier counts (in its rules). One line a key:
 *
 *	key lab-one.example lab MFkwEwYHKoZIzj0CAQYI... [from 2026-01-01] [until 2027-12-31]
 *
 * that is a name, a role, the key as SubjectPublicKeyInfo in base64, and the days (UTC, both taken
 * in) between which it counts. Blanks and tabs part words; a line that begins with # says nothing.
 * Reading takes no memory. */
#ifndef EVENHAND_TRUST_ROSTER_H
#define EVENHAND_TRUST_ROSTER_H

#include "base/hash.h"

#define ROSTER_MOST_KEYS 256u
#define ROSTER_MOST_SPKI 91u /* bytes: P-256 */

enum role { ROLE_VENDOR, ROLE_OPERATOR, ROLE_LAB, ROLE_GOVERNMENT, ROLE_USERS, ROLES };

struct roster_key {
	struct span name; /* a view of the file */
	enum role role;
	uint8_t spki[ROSTER_MOST_SPKI];
	uint32_t spki_size;
	uint8_t sha256[SHA256_SIZE]; /* of the SPKI: what `evenhand key show` prints */
	int64_t from, until;         /* seconds since 1970, [from, until) */
	uint32_t line;
};

struct roster {
	struct roster_key keys[ROSTER_MOST_KEYS];
	uint32_t count;
};

const char *role_name(enum role role); /* vendor, operator, lab, government, users */
bool role_named(struct span name, enum role *role);

/* One line's words behind "key". NULL, or what is wrong with it: a key or a name that stands there
 * already is. */
const char *roster_add(struct roster *r, struct span words, uint32_t line);
/* A file of such lines alone. *wrong_line is where it is wrong. */
const char *roster_read(struct span file, struct roster *r, uint32_t *wrong_line);
/* NULL: no such key. */
const struct roster_key *roster_find(const struct roster *r,
				     const uint8_t spki_sha256[SHA256_SIZE]);
bool roster_key_counts(const struct roster_key *k, int64_t at);

#endif
