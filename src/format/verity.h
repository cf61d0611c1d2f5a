/* verity.h - inside format/: the hash tree of dm-verity (kernel Documentation/admin-guide/
 * device-mapper/verity.rst). Its levels stand one behind the other, the single block at the top
 * first; each block holds the digests of blocks of the level below, the last one those of data. */
#ifndef EVENHAND_FORMAT_VERITY_H
#define EVENHAND_FORMAT_VERITY_H

#include "base/fault.h"
#include "base/span.h"

#define VERITY_LEVELS 63
#define VERITY_DIGEST 64 /* of the longest digest */

struct verity {
	uint32_t type; /* 0: as in Chrome OS, the salt behind the block; 1: before it */
	uint32_t data_block, hash_block;
	uint64_t data_blocks;
	struct span algorithm, salt;
};

/* Bytes of the whole tree; 0 where the parameters make none. */
uint64_t verity_tree_size(const struct verity *v);

/* Whether we can compute its digests. */
bool verity_can_hash(const struct verity *v);

/* The digest of the block at the top, which is the root hash; its length, 0 where it is cut. */
uint32_t verity_root(const struct verity *v, struct span tree, uint8_t digest[VERITY_DIGEST]);

/* The first block whose digest does not stand in the level above. `at` counts in the data where
 * `in_data` is set, else in the tree. `data` may be empty: then the levels alone are compared. */
struct fault verity_check(const struct verity *v, struct span tree, struct span data,
			  bool *in_data);

/* rauc.c: whether a bundle's hash tree holds, from the root hash that its manifest has down. */
bool rauc_tree_holds(struct span bundle);

#endif
