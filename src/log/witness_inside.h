/* witness_inside.h - what the files of a witness share. */
#ifndef EVENHAND_LOG_WITNESS_INSIDE_H
#define EVENHAND_LOG_WITNESS_INSIDE_H

#include "log/witness.h"

#define WITNESS_SELF      "witness" /* its verifier, and where its key lies */
#define WITNESS_LOGS      "logs"
#define WITNESS_LOCK      "lock"
#define WITNESS_LIST_LOCK ".logs.lock"
#define WITNESS_MOST_LIST (64u << 20) /* bytes */

/* "WHERE: WHAT: why". Always false. */
bool witness_fail(struct log_error *e, const char *where, const char *what, int why);
/* A file of the directory, appended. */
bool witness_file_read(int dir, const char *name, struct text *out, struct log_error *e);

struct witness_self {
	struct span vkey, key_file; /* views of the file */
};

bool witness_self_read(struct span file, struct witness_self *self, struct log_error *e);

#endif
