/* cpio.h - inside format/: members of a cpio archive. */
#ifndef EVENHAND_FORMAT_CPIO_H
#define EVENHAND_FORMAT_CPIO_H

#include "format/format.h"

#define CPIO_LONGEST_TARGET 65536
#define CPIO_TRAILER        "TRAILER!!!"

enum cpio_variant { CPIO_NEWC, CPIO_CRC, CPIO_ODC, CPIO_BINARY, CPIO_BINARY_BE, CPIO_NONE };

struct cpio_member {
	uint64_t inode, device, mode, uid, gid, links, mtime, size, check, rdev;
	uint32_t major, minor;
	struct span name, field;     /* without, and with what stands behind its first NUL */
	uint64_t header, data, next; /* where the content stands, where the next header */
};

enum cpio_variant cpio_variant_of(struct span in);

/* The member at `at`. A cut member has next = 0 and what is there of it. */
struct fault cpio_read(struct span in, uint64_t at, struct cpio_member *m);

/* -- cpio_own.c -- */
void cpio_own(const struct listing *l, struct own_list *out);

#endif
