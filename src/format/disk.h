/* disk.h - inside format/: what images of disks share. Blocks are given in the order of the disk;
 * what the image does not hold reads as zeros. */
#ifndef EVENHAND_FORMAT_DISK_H
#define EVENHAND_FORMAT_DISK_H

#include "format/format.h"

struct disk {
	struct span in; /* the image */
	struct sink *out;
	uint64_t left;   /* bytes of the disk that still come */
	uint64_t budget; /* bytes of the image that may still be read: sound ones use each once */
	struct fault fault; /* the first one */
};

void disk_begin(struct disk *d, struct span in, struct sink *out, uint64_t size);

/* The next n bytes of the disk, no more than it still has. False when it is full or cannot go on. A
 * block that is cut is filled up with zeros and noted; the disk goes on. */
bool disk_hole(struct disk *d, uint64_t n);
bool disk_block(struct disk *d, uint64_t at, uint64_t n);

/* For a block that is decoded: counts the bytes it is made from. False when too many are asked. */
bool disk_pay(struct disk *d, uint64_t at, uint64_t n);

/* Notes a fault of what was put since the sink held `before`, and makes it n bytes long. */
bool disk_patch(struct disk *d, size_t before, uint64_t n, struct fault f);

/* Remembers the first fault. */
void disk_fault(struct disk *d, struct fault f);

#endif
