/* squashfs_v4.c - inodes and xattrs of version 4. */
#include "base/text.h"
#include "format/squashfs.h"

#define MOST_LISTED_BLOCKS (32u << 20) /* over all files of an image */
#define LIST_STEP          1024
#define LONGEST_TARGET     65535
#define MOST_XATTRS        4096
#define LONGEST_VALUE      (64u << 10)

enum {
	TYPE_DIRECTORY = 1,
	TYPE_FILE,
	TYPE_SYMLINK,
	TYPE_BLOCK,
	TYPE_CHAR,
	TYPE_FIFO,
	TYPE_SOCKET,
	TYPES
};

static const enum kind kinds[TYPES] = {
	[TYPE_DIRECTORY] = KIND_DIRECTORY, [TYPE_FILE] = KIND_FILE,
	[TYPE_SYMLINK] = KIND_SYMLINK,     [TYPE_BLOCK] = KIND_BLOCK_DEVICE,
	[TYPE_CHAR] = KIND_CHAR_DEVICE,    [TYPE_FIFO] = KIND_FIFO,
	[TYPE_SOCKET] = KIND_SOCKET,
};

struct fault squashfs_blocks(struct squashfs *fs, struct arena *a, struct meta_at *at,
			     struct squashfs_inode *i, unsigned width)
{
	uint64_t count = i->size / fs->block_size +
			 (i->fragment == NO_FRAGMENT && i->size % fs->block_size != 0);
	uint8_t raw[LIST_STEP * 4];
	uint32_t room = 0;

	while (i->block_count < count) {
		uint64_t n =
			count - i->block_count < LIST_STEP ? count - i->block_count : LIST_STEP;
		struct fault bad = meta_copy(fs, a, at, raw, n * width);

		if (bad.kind)
			return bad;
		if (fs->blocks_listed + n > MOST_LISTED_BLOCKS)
			return fault_at(FAULT_LIMIT, at->table, "blocks of files",
					fs->blocks_listed + n, MOST_LISTED_BLOCKS);
		fs->blocks_listed += n;
		if (i->block_count + n > room) {
			uint32_t *more;

			room = room ? room * 2 : (uint32_t)n;
			more = arena_take(a, room, sizeof(*more));
			if (!more)
				return fault_at(FAULT_MEMORY, at->table, "block list", count, 0);
			if (i->block_count)
				memcpy(more, i->blocks, i->block_count * sizeof(*more));
			i->blocks = more;
		}
		for (uint32_t k = 0; k < n; k++) {
			struct span one = { raw + (size_t)k * width, width };
			uint32_t size =
				width == 4 ? span_u32(one, 0, fs->big) : span_u16(one, 0, fs->big);

			/* v1: bit 15 of 16 says stored. */
			if (width == 2)
				size = (size & 0x7fff) | (size & 0x8000 ? BLOCK_STORED : 0);
			i->blocks[i->block_count++] = size;
		}
	}
	return fine;
}

static uint32_t id_of(const struct squashfs *fs, uint16_t index)
{
	return index < fs->ids ? fs->id[index] : UINT32_MAX;
}

/* The fields behind the common 16 bytes, for each of the 14 types; n is their length. */
static const uint8_t rest_length[] = { 0, 16, 16, 8, 8, 8, 4, 4, 24, 40, 8, 12, 12, 8, 8 };

static void parse_directory(struct cursor *c, bool big, bool extended, struct squashfs_inode *i)
{
	if (!extended) {
		i->start = cursor_u32(c, big);
		i->nlink = cursor_u32(c, big);
		i->size = cursor_u16(c, big);
		i->offset = cursor_u16(c, big);
		return;
	}
	i->nlink = cursor_u32(c, big);
	i->size = cursor_u32(c, big);
	i->start = cursor_u32(c, big);
	cursor_skip(c, 4 + 2); /* parent, index count */
	i->offset = cursor_u16(c, big);
	i->xattr = cursor_u32(c, big);
}

static void parse_file(struct cursor *c, bool big, bool extended, struct squashfs_inode *i)
{
	if (!extended) {
		i->start = cursor_u32(c, big);
		i->fragment = cursor_u32(c, big);
		i->offset = cursor_u32(c, big);
		i->size = cursor_u32(c, big);
		return;
	}
	i->start = cursor_u64(c, big);
	i->size = cursor_u64(c, big);
	cursor_skip(c, 8); /* sparse bytes */
	i->nlink = cursor_u32(c, big);
	i->fragment = cursor_u32(c, big);
	i->offset = cursor_u32(c, big);
	i->xattr = cursor_u32(c, big);
}

static struct fault read_target(struct squashfs *fs, struct arena *a, struct meta_at *at,
				bool extended, struct squashfs_inode *i)
{
	uint8_t *text, raw[4];
	struct fault bad;

	if (i->size > LONGEST_TARGET)
		return fault_at(FAULT_BROKEN, at->table + at->block, "symlink size", i->size,
				LONGEST_TARGET);
	text = arena_take(a, i->size, 1);
	if (!text)
		return fault_at(FAULT_MEMORY, 0, "symlink", i->size, 0);
	bad = meta_copy(fs, a, at, text, i->size);
	i->target = (struct span){ text, bad.kind ? 0 : (size_t)i->size };
	if (bad.kind || !extended)
		return bad;
	bad = meta_copy(fs, a, at, raw, 4);
	i->xattr = bad.kind ? UINT32_MAX : span_u32((struct span){ raw, 4 }, 0, fs->big);
	return bad;
}

