/* wrgg.c - Alpha Networks' image headers before Seama (D-Link DIR, DAP): a signature, a magic
 * twice, length, offset in flash, device and an MD5 over offset, device and data. Length and offset
 * are big-endian for some targets. Two layouts differ in what stands between. */
#include "base/cursor.h"
#include "format/parts.h"

#define SIGNATURE 32
#define DEVICE    32

struct layout {
	const char *name;
	uint64_t size, offset, device, md5, header;
};

static const struct layout wrg = { "WRG", 40, 44, 48, 80, 96 };
static const struct layout wrgg = { "WRGG03", 104, 108, 112, 144, 160 };

static const struct layout *layout_of(struct span in)
{
	uint32_t magic = span_u32(in, SIGNATURE, true);

	return magic == 0x20040220 || magic == 0x20020420 ? &wrg : &wrgg;
}

/* Gives the same for all of the space and for the object alone. */
static uint64_t length_of(struct span in, const struct layout *o)
{
	uint64_t room = in.n > o->header ? in.n - o->header : 0;
	uint64_t little = span_u32(in, o->size, false), big = span_u32(in, o->size, true);

	return little <= room || big > room ? little : big;
}

static struct fault probe(struct span in, struct found *f)
{
	const struct layout *o = layout_of(in);

	if (in.n <= o->header)
		return fault_at(FAULT_SHORT, 0, "header", in.n, o->header);
	if (!is_padded_text(in, 0, SIGNATURE) || !is_padded_text(in, o->device, DEVICE) ||
	    length_of(in, o) == 0)
		return fault_at(FAULT_BROKEN, o->size, "length", length_of(in, o), in.n);
	f->len = part_bound(o->header + length_of(in, o), in);
	f->proof = PROOF_STRUCTURE;
	label_add(f->label, o->name, (struct span){ 0 });
	label_add(f->label, " ", field_text(in, 0, SIGNATURE));
	return fine;
}

static struct fault list(struct listing *l)
{
	const struct layout *o = layout_of(l->in);
	uint64_t length = length_of(l->in, o);
	const struct span summed[] = { span_sub(l->in, o->offset, 4),
				       span_sub(l->in, o->device, DEVICE),
				       span_sub(l->in, o->header, length) };

	l->kind = LISTING_REGIONS;
	part_list_named(l, o->size, o->header, length, field_text(l->in, o->device, DEVICE));
	part_md5(l, o->md5, summed, 3);
	return fine;
}

const struct format format_wrgg = {
	.name = "wrgg",
	.says = "WRG and WRGG image header (D-Link, Alpha Networks)",
	.domain = DOMAIN_BROADBAND,
	.spec = "openwrt/firmware-utils src/mkwrgimg.c, mkwrggimg.c",
	.shape = SHAPE_CONTAINER,
	.magic = { { SIGNATURE, 8, "\x20\x02\x04\x20\x20\x02\x04\x20" },
		   { SIGNATURE, 8, "\x20\x04\x02\x20\x20\x04\x02\x20" },
		   { SIGNATURE, 8, "\x21\x03\x08\x20\x21\x03\x08\x20" },
		   { SIGNATURE, 8, "\x20\x08\x03\x21\x20\x08\x03\x21" } },
	.probe = probe,
	.list = list,
};
