/* dns313.c - D-Link's DNS-313: U-Boot's legacy header with model, version and a MAC address behind
 * it, 104 bytes in all, which its CRC covers. Big-endian. */
#include "base/cursor.h"
#include "base/hash.h"
#include "format/parts.h"

#define HEADER   104
#define CRC_AT   4
#define SIZE_AT  12
#define DATA_AT  24
#define MODEL_AT 64
#define TEXT     16

static uint32_t header_crc(struct span in)
{
	uint8_t copy[HEADER];

	memcpy(copy, in.p, HEADER);
	memset(copy + CRC_AT, 0, 4);
	return crc32_of((struct span){ copy, HEADER });
}

static struct fault probe(struct span in, struct found *f)
{
	uint32_t size = span_u32(in, SIZE_AT, true);

	if (in.n <= HEADER)
		return fault_at(FAULT_SHORT, 0, "header", in.n, HEADER + 1);
	if (header_crc(in) != span_u32(in, CRC_AT, true) || size == 0)
		return fault_at(FAULT_BROKEN, CRC_AT, "header CRC-32", header_crc(in),
				span_u32(in, CRC_AT, true));
	f->len = part_bound((uint64_t)HEADER + size, in);
	f->proof = PROOF_CHECKSUM;
	label_add(f->label, "", field_text(in, MODEL_AT, TEXT));
	label_add(f->label, " ", field_text(in, MODEL_AT + TEXT, TEXT));
	return fine;
}

static struct fault list(struct listing *l)
{
	uint32_t size = span_u32(l->in, SIZE_AT, true);

	l->kind = LISTING_REGIONS;
	part_list_named(l, SIZE_AT, HEADER, size, field_text(l->in, 32, 32));
	part_sum(l, DATA_AT, "CRC-32 of the data", crc32_of(span_sub(l->in, HEADER, size)),
		 span_u32(l->in, DATA_AT, true));
	return fine;
}

const struct format format_dns313 = {
	.name = "dlink-dns313",
	.says = "D-Link DNS-313 image (U-Boot's header, longer)",
	.domain = DOMAIN_IT,
	.spec = "openwrt/firmware-utils src/dns313-header.c",
	.shape = SHAPE_CONTAINER,
	.magic = { { 0, 4, "\x27\x05\x19\x56" } },
	.probe = probe,
	.list = list,
};
