/* push.h - the public files of a log, to S3-compatible object storage: so that a log of any size
 * needs no machine of its own to be read. Signed by AWS Signature Version 4, which libcurl makes.
 */
#ifndef EVENHAND_LOG_PUSH_H
#define EVENHAND_LOG_PUSH_H

#include "log/store.h"

struct client;

struct push_options {
	const char *url;    /* http(s)://HOST/BUCKET[/PREFIX], without a "/" at its end */
	const char *region; /* NULL: us-east-1 */
	const char *user;   /* KEY:SECRET */
	struct client *client;
};

struct pushed {
	uint64_t from, to; /* entries that were there, and are */
	uint64_t files, bytes;
};

/* Whatever the bucket lacks of what is public now; the checkpoint last, when all of its tiles are
 * there. What the bucket has must be this log's, and not ahead of it: a log that was wound back is
 * not pushed over it. l: opened to read. */
bool log_push(struct log *l, const struct push_options *o, struct pushed *p, struct log_error *e);

#endif
