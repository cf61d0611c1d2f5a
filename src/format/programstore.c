/* programstore.c - Broadcom's images for cable modems (eCos): 92 bytes, big-endian: signature of
 * the device, control (how it is packed, whether it is two images), version, time, length, load
 * address, name, both lengths, a CRC-16 of the header and a CRC-32 of what follows. LZMA has
 * properties and dictionary, but no plain size in front. "MONO" holds several, padded. */
#include <stdio.h>

#include "base/cursor.h"
#include "codec/codec.h"
#include "format/parts.h"
#include "format/sums.h"

#define HEADER    92
#define SUMMED    84
#define NAME_AT   20
#define NAME      48
#define SPLIT     0x100
#define LZMA_HEAD 5
#define MONO      16

enum packing { PACKED_NOT, PACKED_LZ, PACKED_LZO, PACKED_RESERVED, PACKED_NRV, PACKED_LZMA };

static uint16_t header_crc(struct span in)
{
	return crc16_ccitt(0, span_sub(in, 0, SUMMED));
}

static struct fault probe(struct span in, struct found *f)
{
	static const char *const packings[] = { "plain", "LZ", "LZO", "plain", "NRV2D", "LZMA" };
	uint16_t control = span_u16(in, 2, true);
	uint32_t length = span_u32(in, 12, true);

	if (in.n <= HEADER)
		return fault_at(FAULT_SHORT, 0, "header", in.n, HEADER + 1);
	if (length == 0 || (control & 0xff) > PACKED_LZMA || control > 0x1ff ||
	    !is_padded_text(in, NAME_AT, field_text(in, NAME_AT, NAME).n) ||
	    span_u16(in, 86, true) != 0)
		return fault_at(FAULT_BROKEN, 2, "control", control, 0x1ff);
	if (header_crc(in) != span_u16(in, SUMMED, true))
		return fault_at(FAULT_BROKEN, SUMMED, "header CRC-16", header_crc(in),
				span_u16(in, SUMMED, true));
	f->len = part_bound((uint64_t)HEADER + length, in);
	f->proof = PROOF_CHECKSUM;
	snprintf(f->label, sizeof(f->label), "%04x %u.%u %s", span_u16(in, 0, true),
		 span_u16(in, 4, true), span_u16(in, 6, true), packings[control & 7]);
	return fine;
}

static void add_image(struct listing *l, uint64_t from, uint64_t length, struct span name)
{
	uint16_t control = span_u16(l->in, 2, true);
	uint8_t packing = control & 7;
	struct entry e = entry_new(KIND_FILE, name);
	uint64_t left = from < l->in.n ? l->in.n - from : 0;

	e.stored = packing == PACKED_NOT || packing == PACKED_RESERVED;
	e.offset = e.key[0] = from;
	e.length = e.key[1] = length < left ? length : left;
	e.size = e.stored ? length : 0;
	e.order = from;
	if (length > left)
		e.fault = fault_at(FAULT_SHORT, from, "length", left, length);
	else if (!e.stored && packing != PACKED_LZMA)
		e.fault = fault_at(FAULT_UNKNOWN, 2, "packing", packing, PACKED_LZMA);
	if (length > left)
		listing_fault(l, e.fault);
	listing_add(l, &e);
}

static struct fault list(struct listing *l)
{
	uint64_t length = span_u32(l->in, 12, true), first = span_u32(l->in, 76, true);
	bool split = span_u16(l->in, 2, true) & SPLIT && first > 0 && first < length;
	struct span data = span_sub(l->in, HEADER, length);

	if (split) {
		add_image(l, HEADER, first, span_text("image1"));
		add_image(l, HEADER + first, length - first, span_text("image2"));
	} else {
		add_image(l, HEADER, length, field_text(l->in, NAME_AT, NAME));
	}
	part_sum(l, 88, "CRC-32", (uint32_t)~crc32_msb(~0u, data), span_u32(l->in, 88, true));
	return fine;
}

/* Where it has no end mark, the stream ends with its bytes. */
static struct fault load(const struct listing *l, const struct entry *e, struct sink *out)
{
	struct span packed = span_sub(l->in, e->key[0], e->key[1]);
	uint8_t packing = span_u16(l->in, 2, true) & 7;
	struct lzma_properties p;
	struct decoded d;

	if (packing != PACKED_LZMA)
		return fault_at(FAULT_UNKNOWN, 2, "packing", packing, PACKED_LZMA);
	if (packed.n <= LZMA_HEAD ||
	    !lzma_properties_from(packed.p[0], span_u32(packed, 1, false), &p))
		return fault_at(FAULT_BROKEN, e->key[0], "LZMA properties", 0, 0);
	d = lzma_raw_decode(span_from(packed, LZMA_HEAD), &p, PLAIN_UNKNOWN, out);
	if (d.fault.kind == FAULT_SHORT && e->fault.kind == FAULT_NONE)
		return fine;
	return d.fault;
}

static struct fault probe_mono(struct span in, struct found *f)
{
	uint32_t length = span_u32(in, 8, true);
	struct found first = { 0 };
	struct fault bad = probe(span_from(in, MONO), &first);

	if (bad.kind)
		return bad;
	if (length < MONO + HEADER)
		return fault_at(FAULT_BROKEN, 8, "length", length, MONO + HEADER);
	f->len = part_bound(length, in);
	f->proof = PROOF_STRUCTURE;
	snprintf(f->label, sizeof(f->label), "images %x", span_u32(in, 12, true));
	return fine;
}

static struct fault list_mono(struct listing *l)
{
	l->kind = LISTING_REGIONS;
	part_list(l, 8, MONO, span_u32(l->in, 8, true) - MONO, "");
	return fine;
}

/* Devices choose their own signature: what many have in common is where they load to. */
const struct format format_programstore = {
	.name = "programstore",
	.says = "Broadcom cable modem image (ProgramStore)",
	.domain = DOMAIN_BROADBAND,
	.spec = "Broadcom/aeolus ProgramStore/ProgramStore.h; jclehner/bcm2-utils "
		"doc/programstore.md",
	.shape = SHAPE_CONTAINER,
	.magic = { { 16, 4, "\x80\x00\x40\x00" },
		   { 16, 4, "\x80\x01\x00\x00" },
		   { 16, 4, "\x84\x01\x00\x00" },
		   { 16, 4, "\x83\xf8\x00\x00" },
		   { 66, 2, "\0\0" } },
	.probe = probe,
	.list = list,
	.load = load,
};

const struct format format_bcmmono = {
	.name = "bcm-mono",
	.says = "Broadcom cable modem image of several (MONO)",
	.domain = DOMAIN_BROADBAND,
	.spec = "jclehner/bcm2-utils doc/programstore.md",
	.shape = SHAPE_CONTAINER,
	.magic = { { 0, 4, "MONO" } },
	.probe = probe_mono,
	.list = list_mono,
};
