/* cab.c - Microsoft cabinets. */
#include <archive.h>
#include <stdio.h>

#include "base/cursor.h"
#include "format/walk.h"

#define HEADER 36

static struct fault probe(struct span in, struct found *f)
{
	uint32_t size = span_u32(in, 8, false), files = span_u32(in, 16, false);
	uint16_t folders = span_u16(in, 26, false), count = span_u16(in, 28, false);

	if (in.n < HEADER || span_u16(in, 24, false) != 0x0103)
		return fault_at(FAULT_UNKNOWN, 24, "cabinet version", span_u16(in, 24, false),
				0x0103);
	if (size < HEADER || files < HEADER || files >= size || folders == 0 || count == 0)
		return fault_at(FAULT_BROKEN, 8, "cabinet size", size, in.n);
	f->len = size < in.n ? size : in.n;
	f->proof = PROOF_STRUCTURE;
	snprintf(f->label, sizeof(f->label), "%u files%s", count,
		 size > in.n ? ", ends early" : "");
	return fine;
}

static struct fault walk(const struct listing *l, struct walker *w)
{
	return walk_archive(l, w, archive_read_support_format_cab, 0);
}

const struct format format_cab = {
	.name = "cab",
	.says = "Microsoft cabinet",
	.domain = DOMAIN_IT,
	.spec = "[MS-CAB]",
	.shape = SHAPE_CONTAINER,
	.magic = { { 0, 8, "MSCF\x00\x00\x00\x00" } },
	.probe = probe,
	.walk = walk,
};
