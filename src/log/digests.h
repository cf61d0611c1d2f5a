/* digests.h - from a digest to the number of the entry that has it: tables of open addressing in
 * mapped files DIR/index/NAME-KK. Table K is for the numbers [4096 * (2^K - 1), 4096 * (2^(K+1) -
 * 1)) and never grows, so that no entry waits for a table to be rebuilt. A slot has 32 bits of the
 * digest and a number: whoever looks up compares the whole digest where it says. All of it can be
 * made again from the log; a crash loses at most what came behind `covered`. */
#ifndef EVENHAND_LOG_DIGESTS_H
#define EVENHAND_LOG_DIGESTS_H

#include "base/hash.h"
#include "log/disk.h"
#include "log/segment.h"

#define DIGESTS_TABLES 20u
#define DIGESTS_MOST   (4096ull * 1048575ull) /* numbers */

struct digests_table {
	uint8_t *map;
	size_t size;
	int fd;
};

struct digests {
	char prefix[MOST_PATH];
	const struct disk *disk;
	bool has_places, is_read_only;
	struct digests_table tables[DIGESTS_TABLES];
	_Atomic unsigned count;
};

/* Opens the tables that are there. has_places: each number's place in the segments is kept too.
 * False: one of them is none of ours; why is in errno, EINVAL for that. */
bool digests_open(struct digests *d, const char *dir, const char *name, bool has_places,
		  bool read_only, const struct disk *disk);
void digests_free(struct digests *d);
/* Removes the tables; then there are none. */
bool digests_reset(struct digests *d);

/* Adds a number; once more is the same as once. False: no table could be made. */
bool digests_add(struct digests *d, const uint8_t digest[SHA256_SIZE], uint64_t number,
		 struct place place);
/* Where it was put. False: that number is not there. */
bool digests_place(struct digests *d, uint64_t number, struct place *place);

/* The numbers that may have the digest, the latest table first. */
struct digests_walk {
	unsigned table; /* + 1; 0: done */
	uint64_t slot;
	uint8_t digest[SHA256_SIZE];
};
void digests_look(struct digests *d, const uint8_t digest[SHA256_SIZE], struct digests_walk *w);
bool digests_next(struct digests *d, struct digests_walk *w, uint64_t *number);

/* All numbers below it are in, whatever happens. */
uint64_t digests_covered(const struct digests *d);
/* Makes that so. */
bool digests_sync(struct digests *d, uint64_t covered);

#endif
