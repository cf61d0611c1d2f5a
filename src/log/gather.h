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
	struct span note; /* the checkpoint */
	struct text vkey;
	struct note_key key;
	struct merkle_head head;
};

/* Under that checkpoint, which stays as long as g. NULL, or what is wrong with it. */
const char *gathering_start(struct gathering *g, struct log *l, struct span note);
void gathering_end(struct gathering *g);

/* A statement of the log; its parts lie in the arena, in the log or in g. */
struct gathered {
	struct sigbundle b;
	struct statement s;
};

/* The statement of an entry, without its proof. False: none that is known here, as another
 * version may have logged it. */
bool gather_read(const struct gathering *g, uint64_t index, struct arena *a, struct gathered *out);
bool statement_is_about(const struct statement *s, const uint8_t sha256[SHA256_SIZE]);
/* Its proof. False: a hash of the log cannot be had. */
bool gather_prove(const struct gathering *g, struct gathered *out);

#endif
