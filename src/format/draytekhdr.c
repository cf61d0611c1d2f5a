/* draytekhdr.c - DrayTek's modems with Linux (Vigor 165 to 167): "2RDH", a header of 256 bytes with
 * lengths and the CRC-32 of what follows, without its final inversion; a kernel, a root file
 * system, and behind them a text with the MD5 of all before it. Big-endian. */
#include "base/cursor.h"
#include "base/hash.h"
#include "format/parts.h"

#define HEADER  256
#define FOOT    "DrayTekImageMD5\n"
#define DIGITS  32
#define FOOT_IN (sizeof(FOOT) - 1 + DIGITS + 1) /* a line feed ends it */

struct draytek {
	uint64_t size; /* with the header */
	uint32_t kernel, root;
	struct span foot; /* empty where there is none */
};

static struct fault read_header(struct span in, struct draytek *h)
{
	uint64_t stated = span_u32(in, 8, true);

	h->kernel = span_u32(in, 80, true);
	h->root = span_u32(in, 84, true);
	h->size = (uint64_t)HEADER + h->kernel + h->root;
	h->foot = span_sub(in, h->size, FOOT_IN);
	if (in.n <= HEADER || span_u32(in, 4, true) != HEADER)
		return fault_at(FAULT_BROKEN, 4, "length of the header", span_u32(in, 4, true),
				HEADER);
	if (h->size == HEADER || (stated != h->size && stated != h->size + FOOT_IN))
		return fault_at(FAULT_BROKEN, 8, "length", stated, h->size);
	if (!span_starts(h->foot, span_text(FOOT)))
		h->foot = (struct span){ 0 };
	return fine;
}

static struct fault probe(struct span in, struct found *f)
{
	struct draytek h;
	struct fault bad = read_header(in, &h);

	if (bad.kind)
		return bad;
	f->len = part_bound(h.size + h.foot.n, in);
	f->proof = PROOF_STRUCTURE;
	return fine;
}

static struct fault list(struct listing *l)
{
	struct draytek h;
	struct fault bad = read_header(l->in, &h);
	struct span data;

	if (bad.kind)
		return bad;
	l->kind = LISTING_REGIONS;
	part_list(l, 80, HEADER, h.kernel, "kernel");
	part_list(l, 84, (uint64_t)HEADER + h.kernel, h.root, "rootfs");
	part_owned(l, h.size, h.foot.n, "MD5");
	data = span_sub(l->in, HEADER, h.size - HEADER);
	part_sum(l, 12, "CRC-32", crc32_open(data), span_u32(l->in, 12, true));
	if (h.foot.n == 0)
		listing_fault(l, fault_at(FAULT_SHORT, h.size, "MD5", l->in.n, h.size + FOOT_IN));
	else if (!is_md5_text(span_sub(h.foot, sizeof(FOOT) - 1, DIGITS), span_head(l->in, h.size)))
		listing_fault(l, fault_at(FAULT_BROKEN, h.size, "MD5", 0, 0));
	return fine;
}

const struct format format_draytekhdr = {
	.name = "draytek-2rdh",
	.says = "DrayTek Vigor 16x image (2RDH)",
	.domain = DOMAIN_BROADBAND,
	.spec = "q3k/vraytekdigor build/fwtool/fwimage.go",
	.shape = SHAPE_CONTAINER,
	.magic = { { 0, 8, "2RDH\x00\x00\x01\x00" } },
	.probe = probe,
	.list = list,
};
