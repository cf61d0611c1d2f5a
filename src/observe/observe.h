/* observe.h - node -> facts. Observers see a leaf's bytes once, while they are warm, and the hits
 * of the one pattern pass over them; relate joins what needs more than one file. */
#ifndef EVENHAND_OBSERVE_OBSERVE_H
#define EVENHAND_OBSERVE_OBSERVE_H

#include "know/know.h"
#include "observe/fact.h"
#include "tree/tree.h"

/* One leaf with its bytes. */
struct scene {
	struct observation *all;
	struct bench *bench; /* this worker's arena */
	struct node *node;
	struct span bytes;
	bool is_text;           /* looks_like_text of the first 64 KiB */
	const struct hit *hits; /* in order of their ends */
	uint32_t hit_count;
	uint64_t parsed;  /* bytes that were tried as keys */
	uint32_t keys;    /* that were found */
	uint64_t counted; /* lines up to there are */
	uint32_t lines;
};

struct observer {
	const char *name;
	void (*look)(struct scene *s);
};

extern const struct observer observe_executables, observe_keys, observe_components,
	observe_accounts, observe_privileges, observe_kernels, observe_secrets, observe_indicators,
	observe_endpoints, observe_web, observe_updates, observe_availability, observe_crypto,
	observe_services, observe_constants;

struct crack; /* password tests under way: observe/password.c */

#define MOST_TRUST      64
#define MOST_TRUST_FILE (1u << 20)

/* Public keys whose signatures the user trusts, in the order of their digests. */
struct trusted_key {
	struct evp_pkey_st *key; /* OpenSSL's EVP_PKEY */
	struct span spki_sha256; /* hex */
};

struct trust {
	struct trusted_key keys[MOST_TRUST];
	uint32_t count;
};

/* Adds what a file holds: certificates and public keys in PEM or DER, a public key of usign or
 * signify. False when it holds anything else, or nothing, or more than there is room for. Keys live
 * until the process ends. */
bool trust_add(struct trust *t, struct span file);

struct observation {
	struct span image;         /* its own bytes, which stay mapped */
	const struct trust *trust; /* may be NULL */
	struct pool *pool;
	struct guard guard;
	struct observing *workers; /* one each: scratch space and hits */
	struct crack *crack;
	bool no_passwords; /* hashes are told, but none is tried: budget 0 */
};

/* Loads what OpenSSL and libxcrypt would load at their first use. Before the jail closes. */
void observe_start(void);

/* The rule of what a program of that name does when it runs: the first that fits, or NULL. */
struct daemon_rule;
const struct daemon_rule *daemon_of(struct span name);
/* Indexes the rules: once, before the jail closes or at the first question. */
void daemons_start(void);

bool observation_init(struct observation *o, struct pool *pool);
void observation_free(struct observation *o);

/* The hook for opening.leaf; ctx is the observation. */
void observe_leaf(void *ctx, struct bench *b, struct node *n, struct span bytes);

/* The hook for opening.signatures. */
void observe_signatures(void *ctx, struct bench *b, struct node *n, const struct listing *l);

/* The hook for opening.again: password tests of the first run are forgotten. */
void observe_again(void *ctx);

/* After tree_open: joins what several files show, then collects and numbers all facts. Worker 0. */
bool observe_finish(struct observation *o, struct tree *t, struct facts *out);

/* -- inside the room -- */
/* Tests a password hash when a worker is idle; the same hash is tested once for all its holders.
 * user: the account's name. */
void password_test(struct observation *o, const struct node *n, struct span user, struct span hash);
struct password_result {
	const char *scheme; /* NULL: not a hash that is known */
	uint64_t cost, tried, known;
	const char *untried;
	bool found;
	struct span password, salt;
};
/* After the tests are done, on worker 0: tries what the image calls itself on what is not open yet.
 */
void password_try_names(struct observation *o, const struct tree *t);
/* The result, asked in tree order on worker 0: the first hashes share what an image may cost. */
struct password_result password_result(struct observation *o, const struct node *n,
				       struct span user, struct span hash);
bool crack_init(struct observation *o);
void crack_free(struct observation *o);
/* The scheme of a hash as a field of shadow or htpasswd holds it; NULL if it is none. */
const char *password_scheme(struct span hash);
/* Whether the file's hashes are those of accounts: passwd, shadow, htpasswd. */
bool account_file(struct span name, struct span bytes);

void relate_accounts(struct observation *o, struct tree *t, struct arena *a);
void relate_keys(struct pool *pool, struct tree *t);
void relate_signatures(struct observation *o, struct tree *t);
void relate_components(struct observation *o, struct tree *t, struct arena *a);
void relate_indicators(struct tree *t, struct arena *a);
void relate_endpoints(struct tree *t, struct arena *a);
void relate_web(struct tree *t, struct arena *a);
void relate_updates(struct tree *t, struct arena *a);
/* Which algorithms the facts of the other kinds show; after all of them. */
void relate_crypto(struct tree *t, struct arena *a);
void relate_services(struct observation *o, struct tree *t, struct arena *a);
void relate_identity(struct observation *o, struct tree *t, struct arena *a);
void relate_privileges(struct observation *o, struct tree *t, struct arena *a);
void relate_availability(struct observation *o, struct tree *t, struct arena *a);
/* Functions whose callers check passwords; functions that take a key for a cipher or a MAC. */
bool is_password_check(struct span function);
bool is_key_setup(struct span function);
/* What relate needs later is kept (DESIGN.md 6): whether a kind's relate reads this file. */
typedef bool reads_file(const struct node *n, struct span bytes);
reads_file identity_reads, services_read;

/* The line (from 1) of a text that byte `at` lies in; 0 when the leaf is no text. Quick where
 * places come in their order. */
uint32_t scene_line(struct scene *s, uint64_t at);
/* The n-th line (from 1) that byte `at` lies in. */
uint32_t line_of(struct span bytes, uint64_t at);
/* The next line of s from *at on, without its end; false at the end of s. */
bool line_next(struct span s, size_t *at, struct span *line);
/* Takes the next field up to `mark` from *rest; the last takes all. */
struct span field_next(struct span *rest, char mark);
/* "*" and "?" stand for any characters and any one. */
bool glob_matches(struct span name, struct span glob);
/* The printable string that holds byte `at`, as strings(1) would print it; empty if there is none.
 */
struct span string_around(struct span s, uint64_t at, uint64_t *begin);
/* Whether the base name matches one of the globs ("lib*.so,foo"). */
bool name_matches(struct span name, const char *globs);
/* The same of a setting's key: case does not count, as most programs read them. */
bool key_matches(struct span key, const char *globs);

#endif
