/* fork.h - the proof that a log has told two histories: two checkpoints that it signed, and, where
 * their sizes differ, hashes of the larger tree that give its root and, over the leaves that the
 * smaller one has, another root than that one's. Whoever has the log's key can check it, and need
 * not believe who found it. A file of lines:
 *
 *	evenhand-fork/1
 *	hashes 2			0 to 64; none where the sizes are the same
 *	BASE64				a line each
 *	checkpoint 245			bytes, then these
 *	...
 *	checkpoint 245			the larger one
 *	...
 *
 * Reading takes no memory. */
#ifndef EVENHAND_LOG_FORK_H
#define EVENHAND_LOG_FORK_H

#include "log/policy.h"

#define FORK_MOST_BYTES (2 * NOTE_MOST_BYTES + 8192u)

struct log_fork {
	struct span notes[2]; /* the smaller tree's first */
	struct merkle_proof path;
};

/* NULL, or what is wrong with it. */
const char *log_fork_read(struct span file, struct log_fork *f);

enum fork_end {
	FORK_SHOWN,    /* the log signed both, and they contradict each other */
	FORK_NONE,     /* the larger tree begins with the smaller one, or they are the same */
	FORK_OPEN,     /* the log signed both, and nothing shows how they stand to each other */
	FORK_UNSIGNED, /* not by one log of the policy: *why */
};

/* c: the two checkpoints. *why is set for all but FORK_SHOWN. */
enum fork_end log_fork_check(const struct log_fork *f, const struct policy *p,
			     struct checkpoint c[2], const char **why);

/* Whether such hashes show that the larger tree begins with another one than older; they are those
 * of a consistency proof, the first always that of a subtree of the larger tree. */
bool fork_path_shows(const struct merkle_head *older, const struct merkle_head *newer,
		     const struct merkle_proof *path);

/* -- fork_write.c: takes memory -- */

/* Such hashes, out of the larger tree; 0 < older < newer. False: the source fails. */
bool fork_path_make(const struct merkle_source *newer_tree, uint64_t older, uint64_t newer,
		    struct merkle_proof *path);
void log_fork_write(struct text *out, const struct log_fork *f);

#endif
