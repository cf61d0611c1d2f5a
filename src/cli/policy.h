/* policy.h - inside cli/: what policy check knows of a policy and of those whose statements are
 * taken in, and what it warns of. */
#ifndef EVENHAND_CLI_POLICY_H
#define EVENHAND_CLI_POLICY_H

#include "base/text.h"
#include "log/policy_weigh.h"
#include "log/rules.h"

/* A policy out of its file, which stays as long as it and is the caller's to free, whatever comes.
 * False after an error was printed, with the line. */
bool policy_file_read(const char *path, struct policy *p, struct span *file);

/* Where something stands. */
enum spot_file { IN_POLICY, IN_RULES, IN_ADMISSION };
struct spot {
	enum spot_file file;
	uint32_t line;
};

enum party_kind { PARTY_LOG, PARTY_WITNESS, PARTY_ISSUER };

/* Somebody who has a key. */
struct party {
	enum party_kind kind;
	struct spot place;
	struct span name;
	struct span domains[2]; /* of the key's name, of the address; empty where there is none */
	struct span key;        /* of Ed25519 or ML-DSA-44; an issuer's of P-256 is empty */
	uint32_t witness;       /* its number in the policy */
	enum role role;         /* an issuer's */
};

#define MOST_PARTIES (POLICY_MOST_LOGS + POLICY_MOST_WITNESSES + 2 * ROSTER_MOST_KEYS)

struct policy_check {
	const struct policy *policy;
	struct policy_weight weight;
	struct party parties[MOST_PARTIES];
	uint32_t party_count;
	struct text warnings;
	uint32_t warning_count;
	bool tells_operators; /* a warning tells somebody by a domain */
};

/* The parties of the policy, and its weight. */
void policy_check_start(struct policy_check *c, const struct policy *p);
/* Those of a file of keys, which are issuers. */
void policy_check_add(struct policy_check *c, const struct roster *r, enum spot_file file);
/* Warns of needs of the rules that no keys are left for on that day. */
void policy_check_needs(struct policy_check *c, const struct rules *r, int64_t at);
/* Fills the warnings. */
void policy_check_warn(struct policy_check *c);
/* What the policy demands, in words. */
void policy_check_say(const struct policy_check *c, struct text *out);

#endif
