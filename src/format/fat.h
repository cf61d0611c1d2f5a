/* fat.h - inside format/: the boot sector of FAT12, FAT16 and FAT32. */
#ifndef EVENHAND_FORMAT_FAT_H
#define EVENHAND_FORMAT_FAT_H

#include "format/format.h"

struct fat {
	struct span in;
	uint32_t bits;              /* of an entry of the table: 12, 16, 32 */
	uint32_t sector, cluster;   /* bytes */
	uint64_t size;              /* of the volume in bytes */
	uint64_t table, root, data; /* offsets: first table, fixed root directory, cluster 2 */
	uint32_t root_entries, root_cluster;
	uint32_t clusters; /* of data */
	struct span label; /* of the boot sector */
};

/* Reads and checks everything but the root directory. */
struct fault fat_boot(struct span in, struct fat *fs);

/* The entry of a cluster: the next one, or what is no cluster at the end of a chain. */
uint32_t fat_next(const struct fat *fs, uint32_t cluster);
bool fat_is_end(const struct fat *fs, uint32_t cluster);
uint64_t fat_cluster_at(const struct fat *fs, uint32_t cluster);

/* fat_own.c */
void fat_own(const struct listing *l, struct own_list *out);

#endif
