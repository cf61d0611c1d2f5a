/* ubi.h - inside format/: erase blocks of an UBI image and what they are mapped to.
 *
 * Source: kernel drivers/mtd/ubi/ubi-media.h, attach.c, vtbl.c. All fields are big-endian, all
 * checksums CRC-32 without the final inversion. */
#ifndef EVENHAND_FORMAT_UBI_H
#define EVENHAND_FORMAT_UBI_H

#include "base/cursor.h"
#include "format/format.h"

#define UBI_HEADER  64
#define UBI_VOLUMES 128
/* From here on ids belong to UBI itself; the first holds the volume table. */
#define UBI_INTERNAL 0x7fffefffu
#define UBI_STATIC   2

/* The fault of an image some of whose erase blocks have no headers that hold. */
#define UBI_BAD_HEADERS "headers of erase blocks, damaged"

/* "PEB": an erase block as it stands in the image. "LEB": one as a volume counts them. */
struct ubi {
	struct span in;
	uint32_t peb_size, vid_at, data_at;
	uint64_t pebs;  /* the last one may be cut */
	uint32_t image; /* sequence number of the image; 0 fits any */
};

/* One PEB that a volume uses. */
struct ubi_leb {
	uint32_t image, volume, lnum, peb;
	uint64_t sqnum;
	uint32_t data_size, used, data_pad, data_crc;
	uint8_t type, compat;
	bool copied; /* by wear levelling: data_size and data_crc hold */
};

/* The LEBs of all images found, sorted by image, volume and number, each once. */
struct ubi_map {
	struct ubi_leb *lebs;
	uint32_t count;
	uint64_t damaged,
		damaged_at; /* PEBs of which a header cannot be read; where the first is */
};

/* Size and number of the erase blocks, from the headers alone. */
struct fault ubi_geometry(struct span in, struct ubi *u);

enum ubi_header {
	UBI_CUT,
	UBI_ERASED,
	UBI_FOREIGN,
	UBI_DAMAGED, /* by its checksum */
	UBI_GOOD,
};

/* The header that tells to which volume a PEB belongs. */
enum ubi_header ubi_vid(const struct ubi *u, uint64_t peb, struct ubi_leb *leb);
/* The header every PEB begins with; UBI_FOREIGN too when it is one of another geometry. */
enum ubi_header ubi_ec(const struct ubi *u, uint64_t peb, uint32_t *image);

/* Reads all PEBs; of several for one LEB the valid one is kept. False without memory. */
bool ubi_map_read(const struct ubi *u, struct arena *a, struct ubi_map *m);

/* The bytes of a LEB, at most `most`; fewer where the image is cut. */
struct span ubi_data(const struct ubi *u, const struct ubi_leb *leb, uint64_t most);
/* Whether the checksum agrees; true where there is none. */
bool ubi_data_holds(const struct ubi *u, const struct ubi_leb *leb);

/* -- ubi_own.c -- */
void ubi_own(const struct ubi *u, const struct ubi_map *map, struct own_list *out);

#endif
