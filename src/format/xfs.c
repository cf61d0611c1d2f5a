/* xfs.c - XFS, known by its superblock; not opened. Source: "XFS Algorithms & Data Structures",
 * chapter Superblocks. */
#include <stdio.h>

#include "base/cursor.h"
#include "base/hash.h"
#include "format/stream.h"
#include "format/unopened.h"

#define MAGIC       "XFSB"
#define SUPER_SIZE  264
#define MOST_SECTOR 32768
#define CRC         224

struct xfs {
	uint32_t block, group_blocks, groups, version, sector, inode;
	uint64_t blocks;
	struct span name;
};

static struct fault read_super(struct span in, struct xfs *x)
{
	struct cursor c = { .in = in, .at = 4 };
	uint8_t block_log;

	x->block = cursor_be32(&c);
	x->blocks = cursor_be64(&c);
	c.at = 84;
	x->group_blocks = cursor_be32(&c);
	x->groups = cursor_be32(&c);
	cursor_skip(&c, 8);
	x->version = cursor_be16(&c) & 15;
	x->sector = cursor_be16(&c);
	x->inode = cursor_be16(&c);
	cursor_skip(&c, 2);
	x->name = cursor_span(&c, 12);
	block_log = cursor_u8(&c);
	if (in.n < SUPER_SIZE || !span_starts(in, span_text(MAGIC)))
		return fault_at(FAULT_UNKNOWN, 0, "XFS magic", in.n, SUPER_SIZE);
	if (x->version < 1 || x->version > 5)
		return fault_at(FAULT_UNKNOWN, 100, "version", x->version, 5);
	if (block_log < 9 || block_log > 16 || x->block != 1u << block_log)
		return fault_at(FAULT_BROKEN, 4, "block size", x->block, 65536);
	if (x->sector < 512 || x->sector > MOST_SECTOR || x->sector & (x->sector - 1) ||
	    x->inode < 256 || x->inode > 2048)
		return fault_at(FAULT_BROKEN, 102, "sector size", x->sector, MOST_SECTOR);
	/* All groups are full but the last. */
	if (x->groups == 0 || x->blocks >> 44 ||
	    x->blocks > (uint64_t)x->groups * x->group_blocks ||
	    x->blocks <= (x->groups - 1ull) * x->group_blocks)
		return fault_at(FAULT_BROKEN, 8, "blocks", x->blocks, x->group_blocks);
	return fine;
}

/* Of the sector, its own field as zeros. */
static bool crc_holds(struct span in, const struct xfs *x)
{
	static const uint8_t zero[4];
	struct span sector = span_sub(in, 0, x->sector);
	uint32_t crc = crc32c_update(~0u, span_head(sector, CRC));

	crc = crc32c_update(crc, (struct span){ zero, sizeof(zero) });
	crc = ~crc32c_update(crc, span_from(sector, CRC + 4));
	return sector.n && crc == span_u32(sector, CRC, false);
}

static struct fault probe(struct span in, struct found *f)
{
	struct xfs x = { 0 };
	struct fault bad = read_super(in, &x);
	unsigned long long size;
	char name[64];

	if (bad.kind)
		return bad;
	if (x.version == 5 && !crc_holds(in, &x))
		return fault_at(FAULT_BROKEN, CRC, "superblock CRC-32C", 0, 0);
	size = x.blocks * x.block;
	f->len = part_bound(size, in);
	f->proof = x.version == 5 ? PROOF_CHECKSUM : PROOF_STRUCTURE;
	label_bytes(name, span_head(x.name, strnlen((const char *)x.name.p, x.name.n)));
	snprintf(f->label, sizeof(f->label), "version %u, %llu bytes%s%.12s", x.version, size,
		 name[0] ? ", " : "", name);
	return fine;
}

static struct fault list(struct listing *l)
{
	return unopened(l, 0);
}

const struct format format_xfs = {
	.name = "xfs",
	.says = "XFS file system",
	.domain = DOMAIN_IT,
	.spec = "XFS Algorithms & Data Structures, Superblocks",
	.shape = SHAPE_CONTAINER,
	.identified_only = true,
	.magic = { { 0, 4, MAGIC } },
	.probe = probe,
	.list = list,
};
