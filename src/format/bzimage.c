/* bzimage.c - x86 kernels: setup sectors, then protected-mode code that holds the packed kernel at
 * an offset which the header states from protocol 2.08 on. */
#include <stdio.h>

#include "base/cursor.h"
#include "format/format.h"

#define HEADER 0x268

struct bzimage {
	uint64_t setup, length, payload, payload_length;
	uint16_t protocol;
	struct span version;
};

static struct fault read_header(struct span in, struct bzimage *b)
{
	int sectors = span_byte(in, 0x1f1);
	uint64_t text = (uint64_t)span_u16(in, 0x20e, false) + 0x200;
	struct span rest = span_head(span_from(in, text), 200);
	size_t end = span_find(rest, 0, span_text(" "));

	if (in.n < HEADER || span_u16(in, 0x1fe, true) != 0x55aa)
		return fault_at(FAULT_SHORT, 0x1fe, "boot sector mark", in.n, HEADER);
	b->protocol = span_u16(in, 0x206, false);
	b->setup = ((uint64_t)(sectors ? sectors : 4) + 1) * 512;
	b->length = b->setup + (uint64_t)span_u32(in, 0x1f4, false) * 16;
	b->version = end < rest.n ? span_sub(rest, 0, end) : (struct span){ 0 };
	if (b->protocol < 0x0200 || b->protocol > 0x0300 || b->length <= b->setup)
		return fault_at(FAULT_UNKNOWN, 0x206, "boot protocol", b->protocol, 0x0300);
	if (b->protocol >= 0x0208) {
		b->payload = b->setup + span_u32(in, 0x248, false);
		b->payload_length = span_u32(in, 0x24c, false);
	}
	return fine;
}

static struct fault probe(struct span in, struct found *f)
{
	struct bzimage b = { 0 };
	struct fault bad = read_header(in, &b);

	if (bad.kind)
		return bad;
	f->len = b.length < in.n ? b.length : in.n;
	f->proof = PROOF_STRUCTURE;
	snprintf(f->label, sizeof(f->label), "x86 boot protocol %u.%02u", b.protocol >> 8,
		 b.protocol & 255);
	return fine;
}

static struct fault list(struct listing *l)
{
	struct bzimage b = { 0 };
	struct fault bad = read_header(l->in, &b);
	uint64_t end = l->in.n;

	if (bad.kind)
		return bad;
	l->kind = LISTING_REGIONS;
	if (b.length > end)
		listing_fault(l, fault_at(FAULT_SHORT, 0x1f4, "kernel size", end, b.length));
	listing_owned(l, 0x200, (b.setup < end ? b.setup : end) - 0x200, span_text("setup"));
	if (b.payload > b.setup && b.payload < end && b.payload_length <= end - b.payload) {
		listing_owned(l, b.setup, b.payload - b.setup, span_text("decompressor"));
		listing_owned(l, b.payload, b.payload_length, span_text("payload"));
		b.setup = b.payload + b.payload_length;
	}
	if (b.setup < end)
		listing_owned(l, b.setup, end - b.setup, span_text("decompressor"));
	return fine;
}

const struct format format_bzimage = {
	.name = "bzimage",
	.says = "Linux kernel, x86 bzImage",
	.domain = DOMAIN_IT,
	.spec = "torvalds/linux Documentation/arch/x86/boot.rst",
	.shape = SHAPE_CONTAINER,
	.magic = { { 0x202, 4, "HdrS" } },
	.probe = probe,
	.list = list,
};
