/* key.c - the keys observer: PEM, DER, SSH, Dropbear, key stores, certificates, in a binary or a
 * text as the first byte says; then what their numbers give away. */
#include <stdlib.h>

#include "base/text.h"
#include "observe/observe.h"

#define MOST_HITS 4096

struct hits {
	struct hit p[MOST_HITS];
	uint32_t n;
};

static bool on_hit(void *ctx, struct hit h)
{
	struct hits *hits = ctx;

	hits->p[hits->n++] = h;
	return hits->n < MOST_HITS;
}

static void look(struct span bytes, bool is_text)
{
	static struct pattern_scratch *scratch;
	static struct hits hits;
	static struct pool *pool;
	struct arena arena;
	struct bench bench = { 0, &arena, NULL };
	struct node file = { .kind = KIND_FILE, .path = span_text("/etc/thing") };
	struct node *nodes[] = { &file };
	struct tree tree = { .image = &file, .count = 1, .nodes = nodes, .arenas = &arena };
	struct scene s = { .bench = &bench, .node = &file, .bytes = bytes, .is_text = is_text };

	if (!scratch) {
		observe_start();
		if (!know_start() || !(scratch = know_scratch_new()) || !(pool = pool_new(1, NULL)))
			abort();
	}
	arena_init(&arena, 64 << 20);
	hits.n = 0;
	know_scan(scratch, is_text ? PATTERNS_OF_TEXTS : PATTERNS_OF_PROGRAMS, bytes, on_hit,
		  &hits);
	s.hits = hits.p;
	s.hit_count = hits.n;
	observe_keys.look(&s);
	relate_keys(pool, &tree);
	arena_free(&arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t *copy = malloc(size ? size : 1);

	if (copy && size) {
		memcpy(copy, data + 1, size - 1);
		look((struct span){ copy, size - 1 }, data[0] & 1);
	}
	free(copy);
	return 0;
}
