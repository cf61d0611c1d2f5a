/* cramfs_data.c - inodes, blocks and the checksum of cramfs. */
#include "base/hash.h"
#include "codec/codec.h"
#include "format/cramfs.h"

struct cramfs_inode cramfs_inode_read(struct span in, uint64_t at, bool big)
{
	uint32_t mode = span_u32(in, at, big), size = span_u32(in, at + 4, big),
		 place = span_u32(in, at + 8, big);

	if (big)
		return (struct cramfs_inode){ mode >> 16,        mode & 0xffff,
					      size & 0xff,       size >> 8,
					      (place >> 26) * 4, (place & 0x3ffffff) * 4ull };
	return (struct cramfs_inode){ mode & 0xffff,   mode >> 16,       size >> 24,
				      size & 0xffffff, (place & 63) * 4, (place >> 6) * 4ull };
}

uint64_t cramfs_block_count(const struct cramfs *fs, uint64_t size)
{
	return (size + fs->block_size - 1) / fs->block_size;
}

bool cramfs_has_blocks(uint32_t mode)
{
	return (mode & 0170000) == 0100000 || (mode & 0170000) == 0120000;
}

/* The end of a block that a pointer gives by its place. */
static uint64_t direct_end(const struct cramfs *fs, uint32_t pointer)
{
	uint64_t start = (pointer & CRAMFS_PLACE) * 4ull;

	return pointer & CRAMFS_STORED ? start + fs->block_size
				       : start + 2 + span_u16(fs->in, start, fs->big);
}

/* Where block `i` of a file stands; `plain` is what it unpacks to. False when its pointers
 * contradict each other. */
bool cramfs_find_block(const struct cramfs *fs, struct span table, uint64_t i, uint64_t plain,
		       struct span *block)
{
	uint32_t pointer = span_u32(table, i * 4, fs->big);
	uint64_t start, end = pointer & CRAMFS_PLACE;

	if (pointer & CRAMFS_DIRECT) {
		start = end * 4;
		end = pointer & CRAMFS_STORED ? start + plain : direct_end(fs, pointer);
		start += pointer & CRAMFS_STORED ? 0 : 2;
	} else if (i == 0) {
		start = span_place(fs->in, table) + table.n;
	} else {
		uint32_t before = span_u32(table, i * 4 - 4, fs->big);

		start = before & CRAMFS_DIRECT ? direct_end(fs, before) : before & CRAMFS_PLACE;
	}
	*block = end > start ? span_sub(fs->in, start, end - start) : (struct span){ 0 };
	return end == start ? start <= fs->in.n : block->n > 0;
}

struct fault cramfs_put_block(const struct cramfs *fs, struct span block, bool stored,
			      uint64_t plain, struct sink *out)
{
	uint64_t at = block.n ? span_place(fs->in, block) : 0;
	size_t before = out->n;
	struct decoded d;

	if (block.n == 0)
		return sink_zero(out, plain) ? fine : out->fault;
	if (stored) {
		if (block.n != plain)
			return fault_at(FAULT_BROKEN, at, "block length", block.n, plain);
		return sink_put(out, block) ? fine : out->fault;
	}
	d = inflate_zlib(block, plain, out);
	d.fault.at += at;
	if (d.fault.kind == FAULT_NONE && out->n - before != plain)
		d.fault = fault_at(FAULT_BROKEN, at, "block length", out->n - before, plain);
	return d.fault;
}

struct fault cramfs_unpack(const struct cramfs *fs, uint64_t offset, uint64_t size,
			   struct sink *out)
{
	uint64_t count = cramfs_block_count(fs, size);
	struct span table = span_sub(fs->in, offset, count * 4);

	if (size && table.n == 0)
		return fault_at(FAULT_SHORT, offset, "block pointers", fs->in.n,
				offset + count * 4);
	for (uint64_t i = 0; i < count; i++) {
		uint64_t left = size - i * fs->block_size;
		uint64_t plain = left < fs->block_size ? left : fs->block_size;
		bool stored = span_u32(table, i * 4, fs->big) & CRAMFS_STORED;
		struct span block;
		struct fault bad;

		if (!cramfs_find_block(fs, table, i, plain, &block))
			return fault_at(FAULT_BROKEN, offset + i * 4, "block pointer",
					span_u32(table, i * 4, fs->big), fs->in.n);
		bad = cramfs_put_block(fs, block, stored, plain, out);
		if (bad.kind)
			return bad;
	}
	return fine;
}

/* Of the whole image with the field itself as zero; some vendors store it byte-swapped. */
struct fault cramfs_check_crc(const struct cramfs *fs)
{
	static const uint8_t zero[4];
	struct span whole = span_sub(fs->in, fs->at, fs->size - fs->at);
	uint32_t crc = crc32_of(span_head(whole, 32));

	if (!(fs->flags & CRAMFS_FSID_V2))
		return fine;
	if (whole.n == 0)
		return fault_at(FAULT_SHORT, fs->at + 4, "size", fs->in.n, fs->size);
	crc = crc32_update(crc, (struct span){ zero, sizeof(zero) });
	crc = crc32_update(crc, span_from(whole, 36));
	if (crc == fs->crc || crc == span_u32(whole, 32, !fs->big))
		return fine;
	return fault_at(FAULT_BROKEN, fs->at + 32, "CRC-32", crc, fs->crc);
}
