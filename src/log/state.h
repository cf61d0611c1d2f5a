/* state.h - DIR/state: how far the log has come, as it was last acknowledged. Lines, an empty line,
 * the signed checkpoint:
 *
 *	evenhand log state 1
 *	end 0 32                   the segment, and the offset in it, where the next record goes
 *	edge BASE64                hashes of the tree's right edge, the largest subtree first
 *
 * The edge must give the root that the checkpoint has, and the records up to the end its size. */
#ifndef EVENHAND_LOG_STATE_H
#define EVENHAND_LOG_STATE_H

#include "log/checkpoint.h"
#include "log/segment.h"

#define LOG_VERSION "evenhand log 1\n" /* of DIR/version */
#define STATE_MOST  (NOTE_MOST_BYTES + 8192u)

struct state {
	struct place end;
	struct merkle tree;
	struct span note;
};

void state_write(struct text *out, const struct state *s);
/* NULL, or what is wrong with it. Whether the note is signed is not looked at, but that it is a
 * checkpoint, of the size and root of the tree. */
const char *state_read(struct span file, struct state *s);

#endif
