/* tar.c - tar archives: ustar, GNU (long names, sparse files), pax (all records that matter
 * here). Sources: IEEE Std 1003.1-2024 pax; GNU tar manual, "Basic Tar Format" and "Storing Sparse
 * Files"; libarchive tar(5) for SCHILY and LIBARCHIVE records. */
#include <stdio.h>

#include "format/tar.h"

static struct fault probe(struct span in, struct found *f)
{
	struct tar_header h;
	struct fault bad = tar_header_read(in, 0, &h);

	if (bad.kind)
		return bad;
	if (!span_is(span_sub(in, 257, 5), "ustar"))
		return fault_at(FAULT_UNKNOWN, 257, "tar magic", 0, 0);
	f->len = tar_end(in);
	f->proof = PROOF_CHECKSUM;
	snprintf(f->label, sizeof(f->label), "%s",
		 span_byte(in, 263) != '0'        ? "gnu"
		 : h.type == 'x' || h.type == 'g' ? "pax"
						  : "ustar");
	return fine;
}

const struct format format_tar = {
	.name = "tar",
	.says = "tar archive: ustar, GNU, pax",
	.spec = "IEEE Std 1003.1-2024 pax; GNU tar manual",
	.shape = SHAPE_CONTAINER,
	.magic = { { 257, 6, "ustar\x00" }, { 257, 6, "ustar " } },
	.probe = probe,
	.list = tar_list,
	.load = tar_load,
	.own = tar_own,
	.stored = tar_stored,
};
