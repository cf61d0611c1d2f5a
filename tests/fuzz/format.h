/* format.h - one format under the fuzzer: probe, list, load of every entry, with small limits.
 * Bytes stand in memory of their own size, so that the sanitizer sees the first one too far. */
#ifndef EVENHAND_TESTS_FUZZ_FORMAT_H
#define EVENHAND_TESTS_FUZZ_FORMAT_H

#include <stdlib.h>

#include "base/hash.h"
#include "codec/codec.h"
#include "format/format.h"

#define FUZZ_ENTRIES 2000
#define FUZZ_LOADS   200
#define FUZZ_CONTENT (1u << 20)
#define FUZZ_ARENA   (256u << 20)

int LLVMFuzzerInitialize(int *count, char ***words);

/* A target is one source: this header's is the only one. */
int LLVMFuzzerInitialize(int *count, char ***words)
{
	(void)count;
	(void)words;
	hash_start();
	return 0;
}

static inline bool fuzz_give(void *ctx, const struct entry *e, struct sink *content)
{
	uint32_t *left = ctx;

	(void)e;
	(void)content;
	return (*left)-- > 0;
}

static inline void fuzz_open(const struct format *f, struct listing *l, struct sink *content)
{
	uint32_t left = FUZZ_LOADS;

	if (f->walk) {
		struct walker w = { &left, fuzz_give, content, FUZZ_CONTENT };

		f->walk(l, &w);
		return;
	}
	if (f->list)
		f->list(l);
	if (f->shape == SHAPE_STREAM)
		f->load(l, NULL, content);
	for (uint32_t i = 0; f->load && i < l->count && left > 0; i++) {
		const struct entry *e = &l->entries[i];

		if (e->kind != KIND_FILE || e->stored)
			continue;
		sink_reset(content, FUZZ_CONTENT);
		f->load(l, e, content);
		left--;
	}
}

/* What compare asks of a container, after list(). Stretches lie in it and do not overlap. */
static inline void fuzz_own(const struct format *f, const struct listing *l)
{
	struct own_list own = { .arena = l->arena };
	uint64_t at = 0;

	if (f->own)
		f->own(l, &own);
	for (size_t i = 0; i < own.n; i++) {
		if (own.p[i].offset < at || own.p[i].length > l->in.n - own.p[i].offset)
			abort();
		at = own.p[i].offset + own.p[i].length;
	}
	for (uint32_t i = 0; f->stored && i < l->count && i < FUZZ_LOADS; i++) {
		struct text parameters = { 0 };
		struct storage s = { .arena = l->arena, .parameters = &parameters };

		if (l->entries[i].kind == KIND_FILE)
			f->stored(l, &l->entries[i], &s);
		text_free(&parameters);
	}
}

/* Bytes that are known to end where memory does. */
static inline void fuzz_span(const struct format *f, struct span in)
{
	struct arena arena;
	struct sink content;
	struct found found = { 0 };

	arena_init(&arena, FUZZ_ARENA);
	sink_init(&content, NULL, FUZZ_CONTENT);
	if (f->probe(in, &found).kind == FAULT_NONE) {
		uint64_t length = found.len;
		struct listing l = { .in = span_head(in, found.len),
				     .beyond = in,
				     .arena = &arena,
				     .len = &length,
				     .most = FUZZ_ENTRIES };

		if (found.len > in.n || found.len == 0 || memchr(found.label, 0, 64) == NULL)
			abort(); /* no probe may claim more than there is */
		fuzz_open(f, &l, &content);
		if (length < l.in.n && f->shape == SHAPE_STREAM)
			l.in = span_head(l.in, length);
		fuzz_own(f, &l);
	}
	sink_free(&content);
	arena_free(&arena);
}

static inline int fuzz_format(const struct format *f, const uint8_t *data, size_t size)
{
	uint8_t *copy = malloc(size ? size : 1);

	if (!copy)
		return 0;
	if (size)
		memcpy(copy, data, size);
	fuzz_span(f, (struct span){ copy, size });
	free(copy);
	return 0;
}

/* Behind the checksum of a header lies what an attacker reaches. */
static inline void fuzz_mended(const char *format, void (*mend)(uint8_t *p), size_t least,
			       const uint8_t *data, size_t size)
{
	uint8_t *copy = malloc(size + 1);

	if (copy && size >= least) {
		memcpy(copy, data, size);
		mend(copy);
		fuzz_format(format_named(format), copy, size);
	}
	free(copy);
}

#endif
