/* arena.c - blocks that grow from 4 KiB to 4 MiB; large requests get a block of their own. */
#include "base/arena.h"

#include <stdlib.h>

#include "base/fault.h"

#define FIRST_BLOCK     (4u << 10) /* zeroed for every content opened: most need little */
#define LARGEST_BLOCK   (4u << 20)
#define DEFAULT_CEILING (16ull << 30)

struct arena_block {
	struct arena_block *older;
	_Alignas(max_align_t) uint8_t bytes[];
};

void arena_init(struct arena *a, uint64_t ceiling)
{
	*a = (struct arena){ .ceiling = ceiling };
}

void arena_free(struct arena *a)
{
	struct arena_block *block = a->blocks;

	while (block) {
		struct arena_block *older = block->older;

		free(block);
		block = older;
	}
	*a = (struct arena){ .ceiling = a->ceiling };
}

void arena_empty(struct arena *a)
{
	struct arena_block *block = a->blocks;

	if (!block || block->older || a->size > FIRST_BLOCK) {
		arena_free(a);
		return;
	}
	memset(block->bytes, 0, a->used); /* what lies behind was never given out */
	a->used = 0;
	a->taken = 0;
}

/* calloc: large blocks come as fresh zero pages, untouched until used. */
static struct arena_block *block_new(size_t size)
{
	struct arena_block *block = calloc(1, sizeof(*block) + size);

	if (!block)
		machine_ran_out();
	return block;
}

/* A block of its own goes below the newest one, whose rest stays in use. */
static void *take_alone(struct arena *a, size_t size)
{
	struct arena_block *block = block_new(size);

	if (!block)
		return NULL;
	if (a->blocks) {
		block->older = a->blocks->older;
		a->blocks->older = block;
	} else {
		a->blocks = block;
		a->used = a->size = size;
	}
	return block->bytes;
}

static bool add_block(struct arena *a, size_t need)
{
	size_t size = a->size < FIRST_BLOCK ? FIRST_BLOCK : a->size * 2;
	struct arena_block *block;

	if (size > LARGEST_BLOCK)
		size = LARGEST_BLOCK;
	if (size < need)
		size = need;
	block = block_new(size);
	if (!block)
		return false;
	block->older = a->blocks;
	a->blocks = block;
	a->used = 0;
	a->size = size;
	return true;
}

void *arena_take(struct arena *a, uint64_t count, size_t size)
{
	uint64_t ceiling = a->ceiling ? a->ceiling : DEFAULT_CEILING;
	uint64_t left = a->taken < ceiling ? ceiling - a->taken : 0;
	const size_t align = _Alignof(max_align_t);
	size_t bytes;
	void *p;

	if (size && count > (left / size))
		return NULL;
	bytes = ((size_t)count * size + align - 1) / align * align;
	if (bytes == 0)
		bytes = align;
	if (bytes > left)
		return NULL;
	a->taken += bytes;
	if (bytes > LARGEST_BLOCK / 4)
		return take_alone(a, bytes);
	if (bytes > a->size - a->used && !add_block(a, bytes))
		return NULL;
	p = a->blocks->bytes + a->used;
	a->used += bytes;
	return p;
}

struct span arena_copy(struct arena *a, struct span s)
{
	uint8_t *p = s.n ? arena_take(a, s.n, 1) : NULL;

	if (!p)
		return (struct span){ 0 };
	memcpy(p, s.p, s.n);
	return (struct span){ p, s.n };
}

char *arena_text(struct arena *a, struct span s)
{
	char *p = arena_take(a, (uint64_t)s.n + 1, 1);

	if (p && s.n)
		memcpy(p, s.p, s.n);
	return p;
}
