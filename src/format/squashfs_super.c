/* squashfs_super.c - superblocks of v1 to v4 in both byte orders, and the tables they point to. */
#include <stdatomic.h>

#include "base/text.h"
#include "format/squashfs.h"

#define MOST_FRAGMENTS (16u << 20)
#define NEWEST_METHOD  6

/* Byte order by the major version, never by the magic: vendors altered that. */
static struct fault read_order(struct span in, struct squashfs *fs)
{
	uint16_t little = span_u16(in, 28, false), big = span_u16(in, 28, true);

	if (in.n < 51)
		return fault_at(FAULT_SHORT, 0, "superblock", in.n, 96);
	fs->in = in;
	fs->big = big >= 1 && big <= 4;
	if (!fs->big && (little < 1 || little > 4))
		return fault_at(FAULT_UNKNOWN, 28, "version", little, 4);
	fs->major = fs->big ? big : little;
	fs->minor = span_u16(in, 30, fs->big);
	return fine;
}

static struct fault super_v4(struct squashfs *fs)
{
	struct cursor c = { .in = fs->in, .at = 4 };
	uint16_t log;

	fs->inodes = cursor_u32(&c, fs->big);
	fs->mtime = cursor_u32(&c, fs->big);
	fs->block_size = cursor_u32(&c, fs->big);
	fs->fragments = cursor_u32(&c, fs->big);
	fs->compression = cursor_u16(&c, fs->big);
	log = cursor_u16(&c, fs->big);
	fs->flags = cursor_u16(&c, fs->big);
	fs->ids = cursor_u16(&c, fs->big);
	cursor_skip(&c, 4);
	fs->root = cursor_u64(&c, fs->big);
	fs->bytes_used = cursor_u64(&c, fs->big);
	fs->id_table = cursor_u64(&c, fs->big);
	fs->xattr_table = cursor_u64(&c, fs->big);
	fs->inode_table = cursor_u64(&c, fs->big);
	fs->directory_table = cursor_u64(&c, fs->big);
	fs->fragment_table = cursor_u64(&c, fs->big);
	if (c.ran_out)
		return fault_at(FAULT_SHORT, 0, "superblock", fs->in.n, 96);
	if (log > 20 || fs->block_size != 1u << log)
		return fault_at(FAULT_BROKEN, 22, "block log", log, 20);
	if (fs->compression < 1 || fs->compression > NEWEST_METHOD)
		return fault_at(FAULT_UNKNOWN, 20, "compression", fs->compression, NEWEST_METHOD);
	if (fs->ids == 0)
		return fault_at(FAULT_BROKEN, 26, "ids", 0, 65535);
	fs->method = (enum squashfs_method)(fs->compression - 1);
	return fine;
}

/* v1 to v3 share the order of their fields; v3 adds 64-bit copies at the end. */
static struct fault super_old(struct squashfs *fs)
{
	struct cursor c = { .in = fs->in, .at = 4 };
	uint16_t small_block, log;

	fs->inodes = cursor_u32(&c, fs->big);
	fs->bytes_used = cursor_u32(&c, fs->big);
	fs->id_table = cursor_u32(&c, fs->big);
	fs->guid_table = cursor_u32(&c, fs->big);
	fs->inode_table = cursor_u32(&c, fs->big);
	fs->directory_table = cursor_u32(&c, fs->big);
	cursor_skip(&c, 4);
	small_block = cursor_u16(&c, fs->big);
	log = cursor_u16(&c, fs->big);
	fs->flags = cursor_u8(&c);
	fs->ids = cursor_u8(&c);
	fs->guids = cursor_u8(&c);
	fs->mtime = cursor_u32(&c, fs->big);
	fs->root = cursor_u64(&c, fs->big);
	fs->block_size = small_block;
	fs->xattr_table = fs->fragment_table = NO_TABLE;
	if (fs->major >= 2) {
		fs->block_size = cursor_u32(&c, fs->big);
		fs->fragments = cursor_u32(&c, fs->big);
		fs->fragment_table = cursor_u32(&c, fs->big);
	}
	if (fs->major == 3) {
		fs->bytes_used = cursor_u64(&c, fs->big);
		fs->id_table = cursor_u64(&c, fs->big);
		fs->guid_table = cursor_u64(&c, fs->big);
		fs->inode_table = cursor_u64(&c, fs->big);
		fs->directory_table = cursor_u64(&c, fs->big);
		fs->fragment_table = cursor_u64(&c, fs->big);
	}
	if (c.ran_out)
		return fault_at(FAULT_SHORT, 0, "superblock", fs->in.n, 119);
	if (log > 20 || fs->block_size != 1u << log)
		return fault_at(FAULT_BROKEN, 34, "block log", log, 20);
	return fine;
}

static struct fault check(const struct squashfs *fs)
{
	uint64_t used = fs->bytes_used;

	if (fs->block_size < 4096)
		return fault_at(FAULT_BROKEN, 12, "block size", fs->block_size, 4096);
	if (fs->inodes == 0)
		return fault_at(FAULT_BROKEN, 4, "inodes", 0, 1);
	if (used < 51 || used > (UINT64_MAX >> 1))
		return fault_at(FAULT_BROKEN, 40, "bytes used", used, fs->in.n);
	if (fs->inode_table >= used || fs->directory_table > used || fs->id_table > used)
		return fault_at(FAULT_BROKEN, 64, "table start", fs->inode_table, used);
	if (fs->directory_table <= fs->inode_table)
		return fault_at(FAULT_BROKEN, 72, "directory table", fs->directory_table,
				fs->inode_table);
	if (fs->root >> 16 >= fs->directory_table - fs->inode_table ||
	    (fs->root & 0xffff) >= META_SIZE)
		return fault_at(FAULT_BROKEN, 32, "root inode", fs->root, 0);
	return fine;
}

