/* bcm4908.c - the last bytes of images for Broadcom's BCM4908 and its kin: 20 bytes, little-endian,
 * with a CRC-32 without final inversion of everything before them, a mark of the version, chip,
 * flash type and flags. Asus puts version, build and product in 64 bytes before them. The CRC
 * covers bytes before this object: it is not checked here. */
#include <stdio.h>

#include "base/cursor.h"
#include "format/parts.h"

#define TAG       20
#define ASUS      64
#define PRODUCT   12
#define LAST_TYPE 5

/* Nothing may follow it: a mark of four bytes is too little elsewhere. */
static struct fault probe(struct span in, struct found *f)
{
	uint32_t chip = span_u32(in, 8, false), flash = span_u32(in, 12, false);

	if (in.n != TAG)
		return fault_at(in.n < TAG ? FAULT_SHORT : FAULT_BROKEN, 0, "end", in.n, TAG);
	if (chip == 0 || chip > 0xfffff || flash == 0 || flash > LAST_TYPE)
		return fault_at(FAULT_BROKEN, 8, "chip", chip, 0xfffff);
	f->len = TAG;
	f->proof = PROOF_STRUCTURE;
	snprintf(f->label, sizeof(f->label), "BCM%x, CRC-32 %08x", chip, span_u32(in, 0, false));
	return fine;
}

static struct fault probe_asus(struct span in, struct found *f)
{
	struct found tag = { 0 };
	struct fault bad = probe(span_from(in, ASUS), &tag);
	struct span product = field_text(in, 8, PRODUCT);
	struct cursor c = { .in = in };
	unsigned v[4];

	if (bad.kind)
		return bad;
	if (!is_padded_text(in, 8, PRODUCT) || !is_filled(in, 20, 8, 0) ||
	    !is_filled(in, 32, 31, 0))
		return fault_at(FAULT_BROKEN, 20, "reserved bytes", 0, 0);
	for (int i = 0; i < 4; i++)
		v[i] = cursor_u8(&c);
	f->len = ASUS + TAG;
	f->proof = PROOF_STRUCTURE;
	label_add(f->label, "", product);
	snprintf(f->label + product.n, sizeof(f->label) - product.n, " %u.%u.%u.%u.%u, %s", v[0],
		 v[1], v[2], v[3], cursor_le16(&c), tag.label);
	return fine;
}

const struct format format_bcm4908 = {
	.name = "bcm-wfi",
	.says = "last bytes of an image for Broadcom BCM4908",
	.domain = DOMAIN_BROADBAND,
	.spec = "openwrt/firmware-utils src/bcm4908asus.c",
	.shape = SHAPE_LEAF,
	.magic = { { 4, 4, "\x32\x57\x00\x00" } },
	.probe = probe,
};

const struct format format_bcm4908asus = {
	.name = "asus-wfi",
	.says = "last bytes of an Asus image for Broadcom BCM4908",
	.domain = DOMAIN_BROADBAND,
	.spec = "openwrt/firmware-utils src/bcm4908asus.c",
	.shape = SHAPE_LEAF,
	.magic = { { ASUS + 4, 4, "\x32\x57\x00\x00" } },
	.probe = probe_asus,
};
