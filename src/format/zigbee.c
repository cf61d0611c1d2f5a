/* zigbee.c - Zigbee over-the-air upgrade files: a little-endian header that states its own length
 * and that of the file, then elements of tag, length and data. */
#include <stdio.h>

#include "base/cursor.h"
#include "format/parts.h"

#define LEAST_HEADER  56
#define MOST_HEADER   (LEAST_HEADER + 1 + 8 + 4)
#define ELEMENT       6
#define MOST_ELEMENTS 4096

struct ota {
	uint16_t header, maker, type;
	uint32_t version, total;
};

static struct fault read_header(struct span in, struct ota *h)
{
	struct cursor c = { .in = in, .at = 4 };
	uint16_t format = cursor_le16(&c);

	h->header = cursor_le16(&c);
	cursor_skip(&c, 2);
	h->maker = cursor_le16(&c);
	h->type = cursor_le16(&c);
	h->version = cursor_le32(&c);
	cursor_skip(&c, 34);
	h->total = cursor_le32(&c);
	if (c.ran_out)
		return fault_at(FAULT_SHORT, 0, "header", in.n, LEAST_HEADER);
	if (format != 0x0100)
		return fault_at(FAULT_UNKNOWN, 4, "version of the header", format, 0x0100);
	if (h->header < LEAST_HEADER || h->header > MOST_HEADER || h->total <= h->header)
		return fault_at(FAULT_BROKEN, 6, "length of the header", h->header, MOST_HEADER);
	return fine;
}

/* The first element must fit too. */
static struct fault probe(struct span in, struct found *f)
{
	struct ota h = { 0 };
	struct fault bad = read_header(in, &h);
	uint32_t first = span_u32(in, (uint64_t)h.header + 2, false);

	if (bad.kind)
		return bad;
	if (h.total < (uint32_t)h.header + ELEMENT || first > h.total - ELEMENT - h.header)
		return fault_at(FAULT_BROKEN, h.header, "element", first, h.total);
	f->len = part_bound(h.total, in);
	f->proof = PROOF_STRUCTURE;
	snprintf(f->label, sizeof(f->label), "maker %04x type %04x version %08x", h.maker, h.type,
		 h.version);
	label_add(f->label, " ", field_text(in, 20, 32));
	return fine;
}

static const char *element_name(uint16_t tag)
{
	static const char *const names[] = {
		"upgrade image", "ECDSA signature",   "ECDSA certificate",  "integrity code",
		"picture",       "ECDSA signature 2", "ECDSA certificate 2"
	};

	return tag < sizeof(names) / sizeof(names[0]) ? names[tag] : "of the maker";
}

static struct fault list(struct listing *l)
{
	struct ota h = { 0 };
	struct fault bad = read_header(l->in, &h);
	uint64_t pos = h.header;

	if (bad.kind)
		return bad;
	l->kind = LISTING_REGIONS;
	for (int i = 0; i < MOST_ELEMENTS && pos < l->in.n; i++) {
		uint16_t tag = span_u16(l->in, pos, false);
		uint32_t length = span_u32(l->in, pos + 2, false);

		if (i > 0 && l->in.n - pos >= ELEMENT)
			part_owned(l, pos, ELEMENT, "element");
		part_list(l, pos + 2, pos + ELEMENT, length, element_name(tag));
		pos += (uint64_t)ELEMENT + length;
	}
	if (l->in.n < h.total)
		listing_fault(l, fault_at(FAULT_SHORT, 52, "length", l->in.n, h.total));
	return fine;
}

const struct format format_zigbee = {
	.name = "zigbee-ota",
	.says = "Zigbee over-the-air upgrade file",
	.domain = DOMAIN_DEVICE,
	.spec = "Zigbee Cluster Library 8, section 11.4; zigpy/zigpy zigpy/ota/image.py",
	.shape = SHAPE_CONTAINER,
	.magic = { { 0, 6, "\x1e\xf1\xee\x0b\x00\x01" } },
	.probe = probe,
	.list = list,
};
