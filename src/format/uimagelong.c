/* uimagelong.c - U-Boot's legacy header with more behind it, which its CRC-32 covers too: 32 zeros
 * (Netgear, D-Link DIR on MT7620), model, version and a MAC address (D-Link DNS-313), product and
 * versions (SGE). Big-endian. */
#include "base/cursor.h"
#include "base/hash.h"
#include "format/parts.h"
#include "format/sums.h"

#define CRC_AT  4
#define SIZE_AT 12
#define DATA_AT 24
#define NAME_AT 32
#define NAME    32
#define LONGEST 160

static const struct layout {
	uint64_t header, model, version; /* 0: has none */
	uint64_t model_size;
} layouts[] = { { 96, 0, 0, 0 }, { 104, 64, 80, 16 }, { LONGEST, 64, 128, 64 } };

static uint32_t crc_of(struct span in, uint64_t header)
{
	return crc32_around(0, span_head(in, header), CRC_AT);
}

/* The layout whose header has the right CRC; NULL if none has. */
static const struct layout *layout_of(struct span in)
{
	for (size_t i = 0; i < sizeof(layouts) / sizeof(layouts[0]); i++) {
		const struct layout *o = &layouts[i];

		if (in.n > o->header && crc_of(in, o->header) == span_u32(in, CRC_AT, true))
			return o;
	}
	return NULL;
}

static struct fault probe(struct span in, struct found *f)
{
	const struct layout *o = layout_of(in);
	uint32_t size = span_u32(in, SIZE_AT, true);

	if (!o || size == 0)
		return fault_at(FAULT_BROKEN, CRC_AT, "header CRC-32", 0, 0);
	f->len = part_bound(o->header + size, in);
	f->proof = PROOF_CHECKSUM;
	label_add(f->label, "", field_text(in, NAME_AT, NAME));
	if (o->model) {
		label_add(f->label, ", ", field_text(in, o->model, o->model_size));
		label_add(f->label, " ", field_text(in, o->version, 16));
	}
	return fine;
}

static struct fault list(struct listing *l)
{
	const struct layout *o = layout_of(l->in);
	uint32_t size = span_u32(l->in, SIZE_AT, true);

	if (!o)
		return fault_at(FAULT_BROKEN, CRC_AT, "header CRC-32", 0, 0);
	l->kind = LISTING_REGIONS;
	part_list(l, SIZE_AT, o->header, size, "");
	part_sum(l, DATA_AT, "CRC-32 of the data", crc32_of(span_sub(l->in, o->header, size)),
		 span_u32(l->in, DATA_AT, true));
	return fine;
}

const struct format format_uimagelong = {
	.name = "uimage-long",
	.says = "U-Boot legacy image with a longer header (Netgear, D-Link, SGE)",
	.domain = DOMAIN_BROADBAND,
	.spec = "openwrt/firmware-utils src/uimage_padhdr.c, uimage_sgehdr.c, dns313-header.c",
	.shape = SHAPE_CONTAINER,
	.magic = { { 0, 4, "\x27\x05\x19\x56" } },
	.probe = probe,
	.list = list,
};
