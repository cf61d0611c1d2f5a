/* copy.h - another's log as public files in a folder (C2SP tlog-tiles), made of its entries: tiles
 * are hashed here, so that whatever is there gives the root that the log signed. What was added is
 * nobody's until copy_publish has put the checkpoint in its place; what a crash left of it is
 * written again. */
#ifndef EVENHAND_LOG_COPY_H
#define EVENHAND_LOG_COPY_H

#include "log/live.h"
#include "log/merkle.h"
#include "log/public.h"

struct copy {
	char root[MOST_PATH];       /* the folder, which is there */
	struct public_files *files; /* of which several copies may take turns */
	struct merkle tree;         /* of what is there, and of what was added */
	uint64_t before;            /* entries under the checkpoint that is there */
	struct live live;
};

/* An empty one; root and files were set. */
void copy_start(struct copy *c);
void copy_free(struct copy *c);

/* A file of it in memory that the caller frees. False: why is in errno. */
bool copy_read(const struct copy *c, const char *name, size_t most, uint8_t **bytes, size_t *n);
/* Takes up what is there under the checkpoint of that head. NULL, or what is wrong with it. */
const char *copy_open(struct copy *c, const struct merkle_head *head);
/* Hashes out of its files, of the tree that was there before. */
struct merkle_source copy_source(const struct copy *c);

enum copy_added {
	COPY_ADDED,
	COPY_DIFFERS, /* an entry is another one than before */
	COPY_NO_MEMORY,
	COPY_DISK, /* why is in errno */
};

/* A bundle from its first entry on, of that many; those that are not there yet become part of it.
 */
enum copy_added copy_add(struct copy *c, uint64_t bundle, const struct span *entries,
			 unsigned width);
/* Bundles that were added and full tiles are on the disk; all: those that are not full, too. False:
 * why is in errno. */
bool copy_sync(struct copy *c, bool all);
/* The checkpoint of all that was added, and synced: from now on it is public. False: as above. */
bool copy_publish(struct copy *c, struct span note);

#endif
