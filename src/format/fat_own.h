/* fat_own.h - inside format/: parts of fat_own(). */
#ifndef EVENHAND_FORMAT_FAT_OWN_H
#define EVENHAND_FORMAT_FAT_OWN_H

#include "format/fat.h"
#include "format/marks.h"
#include "format/own.h"

struct owning {
	const struct listing *l;
	const struct fat *fs;
	struct own_list *out;
	struct own_map contents;
	struct marks met; /* clusters of files and directories */
	uint32_t next;    /* entry: directories are read in the order in which they were listed */
	bool is_odd;      /* a chain that goes on behind its file's end */
};

#define FAT_LONG_RECORDS 20

/* A directory while its records go by: long ones wait for their short one. */
struct fat_records {
	struct owning *x;
	uint32_t directory;
	uint64_t waiting[FAT_LONG_RECORDS]; /* where they stand */
	uint32_t count, expected;           /* the number that the next one has to have */
	uint8_t checksum;
	bool holds, ended;
};

void fat_own_records(struct fat_records *r, uint64_t at, uint64_t length);
void fat_own_records_end(struct fat_records *r);

#endif
