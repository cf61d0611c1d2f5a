/* xfs_inode.c - inodes of versions 1 to 3. */
#include "format/xfs.h"

#define HEAD         100 /* of versions 1 and 2 */
#define HEAD_3       176
#define CRC          100
#define ON_REALTIME  1
#define HAS_BIG_TIME 0x8
#define HAS_COUNTERS 0x10
#define EPOCH        (1ll << 31) /* seconds from the first of big times to 1970 */
#define SECOND       1000000000u

/* A big time counts nanoseconds from the first second that 32 bits can tell. */
static void read_time(struct span raw, bool is_big, struct xfs_inode *i)
{
	uint64_t big = span_u64(raw, 40, true);
	uint32_t ns = span_u32(raw, 44, true);

	if (is_big) {
		i->mtime = (int64_t)(big / SECOND) - EPOCH;
		i->mtime_ns = (uint32_t)(big % SECOND);
	} else {
		i->mtime = (int32_t)span_u32(raw, 40, true);
		i->mtime_ns = ns < SECOND ? ns : 0;
	}
}

static struct fault read_forks(struct span raw, bool has_counters, struct xfs_inode *i)
{
	uint32_t head = span_byte(raw, 4) == 3 ? HEAD_3 : HEAD;
	uint32_t offset = (uint32_t)span_byte(raw, 82) * 8;
	struct span forks = span_from(raw, head);

	i->data.bytes = offset ? span_sub(forks, 0, offset) : forks;
	i->data.format = (uint8_t)span_byte(raw, 5);
	i->data.extents = has_counters ? span_u64(raw, 24, true) : span_u32(raw, 76, true);
	i->attributes.format = (uint8_t)span_byte(raw, 83);
	i->attributes.extents = has_counters ? span_u32(raw, 76, true) : span_u16(raw, 80, true);
	i->data.owner = i->attributes.owner = i->number;
	if (offset >= forks.n)
		return fault_at(FAULT_BROKEN, i->at + 82, "place of the attributes", offset,
				forks.n);
	i->has_attributes = offset != 0;
	i->attributes.bytes = offset ? span_from(forks, offset) : (struct span){ 0 };
	return fine;
}

/* Of version 3: it tells its own number and has a checksum. */
static struct fault check(struct span raw, const struct xfs_inode *i)
{
	if (!xfs_sum_holds(raw, CRC))
		return fault_at(FAULT_BROKEN, i->at + CRC, "inode CRC-32C", 0, 0);
	if (span_u64(raw, 152, true) != i->number)
		return fault_at(FAULT_BROKEN, i->at + 152, "inode's own number",
				span_u64(raw, 152, true), i->number);
	return fine;
}

static struct fault locate(const struct xfs *fs, uint64_t number, uint64_t *at)
{
	struct span block = xfs_blocks(fs, number >> fs->inode_bits, 1);
	uint64_t in_block = number & ((1u << fs->inode_bits) - 1);

	if (block.n == 0 && number >> fs->inode_bits >> fs->group_bits >= fs->groups)
		return fault_at(FAULT_BROKEN, 0, "inode number", number, 0);
	*at = block.n ? span_place(fs->in, block) + in_block * fs->inode_size : fs->in.n;
	if (block.n < (in_block + 1) * fs->inode_size)
		return fault_at(FAULT_SHORT, *at, "inode", number, 0);
	return fine;
}

struct fault xfs_inode_read(const struct xfs *fs, uint64_t number, struct xfs_inode *i)
{
	struct fault bad;
	struct span raw;
	uint64_t flags;
	uint32_t version;

	*i = (struct xfs_inode){ .number = number };
	bad = locate(fs, number, &i->at);
	if (bad.kind)
		return bad;
	raw = span_sub(fs->in, i->at, fs->inode_size);
	version = (uint32_t)span_byte(raw, 4);
	if (!span_starts(raw, span_text("IN")) || version < 1 || version > 3)
		return fault_at(FAULT_BROKEN, i->at, "inode magic", span_u16(raw, 0, true), 0x494e);
	i->mode = span_u16(raw, 2, true);
	if (i->mode == 0)
		return fault_at(FAULT_BROKEN, i->at + 2, "inode that is free", number, 0);
	i->links = version == 1 ? span_u16(raw, 6, true) : span_u32(raw, 16, true);
	i->uid = span_u32(raw, 8, true);
	i->gid = span_u32(raw, 12, true);
	i->size = span_u64(raw, 56, true);
	i->on_realtime = span_u16(raw, 90, true) & ON_REALTIME;
	flags = version == 3 ? span_u64(raw, 120, true) : 0;
	read_time(raw, flags & HAS_BIG_TIME, i);
	if (version == 3)
		i->fault = check(raw, i);
	bad = read_forks(raw, flags & HAS_COUNTERS, i);
	if (i->fault.kind == FAULT_NONE)
		i->fault = bad;
	return fine;
}
