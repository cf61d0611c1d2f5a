/* fwtool.c - what OpenWrt's build appends to an image: metadata (eight bytes and JSON) and
 * signatures, each followed by 16 bytes: "FWx0", a CRC-32 of everything before it in the file, kind
 * and length of both. A reader goes from the end backwards; here the metadata's start is known by
 * its text, and the length at its end must lead back to it. The CRC covers bytes before this
 * object: it is not checked here. The mark of the end of a root file system, which the same build
 * writes, is a format of its own. */
#include "base/cursor.h"
#include "format/parts.h"

#define HEADER  8
#define TRAILER 16
#define MOST    (32u << 10) /* of JSON; the tool allows 30 KiB */

/* The trailer of the object that begins at `from`; SIZE_MAX if none leads back to it. */
static size_t find_trailer(struct span in, uint64_t from)
{
	struct span near = span_head(in, from + MOST);
	size_t at = (size_t)from;

	while ((at = span_find(near, at, span_text("FWx0"))) != SIZE_MAX) {
		uint32_t size = span_u32(in, (uint64_t)at + 12, true);

		if (at - from + TRAILER == size && in.n - at >= TRAILER && in.p[at + 8] <= 1)
			return at;
		at++;
	}
	return SIZE_MAX;
}

static struct fault probe(struct span in, struct found *f)
{
	size_t at = find_trailer(in, 0), next;

	if (at == SIZE_MAX || in.p[at + 8] != 1)
		return fault_at(FAULT_BROKEN, 0, "trailer", 0, 0);
	f->len = at + TRAILER;
	next = find_trailer(span_head(in, f->len + MOST / 2), f->len);
	if (next != SIZE_MAX)
		f->len = next + TRAILER;
	f->proof = PROOF_STRUCTURE;
	label_add(f->label, next == SIZE_MAX ? "metadata" : "metadata and signature",
		  (struct span){ 0 });
	return fine;
}

static struct fault list(struct listing *l)
{
	size_t at = find_trailer(l->in, 0), next;

	l->kind = LISTING_REGIONS;
	part_list(l, HEADER, HEADER, at - HEADER, "metadata");
	part_owned(l, at, TRAILER, "trailer");
	next = find_trailer(l->in, at + TRAILER);
	if (next == SIZE_MAX)
		return fine;
	part_list(l, at + TRAILER, at + TRAILER, next - at - TRAILER, "signature");
	part_owned(l, next, TRAILER, "trailer");
	return fine;
}

/* Only where nothing but the mark, filled flash or metadata follows. */
static struct fault probe_mark(struct span in, struct found *f)
{
	int next = span_byte(in, 4);

	if (span_u32(in, 0, true) != 0xdeadc0de)
		return fault_at(FAULT_BROKEN, 0, "mark", 0, 0);
	if (next > 0 && next != 0xff && next != 0xde)
		return fault_at(FAULT_BROKEN, 4, "filler", (uint64_t)next, 0xff);
	f->len = 4;
	f->proof = PROOF_STRUCTURE;
	return fine;
}

const struct format format_fwtool = {
	.name = "fwtool",
	.says = "OpenWrt metadata and signature behind an image",
	.domain = DOMAIN_BROADBAND,
	.spec = "openwrt/fwtool fwimage.h",
	.shape = SHAPE_CONTAINER,
	.magic = { { 0, 21, "\0\0\0\0\0\0\0\0{  \"metadata_" } },
	.probe = probe,
	.list = list,
};

const struct format format_endmark = {
	.name = "end-mark",
	.says = "OpenWrt end mark of a root file system (DEADC0DE)",
	.domain = DOMAIN_BROADBAND,
	.spec = "openwrt/openwrt target/linux/generic, mtdsplit; firmware-utils "
		"src/fix-u-media-header.c",
	.where = WHERE_ANCHORED,
	.shape = SHAPE_LEAF,
	.magic = { { 0, 4, "\xde\xad\xc0\xde" } },
	.probe = probe_mark,
};
