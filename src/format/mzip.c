/* mzip.c - Cisco's packed images of older switches: "MZIP", big-endian: version, entry, two words,
 * CRC-16 of the rest of the header with the data, CRC-16 of the header before it, then at 56 its
 * length, address, kind (0 plain, else packed), packed and plain length. */
#include <stdio.h>

#include "base/cursor.h"
#include "format/parts.h"
#include "format/sums.h"

#define HEADER 112
#define SUM    52 /* of what begins at 56 */
#define SECOND 56

struct mzip {
	uint32_t header, kind, packed, plain;
};

static struct fault read_header(struct span in, struct mzip *m)
{
	struct cursor c = { .in = in, .at = SECOND };

	m->header = cursor_be32(&c);
	cursor_skip(&c, 4);
	m->kind = cursor_be32(&c);
	m->packed = cursor_be32(&c);
	m->plain = cursor_be32(&c);
	if (c.ran_out || in.n < HEADER)
		return fault_at(FAULT_SHORT, 0, "header", in.n, HEADER);
	if (span_u32(in, 4, true) != 1 || m->header != HEADER)
		return fault_at(FAULT_UNKNOWN, 4, "version", span_u32(in, 4, true), 1);
	if (m->kind > 255 || m->plain == 0 || (m->kind && m->packed == 0))
		return fault_at(FAULT_BROKEN, 64, "length", m->packed, m->plain);
	return fine;
}

static uint32_t length_of(const struct mzip *m)
{
	return m->kind ? m->packed : m->plain;
}

static struct fault probe(struct span in, struct found *f)
{
	struct mzip m = { 0 };
	struct fault bad = read_header(in, &m);

	if (bad.kind)
		return bad;
	f->len = part_bound((uint64_t)HEADER + length_of(&m), in);
	f->proof = crc16_ccitt(0, span_sub(in, 0, SUM + 2)) == span_u16(in, SUM + 2, true)
			   ? PROOF_CHECKSUM
			   : PROOF_STRUCTURE;
	snprintf(f->label, sizeof(f->label), "at 0x%08x", span_u32(in, 60, true));
	return fine;
}

static struct fault list(struct listing *l)
{
	struct mzip m = { 0 };
	struct fault bad = read_header(l->in, &m);

	if (bad.kind)
		return bad;
	l->kind = LISTING_REGIONS;
	part_list(l, 68, HEADER, length_of(&m), "image");
	part_sum(l, SUM + 2, "CRC-16 of the header", crc16_ccitt(0, span_sub(l->in, 0, SUM + 2)),
		 span_u16(l->in, SUM + 2, true));
	part_sum(l, SUM, "CRC-16", crc16_ccitt(0, span_from(l->in, SECOND)),
		 span_u16(l->in, SUM, true));
	return fine;
}

const struct format format_mzip = {
	.name = "mzip",
	.says = "packed image of Cisco switches",
	.domain = DOMAIN_TELECOM,
	.spec = "bvanheu/linux-cisco mziptools/mzip.h, mzip.c",
	.shape = SHAPE_CONTAINER,
	.magic = { { 0, 8, "MZIP\x00\x00\x00\x01" } },
	.probe = probe,
	.list = list,
};
