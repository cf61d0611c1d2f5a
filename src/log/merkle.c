/* merkle.c - hash rules, the growing tree, and what a proof shows: RFC 9162 2.1.3.2 and
 * 2.1.4.2, and of subtrees as draft-ietf-plants-merkle-tree-certs-03 4 has it, of which consistency
 * is the case that begins at the first leaf. */
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

bool merkle_is_subtree(uint64_t from, uint64_t to)
{
	uint64_t room = 1;

	if (from >= to || to > INT64_MAX)
		return false;
	while (room < to - from)
		room <<= 1;
	return from % room == 0;
}

/* The two roots that the proof of a subtree leads to, and on each level the places of the subtree's
 * first and last node and of the tree's last. */
struct fold {
	uint8_t part[SHA256_SIZE], whole[SHA256_SIZE];
	uint64_t first, last, end;
};

static void climb(struct fold *w)
{
	w->first >>= 1;
	w->last >>= 1;
	w->end >>= 1;
}

static void fold_one(struct fold *w, const uint8_t hash[SHA256_SIZE])
{
	if ((w->last & 1) || w->last == w->end) {
		if (w->first < w->last)
			merkle_node(hash, w->part, w->part);
		merkle_node(hash, w->whole, w->whole);
		while (w->last && !(w->last & 1))
			climb(w);
	} else {
		merkle_node(w->whole, hash, w->whole);
	}
	climb(w);
}

bool merkle_has_subtree(const struct merkle_head *head, const struct merkle_subtree *part,
			const struct merkle_proof *proof)
{
	struct fold w = { .first = part->from, .last = part->to - 1, .end = head->size - 1 };
	bool is_edge = w.last == w.end;
	unsigned i = 0;

	if (!merkle_is_subtree(part->from, part->to) || part->to > head->size ||
	    head->size > INT64_MAX)
		return false;
	while (w.first != w.last && (is_edge || (w.last & 1)))
		climb(&w);
	/* What is complete, or ends with the tree, is a node of the tree; of others a part is. */
	if (w.first != w.last && proof->count == 0)
		return false;
	memcpy(w.whole, w.first == w.last ? part->root : proof->hash[i++], SHA256_SIZE);
	memcpy(w.part, w.whole, SHA256_SIZE);
	for (; i < proof->count; i++) {
		if (w.end == 0)
			return false;
		fold_one(&w, proof->hash[i]);
	}
	return w.end == 0 && memcmp(w.part, part->root, SHA256_SIZE) == 0 &&
	       memcmp(w.whole, head->root, SHA256_SIZE) == 0;
}

bool merkle_consistent(const struct merkle_head *older, const struct merkle_head *newer,
		       const struct merkle_proof *proof)
{
	static const struct merkle empty;
	struct merkle_subtree part = { 0, older->size, { 0 } };
	uint8_t none[SHA256_SIZE];

	if (older->size > newer->size || newer->size > INT64_MAX)
		return false;
	if (older->size == newer->size)
		return proof->count == 0 && memcmp(older->root, newer->root, SHA256_SIZE) == 0;
	if (older->size > 0) {
		memcpy(part.root, older->root, SHA256_SIZE);
		return merkle_has_subtree(newer, &part, proof);
	}
	merkle_root(&empty, none);
	return proof->count == 0 && memcmp(older->root, none, SHA256_SIZE) == 0;
}
