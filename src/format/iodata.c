/* iodata.c - I-O DATA's images made by MSTC (WN-DEAX1800GR): 116 bytes with model, version, system
 * and date in text, number of the model, length and CRC-32 of what follows, CRC-32 of the header
 * with its end zero; big-endian. What follows is XORed with eight bytes that are published. */
#include "base/cursor.h"
#include "base/hash.h"
#include "format/decrypt.h"
#include "format/parts.h"

#define HEADER     116
#define MODEL_AT   5
#define MODEL      16
#define VERSION_AT 21
#define LENGTH_AT  102
#define DATA_AT    106
#define CRC_AT     110
#define KEY        8

static uint32_t header_crc(struct span in)
{
	uint8_t copy[HEADER];

	memcpy(copy, in.p, HEADER);
	memset(copy + CRC_AT, 0, HEADER - CRC_AT);
	return crc32_of((struct span){ copy, HEADER });
}

static struct fault probe(struct span in, struct found *f)
{
	uint32_t length = span_u32(in, LENGTH_AT, true);

	if (in.n < HEADER + KEY)
		return fault_at(FAULT_SHORT, 0, "header", in.n, HEADER + KEY);
	if (header_crc(in) != span_u32(in, CRC_AT, true) || length < KEY)
		return fault_at(FAULT_BROKEN, CRC_AT, "header CRC-32", header_crc(in),
				span_u32(in, CRC_AT, true));
	f->len = part_bound((uint64_t)HEADER + length, in);
	f->proof = PROOF_CHECKSUM;
	label_add(f->label, "", field_text(in, MODEL_AT, MODEL));
	label_add(f->label, " ", field_text(in, VERSION_AT, MODEL));
	label_add(f->label, ", XOR", (struct span){ 0 });
	return fine;
}

static const struct span key = { (const uint8_t *)"\x29\x94\x4a\x25\x12\x09\x84\xc2", KEY };

static struct fault load(const struct listing *l, const struct entry *e, struct sink *out)
{
	uint32_t length = span_u32(l->in, LENGTH_AT, true), want = span_u32(l->in, DATA_AT, true);
	struct span data = span_head(span_from(l->in, HEADER), length);
	uint8_t first[KEY];

	(void)e;
	xor_with(key, span_head(data, KEY), first);
	if (!begins_as_image((struct span){ first, KEY }))
		return fault_at(FAULT_ENCRYPTED, HEADER, "content", 0, 0);
	if (!xor_into(out, key, data))
		return out->fault;
	if (data.n < length)
		return fault_at(FAULT_SHORT, LENGTH_AT, "length", data.n, length);
	if (crc32_of(data) != want)
		return fault_at(FAULT_BROKEN, DATA_AT, "CRC-32", crc32_of(data), want);
	return fine;
}

const struct format format_iodata = {
	.name = "iodata-mstc",
	.says = "I-O DATA image by MSTC under XOR",
	.domain = DOMAIN_BROADBAND,
	.spec = "openwrt/openwrt target/linux/ramips/image/mt7621.mk, iodata-mstc-header2",
	.shape = SHAPE_STREAM,
	.magic = { { 0, 5, "\x03\x1d\x61\x29\x07" } },
	.probe = probe,
	.load = load,
};
