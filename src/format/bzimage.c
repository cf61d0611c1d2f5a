/* bzimage.c - x86 kernels: setup sectors, then protected-mode code that holds the packed kernel at
 * an offset which the header states from protocol 2.08 on. One that is signed for EFI ends in the
 * certificates which its PE header points to. */
#include <stdio.h>

#include "base/cursor.h"
#include "format/stream.h"

#define HEADER         0x268
#define MOST_SIGNATURE (1u << 20)

struct bzimage {
	uint64_t setup, code_end, payload, payload_length, length;
	uint16_t protocol;
	struct span version;
};

/* "6.1.0-18-amd64 (builder) #1 SMP ...": up to the blank. */
static struct span read_version(struct span in)
{
	uint64_t at = span_u16(in, 0x20e, false);
	struct span rest = span_head(span_from(in, at + 0x200), 64);
	size_t end = span_find(rest, 0, span_text(" "));

	if (at == 0 || end > rest.n || span_find(rest, 0, span_text(".")) > end)
		return (struct span){ 0 };
	return span_sub(rest, 0, end);
}

/* Bytes of the certificate table when it stands right behind the code (PE, data directory 4). */
static uint64_t signature_length(struct span in, uint64_t code_end)
{
	uint64_t pe = span_u32(in, 0x3c, false);
	bool wide = span_u16(in, pe + 24, false) == 0x20b;
	uint64_t directory = pe + 24 + (wide ? 144 : 128);
	uint64_t from = span_u32(in, directory, false), size = span_u32(in, directory + 4, false);

	if (span_u16(in, 0, true) != 0x4d5a || span_u32(in, pe, true) != 0x50450000)
		return 0;
	return from >= code_end && from - code_end < 4096 && size <= MOST_SIGNATURE && size > 8
		       ? from - code_end + size
		       : 0;
}

static struct fault read_header(struct span in, struct bzimage *b)
{
	int sectors = span_byte(in, 0x1f1);

	if (in.n < HEADER || span_u16(in, 0x1fe, true) != 0x55aa)
		return fault_at(FAULT_SHORT, 0x1fe, "boot sector mark", in.n, HEADER);
	b->protocol = span_u16(in, 0x206, false);
	b->setup = ((uint64_t)(sectors ? sectors : 4) + 1) * 512;
	b->code_end = b->setup + (b->protocol >= 0x0204 ? span_u32(in, 0x1f4, false)
							: span_u16(in, 0x1f4, false)) *
					 16ull;
	b->length = b->code_end + signature_length(in, b->code_end);
	b->version = read_version(in);
	if (b->protocol < 0x0200 || b->protocol > 0x0300 || b->code_end <= b->setup)
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
	if (b.version.n)
		label_bytes(f->label, b.version);
	else
		snprintf(f->label, sizeof(f->label), "boot protocol %u.%02u", b.protocol >> 8,
			 b.protocol & 255);
	return fine;
}

static struct fault list(struct listing *l)
{
	struct bzimage b = { 0 };
	struct fault bad = read_header(l->in, &b);
	uint64_t end;

	if (bad.kind)
		return bad;
	l->kind = LISTING_REGIONS;
	if (b.length > l->in.n)
		listing_fault(l, fault_at(FAULT_SHORT, 0x1f4, "kernel size", l->in.n, b.length));
	end = b.code_end < l->in.n ? b.code_end : l->in.n;
	listing_owned(l, 0x200, (b.setup < end ? b.setup : end) - 0x200, span_text("setup"));
	if (b.payload > b.setup && b.payload < end && b.payload_length <= end - b.payload) {
		listing_owned(l, b.setup, b.payload - b.setup, span_text("decompressor"));
		listing_owned(l, b.payload, b.payload_length, span_text("payload"));
		b.setup = b.payload + b.payload_length;
	}
	if (b.setup < end)
		listing_owned(l, b.setup, end - b.setup, span_text("decompressor"));
	if (end < l->in.n)
		listing_owned(l, end, l->in.n - end, span_text("signature"));
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
