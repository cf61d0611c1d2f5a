/* gather.h - what a log holds, as bundles that are checked without it: the entry of a statement,
 * its inclusion in the newest checkpoint that is public, and that checkpoint with its cosignatures.
 */
#ifndef EVENHAND_LOG_GATHER_H
#define EVENHAND_LOG_GATHER_H

#include "log/sigbundle.h"
#include "log/store.h"
#include "trust/statement.h"

struct gathering {
	struct log *log;
	struct text note, vkey; /* the checkpoint; the log's key */
	struct note_key key;
	struct merkle_head head;
	uint32_t witnesses; /* lines of the checkpoint that are not the log's */
};

/* NULL, or what is wrong: there is no checkpoint. */
const char *gathering_start(struct gathering *g, struct log *l);
void gathering_end(struct gathering *g);

/* A statement of the log; its parts lie in the arena, in the log or in g. */
struct gathered {
	struct sigbundle b;
	struct statement s;
};

/* The statement of an entry, without its proof. False: none that is known here, as another
 * version may have logged it. */
bool gather_read(const struct gathering *g, uint64_t index, struct arena *a, struct gathered *out);
/* Its proof. False: a hash of the log cannot be had. */
bool gather_prove(const struct gathering *g, struct gathered *out);

#endif
