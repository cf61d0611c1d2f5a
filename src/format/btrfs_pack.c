/* btrfs_pack.c - compressed extents: a zlib stream, a Zstandard frame, or LZO in pieces of one
 * sector each, with lengths before them that are never parted by the end of a sector. */
#include "codec/codec.h"
#include "format/btrfs.h"

enum { PACK_NONE, PACK_ZLIB, PACK_LZO, PACK_ZSTD };

static struct fault unpack_lzo(const struct btrfs *fs, struct span packed, uint64_t plain,
			       struct sink *out)
{
	uint32_t total = span_u32(packed, 0, false);
	struct cursor c = { .in = span_head(packed, total), .at = 4 };

	if (total > packed.n)
		return fault_at(FAULT_BROKEN, 0, "length of packed data", total, packed.n);
	while (out->n < plain && cursor_left(&c) > 4) {
		uint64_t in_sector = fs->sector - c.at % fs->sector;
		struct decoded d;
		uint32_t length;

		if (in_sector < 4)
			cursor_skip(&c, in_sector);
		length = cursor_le32(&c);
		if (length == 0)
			return fault_at(FAULT_BROKEN, c.at, "length of packed data", 0, total);
		d = lzo1x_decode(cursor_span(&c, length), fs->sector, out);
		if (d.fault.kind)
			return d.fault;
	}
	return fine;
}

struct fault btrfs_unpack(const struct btrfs *fs, uint8_t method, struct span packed,
			  uint64_t plain, struct sink *out)
{
	switch (method) {
	case PACK_ZLIB:
		return inflate_zlib(packed, plain, out).fault;
	case PACK_LZO:
		return unpack_lzo(fs, packed, plain, out);
	case PACK_ZSTD:
		return zstd_decode(packed, plain, out).fault;
	default:
		return fault_at(FAULT_UNKNOWN, 0, "compression", method, PACK_ZSTD);
	}
}
