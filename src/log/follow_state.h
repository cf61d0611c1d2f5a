/* follow_state.h - what somebody who watches a log remembers of it: a file, replaced as a whole.
 *
 *	evenhand-watch/1
 *	seen 1764160000			when this checkpoint came first, by the watcher's clock
 *	edge BASE64			hashes of the tree's right edge; none for the empty tree
 *	release BASE64 BASE64 17	a version of a product, its image, the entry; any number
 *
 *	the signed checkpoint, behind an empty line
 *
 * The edge lets the entries that come be hashed onto all that were there, so that a log whose past
 * changes is found without asking it. */
#ifndef EVENHAND_LOG_FOLLOW_STATE_H
#define EVENHAND_LOG_FOLLOW_STATE_H

#include "base/text.h"
#include "log/merkle.h"

/* Which image a release statement gave to a version of a product first. */
struct follow_release {
	uint8_t version[SHA256_SIZE]; /* of vendor, product and release */
	uint8_t image[SHA256_SIZE];
	uint64_t index;
};

/* Zeroed is the beginning. */
struct follow_state {
	struct text note; /* empty: no checkpoint was seen yet */
	struct merkle tree;
	int64_t seen;
	struct follow_release *releases; /* in the order of their versions */
	size_t release_count, release_room;
};

void follow_state_free(struct follow_state *s);
/* NULL, or what is wrong with it: the caller's file, so it is not hostile, but may be torn. */
const char *follow_state_read(struct span file, struct follow_state *s);
void follow_state_write(struct text *out, const struct follow_state *s);

/* SHA-256 that stands for a version of a product. */
void follow_version(struct span vendor, struct span product, struct span release,
		    uint8_t version[SHA256_SIZE]);
/* The one that is known of that version; NULL: none. */
const struct follow_release *follow_release_find(const struct follow_state *s,
						 const uint8_t version[SHA256_SIZE]);
/* Remembers one that is not known. False: no memory. */
bool follow_release_add(struct follow_state *s, const struct follow_release *r);

#endif
