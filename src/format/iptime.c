/* iptime.c - packages of EFM's ipTIME NAS: 1024 bytes, little-endian: model, version and time in
 * text, length, a sum made of the model's length and all bytes, places in flash, "EFM_NAS_PKG". */
#include "base/cursor.h"
#include "format/parts.h"
#include "format/sums.h"

#define HEADER  0x400
#define TEXT    32
#define SIZE_AT 96
#define SUM_AT  100
#define FACTOR  0x19283745u

static struct fault probe(struct span in, struct found *f)
{
	uint32_t size = span_u32(in, SIZE_AT, false);

	if (in.n <= HEADER)
		return fault_at(FAULT_SHORT, 0, "header", in.n, HEADER + 1);
	if (!is_padded_text(in, 0, TEXT) || !is_padded_text(in, TEXT, TEXT) || size == 0)
		return fault_at(FAULT_BROKEN, SIZE_AT, "length", size, 1);
	f->len = part_bound((uint64_t)HEADER + size, in);
	f->proof = PROOF_STRUCTURE;
	label_add(f->label, "", field_text(in, 0, TEXT));
	label_add(f->label, " ", field_text(in, TEXT, TEXT));
	return fine;
}

static struct fault list(struct listing *l)
{
	uint32_t size = span_u32(l->in, SIZE_AT, false);
	uint32_t sum = sum_of_bytes(span_sub(l->in, HEADER, size));
	uint32_t model = (uint32_t)field_text(l->in, 0, TEXT).n;

	l->kind = LISTING_REGIONS;
	part_list(l, SIZE_AT, HEADER, size, "");
	part_sum(l, SUM_AT, "sum of bytes", (model * FACTOR + ~sum) ^ sum,
		 span_u32(l->in, SUM_AT, false));
	return fine;
}

const struct format format_iptime = {
	.name = "iptime-nas",
	.says = "ipTIME NAS package (EFM)",
	.domain = DOMAIN_IT,
	.spec = "openwrt/firmware-utils src/iptime-naspkg.c",
	.shape = SHAPE_CONTAINER,
	.magic = { { 120, 12, "EFM_NAS_PKG\0" } },
	.probe = probe,
	.list = list,
};
