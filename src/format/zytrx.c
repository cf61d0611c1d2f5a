/* zytrx.c - ZyXEL's header in front of a TRX-like image for MT7621 devices: "0RDH", 380 bytes,
 * big-endian, with CRC-32s without the final inversion of header and payload. */
#include "base/cursor.h"
#include "base/hash.h"
#include "format/parts.h"
#include "format/sums.h"

#define HEADER     380
#define CRC_AT     372
#define PAYLOAD_AT 80

static uint32_t header_crc(struct span in)
{
	return ~crc32_around(0, span_head(in, HEADER), CRC_AT);
}

static struct fault probe(struct span in, struct found *f)
{
	uint32_t header = span_u32(in, 4, true), total = span_u32(in, 8, true);

	if (in.n < HEADER)
		return fault_at(FAULT_SHORT, 0, "header", in.n, HEADER);
	if (header != HEADER || total <= HEADER || span_u32(in, PAYLOAD_AT, true) > total - HEADER)
		return fault_at(FAULT_BROKEN, 8, "length", total, HEADER);
	if (header_crc(in) != span_u32(in, CRC_AT, true))
		return fault_at(FAULT_BROKEN, CRC_AT, "header CRC-32", header_crc(in),
				span_u32(in, CRC_AT, true));
	f->len = part_bound(total, in);
	f->proof = PROOF_CHECKSUM;
	label_add(f->label, "", field_text(in, 268, 16));
	label_add(f->label, " ", field_text(in, 296, 32));
	return fine;
}

static struct fault list(struct listing *l)
{
	uint32_t length = span_u32(l->in, PAYLOAD_AT, true);

	l->kind = LISTING_REGIONS;
	part_list(l, PAYLOAD_AT, HEADER, length, "");
	part_sum(l, 12, "CRC-32 of the payload", crc32_open(span_sub(l->in, HEADER, length)),
		 span_u32(l->in, 12, true));
	return fine;
}

const struct format format_zytrx = {
	.name = "zytrx",
	.says = "ZyXEL header 0RDH (MT7621)",
	.domain = DOMAIN_BROADBAND,
	.spec = "openwrt/firmware-utils src/zytrx.c",
	.shape = SHAPE_CONTAINER,
	.magic = { { 0, 8, "0RDH\x00\x00\x01\x7c" } },
	.probe = probe,
	.list = list,
};
