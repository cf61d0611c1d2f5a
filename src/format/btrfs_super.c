/* btrfs_super.c - the superblock and its copies. */
#include "format/btrfs.h"

#define MAGIC     "_BHRfS_M"
#define NAME      299
#define NAME_SIZE 256

/* Each says where it stands. */
static const uint64_t places[] = { BTRFS_SUPER, 64ull << 20, 256ull << 30 };

static struct fault check(struct btrfs *fs)
{
	struct span s = fs->super;
	uint64_t at = fs->super_at, own = span_u64(s, 48, false);

	if (!span_is(span_sub(s, 64, 8), MAGIC))
		return fault_at(FAULT_UNKNOWN, at + 64, "btrfs magic", fs->in.n,
				at + BTRFS_SUPER_SIZE);
	if (own != at)
		return fault_at(FAULT_UNKNOWN, at + 48, "copy of a superblock", own, at);
	if (fs->sector < 4096 || fs->sector > 65536 || fs->sector & (fs->sector - 1) ||
	    fs->node_size < fs->sector || fs->node_size > 65536 ||
	    fs->node_size & (fs->node_size - 1))
		return fault_at(FAULT_BROKEN, at + 144, "sector and node size", fs->sector,
				fs->node_size);
	if (fs->size < BTRFS_SUPER + BTRFS_SUPER_SIZE || fs->size >> 62 ||
	    span_u64(s, 136, false) == 0)
		return fault_at(FAULT_BROKEN, at + 209, "device size", fs->size,
				span_u64(s, 136, false));
	if (fs->root.level >= BTRFS_LEVELS || fs->chunk_root.level >= BTRFS_LEVELS)
		return fault_at(FAULT_BROKEN, at + 198, "level of a tree", fs->root.level,
				BTRFS_LEVELS);
	if (!btrfs_sum_holds(fs->sum, s))
		return fault_at(FAULT_BROKEN, at, "superblock checksum", fs->sum, 0);
	return fine;
}

static struct fault read_super(struct span in, uint64_t at, struct btrfs *fs)
{
	struct span s = span_sub(in, at, BTRFS_SUPER_SIZE);

	*fs = (struct btrfs){ .in = in, .super = s, .super_at = at };
	fs->root = (struct btrfs_tree){ span_u64(s, 80, false), (uint8_t)span_byte(s, 198) };
	fs->chunk_root = (struct btrfs_tree){ span_u64(s, 88, false), (uint8_t)span_byte(s, 199) };
	fs->log = span_u64(s, 96, false);
	fs->sector = span_u32(s, 144, false);
	fs->node_size = span_u32(s, 148, false);
	fs->incompat = span_u64(s, 188, false);
	fs->sum = span_u16(s, 196, false);
	fs->device = span_u64(s, 201, false);
	fs->size = span_u64(s, 209, false);
	fs->name = span_sub(s, NAME, NAME_SIZE);
	return check(fs);
}

struct fault btrfs_super(struct span in, struct btrfs *fs)
{
	struct fault first = read_super(in, places[0], fs);

	if (first.kind == FAULT_NONE)
		return fine;
	for (size_t i = 1; i < sizeof(places) / sizeof(places[0]); i++)
		if (read_super(in, places[i], fs).kind == FAULT_NONE)
			return fine;
	return first;
}
