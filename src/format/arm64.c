/* arm64.c - arm64 (and RISC-V) kernel images, not packed: a header of 64 bytes. */
#include <stdio.h>

#include "base/cursor.h"
#include "format/format.h"
#include "format/kernel.h"

#define HEADER 64

static struct fault probe(struct span in, struct found *f)
{
	uint64_t size = span_u64(in, 16, false), flags = span_u64(in, 24, false);
	bool riscv = span_u32(in, 0x38, true) == 0x52534305;

	/* Programs for EFI have the second of the two magics at other places. */
	if (riscv && !span_is(span_sub(in, 0x30, 5), "RISCV"))
		return fault_at(FAULT_BROKEN, 0x30, "first magic", span_u32(in, 0x30, true),
				0x52495343);
	if (in.n < (64u << 10) || size == 0 || size > (1ull << 31) || (!riscv && flags >> 4))
		return fault_at(FAULT_BROKEN, 16, "image size", size, 1ull << 31);
	/* The stated size counts memory that is cleared at start, so the file may be shorter. */
	f->len = size < in.n ? size : in.n;
	f->proof = PROOF_STRUCTURE;
	snprintf(f->label, sizeof(f->label), "%s", riscv ? "RISC-V" : "arm64");
	return fine;
}

static struct fault list(struct listing *l)
{
	l->kind = LISTING_REGIONS;
	kernel_label(l->in, l->label);
	listing_owned(l, HEADER, l->in.n - HEADER, (struct span){ 0 });
	return fine;
}

const struct format format_arm64 = {
	.name = "arm64-image",
	.says = "Linux kernel, arm64 or RISC-V Image",
	.domain = DOMAIN_GENERIC,
	.spec = "torvalds/linux Documentation/arch/arm64/booting.rst, "
		"arch/riscv/boot-image-header.rst",
	.shape = SHAPE_CONTAINER,
	.magic = { { 0x38, 4, "ARMd" }, { 0x38, 4, "RSC\x05" } },
	.probe = probe,
	.list = list,
};
