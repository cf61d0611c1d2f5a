/* zip.h - inside format/: what zip.c and zip_data.c share. */
#ifndef EVENHAND_FORMAT_ZIP_H
#define EVENHAND_FORMAT_ZIP_H

#include "base/cursor.h"
#include "format/format.h"

struct zip_end {
	uint64_t directory, size, count, end;
	uint64_t shift; /* offsets count from so many bytes before the archive */
};

struct zip_member {
	struct span name, extra;
	uint16_t flags, method;
	uint8_t host;
	uint32_t crc, attributes;
	uint64_t packed, plain, offset, data;
};

bool zip_find_end(struct span in, struct zip_end *e);
/* Reads the local header at `at`. */
bool zip_local(struct span in, uint64_t at, struct zip_member *m);
/* The same of the central directory, where c stands. */
bool zip_central(struct cursor *c, struct zip_member *m);
/* key: where the data stand, their packed length, method, CRC-32. */
struct fault zip_content(const struct listing *l, const struct entry *e, struct sink *out);

/* -- zip_own.c -- */
void zip_own(const struct listing *l, struct own_list *out);
bool zip_stored(const struct listing *l, const struct entry *e, struct storage *out);

#endif
