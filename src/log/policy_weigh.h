/* policy_weigh.h - what a policy demands in numbers, and who its parties are: so that whoever
 * writes one sees what it is worth. Takes no memory. */
#ifndef EVENHAND_LOG_POLICY_WEIGH_H
#define EVENHAND_LOG_POLICY_WEIGH_H

#include "log/policy.h"

/* Of witnesses; all 0 where the quorum is none. */
struct policy_weight {
	bool counts[POLICY_MOST_WITNESSES]; /* it is below the quorum */
	bool group_counts[POLICY_MOST_GROUPS];
	uint32_t to_pass; /* the fewest whose cosignatures are a quorum */
	uint32_t to_stop; /* the fewest whose silence leaves none */
	/* The fewest that must sign two histories for both to have a quorum; and such a set. 0: two
	 * sets without a common witness are quorums, each honest for itself. */
	uint32_t to_split;
	bool splits[POLICY_MOST_WITNESSES];
};

/* two_faced: of each witness whether it is taken to sign whatever it is given, and does not count
 * in to_split; NULL: none. */
void policy_weigh(const struct policy *p, const bool *two_faced, struct policy_weight *w);

/* Who runs it, as far as a name tells: of a key's name or an address the domain of its host. That
 * is its last two labels, or three where the last has two letters and the one before it at most
 * three ("co.uk"); a host without a dot, or of digits alone, is taken whole. In any case a view;
 * compared without case (domains_equal). Empty: there is no host. */
struct span domain_of(struct span name);
bool domains_equal(struct span a, struct span b);

#endif
