/* search.c - the magics of all formats as one pattern database. */
#include "tree/search.h"

#include "format/format.h"

#define LEAST_MAGIC   4
#define MOST_PATTERNS 2048

/* Serialised at build time: build/<flavour>/gen/patterns.S. */
extern const uint8_t magics_avx2[], magics_avx2_end[], magics_baseline[], magics_baseline_end[];

static struct patterns *magics;

const struct pattern *search_patterns(size_t *count)
{
	static struct pattern list[MOST_PATTERNS];
	size_t n = 0;

	for (size_t f = 0; f < format_count; f++)
		for (size_t m = 0; m < FORMAT_MAGICS && formats[f]->magic[m].len; m++) {
			const struct magic *magic = &formats[f]->magic[m];

			if (formats[f]->where == WHERE_SEARCHED && magic->len >= LEAST_MAGIC &&
			    n < MOST_PATTERNS)
				list[n++] = (struct pattern){ magic->bytes, magic->len,
							      (uint32_t)(f << 8 | m) };
		}
	*count = n;
	return list;
}

bool search_start(void)
{
	const struct span images[] = {
		{ magics_avx2, (size_t)(magics_avx2_end - magics_avx2) },
		{ magics_baseline, (size_t)(magics_baseline_end - magics_baseline) },
	};
	size_t count;
	const struct pattern *list = search_patterns(&count);

	if (!magics)
		magics = patterns_load(images, 2, list, count);
	return magics != NULL;
}

struct pattern_scratch *search_scratch_new(void)
{
	return pattern_scratch_new(magics);
}

struct search {
	bool (*hit)(void *ctx, uint16_t format, uint8_t magic, uint64_t end);
	void *ctx;
};

static bool on_hit(void *ctx, uint32_t id, uint64_t end)
{
	const struct search *s = ctx;

	return s->hit(s->ctx, (uint16_t)(id >> 8), (uint8_t)id, end);
}

void search_magics(struct pattern_scratch *scratch, struct span bytes,
		   bool (*hit)(void *ctx, uint16_t format, uint8_t magic, uint64_t end), void *ctx)
{
	struct search s = { hit, ctx };

	patterns_scan(magics, scratch, bytes, on_hit, &s);
}
