/* tree.c - an image as a whole: search, settle, tile, descend, with every format. What fails in the
 * parsers' company only (ranges, parents, budgets) shows here. */
#include <stdlib.h>

#include "base/hash.h"
#include "base/names.h"
#include "codec/codec.h"
#include "tree/search.h"
#include "tree/tree.h"

static struct pool *pool;
static struct spill spill = { .fd = -1 };

int LLVMFuzzerInitialize(int *count, char ***words);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerInitialize(int *count, char ***words)
{
	(void)count;
	(void)words;
	names_start();
	hash_start();
	codec_start();
	pool = pool_new(1, NULL);
	if (!search_start() || !pool)
		abort();
	return 0;
}

/* Pieces of one content lie side by side and cover it (DESIGN.md 4). */
static void check_tiles(const struct node *parent)
{
	uint64_t at = 0;

	for (const struct node *n = parent->children; n; n = n->next) {
		if (n->kind != KIND_REGION)
			return;
		if (n->offset != at || n->length == 0)
			abort();
		at += n->length;
	}
	if (parent->children && at != parent->size)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_Atomic uint64_t bytes = 0, done = 0, known = 0;
	uint8_t *copy = malloc(size ? size : 1);
	struct opening o = {
		.pool = pool,
		.spill = &spill,
		.budget = { .depth = 8, .entries = 5000, .bytes = 8u << 20, .content = 4u << 20 },
		.bytes_done = &bytes,
		.nodes_done = &done,
		.nodes_known = &known,
		.explain = true,
	};
	struct tree t;

	if (!copy)
		return 0;
	if (size)
		memcpy(copy, data, size);
	if (tree_open(&t, &o, (struct span){ copy, size })) {
		for (uint32_t i = 0; i < t.count; i++)
			check_tiles(t.nodes[i]);
		tree_free(&t);
	}
	free(copy);
	return 0;
}
