/* erofs_inode.c - superblock, inodes, contents that are not packed. */
#include "base/hash.h"
#include "format/erofs.h"

#define SUPER       1024
#define SUPER_SIZE  128
#define MAGIC       0xe0f5e1e2u
#define SLOT        32 /* inodes are numbered by these */
#define COMPACT     32
#define EXTENDED    64
#define NOWHERE     UINT32_MAX /* a chunk that is a hole */
#define MOST_PACKED (128u << 20)

enum { COMPAT_CHECKSUM = 1 };
enum { CHUNK_BITS = 31, CHUNK_INDEXES = 32 };

static bool checksum_holds(const struct erofs *fs, uint32_t stored)
{
	static const uint8_t zero[4];
	uint64_t end = fs->block > SUPER ? fs->block : SUPER + fs->block;
	struct span block = span_sub(fs->in, SUPER, end - SUPER);
	uint32_t crc = crc32c_update(~0u, span_head(block, 4));

	crc = crc32c_update(crc, (struct span){ zero, sizeof(zero) });
	return block.n && crc32c_update(crc, span_from(block, 8)) == stored;
}

struct fault erofs_super(struct span in, struct erofs *fs)
{
	struct cursor c = { .in = span_sub(in, SUPER, SUPER_SIZE) };
	uint32_t stored;

	*fs = (struct erofs){ .in = in };
	if (cursor_le32(&c) != MAGIC)
		return fault_at(FAULT_UNKNOWN, SUPER, "EROFS magic", in.n, SUPER + SUPER_SIZE);
	stored = cursor_le32(&c);
	fs->compat = cursor_le32(&c);
	fs->block_bits = cursor_u8(&c);
	cursor_skip(&c, 1);
	fs->root = cursor_le16(&c);
	cursor_skip(&c, 8);
	fs->build = cursor_le64(&c);
	fs->build_ns = cursor_le32(&c);
	fs->blocks = cursor_le32(&c);
	fs->meta = cursor_le32(&c);
	fs->xattrs = cursor_le32(&c);
	cursor_skip(&c, 16);
	fs->name = cursor_span(&c, 16);
	fs->incompat = cursor_le32(&c);
	cursor_skip(&c, 7);
	fs->prefix_count = cursor_u8(&c);
	fs->prefixes = cursor_le32(&c) * 4ull;
	fs->packed_number = cursor_le64(&c);
	if (fs->block_bits < 9 || fs->block_bits > 16)
		return fault_at(FAULT_BROKEN, SUPER + 12, "block size", fs->block_bits, 16);
	fs->block = 1ull << fs->block_bits;
	fs->meta <<= fs->block_bits;
	fs->xattrs <<= fs->block_bits;
	if (fs->blocks == 0)
		return fault_at(FAULT_BROKEN, SUPER + 36, "blocks", 0, 1);
	if (fs->compat & COMPAT_CHECKSUM && !checksum_holds(fs, stored))
		return fault_at(FAULT_BROKEN, SUPER + 4, "superblock CRC-32C", 0, stored);
	return fine;
}

void erofs_packed_read(struct erofs *fs, struct arena *a)
{
	struct erofs_inode i;
	struct sink out;

	if (!(fs->incompat & EROFS_FRAGMENTS) || fs->packed_number == 0)
		return;
	fs->packed_fault = erofs_inode_read(fs, fs->packed_number, &i);
	if (fs->packed_fault.kind)
		return;
	if (i.size > MOST_PACKED) {
		fs->packed_fault =
			fault_at(FAULT_LIMIT, i.at, "inode of fragments", i.size, MOST_PACKED);
		return;
	}
	sink_init(&out, NULL, i.size);
	fs->packed_fault = erofs_content(fs, &i, &out);
	fs->packed = arena_copy(a, sink_span(&out));
	sink_free(&out);
}

static void read_extended(struct cursor *c, struct erofs_inode *i)
{
	cursor_skip(c, 2);
	i->size = cursor_le64(c);
	i->raw = cursor_le32(c);
	cursor_skip(c, 4);
	i->uid = cursor_le32(c);
	i->gid = cursor_le32(c);
	i->mtime = (int64_t)cursor_le64(c);
	i->mtime_ns = cursor_le32(c);
	i->links = cursor_le32(c);
}

