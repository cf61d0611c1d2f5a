/* uefi.h - inside format/: what the formats of UEFI firmware share: GUIDs, and the sections of
 * which the files of a firmware volume are made. */
#ifndef EVENHAND_FORMAT_UEFI_H
#define EVENHAND_FORMAT_UEFI_H

#include "format/parts.h"

#define GUID_SIZE 16
#define GUID_TEXT 37

/* The GUID at `at` as people write it, in small letters; zeros where the bytes are missing. */
void guid_text(struct span s, uint64_t at, char text[GUID_TEXT]);

/* Whether the GUID at `at` is the one that people write so. */
bool guid_is(struct span s, uint64_t at, const char *text);

/* What the specifications call the GUID at `at`; NULL when it is none of theirs. */
const char *guid_name(struct span s, uint64_t at);

/* "name-guid" for an entry; without a name the GUID's own, or the GUID alone. A slash in the name
 * becomes "_": it parts directories. */
struct span guid_entry_name(struct arena *a, struct span name, struct span s, uint64_t at);

/* -- sections: uefi_section.c, uefi_unpack.c -- */

struct section {
	uint64_t at, header, length; /* length: header included */
	uint8_t type;
};

enum section_type {
	SECTION_COMPRESSED = 0x01,
	SECTION_GUIDED = 0x02,
	SECTION_VERSION = 0x14,
	SECTION_NAME = 0x15,
	SECTION_FREEFORM = 0x18,
};

/* How the bytes of a section that holds sections are kept. */
enum packing {
	PACKED_NOT,
	PACKED_TIANO,
	PACKED_LZMA,
	PACKED_LZMA_X86,
	PACKED_ZLIB,
	PACKED_GZIP,
	PACKED_BROTLI,  /* known, not opened */
	PACKED_UNKNOWN, /* by a method that only its GUID names */
};

/* The contents of a section that holds sections: where they stand in the listing, and how. */
struct packed {
	enum packing packing;
	const char *name;
	uint64_t at, length, plain;
	uint64_t signature; /* bytes of it, right before `at` */
	struct fault fault;
};

/* Reads the header of the section at `at`; false where none can begin. */
bool section_read(struct span in, uint64_t at, struct section *s);

/* Whether known sections stand one behind the other from the first byte to the last. */
bool sections_fill(struct span in);

/* The text of the first section of that type (name, version) in UTF-8; empty if there is none. */
struct span sections_text(struct arena *a, struct span in, enum section_type type);

/* Lists the sections in [from, from + length) of the container below `parent`. */
void sections_list(struct listing *l, uint32_t parent, uint64_t from, uint64_t length);

/* What a section that holds sections contains. */
struct packed section_packed(struct span in, const struct section *s);

/* Puts the bytes that an entry of sections_list stands for into the sink. */
struct fault section_load(const struct listing *l, const struct entry *e, struct sink *out);

#endif
