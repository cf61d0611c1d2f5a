/* parts.c - see parts.h. */
#include "codec/parts.h"

static _Thread_local const struct helpers *helpers;

void codec_take_helpers(const struct helpers *h)
{
	helpers = h;
}

size_t parts_threads(void)
{
	size_t threads = helpers ? helpers->threads : 1;

	return threads < MOST_PARTS ? threads : MOST_PARTS;
}

struct run {
	struct part *parts;
	void (*decode)(struct part *part);
};

static void decode_one(void *ctx, size_t i)
{
	const struct run *r = ctx;

	r->decode(&r->parts[i]);
}

bool parts_decode(struct part *parts, size_t n, void (*decode)(struct part *part))
{
	struct run r = { parts, decode };
	bool all = true;

	helpers->each(helpers->ctx, n, decode_one, &r);
	for (size_t i = 0; i < n; i++)
		all = all && parts[i].holds;
	return all;
}
