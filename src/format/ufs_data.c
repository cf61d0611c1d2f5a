/* ufs_data.c - superblock, inodes, and where the blocks of a file are. */
#include "format/ufs.h"

#define SUPER_SIZE   1376
#define MAGIC_AT     1372
#define MAGIC1       0x00011954u
#define MAGIC2       0x19540119u
#define INODE1       128
#define INODE2       256
#define LARGEST_DISK (1ull << 60)

/* Where superblocks stand: UFS1 and what makefs writes, UFS2, floppies, behind a large loader. */
static const uint32_t places[] = { 8192, 65536, 0, 262144 };

static bool find_super(struct ufs *fs)
{
	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++)
		for (int big = 0; big < 2; big++) {
			uint32_t magic = span_u32(fs->in, places[i] + MAGIC_AT, big);

			if (magic != MAGIC1 && magic != MAGIC2)
				continue;
			fs->super = places[i];
			fs->big = big;
			fs->second = magic == MAGIC2;
			/* A copy of another file system's: that knows its own place. */
			if (!fs->second || span_u64(fs->in, fs->super + 1000, big) == fs->super)
				return true;
		}
	return false;
}

static uint32_t field(const struct ufs *fs, uint32_t at)
{
	return span_u32(fs->in, fs->super + at, fs->big);
}

static bool is_power(uint32_t n, uint32_t least, uint32_t most)
{
	return n >= least && n <= most && (n & (n - 1)) == 0;
}

struct fault ufs_super(struct span in, struct ufs *fs)
{
	*fs = (struct ufs){ .in = in };
	if (!find_super(fs))
		return fault_at(FAULT_UNKNOWN, 8192 + MAGIC_AT, "UFS magic", in.n, 0);
	fs->inodes_at = field(fs, 16);
	fs->group_offset = fs->second ? 0 : field(fs, 24);
	fs->group_mask = fs->second ? 0 : field(fs, 28);
	fs->groups = field(fs, 44);
	fs->block = field(fs, 48);
	fs->fragment = field(fs, 52);
	fs->inodes = field(fs, 184);
	fs->group_size = field(fs, 188);
	fs->name = span_sub(in, fs->super + 680, 32);
	fs->link_size = field(fs, 1320);
	fs->fragments = fs->second ? span_u64(in, fs->super + 1080, fs->big) : field(fs, 36);
	fs->inode_size = fs->second ? INODE2 : INODE1;
	fs->count = (uint64_t)fs->inodes * fs->groups;
	if (!is_power(fs->block, 4096, 65536) || !is_power(fs->fragment, 512, fs->block) ||
	    fs->block / fs->fragment > 8 || fs->block / fs->fragment != field(fs, 56))
		return fault_at(FAULT_BROKEN, fs->super + 48, "block size", fs->block, 65536);
	if (fs->groups == 0 || fs->group_size == 0 || fs->inodes == 0 ||
	    fs->inodes_at >= fs->group_size || fs->count > UINT32_MAX ||
	    (uint64_t)fs->inodes * fs->inode_size >
		    (uint64_t)(fs->group_size - fs->inodes_at) * fs->fragment)
		return fault_at(FAULT_BROKEN, fs->super + 184, "cylinder groups", fs->groups,
				fs->group_size);
	if (fs->fragments > LARGEST_DISK / fs->fragment ||
	    fs->fragments <= (fs->groups - 1ull) * fs->group_size ||
	    fs->fragments > (uint64_t)fs->groups * fs->group_size)
		return fault_at(FAULT_BROKEN, fs->super + 36, "fragments", fs->fragments,
				(uint64_t)fs->groups * fs->group_size);
	if (fs->link_size > UFS_DIRECT * 8 + 24)
		fs->link_size = 0;
	return fine;
}

/* Each group has its share of the inodes, in older volumes at a place that turns. */
static uint64_t inode_place(const struct ufs *fs, uint32_t number)
{
	uint32_t group = number / fs->inodes;
	uint64_t start = (uint64_t)group * fs->group_size +
			 (uint64_t)fs->group_offset * (group & ~fs->group_mask);

	return (start + fs->inodes_at) * fs->fragment +
	       (uint64_t)(number % fs->inodes) * fs->inode_size;
}

