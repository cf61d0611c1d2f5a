/* acceptance.h - whether an image may be installed: its digests, a bundle, a policy and rules, laid
 * beside each other step by step (docs/verify.md, design of the terminal 5). Without network, and
 * without memory but the arena and the caller's structures: evenhand and the program for devices
 * judge by the same code and say the same words. */
#ifndef EVENHAND_LOG_ACCEPTANCE_H
#define EVENHAND_LOG_ACCEPTANCE_H

#include "log/policy.h"
#include "log/rules.h"
#include "log/sigbundle.h"

/* What a bundle may take of the arena: the ceiling to give it. */
#define ACCEPTANCE_MEMORY (24u << 20)
/* Room for all that is said of it. */
#define ACCEPTANCE_TEXT (256u << 10)
/* Witnesses' clocks may be ahead of ours by so many seconds. */
#define ACCEPTANCE_SKEW 86400

enum acceptance_step {
	ACCEPTANCE_BUNDLE,    /* every line is of the form that it must have */
	ACCEPTANCE_SIGNED,    /* known keys signed statements */
	ACCEPTANCE_IMAGE,     /* these speak of the image */
	ACCEPTANCE_LOGGED,    /* a log of the policy holds them */
	ACCEPTANCE_WITNESSED, /* the quorum of the policy saw that log */
	ACCEPTANCE_STANDING,  /* signers' days; revocations and claims in the bundle */
	ACCEPTANCE_RULES,
	ACCEPTANCE_AGE,
	ACCEPTANCE_STEPS,
};

/* Where a file of policy or rules is wrong: they may have been taken for each other. */
#define ACCEPTANCE_FILES                                                                           \
	"Logs and witnesses stand in the policy, all else in the rules: man evenhand."

struct acceptance_case {
	struct span bundle; /* the file */
	const struct policy *policy;
	const struct roster *roster; /* whose statements count */
	const struct rules *rules;   /* NULL: none were given; roster is theirs otherwise */
	struct subject image;
	int64_t at; /* seconds since 1970 */
};

/* A checkpoint of the bundle; lines share it. */
struct witnessed {
	struct checkpoint checkpoint;
	struct policy_outcome outcome;
	struct span note;
};

enum standing {
	STANDS,
	STANDING_UNKNOWN, /* nobody known signed it: it is not looked at */
	STANDING_REVOKED, /* by who signed it */
	STANDING_DAYS,    /* the key did not count when the witnesses saw it */
};

/* A line of the bundle. */
struct accepted {
	struct sigbundle b;
	struct statement s;
	const struct roster_key *signer; /* NULL: nobody known */
	const struct witnessed *seen;
	enum standing standing;
	const struct accepted *revocation;
};

struct acceptance {
	const struct acceptance_case *given;
	struct arena *arena;
	struct accepted lines[SIGBUNDLE_MOST_LINES];
	uint32_t count, unknown;   /* of them by unknown keys */
	enum acceptance_step step; /* that failed, or ACCEPTANCE_STEPS */
	uint32_t wrong;            /* the line that it failed at, counted from 1; 0: none alone */
	struct text *why;          /* what was wrong, escaped: the caller's */
	uint64_t seen_at;          /* the oldest quorum_seen of lines that stand; 0: nobody says */
	const char *advice;        /* where it is another one than the step's; NULL */
};

/* Judges; true where all steps hold. What a bundle needs beyond the arena's ceiling refuses it. */
bool acceptance_judge(struct acceptance *a, const struct acceptance_case *given,
		      struct arena *arena, struct text *why);

/* -- acceptance_text.c: 80 columns, as the terminal's other outcomes -- */
struct acceptance_view {
	bool colour;
	struct text *out, *scratch;
};
void acceptance_text(const struct acceptance *a, const struct acceptance_view *v);
const char *acceptance_step_name(enum acceptance_step step);
/* What a step found that holds, appended, its lines parted by "\n". */
void acceptance_detail(const struct acceptance *a, enum acceptance_step step, struct text *t);

/* -- acceptance_json.c: for programs -- */
void acceptance_json(const struct acceptance *a, struct text *out);

#endif
