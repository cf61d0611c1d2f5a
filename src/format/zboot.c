/* zboot.c - kernels as EFI applications that unpack themselves: "MZ", "zimg", where the packed
 * kernel stands, and how it is packed. The rest is the PE file with the decompressor. */
#include "base/cursor.h"
#include "format/stream.h"

#define HEADER 64

struct zboot {
	uint64_t payload, payload_length, length;
	struct span packing;
};

/* Sections of the PE file end behind the payload, which stands in one of them. */
static uint64_t sections_end(struct span in, uint64_t pe)
{
	uint64_t table = pe + 24 + span_u16(in, pe + 20, false);
	uint16_t count = span_u16(in, pe + 6, false);
	uint64_t end = 0;

	for (uint16_t i = 0; i < count && i < 96; i++) {
		struct span s = span_sub(in, table + 40ull * i, 40);
		uint64_t to = (uint64_t)span_u32(s, 16, false) + span_u32(s, 20, false);

		if (to > end)
			end = to;
	}
	return end;
}

static struct fault read_header(struct span in, struct zboot *z)
{
	struct span packing = span_sub(in, 24, 8);
	uint64_t pe = span_u32(in, 0x3c, false);
	size_t end = span_find(packing, 0, (struct span){ (const uint8_t *)"", 1 });

	z->payload = span_u32(in, 8, false);
	z->payload_length = span_u32(in, 12, false);
	z->packing = span_head(packing, end);
	if (in.n < HEADER || span_u32(in, 4, true) != 0x7a696d67)
		return fault_at(FAULT_SHORT, 4, "zimg", in.n, HEADER);
	if (span_u32(in, pe, true) != 0x50450000 || pe > 4096)
		return fault_at(FAULT_BROKEN, 0x3c, "PE header", pe, 4096);
	z->length = sections_end(in, pe);
	if (z->payload < HEADER || z->payload_length == 0 ||
	    z->payload + z->payload_length > z->length)
		return fault_at(FAULT_BROKEN, 8, "payload", z->payload_length, z->length);
	return fine;
}

static struct fault probe(struct span in, struct found *f)
{
	struct zboot z = { 0 };
	struct fault bad = read_header(in, &z);

	if (bad.kind)
		return bad;
	f->len = z.length < in.n ? z.length : in.n;
	f->proof = PROOF_STRUCTURE;
	label_bytes(f->label, z.packing);
	return fine;
}

static struct fault list(struct listing *l)
{
	struct zboot z = { 0 };
	struct fault bad = read_header(l->in, &z);
	uint64_t end = l->in.n, behind;

	if (bad.kind)
		return bad;
	l->kind = LISTING_REGIONS;
	if (z.length > end)
		listing_fault(l, fault_at(FAULT_SHORT, 8, "length", end, z.length));
	if (z.payload >= end)
		return fine;
	behind = z.payload + z.payload_length < end ? z.payload + z.payload_length : end;
	listing_owned(l, HEADER, z.payload - HEADER, span_text("decompressor"));
	listing_owned(l, z.payload, behind - z.payload, span_text("payload"));
	if (behind < end)
		listing_owned(l, behind, end - behind, span_text("decompressor"));
	return fine;
}

const struct format format_zboot = {
	.name = "zboot",
	.says = "Linux kernel, EFI application that unpacks itself",
	.domain = DOMAIN_GENERIC,
	.spec = "torvalds/linux drivers/firmware/efi/libstub/zboot-header.S",
	.shape = SHAPE_CONTAINER,
	.magic = { { 0, 8, "MZ\0\0zimg" } },
	.probe = probe,
	.list = list,
};
