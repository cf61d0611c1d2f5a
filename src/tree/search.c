/* search.c - the magics of all formats as one pattern database. */
#include "tree/search.h"

#include <stdlib.h>

#define LEAST_MAGIC   4
#define MOST_PATTERNS 2048
#define MOST_FORMATS  1024

/* Serialised at build time: build/<flavour>/gen/patterns.S. */
extern const uint8_t magics_avx2[], magics_avx2_end[], magics_baseline[], magics_baseline_end[];

static struct patterns *magics;

/* For each first byte, a bit for each format that may begin with it: asked for every file. */
static uint64_t asked[256][MOST_FORMATS / 64];

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

static void ask_at(size_t format, uint8_t first)
{
	asked[first][format / 64] |= 1ull << (format % 64);
}

/* A format without a magic, or with one that stands further in, may begin with any byte. */
static void ask_about(size_t format)
{
	const struct magic *m = formats[format]->magic;
	bool any = m[0].len == 0;

	for (int i = 0; i < FORMAT_MAGICS && m[i].len; i++) {
		any |= m[i].at != 0 && m[i].at != MAGIC_ANYWHERE;
		if (m[i].at == 0)
			ask_at(format, (uint8_t)m[i].bytes[0]);
	}
	for (unsigned first = 0; any && first < 256; first++)
		ask_at(format, (uint8_t)first);
}

const struct format *search_asked(uint8_t first, size_t *at)
{
	for (; *at < format_count; *at = (*at / 64 + 1) * 64) {
		uint64_t rest = asked[first][*at / 64] >> (*at % 64);

		if (rest == 0)
			continue;
		*at += (size_t)__builtin_ctzll(rest);
		return formats[(*at)++];
	}
	return NULL;
}

bool search_start(void)
{
	const struct span images[] = {
		{ magics_avx2, (size_t)(magics_avx2_end - magics_avx2) },
		{ magics_baseline, (size_t)(magics_baseline_end - magics_baseline) },
	};
	size_t count;
	const struct pattern *list = search_patterns(&count);

	if (format_count > MOST_FORMATS)
		abort(); /* a larger table is needed */
	for (size_t f = 0; f < format_count; f++)
		ask_about(f);
	if (!magics)
		magics = patterns_load(images, 2, list, count);
	return magics != NULL;
}

struct pattern_scratch *search_scratch_new(void)
{
	return pattern_scratch_new(&magics, 1);
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
