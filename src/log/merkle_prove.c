/* merkle_prove.c - proofs out of hashes of complete subtrees (RFC 6962 2.1.1, 2.1.2). */
#include <stdlib.h>

#include "log/merkle.h"

/* A range that begins where its subtree does is a tree of its own: its complete subtrees are those
 * of the bits of its length, folded from the smallest. */
bool merkle_range(const struct merkle_source *s, uint64_t from, uint64_t to,
		  uint8_t hash[SHA256_SIZE])
{
	uint8_t larger[SHA256_SIZE];
	bool any = false;
	uint64_t end = to;

	for (unsigned level = 0; level < 64 && end > from; level++) {
		if (!((end - from) >> level & 1))
			continue;
		end -= 1ull << level;
		if (!s->read(s->ctx, level, end >> level, any ? larger : hash))
			return false;
		if (any)
			merkle_node(larger, hash, hash);
		any = true;
	}
	return any;
}

/* The largest power of two below n, n > 1. */
static uint64_t split(uint64_t n)
{
	return 1ull << (63 - __builtin_clzll(n - 1));
}

static bool push(const struct merkle_source *s, uint64_t from, uint64_t to,
		 struct merkle_proof *proof)
{
	return proof->count < MERKLE_MOST && merkle_range(s, from, to, proof->hash[proof->count++]);
}

/* The hash next to the leaf comes first; they were found from the root downwards. */
static void turn_round(struct merkle_proof *proof)
{
	uint8_t kept[SHA256_SIZE];

	for (unsigned i = 0, k = proof->count; i + 1 < k; i++) {
		k--;
		memcpy(kept, proof->hash[i], SHA256_SIZE);
		memcpy(proof->hash[i], proof->hash[k], SHA256_SIZE);
		memcpy(proof->hash[k], kept, SHA256_SIZE);
	}
}

bool merkle_prove_included(const struct merkle_source *s, uint64_t index, uint64_t size,
			   struct merkle_proof *proof)
{
	uint64_t from = 0, to = size;

	proof->count = 0;
	if (index >= size || size > INT64_MAX)
		return false;
	while (to - from > 1) {
		uint64_t middle = from + split(to - from);
		bool is_left = index < middle;

		if (!push(s, is_left ? middle : from, is_left ? to : middle, proof))
			return false;
		*(is_left ? &to : &from) = middle;
	}
	turn_round(proof);
	return true;
}

bool merkle_prove_subtree(const struct merkle_source *s, const struct merkle_subtree *part,
			  uint64_t size, struct merkle_proof *proof)
{
	uint64_t first = part->from, from = 0, to = size;

	proof->count = 0;
	if (!merkle_is_subtree(part->from, part->to) || part->to > size || size > INT64_MAX)
		return false;
	while (first != from || part->to != to) {
		uint64_t middle = from + split(to - from);
		bool is_left = part->to <= middle;

		if (!push(s, is_left ? middle : from, is_left ? to : middle, proof))
			return false;
		*(is_left ? &to : &from) = middle;
		/* It begins left of the middle and ends right of it: what is left is complete. */
		if (first < from)
			first = from;
	}
	/* What both trees begin with is known to who has the subtree's root. */
	if (first != part->from && !push(s, from, to, proof))
		return false;
	turn_round(proof);
	return true;
}

bool merkle_prove_consistent(const struct merkle_source *s, uint64_t older, uint64_t newer,
			     struct merkle_proof *proof)
{
	const struct merkle_subtree part = { 0, older, { 0 } };

	proof->count = 0;
	if (older > newer || newer > INT64_MAX)
		return false;
	return older == 0 || older == newer || merkle_prove_subtree(s, &part, newer, proof);
}

bool merkle_tree_start(struct merkle_tree *t, struct arena *a, uint64_t most)
{
	uint64_t sum = 0;

	*t = (struct merkle_tree){ .most = most };
	for (unsigned level = 0; level < MERKLE_MOST; level++) {
		t->start[level] = sum;
		sum += most >> level;
	}
	t->hashes = arena_take(a, sum, sizeof(*t->hashes));
	return t->hashes != NULL;
}

void merkle_tree_add(struct merkle_tree *t, const uint8_t leaf[SHA256_SIZE])
{
	uint64_t at = t->size;

	if (t->size == t->most)
		abort(); /* the caller's mistake */
	memcpy(t->hashes[at], leaf, SHA256_SIZE);
	for (unsigned level = 0; at & 1; level++, at >>= 1) {
		uint8_t(*right)[SHA256_SIZE] = &t->hashes[t->start[level] + at];

		merkle_node(right[-1], right[0], t->hashes[t->start[level + 1] + (at >> 1)]);
	}
	t->size++;
}

static bool read_tree(const void *ctx, unsigned level, uint64_t index, uint8_t hash[SHA256_SIZE])
{
	const struct merkle_tree *t = ctx;

	if (level >= MERKLE_MOST || index >= t->size >> level)
		return false;
	memcpy(hash, t->hashes[t->start[level] + index], SHA256_SIZE);
	return true;
}

struct merkle_source merkle_tree_source(const struct merkle_tree *t)
{
	return (struct merkle_source){ read_tree, t };
}
