/* iso9660.h - inside format/: what iso9660.c and iso9660_rock.c share. */
#ifndef EVENHAND_FORMAT_ISO9660_H
#define EVENHAND_FORMAT_ISO9660_H

#include "base/cursor.h"
#include "format/format.h"

struct iso {
	struct span in;
	uint32_t block;
	uint64_t root, root_size;
	bool joliet, rock;
	uint8_t skip;     /* bytes before the system use fields of every record */
	uint64_t reading; /* bytes of directories and continuations that may still be read */
};

/* What the system use fields of one record say (IEEE P1282, SUSP and RRIP). */
struct rock {
	bool has_mode, has_mtime, has_device;
	bool is_moved; /* RE: it is shown where CL points from */
	uint32_t mode, uid, gid, links;
	uint64_t serial; /* PX of RRIP 1.12; 0: none */
	int64_t mtime;
	uint32_t mtime_ns;
	uint32_t device_high, device_low;
	uint32_t child; /* CL: block of the directory that this stands for */
	struct span name, target;
	bool packed;    /* ZF: zisofs */
	uint32_t plain; /* its plain size */
	struct fault fault;
};

/* Whether the root's first record announces system use fields; *skip as it says. */
bool rock_announced(struct span record, uint8_t *skip);

/* Reads the fields of a record, continuations included. */
void rock_read(struct iso *iso, struct arena *a, struct span record, struct rock *r);

/* Seven bytes: years since 1900, month, day, hour, minute, second, quarters of an hour from UTC. */
bool iso_time(struct span s, int64_t *seconds);

#endif