struct fault squashfs_inode_v4(struct squashfs *fs, struct arena *a, struct meta_at at,
			       struct squashfs_inode *i)
{
	uint8_t raw[16 + 40];
	struct cursor c = { .in = { raw, 16 } };
	struct fault bad = meta_copy(fs, a, &at, raw, 16);
	uint16_t type = cursor_u16(&c, fs->big);
	bool extended = type > TYPE_SOCKET;
	uint16_t uid, gid;

	*i = (struct squashfs_inode){ .fragment = NO_FRAGMENT, .xattr = UINT32_MAX };
	if (bad.kind)
		return bad;
	if (type < 1 || type > 14)
		return fault_at(FAULT_BROKEN, at.table + at.block, "inode type", type, 14);
	i->kind = kinds[extended ? type - 7 : type];
	i->mode = cursor_u16(&c, fs->big);
	uid = cursor_u16(&c, fs->big);
	gid = cursor_u16(&c, fs->big);
	i->uid = id_of(fs, uid);
	i->gid = id_of(fs, gid);
	i->mtime = cursor_u32(&c, fs->big);
	i->has_mtime = true;
	bad = meta_copy(fs, a, &at, raw + 16, rest_length[type]);
	if (bad.kind)
		return bad;
	c = (struct cursor){ .in = { raw + 16, rest_length[type] } };
	if (i->kind == KIND_DIRECTORY) {
		parse_directory(&c, fs->big, extended, i);
		return fine;
	}
	if (i->kind == KIND_FILE) {
		parse_file(&c, fs->big, extended, i);
		return squashfs_blocks(fs, a, &at, i, 4);
	}
	i->nlink = cursor_u32(&c, fs->big);
	if (i->kind == KIND_SYMLINK) {
		i->size = cursor_u32(&c, fs->big);
		return read_target(fs, a, &at, extended, i);
	}
	if (i->kind == KIND_BLOCK_DEVICE || i->kind == KIND_CHAR_DEVICE)
		i->rdev = cursor_u32(&c, fs->big);
	if (extended)
		i->xattr = cursor_u32(&c, fs->big);
	return fine;
}

/* One key and value at *at. A value may stand out of line, shared by several keys. */
static bool read_xattr(struct squashfs *fs, struct arena *a, uint64_t table, struct meta_at *at,
		       struct xattr *x)
{
	static const char *const prefixes[] = { "user.", "trusted.", "security." };
	uint8_t raw[8];
	struct span in = { raw, 8 };
	struct meta_at value;
	uint16_t type, length;
	uint32_t size;
	struct text name = { 0 };
	uint8_t text[UINT16_MAX + 1], *copy;

	if (meta_copy(fs, a, at, raw, 4).kind)
		return false;
	type = span_u16(in, 0, fs->big);
	length = span_u16(in, 2, fs->big);
	if ((type & 0xff) > 2 || meta_copy(fs, a, at, text, length).kind ||
	    meta_copy(fs, a, at, raw, 4).kind)
		return false;
	value = *at;
	size = span_u32(in, 0, fs->big);
	if (type & 0x100) {
		uint64_t ref;

		if (size != 8 || meta_copy(fs, a, at, raw, 8).kind)
			return false;
		ref = span_u64(in, 0, fs->big);
		value = (struct meta_at){ table, ref >> 16, (uint32_t)(ref & 0xffff) };
		if (meta_copy(fs, a, &value, raw, 4).kind)
			return false;
		size = span_u32(in, 0, fs->big);
	}
	copy = size <= LONGEST_VALUE ? arena_take(a, size, 1) : NULL;
	if (!copy || meta_copy(fs, a, &value, copy, size).kind)
		return false;
	if (!(type & 0x100))
		*at = value;
	text_puts(&name, prefixes[type & 0xff]);
	text_put(&name, (struct span){ text, length });
	x->name = arena_copy(a, text_span(&name));
	x->value = (struct span){ copy, size };
	text_free(&name);
	return true;
}

void squashfs_xattrs(struct squashfs *fs, struct arena *a, uint32_t index, struct entry *e)
{
	uint64_t table = span_u64(fs->in, fs->xattr_table, fs->big);
	uint32_t ids = span_u32(
		fs->in, fs->xattr_table < fs->in.n ? fs->xattr_table + 8 : UINT64_MAX, fs->big);
	uint8_t raw[16];
	struct span in = { raw, 16 };
	struct meta_at at;
	uint64_t ref;
	uint32_t count;
	struct xattr *list;

	if (fs->xattr_table >= fs->in.n || index >= ids)
		return;
	/* The ids lie in metadata blocks of 512, whose addresses follow the header. */
	at = (struct meta_at){ .table = span_u64(fs->in,
						 fs->xattr_table + 16 + (uint64_t)index / 512 * 8,
						 fs->big),
			       .offset = index % 512 * 16 };
	if (meta_copy(fs, a, &at, raw, 16).kind)
		return;
	ref = span_u64(in, 0, fs->big);
	count = span_u32(in, 8, fs->big);
	list = count <= MOST_XATTRS ? arena_take(a, count, sizeof(*list)) : NULL;
	at = (struct meta_at){ table, ref >> 16, (uint32_t)(ref & 0xffff) };
	for (uint32_t i = 0; list && i < count && read_xattr(fs, a, table, &at, &list[i]); i++)
		e->xattr_count = i + 1;
	e->xattrs = list;
}
