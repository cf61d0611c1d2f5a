/* reiserfs.c - ReiserFS 3.5 and 3.6 are identified and measured, not opened. Source: reiserfsprogs
 * include/reiserfs_fs.h, kernel fs/reiserfs/reiserfs.h. */
#include <stdio.h>

#include "base/cursor.h"
#include "format/unopened.h"

#define SUPER 65536u

static struct fault probe(struct span in, struct found *f)
{
	uint32_t blocks = span_u32(in, SUPER, false), free = span_u32(in, SUPER + 4, false);
	uint32_t root = span_u32(in, SUPER + 8, false), block = span_u16(in, SUPER + 44, false);
	bool is_old = span_starts(span_from(in, SUPER + 52), span_text("ReIsErFs"));

	if (in.n < SUPER + 204)
		return fault_at(FAULT_SHORT, SUPER, "superblock", in.n, SUPER + 204);
	if (block < 512 || block > 32768 || block & (block - 1))
		return fault_at(FAULT_BROKEN, SUPER + 44, "block size", block, 32768);
	if ((uint64_t)blocks * block <= SUPER || free >= blocks || root >= blocks)
		return fault_at(FAULT_BROKEN, SUPER, "blocks", blocks, free);
	f->len = part_bound((uint64_t)blocks * block, in);
	f->proof = PROOF_STRUCTURE;
	snprintf(f->label, sizeof(f->label), "version %s, %llu bytes", is_old ? "3.5" : "3.6",
		 (unsigned long long)blocks * block);
	if (!is_old && is_padded_text(in, SUPER + 100, 16))
		label_add(f->label, ", ", field_text(in, SUPER + 100, 16));
	return fine;
}

static struct fault list(struct listing *l)
{
	return unopened(l, SUPER);
}

const struct format format_reiserfs = {
	.name = "reiserfs",
	.says = "ReiserFS file system, versions 3.5 and 3.6",
	.domain = DOMAIN_IT,
	.spec = "kernel fs/reiserfs/reiserfs.h",
	.shape = SHAPE_CONTAINER,
	.identified_only = true,
	.magic = { { SUPER + 52, 8, "ReIsErFs" },
		   { SUPER + 52, 9, "ReIsEr2Fs" },
		   { SUPER + 52, 9, "ReIsEr3Fs" } },
	.probe = probe,
	.list = list,
};
