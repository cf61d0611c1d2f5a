/* zimage.c - ARM zImage: a decompressor with the kernel packed inside. Where the payload begins is
 * not stated; it is found by its own format, the rest is the decompressor's. */
#include <stdio.h>

#include "base/cursor.h"
#include "format/format.h"

#define HEADER 0x34
#define MAGIC  0x016f2818
#define MARK   0x04030201 /* of the byte order; older kernels have code there */
#define NOP    0xe1a00000 /* eight of which stand in front in those */

static struct fault read_header(struct span in, uint64_t *length, bool *big)
{
	uint32_t start, end;

	if (in.n < HEADER)
		return fault_at(FAULT_SHORT, 0, "zImage header", in.n, HEADER);
	*big = span_u32(in, 0x24, true) == MAGIC;
	if (span_u32(in, 0x24, *big) != MAGIC ||
	    (*big && span_u32(in, 0x30, true) != MARK && span_u32(in, 0, true) != NOP))
		return fault_at(FAULT_UNKNOWN, 0x24, "zImage magic", span_u32(in, 0x24, false),
				MAGIC);
	start = span_u32(in, 0x28, *big);
	end = span_u32(in, 0x2c, *big);
	if (end <= start || end - start < 1024)
		return fault_at(FAULT_BROKEN, 0x2c, "zImage end", end, start);
	*length = end - start;
	return fine;
}

static struct fault probe(struct span in, struct found *f)
{
	uint64_t length;
	bool big;
	struct fault bad = read_header(in, &length, &big);

	if (bad.kind)
		return bad;
	f->len = length < in.n ? length : in.n;
	f->proof = PROOF_STRUCTURE;
	snprintf(f->label, sizeof(f->label), "ARM %s-endian", big ? "big" : "little");
	return fine;
}

static struct fault list(struct listing *l)
{
	uint64_t length;
	bool big;
	struct fault bad = read_header(l->in, &length, &big);

	if (bad.kind)
		return bad;
	l->kind = LISTING_REGIONS;
	listing_owned(l, HEADER, l->in.n - HEADER, (struct span){ 0 });
	if (length > l->in.n)
		listing_fault(l, fault_at(FAULT_SHORT, 0x2c, "zImage end", l->in.n, length));
	return fine;
}

const struct format format_zimage = {
	.name = "zimage",
	.says = "Linux kernel, ARM zImage",
	.domain = DOMAIN_BROADBAND,
	.spec = "torvalds/linux arch/arm/boot/compressed/head.S",
	.shape = SHAPE_CONTAINER,
	.magic = { { 0x24, 4, "\x18\x28\x6f\x01" }, { 0x24, 4, "\x01\x6f\x28\x18" } },
	.probe = probe,
	.list = list,
};
