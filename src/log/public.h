/* public.h - writes many public files at once: each under a name that nobody is served, then all
 * synced, then all renamed, then their folders synced. */
#ifndef EVENHAND_LOG_PUBLIC_H
#define EVENHAND_LOG_PUBLIC_H

#include "log/disk.h"
#include "log/tile.h"

#define PUBLIC_AT_ONCE 96u

struct public_file {
	int fd;
	char temporary[MOST_PATH], path[MOST_PATH];
};

struct public_files {
	const struct disk *disk;
	const char *root; /* DIR/public */
	struct public_file files[PUBLIC_AT_ONCE];
	unsigned count;
	char (*folders)[MOST_PATH]; /* to be synced */
	size_t folder_count, folder_room;
};

/* Later these bytes are that file. False: why is in errno. */
bool public_put(struct public_files *p, const struct tile *t, struct span bytes);
/* Now they are. */
bool public_finish(struct public_files *p);
void public_free(struct public_files *p);

/* Removes the partial files of a tile that is full. */
void public_forget_partial(const struct disk *d, const char *root, unsigned level, uint64_t index);

#endif
