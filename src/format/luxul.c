/* luxul.c - Luxul's images: "LXL#", version, length of the header; from version 1 on flags and
 * board, from 2 a release, from 3 where blobs stand in the header ("D#", type, length: certificate,
 * signature). Little-endian; the image runs to the end of the file. */
#include <stdio.h>

#include "base/cursor.h"
#include "format/parts.h"

#define FIXED   12
#define BOARD   16
#define LARGEST 65536
#define NEWEST  3

static struct fault probe(struct span in, struct found *f)
{
	static const uint32_t least[NEWEST + 1] = { 12, 32, 36, 44 };
	uint32_t version = span_u32(in, 4, false), header = span_u32(in, 8, false);

	if (in.n <= header || in.n <= FIXED)
		return fault_at(FAULT_SHORT, 8, "header", in.n, header);
	if (version > 16 || header > LARGEST || header < least[version < NEWEST ? version : NEWEST])
		return fault_at(FAULT_BROKEN, 8, "length of the header", header, LARGEST);
	f->len = in.n;
	f->proof = PROOF_STRUCTURE;
	snprintf(f->label, sizeof(f->label), "version %u", version);
	if (version >= 1)
		label_add(f->label, " ", field_text(in, 16, BOARD));
	return fine;
}

static struct fault list(struct listing *l)
{
	uint32_t version = span_u32(l->in, 4, false), header = span_u32(l->in, 8, false);
	uint64_t blobs = version >= NEWEST ? span_u32(l->in, 36, false) : 0;
	uint64_t length = version >= NEWEST ? span_u32(l->in, 40, false) : 0;

	l->kind = LISTING_REGIONS;
	if (length && (blobs < FIXED || blobs > header || length > header - blobs))
		listing_fault(l, fault_at(FAULT_BROKEN, 36, "blobs", blobs, header));
	else if (length)
		part_owned(l, blobs, length, "certificate and signature");
	part_rest(l, header, "");
	return fine;
}

const struct format format_luxul = {
	.name = "luxul",
	.says = "Luxul image",
	.domain = DOMAIN_BROADBAND,
	.spec = "openwrt/firmware-utils src/lxlfw.c",
	.shape = SHAPE_CONTAINER,
	.magic = { { 0, 4, "LXL#" } },
	.probe = probe,
	.list = list,
};
