/* squashfs_old.c - inodes of versions 1 to 3: bit fields, packed from the low bit in little-endian
 * images and from the high bit in big-endian ones. */
#include "format/squashfs.h"

#define LONGEST_INODE 48
#define V1_TYPES      5

struct bits {
	const uint8_t *p;
	size_t bits, at;
	bool big;
};

static uint64_t take(struct bits *b, unsigned width)
{
	uint64_t value = 0;

	for (unsigned i = 0; i < width; i++, b->at++) {
		unsigned shift = b->big ? 7 - (unsigned)(b->at & 7) : (unsigned)(b->at & 7);
		uint64_t bit = b->at < b->bits ? b->p[b->at >> 3] >> shift & 1 : 0;

		value = b->big ? value << 1 | bit : value | bit << i;
	}
	return value;
}

static const enum kind kinds[] = { KIND_FIFO,         KIND_DIRECTORY,   KIND_FILE, KIND_SYMLINK,
				   KIND_BLOCK_DEVICE, KIND_CHAR_DEVICE, KIND_FIFO, KIND_SOCKET,
				   KIND_DIRECTORY,    KIND_FILE };

static uint32_t owner(const uint32_t *table, uint32_t count, uint64_t index)
{
	return index < count ? table[index] : UINT32_MAX;
}

/* The group that stands for "same number as the owner". */
static void set_owner(const struct squashfs *fs, struct squashfs_inode *i, uint64_t uid,
		      uint64_t gid, uint64_t same)
{
	i->uid = owner(fs->id, fs->ids, uid);
	i->gid = gid == same ? i->uid : owner(fs->guid, fs->guids, gid);
}

/* Gives the type, 1 to 9, with the base fields read; 0 when it is none. */
static unsigned read_base(const struct squashfs *fs, struct bits *b, struct squashfs_inode *i)
{
	unsigned type = (unsigned)take(b, 4);
	uint64_t uid, gid;

	i->mode = (uint32_t)take(b, 12);
	if (fs->major > 1) {
		uid = take(b, 8);
		gid = take(b, 8);
		set_owner(fs, i, uid, gid, 255);
		if (fs->major == 3) {
			i->mtime = (uint32_t)take(b, 32);
			i->has_mtime = true;
			take(b, 32); /* inode number */
		}
		return type <= 9 ? type : 0;
	}
	uid = take(b, 4);
	gid = take(b, 4);
	if (type == 0) { /* fifo or socket: its own type and which sixteen of owners */
		type = (unsigned)take(b, 4);
		uid += take(b, 4) * 16;
	} else {
		uid += (type - 1) / V1_TYPES * 16;
		type = (type - 1) % V1_TYPES + 1;
	}
	set_owner(fs, i, uid, gid, 15);
	return type;
}

static void read_directory(const struct squashfs *fs, struct bits *b, bool extended,
			   struct squashfs_inode *i)
{
	if (fs->major == 3)
		i->nlink = (uint32_t)take(b, 32);
	i->size = take(b, extended ? 27 : 19);
	i->offset = (uint32_t)take(b, 13);
	if (fs->major < 3) {
		i->mtime = (uint32_t)take(b, 32);
		i->has_mtime = true;
		i->start = take(b, 24);
	} else {
		i->start = take(b, 32);
	}
	/* v1 and v2 count the bytes of the listing alone, v3 and v4 three more. */
	if (fs->major < 3)
		i->size += 3;
}

static void read_file(const struct squashfs *fs, struct bits *b, bool extended,
		      struct squashfs_inode *i)
{
	if (fs->major < 3) {
		i->mtime = (uint32_t)take(b, 32);
		i->has_mtime = true;
	}
	if (extended)
		i->nlink = (uint32_t)take(b, 32);
	i->start = take(b, fs->major == 3 ? 64 : 32);
	if (fs->major > 1) {
		i->fragment = (uint32_t)take(b, 32);
		i->offset = (uint32_t)take(b, 32);
	}
	i->size = take(b, extended ? 64 : 32);
}

static struct fault read_target(struct squashfs *fs, struct arena *a, struct meta_at *at,
				struct squashfs_inode *i)
{
	uint8_t *text = arena_take(a, i->size, 1);
	struct fault bad;

	if (!text)
		return fault_at(FAULT_MEMORY, 0, "symlink", i->size, 0);
	bad = meta_copy(fs, a, at, text, i->size);
	i->target = (struct span){ text, bad.kind ? 0 : (size_t)i->size };
	return bad;
}

/* What of the fixed part can be had: near the end of the last block fewer bytes than the longest
 * inode follow. */
static size_t copy_most(struct squashfs *fs, struct arena *a, struct meta_at at, uint8_t *to)
{
	for (size_t n = 0; n < LONGEST_INODE; n++)
		if (meta_copy(fs, a, &at, to + n, 1).kind)
			return n;
	return LONGEST_INODE;
}

struct fault squashfs_inode_old(struct squashfs *fs, struct arena *a, struct meta_at at,
				struct squashfs_inode *i)
{
	uint8_t raw[LONGEST_INODE] = { 0 };
	size_t n = copy_most(fs, a, at, raw);
	struct bits b = { raw, n * 8, 0, fs->big };
	unsigned type;
	struct fault bad = fine;

	*i = (struct squashfs_inode){ .fragment = NO_FRAGMENT, .xattr = UINT32_MAX, .nlink = 1 };
	type = n ? read_base(fs, &b, i) : 0;
	if (type == 0)
		return fault_at(FAULT_BROKEN, at.table + at.block, "inode type", type, 9);
	i->kind = kinds[type];
	if (i->kind == KIND_DIRECTORY)
		read_directory(fs, &b, type == 8, i);
	else if (i->kind == KIND_FILE)
		read_file(fs, &b, type == 9, i);
	else if (fs->major == 3)
		i->nlink = (uint32_t)take(&b, 32);
	if (i->kind == KIND_SYMLINK)
		i->size = take(&b, 16);
	else if (i->kind == KIND_BLOCK_DEVICE || i->kind == KIND_CHAR_DEVICE)
		i->rdev = (uint32_t)take(&b, 16);
	if (b.at > b.bits)
		return fault_at(FAULT_SHORT, at.table + at.block, "inode", n, b.at / 8);
	bad = meta_copy(fs, a, &at, raw, b.at / 8);
	if (bad.kind)
		return bad;
	if (i->kind == KIND_SYMLINK)
		return read_target(fs, a, &at, i);
	return i->kind == KIND_FILE ? squashfs_blocks(fs, a, &at, i, fs->major == 1 ? 2 : 4) : fine;
}
