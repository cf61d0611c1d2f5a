/* cosigned.h - cosignatures that somebody brings, from witnesses without a network. Who brings them
 * does not matter: a line counts if it verifies by a key of the policies. */
#ifndef EVENHAND_LOG_COSIGNED_H
#define EVENHAND_LOG_COSIGNED_H

#include "log/policy.h"

struct cosigned {
	const struct policy *const *policies;
	uint32_t policy_count;
};

/* The newest line in c's note of each of the policies' witnesses, where all of its lines hold;
 * appended. How many witnesses have signed. */
uint32_t cosigned_lines(const struct cosigned *k, const struct checkpoint *c, struct text *lines);
/* The newest line of that key; NULL: none. Whether it holds is not looked at. */
const struct note_line *cosigned_line(const struct note *n, const struct note_key *key);
/* Whether the note has the quorum of all policies; none needs none. */
bool cosigned_has_quorum(const struct cosigned *k, const struct checkpoint *c);
/* The body of a request to a witness (tlog-witness): from that size to the checkpoint, by proofs of
 * the source. False: the log has none, or no memory. */
bool cosigned_request(const struct merkle_source *source, uint64_t old, const struct checkpoint *c,
		      struct text *out);

#endif
