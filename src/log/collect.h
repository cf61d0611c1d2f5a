/* collect.h - cosignatures for a log's checkpoints: the witnesses of policies are asked side by
 * side (C2SP tlog-witness), and only what verifies is kept. One that takes a checkpoint and signs
 * nothing is a mirror (C2SP tlog-mirror): it is sent the entries, and signs once it has them. A
 * witness that does not answer is left alone for a while that doubles. From one thread. */
#ifndef EVENHAND_LOG_COLLECT_H
#define EVENHAND_LOG_COLLECT_H

#include "log/policy.h"
#include "log/store.h"

#define COLLECT_MOST_POLICIES 8u

struct collector;

/* The entries of a log, for mirrors. */
struct collect_entries {
	/* False: it cannot be had. */
	bool (*read)(void *ctx, uint64_t index, struct span *entry);
	void *ctx;
};

struct collect_options {
	struct span origin;
	/* What must live as long as the collector. Witnesses without an address are not asked. */
	const struct policy *const *policies;
	uint32_t policy_count;
	struct merkle_source source; /* of the log's tree; may come later */
	struct collect_entries entries;
	uint32_t round_ms; /* for all answers of a round; 0: 2000 */
	/* Told what a person should know, once for each change: "witness x: why". NULL: nobody. */
	void (*warn)(const struct log_error *e);
};

/* NULL after an error: no memory, or a policy that does not name the log. */
struct collector *collector_new(const struct collect_options *o, struct log_error *e);
void collector_free(struct collector *c);
/* Where proofs and entries come from, before the first round. */
void collector_set_source(struct collector *c, struct merkle_source source,
			  struct collect_entries entries);
/* How many witnesses have an address. */
uint32_t collector_witnesses(const struct collector *c);

/* Asks those that have not yet signed this checkpoint, which the log has signed, and may be asked
 * now. lines: of all that have signed it, those of earlier rounds too; appended. How many signed.
 */
uint32_t collector_round(struct collector *c, struct span note, struct text *lines);
/* Whether a checkpoint with these lines has the quorum of every policy. */
bool collector_has_quorum(const struct collector *c, struct span note, struct span lines);
/* Milliseconds until one that has not signed yet may be asked; UINT32_MAX: all have. */
uint32_t collector_wait(const struct collector *c);
/* All are asked again for the checkpoint that they have signed: for newer times. */
void collector_again(struct collector *c);

/* What the witnesses have cosigned of this log, from their monitoring addresses: each one a note
 * that its witness signed. A log that has less than these was set back. */
uint32_t collector_seen(struct collector *c, struct text seen[POLICY_MOST_WITNESSES]);

#endif
