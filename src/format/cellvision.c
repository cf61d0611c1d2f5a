/* cellvision.c - images of Cellvision's cameras (D-Link DCS-950, Sitecom, Surecom, Ovislink): type,
 * where the kernel stands and its length, product, its words XORed, "U\xaaARAGOR" and a word more;
 * little-endian. */
#include <stdio.h>

#include "base/cursor.h"
#include "format/parts.h"

#define HEADER  32
#define SIZE_AT 8
#define SUM_AT  16

static struct fault probe(struct span in, struct found *f)
{
	uint32_t size = span_u32(in, SIZE_AT, false);

	if (in.n <= HEADER || span_u32(in, 0, false) != 1 || span_u32(in, 4, false) != HEADER ||
	    size == 0)
		return fault_at(FAULT_BROKEN, 0, "header", span_u32(in, 4, false), HEADER);
	f->len = part_bound((uint64_t)HEADER + size, in);
	f->proof = PROOF_STRUCTURE;
	snprintf(f->label, sizeof(f->label), "product %08x", span_u32(in, 12, false));
	return fine;
}

/* Whole words only. */
static uint32_t sum_of(struct span s)
{
	uint32_t sum = 0;

	for (size_t at = 0; at + 4 <= s.n; at += 4)
		sum ^= span_u32(s, at, false);
	return sum;
}

static struct fault list(struct listing *l)
{
	uint32_t size = span_u32(l->in, SIZE_AT, false);

	l->kind = LISTING_REGIONS;
	part_list(l, SIZE_AT, HEADER, size, "");
	part_sum(l, SUM_AT, "XOR of the words", sum_of(span_sub(l->in, HEADER, size)),
		 span_u32(l->in, SUM_AT, false));
	return fine;
}

const struct format format_cellvision = {
	.name = "cellvision",
	.says = "Cellvision camera image (D-Link DCS-950, Sitecom, Surecom, Ovislink)",
	.domain = DOMAIN_BROADBAND,
	.spec = "openwrt/firmware-utils src/mkcasfw.c",
	.shape = SHAPE_CONTAINER,
	.magic = { { 20, 12, "\x55\xaa\x41\x52\x41\x47\x4f\x52\x4e\x2d\xf2\xd3" } },
	.probe = probe,
	.list = list,
};
