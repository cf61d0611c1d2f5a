/* avmfake.c - 256 bytes that begin as a big-endian SquashFS would, in front of an ext2: AVM's
 * update for boxes with NAND flash asks for that mark. All else of them is mostly zero. A real
 * SquashFS has neither zeros behind its mark nor the superblock of an ext at 1280. */
#include "base/cursor.h"
#include "format/ext.h"
#include "format/parts.h"

#define HEAD 256

/* How long the ext is by its superblock; 0 where there is none. */
static uint64_t ext_length(struct span in)
{
	struct ext fs;

	if (ext_super(span_from(in, HEAD), &fs).kind)
		return 0;
	return fs.blocks * fs.block_size;
}

static struct fault probe(struct span in, struct found *f)
{
	uint64_t length = ext_length(in);

	if (in.n <= HEAD)
		return fault_at(FAULT_SHORT, 0, "head", in.n, HEAD);
	if (length == 0 && !is_filled(in, 4, HEAD - 4, 0))
		return fault_at(FAULT_UNKNOWN, 4, "zeros, or ext behind them", 0, 0);
	f->len = length ? part_bound(HEAD + length, in) : in.n;
	f->proof = length ? PROOF_STRUCTURE : PROOF_PLAUSIBLE;
	label_add(f->label, length ? "before ext" : "", (struct span){ 0 });
	return fine;
}

static struct fault list(struct listing *l)
{
	uint64_t length = ext_length(l->in);

	l->kind = LISTING_REGIONS;
	if (length)
		part_list(l, HEAD + 1024 + 4, HEAD, length, "filesystem");
	else
		part_rest(l, HEAD, "filesystem");
	return fine;
}

const struct format format_avmfake = {
	.name = "avm-sqfs-fake",
	.says = "head of a SquashFS before an ext2 (AVM)",
	.domain = DOMAIN_BROADBAND,
	.spec = "fkie-cad/fact_extractor avm_sqfs_fake.py; firmware-magic-database squashfs_custom",
	.where = WHERE_ANCHORED,
	.shape = SHAPE_CONTAINER,
	.magic = { { 0, 4, "sqsh" } },
	.probe = probe,
	.list = list,
};
