/* tplink2.c - TP-Link's header of versions 2 and 3: 512 bytes, the version little-endian and all
 * else big-endian, with an MD5 over the image in which the field itself is replaced by a published
 * salt. */
#include <stdio.h>

#include "base/cursor.h"
#include "format/own.h"
#include "format/parts.h"

#define HEADER 512
#define MD5_AT 0x40

struct tplink2 {
	uint32_t length, kernel, kernel_length, root, root_length;
};

static struct fault read_header(struct span in, struct tplink2 *h)
{
	struct cursor c = { .in = in, .at = 0x70 };

	h->length = cursor_be32(&c);
	h->kernel = cursor_be32(&c);
	h->kernel_length = cursor_be32(&c);
	h->root = cursor_be32(&c);
	h->root_length = cursor_be32(&c);
	if (in.n < HEADER)
		return fault_at(FAULT_SHORT, 0, "header", in.n, HEADER);
	if (span_u32(in, 0x64, true) != UINT32_MAX || span_u32(in, 0x50, true) != 0 ||
	    span_u16(in, 0x8c, true) != 0x55aa || in.p[0x90] != 0xa5)
		return fault_at(FAULT_BROKEN, 0x8c, "marks of the header", span_u16(in, 0x8c, true),
				0x55aa);
	if (h->length < HEADER || h->kernel < HEADER || h->kernel >= h->length ||
	    h->kernel_length > h->length - h->kernel ||
	    (h->root_length && (h->root < h->kernel || h->root >= h->length)))
		return fault_at(FAULT_BROKEN, 0x70, "length", h->length, in.n);
	return fine;
}

static struct fault probe(struct span in, struct found *f)
{
	struct tplink2 h = { 0 };
	struct fault bad = read_header(in, &h);

	if (bad.kind)
		return bad;
	f->len = part_bound(h.length, in);
	f->proof = PROOF_STRUCTURE;
	snprintf(f->label, sizeof(f->label), "header v%u", in.p[0]);
	label_add(f->label, ", ", field_text(in, 4, 48));
	return fine;
}

/* Which of the two salts was used depends on whether a boot loader is inside. */
static bool md5_holds(struct span in)
{
	static const uint8_t salts[2][16] = {
		{ 0xdc, 0xd7, 0x3a, 0xa5, 0xc3, 0x95, 0x98, 0xfb, 0xdc, 0xf9, 0xe7, 0xf4, 0x0e,
		  0xae, 0x47, 0x37 },
		{ 0x8c, 0xef, 0x33, 0x5f, 0xd5, 0xc5, 0xce, 0xfa, 0xac, 0x9c, 0x28, 0xda, 0xb2,
		  0xe9, 0x0f, 0x42 },
	};

	return part_salted_md5(in, MD5_AT, salts);
}

/* Where the kernel reaches over the stated offset of the root file system, this stands behind it.
 * The length is that of the flash: an image for upgrading is shorter, and its MD5 covers what is
 * there. */
static struct fault list(struct listing *l)
{
	struct tplink2 h = { 0 };
	struct fault bad = read_header(l->in, &h);
	uint64_t end = l->in.n, root = end, kernel_end = (uint64_t)h.kernel + h.kernel_length;
	bool holds;

	if (bad.kind)
		return bad;
	l->kind = LISTING_REGIONS;
	if (h.root_length)
		root = h.root > kernel_end ? h.root : kernel_end;
	root = root < end ? root : end;
	if (h.kernel < root)
		listing_region(l, h.kernel, root - h.kernel, span_text("kernel"));
	part_rest(l, root, "rootfs");
	holds = md5_holds(l->in);
	if (!holds && h.length > end)
		listing_fault(l, fault_at(FAULT_SHORT, 0x70, "length", end, h.length));
	part_sum(l, MD5_AT, "MD5 of the image", holds, true);
	return fine;
}

/* Whether the kernel's length says no more than the regions do: it ends where the next part begins,
 * or before what that is padded with. */
static bool is_length_told(struct span in, const struct tplink2 *h)
{
	uint64_t end = (uint64_t)h->kernel + h->kernel_length;
	uint64_t next = h->root_length ? h->root : in.n;
	struct span pad = next > end ? span_sub(in, end, next - end) : (struct span){ 0 };

	if (next <= end || h->kernel_length == 0)
		return next == end;
	return pad.n && is_one_byte(pad) && (pad.p[0] == 0 || pad.p[0] == 0xff) &&
	       span_byte(in, end - 1) != pad.p[0];
}

/* An image for upgrading is shorter than the length it states. */
static void own(const struct listing *l, struct own_list *out)
{
	struct own_map m = { .out = out };
	struct tplink2 h = { 0 };
	struct span in = l->in;

	if (read_header(in, &h).kind)
		return;
	const uint64_t kernel_end = (uint64_t)h.kernel + h.kernel_length;
	const bool is_root = h.root_length && h.root >= kernel_end;
	const struct own_field fields[] = {
		{ 0, 4, OWN_DATA, "header version" },
		{ 4, 48, OWN_DATA, "firmware version" },
		{ 0x34, 12, OWN_DATA, "hardware" },
		{ MD5_AT, 16, own_if(md5_holds(in), OWN_CHECKSUM), "MD5" },
		{ 0x50, 4, OWN_STRUCTURE, "marks" },
		{ 0x54, 16, OWN_DATA, "second MD5" },
		{ 0x64, 4, OWN_STRUCTURE, "marks" },
		{ 0x68, 8, OWN_DATA, "load address and entry point" },
		{ 0x70, 4, own_if(h.length == in.n, OWN_STRUCTURE), "length" },
		{ 0x74, 4, OWN_STRUCTURE, "kernel offset" },
		{ 0x78, 4, own_if(is_length_told(in, &h), OWN_STRUCTURE), "kernel length" },
		{ 0x7c, 4, own_if(is_root, OWN_STRUCTURE), "root file system offset" },
		{ 0x80, 4,
		  own_if(is_root && (uint64_t)h.root + h.root_length == in.n, OWN_STRUCTURE),
		  "root file system length" },
		{ 0x84, 16, OWN_DATA, "boot loader, marks and version" },
	};

	own_header(out, 0, HEADER, fields, sizeof(fields) / sizeof(fields[0]));
	own_contents(&m, l);
	own_finish(&m, in.n, "unused");
}

const struct format format_tplink2 = {
	.name = "tplink2",
	.says = "TP-Link header versions 2 and 3",
	.domain = DOMAIN_BROADBAND,
	.spec = "openwrt/firmware-utils src/mktplinkfw2.c",
	.where = WHERE_ANCHORED,
	.shape = SHAPE_CONTAINER,
	.magic = { { 0, 4, "\x02\x00\x00\x00" }, { 0, 4, "\x03\x00\x00\x00" } },
	.probe = probe,
	.list = list,
	.own = own,
};
