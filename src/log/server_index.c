/* server_index.c - entries about a digest, out of the log's index. */
#include "log/index.h"
#include "log/server_inside.h"

#define MOST_ROWS 10000u /* that are looked through for the newest */

/* The newest that fit, in a ring. */
struct newest {
	uint64_t *numbers;
	size_t most, count;
};

static void take(void *ctx, const struct index_row *row)
{
	struct newest *n = ctx;

	n->numbers[n->count++ % n->most] = row->number;
}

static void reverse(uint64_t *numbers, size_t from, size_t to)
{
	for (; from + 1 < to; from++, to--) {
		uint64_t last = numbers[to - 1];

		numbers[to - 1] = numbers[from];
		numbers[from] = last;
	}
}

bool server_index_find(const struct log_server *s, const uint8_t digest[SHA256_SIZE],
		       struct numbers *found, struct log_error *e)
{
	struct index_query q = { .digest = digest, .end = -1, .kind = -1, .most = MOST_ROWS };
	struct newest n = { found->list, MOST_SHOWN, 0 };
	size_t start;

	if (!log_search(s->log, &q, take, &n, e))
		return false;
	found->has_more = n.count > MOST_SHOWN;
	found->count = found->has_more ? MOST_SHOWN : n.count;
	/* Where the ring begins; each part turned round, and they change places. */
	start = found->has_more ? n.count % MOST_SHOWN : 0;
	reverse(found->list, 0, start);
	reverse(found->list, start, found->count);
	return true;
}
