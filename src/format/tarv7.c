/* tarv7.c - tar without a magic: believed only where something begins, with a checksum that agrees
 * and a name and mode that make sense. */
#include <stdio.h>

#include "format/tar.h"

static struct fault probe(struct span in, struct found *f)
{
	struct tar_header h;
	struct fault bad = tar_header_read(in, 0, &h);

	if (bad.kind)
		return bad;
	if (!tar_looks_like_v7(in))
		return fault_at(FAULT_UNKNOWN, 0, "v7 header", 0, 0);
	f->len = tar_end(in);
	f->proof = PROOF_CHECKSUM;
	snprintf(f->label, sizeof(f->label), "v7");
	return fine;
}

const struct format format_tarv7 = {
	.name = "tar-v7",
	.says = "tar archive without magic (UNIX v7)",
	.spec = "libarchive tar(5), Old-Style Archive Format",
	.where = WHERE_ANCHORED,
	.shape = SHAPE_CONTAINER,
	.probe = probe,
	.list = tar_list,
	.load = tar_load,
	.own = tar_own,
	.stored = tar_stored,
};
