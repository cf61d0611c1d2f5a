/* tile.h - the files of a log (C2SP tlog-tiles v0.1.0): tiles of hashes, eight levels of the tree
 * high, and bundles of entries. A path has one form, and a size of a log settles which files there
 * are. No memory is taken. */
#ifndef EVENHAND_LOG_TILE_H
#define EVENHAND_LOG_TILE_H

#include "base/hash.h"

#define TILE_LEVELS    8u /* of the tree in one tile */
#define TILE_WIDTH     256u
#define TILE_BYTES     (TILE_WIDTH * SHA256_SIZE)
#define TILE_ENTRIES   64u /* as a level: a bundle of entries */
#define TILE_MOST_PATH 64u

#define BUNDLE_MOST_ENTRY 65535u /* bytes */
#define BUNDLE_MOST_BYTES (TILE_WIDTH * (2u + BUNDLE_MOST_ENTRY))

struct tile {
	unsigned level; /* 0 to 63, or TILE_ENTRIES */
	uint64_t index;
	unsigned width; /* 1 to 256; less than 256: partial */
};

/* "tile/0/x001/234.p/112", with a NUL. */
void tile_path(const struct tile *t, char path[TILE_MOST_PATH]);
/* False: no such path, or not in its one form. */
bool tile_path_read(struct span path, struct tile *t);

/* Full tiles of a level in a log of that size, and the width of the partial one behind them; 0:
 * there is none. For TILE_ENTRIES as for level 0. */
uint64_t tile_full(unsigned level, uint64_t size);
unsigned tile_partial(unsigned level, uint64_t size);
/* How many levels have tiles. */
unsigned tile_levels(uint64_t size);
/* Whether a log of that size has that file; then it never changes. */
bool tile_exists(const struct tile *t, uint64_t size);

/* The tile that holds, or whose hashes make, the hash over the leaves [index << level, (index + 1)
 * << level), all of them in a log of that size; level below 64. */
struct tile tile_of(unsigned level, uint64_t index, uint64_t size);
/* That hash, from the bytes of that tile or of a wider one. False: the tile is too short. */
bool tile_hash(struct span tile, unsigned level, uint64_t index, uint8_t hash[SHA256_SIZE]);

/* -- bundles -- */

/* The next entry at *at, which goes behind it. False: the bundle is cut there. */
bool bundle_next(struct span bundle, size_t *at, struct span *entry);
/* Whether the bundle has that many entries and nothing else; they are views of it. */
bool bundle_read(struct span bundle, unsigned width, struct span entries[TILE_WIDTH]);
/* Appends an entry at *n of out. False: it is too long or there is no room. */
bool bundle_put(uint8_t *out, size_t room, size_t *n, struct span entry);

#endif