/* The short form has no time of its own: it is that of the image. */
static void read_compact(const struct erofs *fs, struct cursor *c, struct erofs_inode *i)
{
	i->links = cursor_le16(c);
	i->size = cursor_le32(c);
	cursor_skip(c, 4);
	i->raw = cursor_le32(c);
	cursor_skip(c, 4);
	i->uid = cursor_le16(c);
	i->gid = cursor_le16(c);
	i->mtime = (int64_t)fs->build;
	i->mtime_ns = fs->build_ns;
}

struct fault erofs_inode_read(const struct erofs *fs, uint64_t number, struct erofs_inode *i)
{
	uint64_t at = number < fs->in.n / SLOT ? fs->meta + number * SLOT : UINT64_MAX;
	struct cursor c = { .in = span_from(fs->in, at) };
	uint32_t format = cursor_le16(&c), attributes = cursor_le16(&c);
	uint64_t length = format & 1 ? EXTENDED : COMPACT;

	*i = (struct erofs_inode){ .number = number, .at = at };
	i->mode = cursor_le16(&c);
	if (format & 1)
		read_extended(&c, i);
	else
		read_compact(fs, &c, i);
	if (c.in.n < length)
		return fault_at(FAULT_SHORT, at, "inode", fs->in.n, number);
	if ((format >> 1 & 7) > EROFS_CHUNKS)
		return fault_at(FAULT_UNKNOWN, at, "layout of data", format >> 1 & 7, EROFS_CHUNKS);
	if (i->mtime_ns > 999999999)
		i->mtime_ns = 0;
	i->layout = format >> 1 & 7;
	i->xattr_at = at + length;
	i->xattr_size = attributes ? 12 + (attributes - 1) * 4ull : 0;
	i->data_at = i->xattr_at + i->xattr_size;
	return fine;
}

bool erofs_in_one_piece(const struct erofs *fs, const struct erofs_inode *i, uint64_t *at)
{
	bool is_tail = i->layout == EROFS_INLINE && i->size < fs->block;

	*at = is_tail ? i->data_at : (uint64_t)i->raw << fs->block_bits;
	return is_tail || i->layout == EROFS_PLAIN ||
	       (i->layout == EROFS_INLINE && i->size % fs->block == 0);
}

static struct fault put_piece(const struct erofs *fs, uint64_t at, uint64_t length,
			      struct sink *out)
{
	struct span bytes = span_head(span_from(fs->in, at), length);

	if (!sink_put(out, bytes))
		return out->fault;
	return bytes.n < length ? fault_at(FAULT_SHORT, at, "data", fs->in.n, at + length) : fine;
}

/* A table of the places of chunks behind the inode. */
static struct fault put_chunks(const struct erofs *fs, const struct erofs_inode *i,
			       struct sink *out)
{
	uint32_t bits = (i->raw & CHUNK_BITS) + fs->block_bits, record;
	uint64_t table, left = i->size;
	struct fault bad = fine;

	record = i->raw & CHUNK_INDEXES ? 8 : 4;
	table = (i->data_at + record - 1) / record * record;
	if (bits > 47)
		return fault_at(FAULT_BROKEN, i->at + 16, "chunk size", bits, 47);
	for (uint64_t k = 0; left && bad.kind == FAULT_NONE; k++) {
		uint64_t n = left < 1ull << bits ? left : 1ull << bits;
		struct span r = span_sub(fs->in, table + k * record, record);
		uint32_t device = record == 8 ? span_u16(r, 2, false) : 0;
		uint32_t block = span_u32(r, record - 4, false);

		if (r.n == 0)
			return fault_at(FAULT_SHORT, table, "chunk table", fs->in.n,
					table + k * record);
		if (block == NOWHERE)
			bad = sink_zero(out, n) ? fine : out->fault;
		else if (device)
			bad = fault_at(FAULT_UNKNOWN, table + k * record, "data on another device",
				       device, 0);
		else
			bad = put_piece(fs, (uint64_t)block << fs->block_bits, n, out);
		left -= n;
	}
	return bad;
}

struct fault erofs_content(const struct erofs *fs, const struct erofs_inode *i, struct sink *out)
{
	uint64_t at, whole = i->size / fs->block * fs->block;
	struct fault bad;

	if (i->layout == EROFS_FULL || i->layout == EROFS_COMPACT)
		return erofs_unpack(fs, i, NULL, out);
	if (i->layout == EROFS_CHUNKS)
		return put_chunks(fs, i, out);
	if (erofs_in_one_piece(fs, i, &at))
		return put_piece(fs, at, i->size, out);
	bad = put_piece(fs, at, whole, out);
	return bad.kind ? bad : put_piece(fs, i->data_at, i->size - whole, out);
}