struct fault squashfs_super(struct span in, struct squashfs *fs)
{
	static _Atomic uint64_t serial;
	struct fault bad;

	*fs = (struct squashfs){ 0 };
	bad = read_order(in, fs);
	if (bad.kind == FAULT_NONE)
		bad = fs->major == 4 ? super_v4(fs) : super_old(fs);
	if (bad.kind == FAULT_NONE)
		bad = check(fs);
	fs->serial = atomic_fetch_add(&serial, 1) + 1;
	return bad;
}

/* An index of metadata blocks: `count` records of `size` bytes, `per` of them a block. */
struct index {
	uint64_t at;
	uint32_t count, size;
	unsigned width; /* bytes of a pointer */
};

static struct fault read_index(struct squashfs *fs, struct arena *a, const struct index *x,
			       uint8_t *to)
{
	uint32_t per = META_SIZE / x->size;

	for (uint32_t done = 0; done < x->count; done += per) {
		uint64_t at = x->at + (uint64_t)(done / per) * x->width;
		struct span pointer = span_sub(fs->in, at, x->width);
		struct meta_at from = { 0 };
		uint32_t n = x->count - done < per ? x->count - done : per;
		struct fault bad;

		if (pointer.n == 0)
			return fault_at(FAULT_SHORT, at, "table index", fs->in.n, at + x->width);
		from.table = x->width == 8 ? span_u64(pointer, 0, fs->big)
					   : span_u32(pointer, 0, fs->big);
		bad = meta_copy(fs, a, &from, to + (size_t)done * x->size, (uint64_t)n * x->size);
		if (bad.kind)
			return bad;
	}
	return fine;
}

static struct fault read_fragments(struct squashfs *fs, struct arena *a)
{
	bool small = fs->major < 3; /* records of two 32-bit words */
	struct index x = { fs->fragment_table, fs->fragments, small ? 8 : 16, small ? 4 : 8 };
	struct fault bad;
	uint8_t *raw;

	if (fs->fragments == 0 || fs->fragment_table >= fs->in.n)
		return fs->fragments && fs->fragment_table != NO_TABLE
			       ? fault_at(FAULT_SHORT, fs->fragment_table, "fragment table",
					  fs->in.n, 0)
			       : fine;
	if (fs->fragments > MOST_FRAGMENTS || fs->fragments / 512 > fs->in.n / 8)
		return fault_at(FAULT_BROKEN, 16, "fragments", fs->fragments, MOST_FRAGMENTS);
	raw = arena_take(a, fs->fragments, x.size);
	fs->fragment = arena_take(a, fs->fragments, sizeof(*fs->fragment));
	if (!raw || !fs->fragment)
		return fault_at(FAULT_MEMORY, 16, "fragments", fs->fragments, 0);
	bad = read_index(fs, a, &x, raw);
	for (uint32_t i = 0; i < fs->fragments; i++) {
		struct span record = { raw + (size_t)i * x.size, x.size };

		fs->fragment[i].start =
			small ? span_u32(record, 0, fs->big) : span_u64(record, 0, fs->big);
		fs->fragment[i].size = span_u32(record, small ? 4 : 8, fs->big);
	}
	return bad;
}

static struct fault read_ids(struct squashfs *fs, struct arena *a, uint64_t at, uint32_t count,
			     uint32_t **ids)
{
	struct index x = { at, count, 4, 8 };
	uint8_t *raw = arena_take(a, count, 4);
	struct fault bad = fine;

	*ids = arena_take(a, count, sizeof(**ids));
	if (!raw || !*ids)
		return fault_at(FAULT_MEMORY, 26, "ids", count, 0);
	if (fs->major == 4)
		bad = read_index(fs, a, &x, raw);
	else if (span_sub(fs->in, at, (uint64_t)count * 4).n == (size_t)count * 4)
		memcpy(raw, span_sub(fs->in, at, (uint64_t)count * 4).p, (size_t)count * 4);
	else
		bad = fault_at(FAULT_SHORT, at, "id table", fs->in.n, at + (uint64_t)count * 4);
	for (uint32_t i = 0; i < count; i++)
		(*ids)[i] =
			span_u32((struct span){ raw, (size_t)count * 4 }, (uint64_t)i * 4, fs->big);
	return bad;
}

struct fault squashfs_tables(struct squashfs *fs, struct arena *a)
{
	struct fault bad = read_ids(fs, a, fs->id_table, fs->ids, &fs->id);

	if (bad.kind == FAULT_NONE && fs->guids)
		bad = read_ids(fs, a, fs->guid_table, fs->guids, &fs->guid);
	if (bad.kind == FAULT_NONE)
		return read_fragments(fs, a);
	read_fragments(fs, a);
	return bad;
}

const char *squashfs_method_name(const struct squashfs *fs)
{
	static const char *const names[METHOD_COUNT] = {
		"gzip",
		"lzma",
		"lzo",
		"xz",
		"lz4",
		"zstd",
		"lzma, 5-byte header",
		"lzma, 9-byte header",
		"lzma, DD-WRT",
	};

	return names[fs->method];
}
