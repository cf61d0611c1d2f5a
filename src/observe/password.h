/* password.h - inside observe/: password hashes that libxcrypt does not know. */
#ifndef EVENHAND_OBSERVE_PASSWORD_H
#define EVENHAND_OBSERVE_PASSWORD_H

#include "base/span.h"

enum scheme_method { METHOD_CRYPT, METHOD_APR1, METHOD_SHA, METHOD_PLAIN };

struct scheme {
	const char *name, *prefix;
	enum scheme_method method;
	uint64_t (*cost)(struct span hash); /* as the hash says; 0: fixed by the scheme */
	uint32_t fixed, nanos;              /* nominal microseconds, nanoseconds a unit of cost */
	bool hard;                          /* made to be slow */
};

/* apr1 (Apache, apr_md5.c), {SHA} and {SSHA} (RFC 2307), {PLAIN}. */
bool password_opens_own(const struct scheme *s, struct span hash, struct span word);

#endif
