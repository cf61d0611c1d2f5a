/* proof.h - an entry's inclusion in a log, to be checked without network (C2SP tlog-proof). Reading
 * takes no memory. */
#ifndef EVENHAND_LOG_PROOF_H
#define EVENHAND_LOG_PROOF_H

#include "log/policy.h"

struct tlog_proof {
	struct span extra; /* base64 as it stands there; nobody vouches for it */
	uint64_t index;
	struct merkle_proof path;
	struct span note; /* the checkpoint, byte for byte */
};

/* NULL, or what is wrong with it. */
const char *tlog_proof_read(struct span file, struct tlog_proof *p);
void tlog_proof_write(struct text *out, const struct tlog_proof *p);

#endif
