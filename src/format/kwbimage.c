/* kwbimage.c - Marvell's boot image (Kirkwood, Armada): a header whose bytes add up, in version 1
 * with extended headers that count, then a block of data that ends with the sum of its words. The
 * first byte says where it boots from. */
#include <stdio.h>

#include "base/cursor.h"
#include "format/parts.h"
#include "format/sums.h"

#define HEADER         32
#define LARGEST_HEADER (64u << 10)
#define SECTOR         512 /* sources of a SATA image count in these */
#define SATA           0x78

struct kwb {
	uint8_t id, version;
	uint32_t header, source, block;
};

static const char *boots_from(uint8_t id)
{
	static const struct {
		uint8_t id;
		const char *name;
	} sources[] = { { 0x4d, "I2C" },  { 0x5a, "SPI" },  { 0x69, "UART" }, { SATA, "SATA" },
			{ 0x8b, "NAND" }, { 0x9c, "PCIe" }, { 0xae, "SDIO" } };

	for (size_t i = 0; i < sizeof(sources) / sizeof(sources[0]); i++)
		if (sources[i].id == id)
			return sources[i].name;
	return NULL;
}

static struct fault read_header(struct span in, struct kwb *h)
{
	struct cursor c = { .in = in };

	h->id = cursor_u8(&c);
	cursor_skip(&c, 3);
	h->block = cursor_le32(&c);
	h->version = cursor_u8(&c);
	h->header = (uint32_t)cursor_u8(&c) << 16;
	h->header |= cursor_le16(&c);
	h->source = cursor_le32(&c);
	if (in.n < HEADER)
		return fault_at(FAULT_SHORT, 0, "header", in.n, HEADER);
	if (!boots_from(h->id) || h->version > 1 || (h->version == 0 && h->header != 0))
		return fault_at(FAULT_UNKNOWN, 8, "version", h->version, 1);
	if (h->version == 0)
		h->header = HEADER;
	if (h->id == SATA && h->source < UINT32_MAX / SECTOR)
		h->source *= SECTOR;
	if (h->source == UINT32_MAX)
		h->source = h->header; /* PCIe: right behind the header */
	if (h->header < HEADER || h->header > LARGEST_HEADER || h->source < h->header ||
	    h->block < 8 || h->block % 4)
		return fault_at(FAULT_BROKEN, 12, "source", h->source, h->header);
	return fine;
}

static struct fault probe(struct span in, struct found *f)
{
	struct kwb h = { 0 };
	struct fault bad = read_header(in, &h);
	uint8_t sum;

	if (bad.kind)
		return bad;
	if (h.source > in.n)
		return fault_at(FAULT_SHORT, 12, "source", in.n, h.source);
	sum = (uint8_t)(sum_of_bytes(span_sub(in, 0, h.header)) - in.p[HEADER - 1]);
	if (sum != in.p[HEADER - 1] || sum == 0)
		return fault_at(FAULT_BROKEN, HEADER - 1, "header checksum", sum, in.p[HEADER - 1]);
	f->len = part_bound((uint64_t)h.source + h.block, in);
	f->proof = PROOF_STRUCTURE;
	snprintf(f->label, sizeof(f->label), "version %u, boots from %s", h.version,
		 boots_from(h.id));
	return fine;
}

/* What stands between header and data are the extended headers. */
static struct fault list(struct listing *l)
{
	struct kwb h = { 0 };
	struct fault bad = read_header(l->in, &h);
	uint64_t plain = h.block - 4;

	if (bad.kind)
		return bad;
	l->kind = LISTING_REGIONS;
	if (h.source > HEADER)
		listing_owned(l, HEADER, h.source - HEADER, span_text("extended header"));
	part_list(l, 4, h.source, plain, "");
	if (h.source + plain < l->in.n)
		listing_owned(l, h.source + plain, l->in.n - h.source - plain,
			      span_text("checksum"));
	if (l->in.n < (uint64_t)h.source + h.block)
		listing_fault(l, fault_at(FAULT_SHORT, 4, "length", l->in.n,
					  (uint64_t)h.source + h.block));
	part_sum(l, 4, "checksum of the data", sum_of_32(span_sub(l->in, h.source, plain), false),
		 span_u32(l->in, h.source + plain, false));
	return fine;
}

const struct format format_kwbimage = {
	.name = "kwbimage",
	.says = "Marvell boot image (Kirkwood, Armada)",
	.domain = DOMAIN_BROADBAND,
	.spec = "u-boot/u-boot tools/kwbimage.h",
	.where = WHERE_ANCHORED,
	.shape = SHAPE_CONTAINER,
	.magic = { { 0, 1, "\x4d" },
		   { 0, 1, "\x5a" },
		   { 0, 1, "\x69" },
		   { 0, 1, "\x78" },
		   { 0, 1, "\x8b" },
		   { 0, 1, "\x9c" },
		   { 0, 1, "\xae" } },
	.probe = probe,
	.list = list,
};
