/* bneg.c - Instar's images for cameras: "BNEG", version 1 and a minor one, the sizes of two
 * partitions, then these. Little-endian. */
#include "base/cursor.h"
#include "format/parts.h"

#define HEADER     20
#define MOST_MINOR 255

static struct fault probe(struct span in, struct found *f)
{
	uint64_t first = span_u32(in, 12, false), second = span_u32(in, 16, false);

	uint32_t minor = span_u32(in, 8, false);

	if (span_u32(in, 4, false) != 1 || minor > MOST_MINOR)
		return fault_at(FAULT_UNKNOWN, 8, "version", minor, MOST_MINOR);
	if (first == 0 || second == 0 || in.n <= HEADER)
		return fault_at(FAULT_BROKEN, 12, "size of a partition", first, in.n);
	f->len = part_bound(HEADER + first + second, in);
	f->proof = PROOF_STRUCTURE;
	return fine;
}

static struct fault list(struct listing *l)
{
	uint64_t first = span_u32(l->in, 12, false), second = span_u32(l->in, 16, false);

	l->kind = LISTING_REGIONS;
	part_list(l, 12, HEADER, first, "");
	part_list(l, 16, HEADER + first, second, "");
	return fine;
}

const struct format format_bneg = {
	.name = "bneg",
	.says = "Instar camera image (BNEG)",
	.domain = DOMAIN_DEVICE,
	.spec = "onekey-sec/unblob archive/instar/bneg.py",
	.shape = SHAPE_CONTAINER,
	.magic = { { 0, 8, "BNEG\x01\x00\x00\x00" } },
	.probe = probe,
	.list = list,
};
