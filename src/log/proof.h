/* proof.h - an entry's inclusion in a log, to be checked without network (C2SP tlog-proof). Reading
 * takes no memory. */
#ifndef EVENHAND_LOG_PROOF_H
#define EVENHAND_LOG_PROOF_H

#include "log/policy.h"

struct tlog_proof {
	struct span extra; /* base64 as it stands there, empty: none; nobody vouches for it */
	uint64_t index;
	struct merkle_proof path;
	struct span note; /* the checkpoint, byte for byte */
};

/* NULL, or what is wrong with it. */
const char *tlog_proof_read(struct span file, struct tlog_proof *p);

enum proof_end {
	PROOF_HOLDS,
	PROOF_MALFORMED, /* its checkpoint: *why */
	PROOF_NO_LOG,    /* no log of the policy signed the checkpoint */
	PROOF_BROKEN,    /* the line of a known key does not hold */
	PROOF_NO_QUORUM, /* it is included, and too few witnesses have cosigned */
	PROOF_ELSEWHERE, /* that leaf is not there */
};

/* Whether it shows that leaf in a log of the policy. *c and *o tell the rest, as far as it went. */
enum proof_end tlog_proof_check(const struct tlog_proof *p, const uint8_t leaf[SHA256_SIZE],
				const struct policy *policy, struct checkpoint *c,
				struct policy_outcome *o, const char **why);

/* -- proof_write.c: takes memory -- */
void tlog_proof_write(struct text *out, const struct tlog_proof *p);

#endif
