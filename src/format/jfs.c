/* jfs.c - JFS is identified and measured, not opened. Source: kernel fs/jfs/jfs_superblock.h. */
#include <stdio.h>

#include "base/cursor.h"
#include "format/unopened.h"

#define SUPER        0x8000u
#define LARGEST_DISK (1ull << 60)

/* Behind an area of so many blocks: a length of 24 bits, then a place of 40. */
static uint64_t area_end(struct span in, uint64_t at, uint32_t block)
{
	uint32_t low = span_u32(in, at, false);
	uint64_t place = (uint64_t)(low >> 24) << 32 | span_u32(in, at + 4, false);

	return (place + (low & 0xffffff)) * block;
}

/* The file system itself, then the areas of its checker and of its log. */
static struct fault probe(struct span in, struct found *f)
{
	uint32_t version = span_u32(in, SUPER + 4, false), block = span_u32(in, SUPER + 16, false);
	uint32_t sector = span_u32(in, SUPER + 24, false);
	uint64_t sectors = span_u64(in, SUPER + 8, false), length;
	uint16_t block_bits = span_u16(in, SUPER + 20, false);

	if (in.n < SUPER + 184 || version < 1 || version > 2)
		return fault_at(FAULT_UNKNOWN, SUPER + 4, "version", version, 2);
	if (block < 512 || block > 4096 || block_bits > 12 || block != 1u << block_bits ||
	    sector < 512 || sector > block || sector & (sector - 1))
		return fault_at(FAULT_BROKEN, SUPER + 16, "block size", block, 4096);
	if (sectors == 0 || sectors > LARGEST_DISK / sector || sectors * sector <= SUPER)
		return fault_at(FAULT_BROKEN, SUPER + 8, "sectors", sectors, LARGEST_DISK / sector);
	length = sectors * sector;
	for (uint64_t at = 72; at <= 80; at += 8)
		if (area_end(in, SUPER + at, block) > length)
			length = area_end(in, SUPER + at, block);
	f->len = part_bound(length, in);
	f->proof = PROOF_STRUCTURE;
	snprintf(f->label, sizeof(f->label), "version %u, %llu bytes", version,
		 (unsigned long long)length);
	if (is_padded_text(in, SUPER + 152, 16))
		label_add(f->label, ", ", field_text(in, SUPER + 152, 16));
	return fine;
}

static struct fault list(struct listing *l)
{
	return unopened(l, SUPER);
}

const struct format format_jfs = {
	.name = "jfs",
	.says = "JFS file system",
	.domain = DOMAIN_IT,
	.spec = "kernel fs/jfs/jfs_superblock.h",
	.shape = SHAPE_CONTAINER,
	.identified_only = true,
	.magic = { { SUPER, 4, "JFS1" } },
	.probe = probe,
	.list = list,
};
