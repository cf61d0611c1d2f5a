/* server_index.c - entries about a digest, out of the log's index. */
#include "log/index.h"
#include "log/server_inside.h"

static void take(void *ctx, const struct index_row *row)
{
	struct numbers *n = ctx;

	if (n->count < MOST_SHOWN)
		n->list[n->count++] = row->number;
	else
		n->has_more = true;
}

bool server_index_find(const struct log_server *s, const uint8_t digest[SHA256_SIZE],
		       struct numbers *found, struct log_error *e)
{
	struct index_query q = {
		.digest = digest, .end = -1, .kind = -1, .most = MOST_SHOWN + 1, .newest = true
	};

	found->count = 0;
	found->has_more = false;
	return log_search(s->log, &q, take, found, e);
}
