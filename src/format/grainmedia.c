/* grainmedia.c - the head of 256 bytes that the boot loader of Grain Media's chips for cameras and
 * recorders wants in front of an image in SPI flash: mark, a CRC that is usually zero and of which
 * nothing is published, big-endian length, name. */
#include "base/cursor.h"
#include "format/parts.h"

#define HEAD       256
#define NAME_AT    16
#define MOST_NAME  64
#define LEAST_NAME 2
#define MOST_IMAGE (256u << 20) /* no such flash is larger */

static struct fault probe(struct span in, struct found *f)
{
	struct span name = field_text(in, NAME_AT, MOST_NAME);
	uint32_t length = span_u32(in, 8, true);

	if (in.n <= HEAD)
		return fault_at(FAULT_SHORT, 0, "head", in.n, HEAD);
	if (length == 0 || length > MOST_IMAGE)
		return fault_at(FAULT_BROKEN, 8, "length", length, MOST_IMAGE);
	if (name.n < LEAST_NAME || name.n == MOST_NAME || !is_padded_text(in, NAME_AT, name.n))
		return fault_at(FAULT_BROKEN, NAME_AT, "name", name.n, MOST_NAME);
	f->len = part_bound((uint64_t)HEAD + length, in);
	f->proof = PROOF_STRUCTURE;
	label_add(f->label, "", name);
	return fine;
}

static struct fault list(struct listing *l)
{
	l->kind = LISTING_REGIONS;
	part_list_named(l, 8, HEAD, span_u32(l->in, 8, true),
			field_text(l->in, NAME_AT, MOST_NAME));
	return fine;
}

const struct format format_grainmedia = {
	.name = "gm8126",
	.says = "image with the head of Grain Media's boot loader (cameras)",
	.domain = DOMAIN_DEVICE,
	.spec = "fkie-cad/firmware-magic-database gm8126; fact_extractor gm8126.py",
	.shape = SHAPE_CONTAINER,
	.magic = { { 0, 4, "\x80\x5a\x47\x4d" } },
	.probe = probe,
	.list = list,
};
