/* merkle.c - hash rules, the growing tree, and what a proof shows (RFC 9162 2.1.3.2, 2.1.4.2). */
#include "log/merkle.h"

#include <stdlib.h>

#define MOST_PARTS 7

void merkle_leaf(const struct span *parts, size_t count, uint8_t hash[SHA256_SIZE])
{
	static const uint8_t mark = 0;
	struct span all[MOST_PARTS + 1] = { { &mark, 1 } };

	if (count > MOST_PARTS)
		abort(); /* the caller's mistake */
	for (size_t i = 0; i < count; i++)
		all[i + 1] = parts[i];
	sha256_of_parts(all, count + 1, hash);
}

void merkle_node(const uint8_t left[SHA256_SIZE], const uint8_t right[SHA256_SIZE],
		 uint8_t hash[SHA256_SIZE])
{
	uint8_t both[1 + 2 * SHA256_SIZE] = { 1 };

	memcpy(both + 1, left, SHA256_SIZE);
	memcpy(both + 1 + SHA256_SIZE, right, SHA256_SIZE);
	sha256_of((struct span){ both, sizeof(both) }, hash);
}

bool merkle_head_equal(const struct merkle_head *a, const struct merkle_head *b)
{
	return a->size == b->size && memcmp(a->root, b->root, SHA256_SIZE) == 0;
}

/* A new leaf merges with the subtrees of its own size, as a carry runs through a counter. */
void merkle_add(struct merkle *m, const uint8_t leaf[SHA256_SIZE])
{
	unsigned top = (unsigned)__builtin_popcountll(m->size);

	memcpy(m->edge[top], leaf, SHA256_SIZE);
	for (uint64_t bits = m->size; bits & 1; bits >>= 1, top--)
		merkle_node(m->edge[top - 1], m->edge[top], m->edge[top - 1]);
	m->size++;
}

void merkle_root(const struct merkle *m, uint8_t root[SHA256_SIZE])
{
	unsigned i = (unsigned)__builtin_popcountll(m->size);

	if (i == 0) {
		sha256_of((struct span){ 0 }, root);
		return;
	}
	memcpy(root, m->edge[--i], SHA256_SIZE);
	while (i-- > 0)
		merkle_node(m->edge[i], root, root);
}

static unsigned bit_length(uint64_t v)
{
	return v ? 64 - (unsigned)__builtin_clzll(v) : 0;
}

/* Levels below the one on which the path of index and that of the last leaf part. */
static unsigned inner_length(uint64_t index, uint64_t size)
{
	return bit_length(index ^ (size - 1));
}

unsigned merkle_path_length(uint64_t index, uint64_t size)
{
	unsigned inner;

	if (index >= size)
		return 0;
	inner = inner_length(index, size);
	return inner + (inner < 64 ? (unsigned)__builtin_popcountll(index >> inner) : 0);
}

/* Whether the i-th hash of index's proof stands to the left. */
static bool is_left(uint64_t index, unsigned inner, unsigned i)
{
	return i >= inner || (index >> i & 1);
}

bool merkle_included(const uint8_t leaf[SHA256_SIZE], uint64_t index,
		     const struct merkle_head *head, const struct merkle_proof *proof)
{
	uint8_t r[SHA256_SIZE];
	unsigned inner;

	if (index >= head->size || head->size > INT64_MAX ||
	    proof->count != merkle_path_length(index, head->size))
		return false;
	inner = inner_length(index, head->size);
	memcpy(r, leaf, sizeof(r));
	for (unsigned i = 0; i < proof->count; i++) {
		bool left = is_left(index, inner, i);

		merkle_node(left ? proof->hash[i] : r, left ? r : proof->hash[i], r);
	}
	return memcmp(r, head->root, sizeof(r)) == 0;
}

void merkle_before(uint64_t index, uint64_t size, const struct merkle_proof *proof,
		   uint8_t root[SHA256_SIZE])
{
	unsigned inner = inner_length(index, size);
	bool any = false;

	sha256_of((struct span){ 0 }, root);
	for (unsigned i = 0; i < proof->count; i++) {
		if (!is_left(index, inner, i))
			continue;
		if (any)
			merkle_node(proof->hash[i], root, root);
		else
			memcpy(root, proof->hash[i], SHA256_SIZE);
		any = true;
	}
}

/* The two roots that a consistency proof leads to. */
struct fold {
	uint8_t older[SHA256_SIZE], newer[SHA256_SIZE];
	uint64_t f, s;
};

static void fold_one(struct fold *w, const uint8_t hash[SHA256_SIZE])
{
	if ((w->f & 1) || w->f == w->s) {
		merkle_node(hash, w->older, w->older);
		merkle_node(hash, w->newer, w->newer);
		while (w->f && !(w->f & 1)) {
			w->f >>= 1;
			w->s >>= 1;
		}
	} else {
		merkle_node(w->newer, hash, w->newer);
	}
	w->f >>= 1;
	w->s >>= 1;
}

static bool folds(const struct merkle_head *older, const struct merkle_head *newer,
		  const struct merkle_proof *proof)
{
	struct fold w = { .f = older->size - 1, .s = newer->size - 1 };
	unsigned first = (older->size & (older->size - 1)) != 0;

	if (proof->count == 0)
		return false;
	for (; w.f & 1; w.f >>= 1)
		w.s >>= 1;
	memcpy(w.older, first ? proof->hash[0] : older->root, SHA256_SIZE);
	memcpy(w.newer, w.older, SHA256_SIZE);
	for (unsigned i = first; i < proof->count; i++) {
		if (w.s == 0)
			return false;
		fold_one(&w, proof->hash[i]);
	}
	return w.s == 0 && memcmp(w.older, older->root, SHA256_SIZE) == 0 &&
	       memcmp(w.newer, newer->root, SHA256_SIZE) == 0;
}

bool merkle_consistent(const struct merkle_head *older, const struct merkle_head *newer,
		       const struct merkle_proof *proof)
{
	static const struct merkle empty;
	uint8_t none[SHA256_SIZE];

	if (older->size > newer->size || newer->size > INT64_MAX)
		return false;
	if (older->size == newer->size)
		return proof->count == 0 && memcmp(older->root, newer->root, SHA256_SIZE) == 0;
	if (older->size > 0)
		return folds(older, newer, proof);
	merkle_root(&empty, none);
	return proof->count == 0 && memcmp(older->root, none, SHA256_SIZE) == 0;
}
