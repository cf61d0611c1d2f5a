/* password.h - inside observe/: schemes of password hashes. */
#ifndef EVENHAND_OBSERVE_PASSWORD_H
#define EVENHAND_OBSERVE_PASSWORD_H

#include "base/span.h"

enum scheme_method { METHOD_CRYPT, METHOD_APR1, METHOD_SHA, METHOD_PLAIN };

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

/* apr1 (Apache, apr_md5.c), {SHA} and {SSHA} (RFC 2307), {PLAIN}. */
bool password_opens_own(const struct scheme *s, struct span hash, struct span word);

#endif
