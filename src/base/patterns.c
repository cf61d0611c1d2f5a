/* patterns.c - see patterns.h. */
#include "base/patterns.h"

#include <hs/hs.h>
#include <stdlib.h>

#include "base/text.h"

/* vectorscan takes at most 4 GiB at once; windows overlap by more than the longest match that
 * matters. */
#define WINDOW  (1u << 30)
#define OVERLAP (64u << 10)

/* A database is used through a pointer to an opaque type of ours. */
static const hs_database_t *database(const struct patterns *p)
{
	return (const hs_database_t *)p;
}

static const hs_platform_info_t *platform_of(int processor, hs_platform_info_t *info)
{
	if (processor < 0)
		return NULL;
	*info = (hs_platform_info_t){ .tune = HS_TUNE_FAMILY_GENERIC };
#ifdef __x86_64__
	if (processor == PROCESSOR_AVX2)
		info->cpu_features = HS_CPU_FEATURES_AVX2;
#endif
	return info;
}

struct compilation {
	const char **expressions;
	unsigned *flags, *ids;
	struct text *texts;
};

static void compilation_free(struct compilation *c, size_t count)
{
	for (size_t i = 0; c->texts && i < count; i++)
		text_free(&c->texts[i]);
	free(c->texts);
	free(c->expressions);
	free(c->flags);
	free(c->ids);
}

static bool compilation_init(struct compilation *c, const struct pattern *list, size_t count)
{
	c->texts = calloc(count, sizeof(*c->texts));
	c->expressions = calloc(count, sizeof(*c->expressions));
	c->flags = calloc(count, sizeof(*c->flags));
	c->ids = calloc(count, sizeof(*c->ids));
	if (!c->texts || !c->expressions || !c->flags || !c->ids)
		return false;
	for (size_t i = 0; i < count; i++) {
		for (size_t k = 0; k < list[i].len; k++)
			text_format(&c->texts[i], "\\x%02x", (uint8_t)list[i].bytes[k]);
		c->expressions[i] = list[i].len ? c->texts[i].p : list[i].bytes;
		c->flags[i] = list[i].len ? HS_FLAG_DOTALL : HS_FLAG_MULTILINE;
		c->ids[i] = list[i].id;
	}
	return true;
}

struct patterns *patterns_compile(const struct pattern *list, size_t count, int processor,
				  char **error)
{
	struct compilation c = { 0 };
	hs_platform_info_t info;
	hs_compile_error_t *failed = NULL;
	hs_database_t *db = NULL;

	*error = NULL;
	if (compilation_init(&c, list, count) &&
	    hs_compile_multi(c.expressions, c.flags, c.ids, (unsigned)count, HS_MODE_BLOCK,
			     platform_of(processor, &info), &db, &failed) != HS_SUCCESS) {
		struct text t = { 0 };

		if (failed && failed->expression >= 0 && (size_t)failed->expression < count)
			text_format(&t, "%s: ", c.expressions[failed->expression]);
		text_puts(&t, failed ? failed->message : "no memory");
		*error = t.p;
		hs_free_compile_error(failed);
	}
	compilation_free(&c, count);
	return (struct patterns *)db;
}

bool patterns_serialise(const struct patterns *p, char **bytes, size_t *length)
{
	return hs_serialize_database(database(p), bytes, length) == HS_SUCCESS;
}

struct patterns *patterns_load(const struct span *images, size_t image_count,
			       const struct pattern *list, size_t count)
{
	char *error = NULL;
	struct patterns *p;

	for (size_t i = 0; i < image_count; i++) {
		hs_database_t *db = NULL;

		if (hs_deserialize_database((const char *)images[i].p, images[i].n, &db) ==
		    HS_SUCCESS)
			return (struct patterns *)db;
	}
	p = patterns_compile(list, count, -1, &error);
	free(error);
	return p;
}

void patterns_free(struct patterns *p)
{
	hs_free_database((hs_database_t *)p);
}

struct pattern_scratch *pattern_scratch_new(struct patterns *const *all, size_t count)
{
	hs_scratch_t *s = NULL;

	for (size_t i = 0; i < count; i++)
		if (hs_alloc_scratch(database(all[i]), &s) != HS_SUCCESS) {
			hs_free_scratch(s);
			return NULL;
		}
	return (struct pattern_scratch *)s;
}

void pattern_scratch_free(struct pattern_scratch *s)
{
	hs_free_scratch((hs_scratch_t *)s);
}

struct pass {
	bool (*hit)(void *ctx, uint32_t id, uint64_t end);
	void *ctx;
	uint64_t base,
		from; /* of the window; matches that end at or before `from` were given already */
	bool stopped;
};

static int on_match(unsigned id, unsigned long long from, unsigned long long to, unsigned flags,
		    void *ctx)
{
	struct pass *pass = ctx;

	(void)from;
	(void)flags;
	if (pass->base + to <= pass->from && pass->base)
		return 0;
	pass->stopped = !pass->hit(pass->ctx, id, pass->base + to);
	return pass->stopped;
}

void patterns_scan(const struct patterns *p, struct pattern_scratch *s, struct span bytes,
		   bool (*hit)(void *ctx, uint32_t id, uint64_t end), void *ctx)
{
	struct pass pass = { .hit = hit, .ctx = ctx };

	for (uint64_t at = 0; at < bytes.n && !pass.stopped; at += WINDOW) {
		struct span window;

		pass.base = at ? at - OVERLAP : 0;
		pass.from = at;
		window = span_head(span_from(bytes, pass.base), WINDOW + (at ? OVERLAP : 0));
		hs_scan(database(p), (const char *)window.p, (unsigned)window.n, 0,
			(hs_scratch_t *)s, on_match, &pass);
	}
}
