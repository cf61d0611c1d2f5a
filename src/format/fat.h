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

#endif
