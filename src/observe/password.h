/* password.h - inside observe/: schemes of password hashes. */
#ifndef EVENHAND_OBSERVE_PASSWORD_H
#define EVENHAND_OBSERVE_PASSWORD_H

#include "base/arena.h"

enum scheme_method { METHOD_CRYPT, METHOD_APR1, METHOD_SHA, METHOD_MOSQUITTO, METHOD_PLAIN };

struct scheme {
	const char *name, *prefix;
	enum scheme_method method;
	/* As the hash says, 0 where the scheme fixes it; false: it says what nobody writes. */
	bool (*cost)(struct span hash, uint64_t *cost);
	uint32_t fixed, nanos; /* nominal microseconds, nanoseconds a unit of cost */
	bool hard;             /* made to be slow */
};

#define MOST_HASH 384 /* characters of a hash */

/* The scheme of a hash as a field holds it; NULL if it is none. */
const struct scheme *scheme_of(struct span hash);
/* What stands between the scheme's parameters and the digest. */
struct span salt_of(const struct scheme *s, struct span hash);
/* How many passwords a hash of that cost is worth, 0 where one alone would cost too much; and the
 * nominal microseconds of one. */
void password_price(const struct scheme *s, uint64_t cost, uint64_t *most, uint64_t *each);

#define MOST_PAIRS   8   /* pairs published for the account's name, before the general list */
#define MOST_WORDS   8   /* of the image */
#define LONGEST_WORD 128 /* with its NUL */

/* Passwords that open other accounts of the image, or what it calls itself. */
struct words {
	struct span p[MOST_WORDS];
	size_t n;
};

/* The passwords for one account, numbered in the order in which they are tried. */
struct candidates {
	struct span user;
	const char *pairs[MOST_PAIRS];
	size_t pair_count;
	size_t early; /* before the image's own names */
	size_t all;   /* without what the image gives */
	size_t most;  /* of these, how many the hash is worth; the caller sets it */
	/* What opens other accounts comes behind the pairs. The caller sets both, or leaves NULL.
	 */
	const struct words *found, *own;
};

struct candidates candidates_for(struct span user);
/* How many come before the first that the image gives. */
size_t candidates_alone(const struct candidates *c);
/* How many there are, with what the image gives. */
size_t candidates_count(const struct candidates *c);
/* The n-th of these; false when it was tried before. */
bool candidate(const struct candidates *c, size_t n, char word[LONGEST_WORD]);
/* Adds a word that is not there yet, if there is room. */
void words_put(struct words *w, struct arena *a, struct span word);
/* "Acme Networks" adds acme and Acme. */
void words_add_claim(struct words *own, struct arena *a, struct span claim);

#define MOSQUITTO_DIGITS 88 /* of a SHA-512 digest in base64 */

/* apr1 (Apache, apr_md5.c), {SHA} and {SSHA} (RFC 2307), Mosquitto's own $6$ and $7$
 * (mosquitto_passwd(1)), {PLAIN}. */
bool password_opens_own(const struct scheme *s, struct span hash, struct span word);

#endif
