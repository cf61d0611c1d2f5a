/* policy.h - whom a verifier trusts (C2SP tlog-policy): logs, witnesses, groups, a quorum. Read
 * strictly; peers that are laxer differ (notes in docs/log.md). Reading takes no memory; names and
 * addresses are views of the file. */
#ifndef EVENHAND_LOG_POLICY_H
#define EVENHAND_LOG_POLICY_H

#include "log/checkpoint.h"

#define POLICY_MOST_BYTES     (1u << 20)
#define POLICY_MOST_LOGS      64u
#define POLICY_MOST_WITNESSES 256u
#define POLICY_MOST_GROUPS    256u
#define POLICY_NONE           UINT32_MAX

struct policy_log {
	struct note_key key;
	struct span url; /* empty: none */
	uint32_t line;   /* counted from 1 */
};

struct policy_witness {
	struct span name; /* in the policy; its key has another */
	struct note_key key;
	struct span url;
	uint32_t line;
	uint32_t parent; /* the group that it is member of; POLICY_NONE */
};

struct policy_group {
	struct span name;
	uint32_t needed, members; /* k of n */
	uint32_t line;
	uint32_t parent;
};

struct policy {
	struct policy_log logs[POLICY_MOST_LOGS];
	struct policy_witness witnesses[POLICY_MOST_WITNESSES];
	struct policy_group groups[POLICY_MOST_GROUPS];
	uint32_t log_count, witness_count, group_count;
	bool is_quorum_none;
	bool is_quorum_group; /* or one witness */
	uint32_t quorum;      /* its number among groups or witnesses */
	uint32_t quorum_line;
	uint32_t wrong_line; /* after an error */
};

/* NULL, or what is wrong, in p->wrong_line. The bytes must live as long as p. */
const char *policy_read(struct span file, struct policy *p);

/* What a checkpoint is worth under a policy. */
struct policy_outcome {
	uint32_t log; /* whose key signed it; POLICY_NONE */
	/* A line that states the time 0 says nothing of the log's largest tree (tlog-cosignature),
	 * and does not count. */
	enum note_check witness[POLICY_MOST_WITNESSES];
	uint64_t time[POLICY_MOST_WITNESSES]; /* of those that signed */
	bool group[POLICY_MOST_GROUPS];       /* that have as many as they need */
	bool is_broken;                       /* a known key's line does not hold */
	bool has_quorum;                      /* false wherever is_broken */
	/* When, by the witnesses' clocks, the quorum was first complete: of each group the k-th
	 * smallest time of its members. 0 where there is none. */
	uint64_t quorum_time;
	/* Since when a whole quorum has signed, that is how old it is at the most: the k-th largest
	 * time. A witness that signs an old tree again makes quorum_time newer, not this. */
	uint64_t quorum_seen;
};

void policy_judge(const struct policy *p, const struct checkpoint *c, struct policy_outcome *o);
/* The groups, the quorum and its time alone, from what stands in o of the witnesses. */
void policy_count(const struct policy *p, struct policy_outcome *o);

#endif
