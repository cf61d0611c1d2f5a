/* check_own.h - inside log check. */
#ifndef EVENHAND_LOG_CHECK_OWN_H
#define EVENHAND_LOG_CHECK_OWN_H

#include "log/check.h"
#include "log/digests.h"
#include "log/disk.h"
#include "log/note.h"
#include "log/state.h"
#include "log/tile.h"

/* The tile of each level that is being filled, as the entries give it. */
struct check_tiles {
	uint8_t hashes[8][TILE_WIDTH][SHA256_SIZE];
	unsigned width[8];
	uint8_t *bundle; /* BUNDLE_MOST_BYTES */
	size_t n;
};

struct check {
	const char *dir;
	void (*found)(void *ctx, const char *where, const char *what);
	void *ctx;
	struct log_checked *sum;
	struct note_key key;
	char vkey[4096];
	struct state state;
	uint8_t *state_file;
	struct merkle_head public_head; /* size 0: none */
	struct merkle tree;             /* of the entries read so far */
	struct check_tiles tiles;
	struct digests leaves;
	bool has_index;
	unsigned waited; /* for entries that were not in it */
};

/* Counts and tells a finding; the place is below DIR. */
__attribute__((format(printf, 3, 4))) void check_found(struct check *c, const char *what,
						       const char *place, ...);

/* -- check_public.c -- */
/* The next entry, its leaf: what becomes full by it is compared with its file. */
void check_entry(struct check *c, struct span entry, const uint8_t leaf[SHA256_SIZE]);
/* At the size that is public: what is not full yet. */
void check_partial(struct check *c);
/* Every file that lies there. */
void check_files(struct check *c);
void check_kept(struct check *c);

#endif
