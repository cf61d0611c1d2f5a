/* feeds.c - files of --feed and --vex: the supervisor opens them, the worker reads them in the
 * jail. */
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"

bool feeds_open(struct feed_inputs *f, const struct options *o)
{
	*f = (struct feed_inputs){ .feed_count = 0 };
	for (int i = 0; i < o->feed_count; i++) {
		if (!input_open(&f->feeds[i], o->feeds[i]))
			return false;
		f->feed_count++;
	}
	for (int i = 0; i < o->vex_count; i++) {
		if (!input_open(&f->vex[i], o->vex[i]))
			return false;
		f->vex_count++;
	}
	return true;
}

bool feeds_unchanged(const struct feed_inputs *f)
{
	for (int i = 0; i < f->feed_count; i++)
		if (!input_unchanged(&f->feeds[i]))
			return false;
	for (int i = 0; i < f->vex_count; i++)
		if (!input_unchanged(&f->vex[i]))
			return false;
	return true;
}

void feeds_close(struct feed_inputs *f)
{
	for (int i = 0; i < f->feed_count; i++)
		input_close(&f->feeds[i]);
	for (int i = 0; i < f->vex_count; i++)
		input_close(&f->vex[i]);
	f->feed_count = f->vex_count = 0;
}

bool feed_complain(const struct input *in, struct fault fault)
{
	char why[200];

	if (fault.kind == FAULT_UNKNOWN)
		return complain(
			in->name,
			"NVD 2.0, OSV, CSAF, KEV, OpenVEX or CycloneDX; .json, .gz or .zip.",
			"it is no feed that is known");
	fault_describe(fault, why, sizeof(why));
	return complain(in->name, "A download that was interrupted has no end.",
			"it cannot be read as a feed: %s", why);
}

/* -- the worker's side -- */

static bool put(void *ctx, struct span bytes)
{
	struct text *t = ctx;

	text_put(t, bytes);
	return !t->failed;
}

/* What the published files say, as an index of this process' own. */
static bool read_published(struct input *inputs, int count, struct feed_builder *b,
			   struct feed *feed)
{
	struct text index = { 0 };

	for (int i = 0; i < count; i++) {
		struct fault fault = { .kind = FAULT_NONE };

		if (!feed_is_index(inputs[i].bytes))
			fault = feed_read(b, inputs[i].bytes, true);
		if (fault.kind != FAULT_NONE)
			return feed_complain(&inputs[i], fault);
	}
	if (!feed_finish(b, put, &index) ||
	    feed_open(feed, text_span(&index), true).kind != FAULT_NONE)
		return complain(NULL, "Free memory.", "no memory for the feeds");
	return true; /* the index lives as long as the worker */
}

static bool open_indexes(struct input *inputs, int count, struct feed *feeds, uint32_t *n)
{
	for (int i = 0; i < count; i++) {
		struct fault fault;

		if (!feed_is_index(inputs[i].bytes))
			continue;
		fault = feed_open(&feeds[(*n)++], inputs[i].bytes, false);
		if (fault.kind != FAULT_NONE)
			return feed_complain(&inputs[i], fault);
	}
	return true;
}

bool feeds_damaged(void)
{
	return complain(NULL, "evenhand knowledge import makes it anew.",
			"an index of feeds is damaged, or memory ran out");
}

static int by_digest(const void *a, const void *b)
{
	const struct given_source *x = a, *y = b;
	int order = memcmp(x->source.sha256, y->source.sha256, SHA256_SIZE);

	/* As published first: then the same feed is not named twice. */
	if (order == 0)
		order = (x->index != NULL) - (y->index != NULL);
	if (order || !x->index)
		return order;
	return memcmp(x->index->sha256, y->index->sha256, SHA256_SIZE);
}

static bool list_sources(struct feed *feeds, uint32_t count, struct arena *a,
			 struct given_source **list, uint32_t *n)
{
	uint64_t all = 0;
	uint32_t kept = 0;

	for (uint32_t i = 0; i < count; i++)
		all += feeds[i].source_count;
	*list = arena_take(a, all, sizeof(**list));
	for (uint32_t i = 0; *list && i < count; i++)
		for (uint32_t k = 0; k < feeds[i].source_count; k++) {
			struct given_source *s = &(*list)[(*n)++];

			if (!feed_source_at(&feeds[i], k, &s->source))
				return feeds_damaged();
			s->index = feeds[i].is_ours ? NULL : &feeds[i];
		}
	if (*n)
		qsort(*list, *n, sizeof(**list), by_digest);
	for (uint32_t i = 0; i < *n; i++)
		if (kept == 0 || memcmp((*list)[i].source.sha256, (*list)[kept - 1].source.sha256,
					SHA256_SIZE) != 0)
			(*list)[kept++] = (*list)[i];
	*n = kept;
	return *list != NULL;
}

static bool any_published(const struct input *inputs, int count)
{
	for (int i = 0; i < count; i++)
		if (!feed_is_index(inputs[i].bytes))
			return true;
	return false;
}

static bool read_some(struct input *inputs, int count, struct component_keys *keys,
		      struct feed *feeds, uint32_t *n)
{
	struct feed_builder *b;
	bool ok;

	if (!any_published(inputs, count))
		return open_indexes(inputs, count, feeds, n);
	b = feed_builder_new(keys ? component_keys_want : NULL, keys);
	ok = b && read_published(inputs, count, b, &feeds[(*n)++]) &&
	     open_indexes(inputs, count, feeds, n);
	feed_builder_free(b);
	return ok;
}

bool feeds_read(struct feed_inputs *in, const struct facts *f, struct arena *a,
		struct feed_set *set)
{
	struct component_keys *keys = component_keys_new(f, a);

	*set = (struct feed_set){ .feeds = arena_take(a, MOST_FEEDS + 1, sizeof(*set->feeds)),
				  .vex = arena_take(a, MOST_FEEDS + 1, sizeof(*set->vex)) };
	if (!keys || !set->feeds || !set->vex)
		return complain(NULL, "Free memory.", "no memory for the feeds");
	return read_some(in->feeds, in->feed_count, keys, set->feeds, &set->feed_count) &&
	       read_some(in->vex, in->vex_count, NULL, set->vex, &set->vex_count) &&
	       list_sources(set->feeds, set->feed_count, a, &set->sources, &set->source_count) &&
	       list_sources(set->vex, set->vex_count, a, &set->vex_sources, &set->vex_source_count);
}
