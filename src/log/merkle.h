/* merkle.h - the hash tree of RFC 6962 2.1 and C2SP tlog: leaf 0x00, node 0x01, SHA-256. A tree
 * head is size and root together: the root alone does not say how many leaves there are. Nothing
 * here allocates; hash_start comes first. */
#ifndef EVENHAND_LOG_MERKLE_H
#define EVENHAND_LOG_MERKLE_H

#include "base/arena.h"
#include "base/hash.h"

/* Hashes of a proof; sizes are below 2^63. */
#define MERKLE_MOST 64

struct merkle_head {
	uint64_t size;
	uint8_t root[SHA256_SIZE];
};

bool merkle_head_equal(const struct merkle_head *a, const struct merkle_head *b);

struct merkle_proof {
	uint8_t hash[MERKLE_MOST][SHA256_SIZE];
	unsigned count;
};

/* The leaf of data that lies in parts (at most 7). */
void merkle_leaf(const struct span *parts, size_t count, uint8_t hash[SHA256_SIZE]);
void merkle_node(const uint8_t left[SHA256_SIZE], const uint8_t right[SHA256_SIZE],
		 uint8_t hash[SHA256_SIZE]);

/* A tree that grows: its right edge alone, one hash for each bit set of its size, the largest
 * subtree first. Zeroed is the empty tree. */
struct merkle {
	uint64_t size;
	uint8_t edge[MERKLE_MOST][SHA256_SIZE];
};

void merkle_add(struct merkle *m, const uint8_t leaf[SHA256_SIZE]);
void merkle_root(const struct merkle *m, uint8_t root[SHA256_SIZE]);

/* Whether the proof shows that leaf at index under the head. */
bool merkle_included(const uint8_t leaf[SHA256_SIZE], uint64_t index,
		     const struct merkle_head *head, const struct merkle_proof *proof);
/* How many hashes such a proof has. */
unsigned merkle_path_length(uint64_t index, uint64_t size);
/* The root over the leaves before index, as a proof for index has it; that of the empty tree where
 * there are none. The proof must hold. */
void merkle_before(uint64_t index, uint64_t size, const struct merkle_proof *proof,
		   uint8_t root[SHA256_SIZE]);

/* Whether the newer tree begins with all leaves of the older one. */
bool merkle_consistent(const struct merkle_head *older, const struct merkle_head *newer,
		       const struct merkle_proof *proof);

/* The hash over leaves [from, to): a tree of its own where from is a multiple of the smallest power
 * of two that is not below to - from (draft-ietf-plants-merkle-tree-certs-03 4). */
struct merkle_subtree {
	uint64_t from, to;
	uint8_t root[SHA256_SIZE];
};

bool merkle_is_subtree(uint64_t from, uint64_t to);
/* Whether the proof shows that the tree has that subtree. */
bool merkle_has_subtree(const struct merkle_head *head, const struct merkle_subtree *part,
			const struct merkle_proof *proof);

/* -- merkle_prove.c: proofs are made from hashes of complete subtrees, wherever these are kept --
 */

struct merkle_source {
	/* The hash over the leaves [index << level, (index + 1) << level), which are all there.
	 * False: it cannot be had. */
	bool (*read)(const void *ctx, unsigned level, uint64_t index, uint8_t hash[SHA256_SIZE]);
	const void *ctx;
};

/* The hash over leaves [from, to), where from is a multiple of a power of two >= to - from. */
bool merkle_range(const struct merkle_source *s, uint64_t from, uint64_t to,
		  uint8_t hash[SHA256_SIZE]);
bool merkle_prove_included(const struct merkle_source *s, uint64_t index, uint64_t size,
			   struct merkle_proof *proof);
bool merkle_prove_consistent(const struct merkle_source *s, uint64_t older, uint64_t newer,
			     struct merkle_proof *proof);
/* False too where [from, to) is no subtree of a tree of that size. */
bool merkle_prove_subtree(const struct merkle_source *s, const struct merkle_subtree *part,
			  uint64_t size, struct merkle_proof *proof);

/* A tree in memory, all of its complete subtrees. */
struct merkle_tree {
	uint8_t (*hashes)[SHA256_SIZE];
	uint64_t start[MERKLE_MOST]; /* of each level in hashes */
	uint64_t size, most;
};

/* Room for so many leaves; false: the arena has none. */
bool merkle_tree_start(struct merkle_tree *t, struct arena *a, uint64_t most);
/* At most so many. */
void merkle_tree_add(struct merkle_tree *t, const uint8_t leaf[SHA256_SIZE]);
/* Valid as long as the tree. */
struct merkle_source merkle_tree_source(const struct merkle_tree *t);

#endif
