/* compare_elf.c - two contents explained. The input is both, one behind the other, or one and
 * changes of it: of an odd first byte the rest is a content behind groups of four bytes, two of the
 * place, one of the value, one that says whether more follow. Whichever side is the left, the
 * answer is the same. */
#include <stdlib.h>

#include "base/hash.h"
#include "compare/disassemble.h"
#include "compare/explain.h"

int LLVMFuzzerInitialize(int *count, char ***words);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerInitialize(int *count, char ***words)
{
	(void)count;
	(void)words;
	hash_start();
	if (!disassembler_load())
		abort();
	return 0;
}

struct result {
	uint32_t count[CAUSES][3];
};

static void check_place(const struct place *p, struct span in)
{
	if (p->offset > in.n || p->length > in.n - p->offset)
		abort();
}

static void explain(struct span left, struct span right, struct result *r)
{
	struct arena arena;
	struct explaining x = { .arena = &arena };

	arena_init(&arena, 256 << 20);
	explain_content(&x, left, right);
	if (!x.first && !x.lost)
		abort(); /* they are not equal */
	for (const struct difference *d = x.first; d; d = d->next) {
		check_place(&d->left, left);
		check_place(&d->right, right);
		r->count[d->cause][d->weight]++;
	}
	arena_free(&arena);
}

/* In memory of its own size, so that the sanitizer sees the first byte too far. */
static struct span own(const uint8_t *data, size_t size)
{
	uint8_t *copy = malloc(size ? size : 1);

	if (copy && size)
		memcpy(copy, data, size);
	return (struct span){ copy, copy ? size : 0 };
}

static void explain_both(struct span left, struct span right)
{
	struct result a = { 0 }, b = { 0 };

	if (!left.p || !right.p || span_equal(left, right))
		return;
	explain(left, right, &a);
	explain(right, left, &b);
	for (int i = 0; i < CAUSES; i++) {
		int mirrored = i == CAUSE_ADDED     ? CAUSE_REMOVED
			       : i == CAUSE_REMOVED ? CAUSE_ADDED
						    : i;

		for (int k = 0; k < 3; k++)
			if (a.count[i][k] != b.count[mirrored][k])
				abort();
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	size_t at = 1, half, changes = 0;
	struct span left, right;

	if (size < 8)
		return 0;
	if (!(data[0] & 1)) {
		half = (size_t)data[1] | (size_t)data[2] << 8;
		half = half < size - 3 ? half : size - 3;
		left = own(data + 3, half);
		right = own(data + 3 + half, size - 3 - half);
	} else {
		do {
			at += 4;
			changes++;
		} while (at + 4 < size && (data[at - 1] & 1) && changes < 16);
		left = own(data + at, size - at);
		right = own(data + at, size - at);
		for (size_t i = 0; right.n && i < changes; i++) {
			const uint8_t *c = data + 1 + 4 * i;
			size_t place = ((size_t)c[0] | (size_t)c[1] << 8) % right.n;

			((uint8_t *)(uintptr_t)right.p)[place] = c[2];
		}
	}
	explain_both(left, right);
	free((void *)(uintptr_t)left.p);
	free((void *)(uintptr_t)right.p);
	return 0;
}
