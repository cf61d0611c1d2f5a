/* iso9660.c - ISO 9660 with Rock Ridge and Joliet; numbers stand in both byte orders, which must
 * agree. */
#include <archive.h>
#include <stdio.h>

#include "base/cursor.h"
#include "format/walk.h"

#define DESCRIPTOR 0x8000

static struct fault probe(struct span in, struct found *f)
{
	struct span d = span_sub(in, DESCRIPTOR, 2048);
	uint32_t blocks = span_u32(d, 80, false);
	uint16_t size = span_u16(d, 128, false);
	uint64_t length = (uint64_t)blocks * size;

	if (d.n == 0)
		return fault_at(FAULT_SHORT, DESCRIPTOR, "volume descriptor", in.n,
				DESCRIPTOR + 2048);
	if (blocks != span_u32(d, 84, true) || size != span_u16(d, 130, true) ||
	    (size != 2048 && size != 1024 && size != 512))
		return fault_at(FAULT_BROKEN, DESCRIPTOR + 80, "volume size", blocks,
				span_u32(d, 84, true));
	if (length <= DESCRIPTOR || span_u32(d, 158, false) >= blocks)
		return fault_at(FAULT_BROKEN, DESCRIPTOR + 158, "root directory",
				span_u32(d, 158, false), blocks);
	f->len = length < in.n ? length : in.n;
	f->proof = PROOF_STRUCTURE;
	snprintf(f->label, sizeof(f->label), "%s", length > in.n ? "ends early" : "");
	return fine;
}

static struct fault walk(const struct listing *l, struct walker *w)
{
	return walk_archive(l, w, archive_read_support_format_iso9660, 0);
}

const struct format format_iso9660 = {
	.name = "iso9660",
	.says = "ISO 9660 image, Rock Ridge, Joliet",
	.domain = DOMAIN_IT,
	.spec = "ECMA-119; IEEE P1282",
	.shape = SHAPE_CONTAINER,
	.magic = { { 0x8000, 8,
		     "\x01"
		     "CD001\x01\x00" } },
	.probe = probe,
	.walk = walk,
};
