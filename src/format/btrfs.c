/* btrfs.c - btrfs, known by its superblock; not opened. Source: btrfs documentation, "On-disk
 * format", superblock. */
#include <stdio.h>

#include "base/cursor.h"
#include "base/hash.h"
#include "format/stream.h"
#include "format/unopened.h"

#define SUPER      65536
#define SUPER_SIZE 4096
#define MAGIC      "_BHRfS_M"
#define NAME       299
#define NAME_SIZE  256

struct btrfs {
	struct span super;
	uint64_t own, devices, size;
	uint32_t sector, node;
	uint16_t checksum;
};

static struct fault read_super(struct span in, struct btrfs *b)
{
	struct span s = span_sub(in, SUPER, SUPER_SIZE);

	*b = (struct btrfs){ .super = s };
	if (!span_is(span_sub(s, 64, 8), MAGIC))
		return fault_at(FAULT_UNKNOWN, SUPER + 64, "btrfs magic", in.n, SUPER + SUPER_SIZE);
	b->own = span_u64(s, 48, false);
	b->devices = span_u64(s, 136, false);
	b->sector = span_u32(s, 144, false);
	b->node = span_u32(s, 148, false);
	b->checksum = span_u16(s, 196, false);
	b->size = span_u64(s, 209, false); /* of this device */
	/* A copy at 64 MiB or further says so. */
	if (b->own != SUPER)
		return fault_at(FAULT_UNKNOWN, SUPER + 48, "copy of a superblock", b->own, SUPER);
	if (b->sector < 4096 || b->sector > 65536 || b->sector & (b->sector - 1) ||
	    b->node < b->sector || b->node > 65536 || b->node & (b->node - 1))
		return fault_at(FAULT_BROKEN, SUPER + 144, "sector and node size", b->sector,
				b->node);
	if (b->devices == 0 || b->size < SUPER + SUPER_SIZE || b->size >> 62)
		return fault_at(FAULT_BROKEN, SUPER + 209, "device size", b->size, b->devices);
	return fine;
}

static struct fault probe(struct span in, struct found *f)
{
	struct btrfs b;
	struct fault bad = read_super(in, &b);
	struct span name;
	char text[64];

	if (bad.kind)
		return bad;
	/* The other kinds of checksum are left to structure. */
	if (b.checksum == 0 &&
	    span_u32(b.super, 0, false) != ~crc32c_update(~0u, span_from(b.super, 32)))
		return fault_at(FAULT_BROKEN, SUPER, "superblock CRC-32C", 0, 0);
	f->len = part_bound(b.size, in);
	f->proof = b.checksum == 0 ? PROOF_CHECKSUM : PROOF_STRUCTURE;
	name = span_sub(b.super, NAME, NAME_SIZE);
	label_bytes(text, span_head(name, strnlen((const char *)name.p, name.n)));
	snprintf(f->label, sizeof(f->label), "%llu bytes%s%.32s", (unsigned long long)b.size,
		 text[0] ? ", " : "", text);
	return fine;
}

static struct fault list(struct listing *l)
{
	return unopened(l, SUPER);
}

const struct format format_btrfs = {
	.name = "btrfs",
	.says = "btrfs file system",
	.domain = DOMAIN_IT,
	.spec = "btrfs documentation, On-disk format",
	.shape = SHAPE_CONTAINER,
	.identified_only = true,
	.magic = { { SUPER + 64, 8, MAGIC } },
	.probe = probe,
	.list = list,
};
