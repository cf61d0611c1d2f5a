/* squashfs_codec.c - how a block is decoded. Vendors kept the number of zlib and put LZMA there, in
 * several dresses; which one is found on the first metadata block of the inode table. */
#include "format/squashfs.h"

#define VENDOR_DICTIONARY (8u << 20)

/* Raw LZMA: a stream without end mark whose plain size is known only as a bound. It is read to the
 * end of its input; what a decoder makes of the last bytes of the range coder behind the true end
 * is never referred to by the file system. */
static struct fault lzma_bounded(struct span in, const struct lzma_properties *p, uint64_t most,
				 bool exact, struct sink *out)
{
	size_t before = out->n;
	struct decoded d = lzma_raw_decode(in, p, most, out);

	if (d.fault.kind == FAULT_SHORT && !exact && out->n > before)
		return fine;
	return d.fault;
}

static struct fault lzma_with_props(struct span in, uint64_t skip, uint64_t most, bool exact,
				    struct sink *out)
{
	struct cursor c = { .in = span_from(in, skip) };
	uint8_t byte = cursor_u8(&c);
	uint32_t dictionary = cursor_le32(&c);
	struct lzma_properties p;

	if (c.ran_out || !lzma_properties_from(byte, dictionary, &p) ||
	    span_byte(in, skip + 5) != 0)
		return fault_at(FAULT_BROKEN, skip, "LZMA properties", byte, 224);
	return lzma_bounded(span_from(in, skip + 5), &p, most, exact, out);
}

static struct fault lzma_ddwrt(struct span in, uint64_t most, bool exact, struct sink *out)
{
	struct lzma_properties p = { 0, 0, 0, VENDOR_DICTIONARY };
	int pb = span_byte(in, 0), lc = span_byte(in, 1), lp = span_byte(in, 2);

	if (pb < 0 || pb > 4 || lc < 0 || lc > 4 || lp < 0 || lp > 4 - lc || span_byte(in, 4) != 0)
		return fault_at(FAULT_BROKEN, 0, "LZMA properties", 0, 0);
	p.pb = (uint32_t)pb;
	p.lc = (uint32_t)lc;
	p.lp = (uint32_t)lp;
	return lzma_bounded(span_from(in, 4), &p, most, exact, out);
}

static struct fault decode_by(enum squashfs_method method, struct span in, uint64_t most,
			      bool exact, struct sink *out)
{
	switch (method) {
	case METHOD_ZLIB:
		return inflate_zlib(in, most, out).fault;
	case METHOD_LZMA:
		return lzma_alone_decode(in, most, out).fault;
	case METHOD_LZO:
		return lzo1x_decode(in, most, out).fault;
	case METHOD_XZ:
		return xz_decode(in, most, out).fault;
	case METHOD_LZ4:
		return lz4_block_decode(in, most, out).fault;
	case METHOD_ZSTD:
		return zstd_decode(in, most, out).fault;
	case METHOD_LZMA_PROPS:
		return lzma_with_props(in, 0, most, exact, out);
	case METHOD_LZMA_SKIP4:
		return lzma_with_props(in, 4, most, exact, out);
	case METHOD_LZMA_DDWRT:
		return lzma_ddwrt(in, most, exact, out);
	case METHOD_COUNT:
		break;
	}
	return fault_at(FAULT_UNKNOWN, 0, "compression", method, METHOD_COUNT);
}

struct fault squashfs_decode(const struct squashfs *fs, struct span block, uint64_t most,
			     bool exact, struct sink *out)
{
	size_t before = out->n;
	struct fault bad = decode_by(fs->method, block, most, exact, out);

	if (bad.kind == FAULT_NONE && exact && out->n - before != most)
		bad = fault_at(FAULT_BROKEN, 0, "plain size of a block", out->n - before, most);
	return bad;
}

/* A wrong guess may decode a little by chance; a metadata block gives exactly 8 KiB unless it is
 * the last of its table. */
static bool method_fits(enum squashfs_method method, struct span block)
{
	struct sink trial;
	struct fault bad;
	bool fits;

	sink_init(&trial, NULL, META_SIZE);
	bad = decode_by(method, block, META_SIZE, false, &trial);
	fits = bad.kind == FAULT_NONE && trial.n >= 20;
	sink_free(&trial);
	return fits;
}

bool squashfs_find_method(struct squashfs *fs, struct span block)
{
	static const enum squashfs_method order[] = {
		METHOD_ZLIB,       METHOD_XZ,   METHOD_LZMA, METHOD_LZMA_PROPS, METHOD_LZMA_SKIP4,
		METHOD_LZMA_DDWRT, METHOD_ZSTD, METHOD_LZO,  METHOD_LZ4
	};

	if (method_fits(fs->method, block))
		return true;
	for (size_t i = 0; i < sizeof(order) / sizeof(order[0]); i++)
		if (method_fits(order[i], block)) {
			fs->method = order[i];
			return true;
		}
	return false;
}
