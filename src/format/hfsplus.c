/* hfsplus.c - HFS+ and HFSX are identified and measured, not opened. Source: Apple Technical Note
 * TN1150, "HFS Plus Volume Format". */
#include <stdio.h>

#include "base/cursor.h"
#include "format/unopened.h"

#define SUPER  1024u
#define HEADER 512u

/* The second volume header stands 1024 bytes before the end. */
static struct fault probe(struct span in, struct found *f)
{
	uint32_t block = span_u32(in, SUPER + 40, true), blocks = span_u32(in, SUPER + 44, true);
	uint32_t free = span_u32(in, SUPER + 48, true);
	uint64_t length = (uint64_t)block * blocks;
	struct span first = span_sub(in, SUPER, 4);

	if (in.n < SUPER + HEADER)
		return fault_at(FAULT_SHORT, SUPER, "volume header", in.n, SUPER + HEADER);
	if (block < 512 || block > 1u << 20 || block & (block - 1))
		return fault_at(FAULT_BROKEN, SUPER + 40, "block size", block, 1u << 20);
	if (free > blocks || length < SUPER + 2 * HEADER + 1024)
		return fault_at(FAULT_BROKEN, SUPER + 44, "blocks", blocks, free);
	if (length <= in.n && !span_equal(span_sub(in, length - SUPER, 4), first))
		return fault_at(FAULT_BROKEN, length - SUPER, "second volume header", 0, 0);
	f->len = part_bound(length, in);
	f->proof = length <= in.n ? PROOF_STRUCTURE : PROOF_PLAUSIBLE;
	snprintf(f->label, sizeof(f->label), "%s, %u files, %llu bytes",
		 first.p[1] == 'X' ? "HFSX" : "HFS+", span_u32(in, SUPER + 32, true),
		 (unsigned long long)length);
	return fine;
}

static struct fault list(struct listing *l)
{
	return unopened(l, SUPER);
}

const struct format format_hfsplus = {
	.name = "hfsplus",
	.says = "HFS+ and HFSX file systems",
	.domain = DOMAIN_IT,
	.spec = "Apple Technical Note TN1150",
	.shape = SHAPE_CONTAINER,
	.identified_only = true,
	.magic = { { SUPER, 4, "H+\x00\x04" }, { SUPER, 4, "HX\x00\x05" } },
	.probe = probe,
	.list = list,
};
