/* disk.h - everything that a log does to the disk, in one table: so that a test can make each
 * write, sync and rename fail in turn, and lose what was not synced as a power cut does. Each
 * function but open says whether it went well, and otherwise why in errno. */
#ifndef EVENHAND_LOG_DISK_H
#define EVENHAND_LOG_DISK_H

#include <errno.h>
#include <limits.h>

#include "base/span.h"

#define MOST_PATH  4096u
#define DISK_BLOCK 4096u

struct disk {
	void *ctx;
	/* For writing and reading, made where it is not there; fresh: what was in it is cut off.
	 * -1: why is in errno. */
	int (*open)(void *ctx, const char *path, bool fresh);
	/* The same file for writes past the kernel's cache, whose bytes, size and place in the file
	 * and in memory are multiples of DISK_BLOCK. -1: there is no such thing here. */
	int (*open_direct)(void *ctx, const char *path);
	bool (*write)(void *ctx, int fd, const void *bytes, size_t n, uint64_t at);
	bool (*resize)(void *ctx, int fd, uint64_t size);
	/* Of that size, all of it with room on the disk: written to by a mapping. */
	bool (*reserve)(void *ctx, int fd, uint64_t size);
	/* Its bytes, and its size, survive a power cut from now on. */
	bool (*sync)(void *ctx, int fd);
	/* The same of the names in a folder. */
	bool (*sync_folder)(void *ctx, const char *path);
	bool (*rename)(void *ctx, const char *from, const char *to);
	bool (*make_folder)(void *ctx, const char *path); /* true where it is there already */
	bool (*remove)(void *ctx, const char *path);      /* a file or an empty folder */
};

extern const struct disk disk_of_machine;

/* FOLDER/NAME as a path. False: too long. */
__attribute__((format(printf, 2, 3))) bool path_format(char path[MOST_PATH], const char *format,
						       ...);
/* A whole file under another name; the caller renames it. */
bool disk_write_file(const struct disk *d, const char *path, struct span bytes, bool sync);
/* FOLDER/NAME becomes these bytes, all or nothing, and survives a power cut. */
bool disk_replace(const struct disk *d, const char *folder, const char *name, struct span bytes);

/* A whole file in memory that the caller frees, at most that many bytes. False: why is in errno;
 * EFBIG where it is larger. */
bool file_read(const char *path, size_t most, uint8_t **bytes, size_t *n);

#endif
