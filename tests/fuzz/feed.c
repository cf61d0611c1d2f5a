/* feed.c - feeds of vulnerabilities in every form, packed or not, and the index that is made of
 * them. Of an index the digests are not compared, so that what lies behind them is reached. */
#include <stdlib.h>

#include "base/text.h"
#include "know/feed.h"

static bool put(void *ctx, struct span bytes)
{
	text_put(ctx, bytes);
	return true;
}

static void read_index(struct span bytes)
{
	struct feed feed;
	struct feed_row r;
	struct feed_source s;
	unsigned flags;
	uint32_t first;

	if (feed_open(&feed, bytes, true).kind != FAULT_NONE) {
		feed_close(&feed);
		return;
	}
	for (uint32_t i = 0; i < feed.row_count && i < 1000 && !feed.is_broken; i++)
		if (feed_row_at(&feed, i, &r, &flags)) {
			version_compare(r.scheme, r.from, r.to);
			feed_find(&feed, r.note, &first);
			feed_flags_of(&feed, r.vulnerability);
		}
	for (uint32_t i = 0; i < feed.source_count && i < 100; i++)
		feed_source_at(&feed, i, &s);
	feed_close(&feed);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span bytes = { data, size };
	struct feed_builder *b = feed_builder_new(NULL, NULL);
	struct text index = { 0 };
	struct feed feed;

	hash_start();
	if (feed_is_index(bytes))
		read_index(bytes);
	feed_read(b, bytes, false);
	if (!feed_finish(b, put, &index))
		abort();
	feed_builder_free(b);
	/* What we wrote ourselves holds. */
	if (feed_open(&feed, text_span(&index), false).kind != FAULT_NONE)
		abort();
	for (uint32_t i = 0; i < feed.row_count; i++) {
		struct feed_row r;
		unsigned flags;

		if (!feed_row_at(&feed, i, &r, &flags))
			abort();
	}
	feed_close(&feed);
	text_free(&index);
	return 0;
}