static void read_first(struct cursor *c, bool big, struct inode *i)
{
	cursor_skip(c, 6); /* links, old owners */
	i->size = cursor_u64(c, big);
	cursor_skip(c, 8); /* time of access */
	i->mtime = (int32_t)cursor_u32(c, big);
	i->mtime_ns = cursor_u32(c, big);
	cursor_skip(c, 8); /* of change */
	i->own = cursor_span(c, (UFS_DIRECT + 3) * 4);
	cursor_skip(c, 12); /* flags, blocks, generation */
	i->uid = cursor_u32(c, big);
	i->gid = cursor_u32(c, big);
}

static void read_second(struct cursor *c, bool big, struct inode *i)
{
	cursor_skip(c, 2); /* links */
	i->uid = cursor_u32(c, big);
	i->gid = cursor_u32(c, big);
	cursor_skip(c, 4);
	i->size = cursor_u64(c, big);
	cursor_skip(c, 16); /* blocks, time of access */
	i->mtime = (int64_t)cursor_u64(c, big);
	cursor_skip(c, 16); /* of change, of birth */
	i->mtime_ns = cursor_u32(c, big);
	cursor_skip(c, 44);
	i->own = cursor_span(c, (UFS_DIRECT + 3) * 8);
}

/* The number of a device has the place of the first pointer. */
static void read_device(const struct ufs *fs, struct inode *i)
{
	uint32_t device = span_u32(i->own, fs->second && fs->big ? 4 : 0, fs->big);

	i->major = device >> 8 & 0xff;
	i->minor = device & 0xffff00ff;
}

struct fault ufs_inode_read(const void *state, const uint64_t key[2], struct inode *i)
{
	const struct ufs *fs = state;
	bool is_there = key[0] >= UFS_ROOT && key[0] < fs->count;
	uint64_t at = is_there ? inode_place(fs, (uint32_t)key[0]) : fs->super;
	struct cursor c = { .in = span_sub(fs->in, at, fs->inode_size) };

	i->at = at;
	if (!is_there)
		return fault_at(FAULT_BROKEN, at, "inode number", key[0], fs->count);
	i->mode = cursor_u16(&c, fs->big);
	(fs->second ? read_second : read_first)(&c, fs->big, i);
	if (i->mtime_ns > 999999999)
		i->mtime_ns = 0;
	if (c.ran_out)
		return fault_at(FAULT_SHORT, at, "inode", fs->in.n, at + fs->inode_size);
	read_device(fs, i);
	i->has_target = kind_of_mode(i->mode) == KIND_SYMLINK && i->size < fs->link_size;
	i->target = span_head(i->own, i->size);
	return fine;
}

uint64_t ufs_pointer(const struct ufs *fs, struct span from, uint64_t k)
{
	return fs->second ? span_u64(from, k * 8, fs->big) : span_u32(from, k * 4, fs->big);
}

/* Whether the fragments that `length` bytes from `first` on take are there, and nobody else's. */
static bool take(const struct ufs *fs, struct pieces *p, uint64_t first, uint64_t length)
{
	uint64_t count = (length + fs->fragment - 1) / fs->fragment, at = first * fs->fragment;

	if (first >= fs->fragments || count > fs->fragments - first)
		p->fault = fault_at(FAULT_BROKEN, 0, "fragment number", first, fs->fragments);
	else if (at > fs->in.n || fs->in.n - at < length)
		p->fault = fault_at(FAULT_SHORT, at, "block", fs->in.n, at + length);
	return p->fault.kind == FAULT_NONE && pieces_take(p, first, count, fs->fragment);
}

/* A block `level` levels above the data. Never deeper than three. */
static void give(const struct ufs *fs, struct pieces *p, uint64_t first, int level)
{
	uint64_t per_table = fs->block / (fs->second ? 8 : 4), length = fs->block;
	struct span table;

	for (int i = 0; i < level; i++)
		length *= per_table;
	if (length > p->left)
		length = p->left;
	if (p->left == 0 || p->fault.kind)
		return;
	if (first == 0) {
		pieces_hole(p, length);
		return;
	}
	if (!take(fs, p, first, level ? fs->block : length))
		return;
	table = span_sub(fs->in, first * fs->fragment, fs->block);
	if (level == 0)
		pieces_give(p, first * fs->fragment, length);
	for (uint64_t k = 0; level && k < per_table; k++)
		give(fs, p, ufs_pointer(fs, table, k), level - 1);
}

void ufs_content(const void *state, const struct inode *i, struct pieces *p)
{
	for (uint64_t k = 0; k < UFS_DIRECT + 3; k++)
		give(state, p, ufs_pointer(state, i->own, k),
		     k < UFS_DIRECT ? 0 : (int)(k - UFS_DIRECT + 1));
}
