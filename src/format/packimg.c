/* packimg.c - the mark between kernel and root file system in images of Alpha Networks (D-Link,
 * TRENDnet): 12 bytes of text, zeros, and the length of what follows, big-endian on big-endian
 * machines and on most others. */
#include "base/cursor.h"
#include "format/parts.h"

#define HEADER 32

/* Gives the same for all of the space and for the object alone. */
static uint64_t length_of(struct span in)
{
	uint64_t big = span_u32(in, 16, true), little = span_u32(in, 16, false);

	return big <= in.n - HEADER || little > in.n - HEADER ? big : little;
}

static struct fault probe(struct span in, struct found *f)
{
	if (in.n <= HEADER)
		return fault_at(FAULT_SHORT, 0, "header", in.n, HEADER + 1);
	if (!is_filled(in, 12, 4, 0) || !is_filled(in, 20, 12, 0) || length_of(in) == 0)
		return fault_at(FAULT_BROKEN, 12, "zeros around the length", 0, 0);
	f->len = part_bound(HEADER + length_of(in), in);
	f->proof = PROOF_STRUCTURE;
	return fine;
}

static struct fault list(struct listing *l)
{
	l->kind = LISTING_REGIONS;
	part_list(l, 16, HEADER, length_of(l->in), "rootfs");
	return fine;
}

const struct format format_packimg = {
	.name = "packimg",
	.says = "mark of a root file system (D-Link, Alpha Networks)",
	.domain = DOMAIN_BROADBAND,
	.spec = "ReFirmLabs/binwalk src/structures/packimg.rs; OpenWrt target/linux/ramips/image",
	.shape = SHAPE_CONTAINER,
	.magic = { { 0, 16, "--PaCkImGs--\0\0\0" } },
	.probe = probe,
	.list = list,
};
