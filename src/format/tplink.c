/* tplink.c - TP-Link's header of version 1: 512 bytes, big-endian, with an MD5 over the whole image
 * in which the field itself is replaced by a published salt. Images for upgrading are shorter than
 * the flash size which the header states, and OpenWrt appends to them after the MD5 was made; its
 * builds bear its own name in the vendor field. */
#include <stdio.h>

#include "base/cursor.h"
#include "format/own.h"
#include "format/parts.h"

#define HEADER 512
#define MD5_AT 76

struct tplink {
	uint32_t length, kernel, kernel_length, root, root_length, boot, boot_length;
};

static struct fault read_header(struct span in, struct tplink *h)
{
	struct cursor c = { .in = in, .at = 124 };

	h->length = cursor_be32(&c);
	h->kernel = cursor_be32(&c);
	h->kernel_length = cursor_be32(&c);
	h->root = cursor_be32(&c);
	h->root_length = cursor_be32(&c);
	h->boot = cursor_be32(&c);
	h->boot_length = cursor_be32(&c);
	if (in.n < HEADER || span_u32(in, 0, true) != 0x01000000)
		return fault_at(FAULT_SHORT, 0, "header", in.n, HEADER);
	if (h->length < HEADER || h->kernel < HEADER || h->kernel >= h->length)
		return fault_at(FAULT_BROKEN, 124, "length", h->length, in.n);
	if (h->kernel_length > h->length - h->kernel ||
	    (h->root_length &&
	     (h->root <= h->kernel || h->root > h->length || h->root_length > h->length - h->root)))
		return fault_at(FAULT_BROKEN, 132, "kernel and root file system", h->kernel_length,
				h->length);
	return fine;
}

static struct fault probe(struct span in, struct found *f)
{
	struct tplink h = { 0 };
	struct fault bad = read_header(in, &h);

	if (bad.kind)
		return bad;
	f->len = h.length < in.n ? h.length : in.n;
	f->proof = PROOF_STRUCTURE;
	snprintf(f->label, sizeof(f->label), "header v1");
	return fine;
}

/* Which of the two salts was used depends on whether a boot loader is inside. */
static bool md5_holds(struct span in)
{
	static const uint8_t salts[2][16] = {
		{ 0xdc, 0xd7, 0x3a, 0xa5, 0xc3, 0x95, 0x98, 0xfb, 0xdd, 0xf9, 0xe7, 0xf4, 0x0e,
		  0xae, 0x47, 0x38 },
		{ 0x8c, 0xef, 0x33, 0x5b, 0xd5, 0xc5, 0xce, 0xfa, 0xa7, 0x9c, 0x28, 0xda, 0xb2,
		  0xe9, 0x0f, 0x42 },
	};

	return part_salted_md5(in, MD5_AT, salts);
}

/* OpenWrt's mark of the end of a root file system, behind which its builder appends what the MD5
 * does not cover. */
static struct span before_end_mark(struct span in)
{
	static const uint8_t mark[] = { 0xde, 0xad, 0xc0, 0xde };

	for (int i = 0; i < 2; i++) {
		uint64_t block = 0x10000u >> (4 * i);
		uint64_t at = in.n / block * block;

		if (span_starts(span_from(in, at), (struct span){ mark, sizeof(mark) }))
			return span_sub(in, 0, at + sizeof(mark));
	}
	return in;
}

/* Where the kernel reaches over the stated offset of the root file system, this stands right behind
 * the kernel: OpenWrt leaves the offset of the flash layout in the field. */
static uint64_t root_begins(const struct tplink *h)
{
	uint64_t kernel_end = (uint64_t)h->kernel + h->kernel_length;

	if (h->root_length == 0)
		return h->length;
	return h->root >= kernel_end ? h->root : kernel_end;
}

static struct fault list(struct listing *l)
{
	struct tplink h = { 0 };
	struct fault bad = read_header(l->in, &h);
	struct span in = l->in;
	uint64_t end;
	bool holds;

	if (bad.kind)
		return bad;
	l->kind = LISTING_REGIONS;
	end = root_begins(&h) < in.n ? root_begins(&h) : in.n;
	if (h.kernel < in.n)
		listing_region(l, h.kernel, end - h.kernel, span_text("kernel"));
	if (end < in.n)
		listing_region(l, end, in.n - end, span_text("rootfs"));
	holds = md5_holds(in) || md5_holds(before_end_mark(in));
	if (!holds && h.length > in.n)
		listing_fault(l, fault_at(FAULT_SHORT, 124, "length", in.n, h.length));
	else if (!holds)
		listing_fault(l, fault_at(FAULT_BROKEN, MD5_AT, "MD5 of the image", 0, 0));
	return fine;
}

static void own(const struct listing *l, struct own_list *out)
{
	struct own_map m = { .out = out };
	struct tplink h = { 0 };
	struct span in = l->in;

	if (read_header(in, &h).kind)
		return;
	const uint64_t kernel_end = (uint64_t)h.kernel + h.kernel_length;
	const bool is_tight = root_begins(&h) == kernel_end;
	const bool is_root = h.root == root_begins(&h);
	const struct own_field fields[] = {
		{ 0, 4, OWN_STRUCTURE, "header version" },
		{ 4, 24, OWN_DATA, "vendor" },
		{ 28, 36, OWN_DATA, "firmware version" },
		{ 64, 12, OWN_DATA, "hardware and region" },
		{ MD5_AT, 16, own_if(md5_holds(in) || md5_holds(before_end_mark(in)), OWN_CHECKSUM),
		  "MD5" },
		{ 96, 16, OWN_DATA, "second MD5" },
		{ 116, 8, OWN_DATA, "load address and entry point" },
		{ 124, 4, own_if(h.length == in.n, OWN_STRUCTURE), "length" },
		{ 128, 4, OWN_STRUCTURE, "kernel offset" },
		{ 132, 4, own_if(is_tight, OWN_STRUCTURE), "kernel length" },
		{ 136, 4, own_if(is_root, OWN_STRUCTURE), "root file system offset" },
		{ 140, 4,
		  own_if(is_root && (uint64_t)h.root + h.root_length == in.n, OWN_STRUCTURE),
		  "root file system length" },
		{ 144, 14, OWN_DATA, "boot loader and version" },
		{ 288, 64, OWN_DATA, "region" },
	};

	own_header(out, 0, HEADER, fields, sizeof(fields) / sizeof(fields[0]));
	own_contents(&m, l);
	own_finish(&m, in.n, "unused");
}

const struct format format_tplink = {
	.name = "tplink",
	.says = "TP-Link header version 1",
	.domain = DOMAIN_BROADBAND,
	.spec = "openwrt/firmware-utils src/mktplinkfw.c",
	.shape = SHAPE_CONTAINER,
	.magic = { { 0, 14, "\x01\x00\x00\x00TP-LINK Te" },
		   { 0, 12, "\x01\x00\x00\x00OpenWrt" },
		   { 0, 9, "\x01\x00\x00\x00LEDE" } },
	.probe = probe,
	.list = list,
	.own = own,
};
