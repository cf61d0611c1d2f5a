/* squashfs_codec.c - how the blocks of an image were packed. v4 writes a number, older versions
 * none, and vendors put LZMA where zlib should be, with headers of their own. So the method is the
 * first that makes sense of a metadata block, beginning with what the superblock promises. */
#include "format/squashfs.h"

/* Vendors' encoders never used more, and none of them wrote it down. */
#define BARE_DICTIONARY (8u << 20)
#define MOST_SKIP       10
#define MOST_TRIED      (2u << 20) /* bytes that all guesses together may make */

static struct decoded by_zlib(const struct squash_packing *p, struct span in, uint64_t most,
			      struct sink *out)
{
	(void)p;
	return inflate_zlib(in, most, out);
}

static struct decoded by_lzma(const struct squash_packing *p, struct span in, uint64_t most,
			      struct sink *out)
{
	(void)p;
	return lzma_alone_decode(in, most, out);
}

static struct decoded by_lzo(const struct squash_packing *p, struct span in, uint64_t most,
			     struct sink *out)
{
	(void)p;
	return lzo1x_decode(in, most, out);
}

static struct decoded by_xz(const struct squash_packing *p, struct span in, uint64_t most,
			    struct sink *out)
{
	(void)p;
	return xz_decode(in, most, out);
}

static struct decoded by_lz4(const struct squash_packing *p, struct span in, uint64_t most,
			     struct sink *out)
{
	(void)p;
	return lz4_block_decode(in, most, out);
}

static struct decoded by_zstd(const struct squash_packing *p, struct span in, uint64_t most,
			      struct sink *out)
{
	(void)p;
	return zstd_decode(in, most, out);
}

static struct decoded behind(struct span in, uint32_t skip, const struct lzma_properties *lzma,
			     uint64_t most, struct sink *out)
{
	struct decoded d;

	/* The first byte of a range coder is always zero. */
	if (span_byte(in, skip) != 0)
		return (struct decoded){ 0, fault_at(FAULT_BROKEN, skip, "LZMA stream", 0, 0) };
	d = lzma_raw_decode(span_from(in, skip), lzma, most, out);
	d.used += skip;
	return d;
}

static struct decoded by_properties(struct span in, uint32_t skip, uint64_t most, struct sink *out)
{
	struct cursor c = { .in = in };
	struct lzma_properties lzma;
	uint8_t byte;

	cursor_skip(&c, skip);
	byte = cursor_u8(&c);
	if (!lzma_properties_from(byte, cursor_le32(&c), &lzma) || c.ran_out)
		return (struct decoded){ 0, fault_at(FAULT_BROKEN, skip, "LZMA properties", byte,
						     224) };
	return behind(in, skip + 5, &lzma, most, out);
}

static struct decoded by_lzma_properties(const struct squash_packing *p, struct span in,
					 uint64_t most, struct sink *out)
{
	(void)p;
	return by_properties(in, 0, most, out);
}

static struct decoded by_lzma_late_properties(const struct squash_packing *p, struct span in,
					      uint64_t most, struct sink *out)
{
	(void)p;
	return by_properties(in, 4, most, out);
}

/* DD-WRT: pb, lc, lp as bytes of their own, one unused; they change from block to block. */
static struct decoded by_lzma_ddwrt(const struct squash_packing *p, struct span in, uint64_t most,
				    struct sink *out)
{
	struct cursor c = { .in = in };
	struct lzma_properties lzma = { .dictionary = BARE_DICTIONARY };

	(void)p;
	lzma.pb = cursor_u8(&c);
	lzma.lc = cursor_u8(&c);
	lzma.lp = cursor_u8(&c);
	if (c.ran_out || lzma.pb > 4 || lzma.lc + lzma.lp > 4)
		return (struct decoded){ 0,
					 fault_at(FAULT_BROKEN, 0, "LZMA properties", lzma.pb, 4) };
	return behind(in, 4, &lzma, most, out);
}

/* No header at all: the parameters were found by trying. */
static struct decoded by_lzma_bare(const struct squash_packing *p, struct span in, uint64_t most,
				   struct sink *out)
{
	return behind(in, p->skip, &p->lzma, most, out);
}

enum { ZLIB, LZMA, LZO, XZ, LZ4, ZSTD, LZMA_PROPERTIES, LZMA_LATE, LZMA_DDWRT, LZMA_BARE };

/* v4 numbers the first six from 1. */
static const struct squash_method methods[] = {
	[ZLIB] = { "gzip", false, by_zlib },
	[LZMA] = { "lzma", false, by_lzma },
	[LZO] = { "lzo", false, by_lzo },
	[XZ] = { "xz", false, by_xz },
	[LZ4] = { "lz4", false, by_lz4 },
	[ZSTD] = { "zstd", false, by_zstd },
	[LZMA_PROPERTIES] = { "lzma (5-byte properties)", true, by_lzma_properties },
	[LZMA_LATE] = { "lzma (properties at 4)", true, by_lzma_late_properties },
	[LZMA_DDWRT] = { "lzma (DD-WRT)", true, by_lzma_ddwrt },
	[LZMA_BARE] = { "lzma (bare)", true, by_lzma_bare },
};

/* Those that check most come first; lz4 and lzo believe nearly anything. */
static const uint8_t trial_order[] = { ZLIB,      XZ,         ZSTD, LZMA, LZMA_PROPERTIES,
				       LZMA_LATE, LZMA_DDWRT, LZO,  LZ4 };

const struct squash_method *squash_promised(const struct squash_super *s)
{
	if (s->major < 4)
		return &methods[ZLIB];
	return s->codec >= 1 && s->codec <= ZSTD + 1u ? &methods[s->codec - 1] : NULL;
}

/* A bare stream of unknown size ends at its end mark. One without goes on until its input ends, and
 * may make a few bytes too many of the range coder's last ones, which nothing refers to. */
static struct fault unpack_bare(const struct squash_packing *p, struct span in, uint64_t most,
				struct sink *out)
{
	size_t before = out->n;
	uint64_t limit = out->limit;
	struct decoded d;

	if (most < limit - before)
		out->limit = before + most;
	d = p->method->decode(p, in, PLAIN_UNKNOWN, out);
	if (out->limit != limit && out->fault.kind == FAULT_LIMIT)
		out->fault = fine;
	out->limit = limit;
	return d.used == in.n && out->n > before ? fine : d.fault;
}

static struct fault unpack(const struct squash_packing *p, struct span in, uint64_t plain,
			   uint64_t most, struct sink *out, uint64_t *used)
{
	size_t before = out->n;
	uint64_t room = plain == PLAIN_UNKNOWN ? most : plain;
	struct decoded d;
	uint64_t made;

	*used = in.n;
	if (!p->method)
		return fault_at(FAULT_UNKNOWN, 0, "compression", 0, 0);
	if (p->method->bare && plain == PLAIN_UNKNOWN)
		return unpack_bare(p, in, most, out);
	d = p->method->decode(p, in, room, out);
	*used = d.used;
	made = out->n - before;
	if (d.fault.kind == FAULT_NONE && (plain == PLAIN_UNKNOWN ? made > most : made != plain))
		return fault_at(FAULT_BROKEN, 0, "plain size of block", made, room);
	return d.fault;
}

struct fault squash_unpack(const struct squash_packing *p, struct span in, uint64_t plain,
			   uint64_t most, struct sink *out)
{
	uint64_t used;

	return unpack(p, in, plain, most, out, &used);
}

const char squash_behind[] = "bytes behind a packed block";

struct fault squash_unpack_all(const struct squash_packing *p, struct span in, uint64_t plain,
			       uint64_t most, struct sink *out)
{
	uint64_t used;
	struct fault bad = unpack(p, in, plain, most, out, &used);
	bool can_tell = p->method == &methods[ZLIB] || p->method == &methods[XZ] ||
			p->method == &methods[ZSTD];

	if (bad.kind == FAULT_NONE && can_tell && used < in.n)
		return fault_at(FAULT_BROKEN, used, squash_behind, in.n, used);
	return bad;
}

/* The root is a directory. In a bare stream of unknown size this is what speaks for a guess. */
static bool holds_root(const struct squash_super *s, struct span plain)
{
	uint64_t at = s->root & 0xFFFF;
	int byte = span_byte(plain, at);

	if (byte < 0)
		return false;
	if (s->major == 4)
		return span_u16(plain, at, s->big) == 1 || span_u16(plain, at, s->big) == 8;
	byte = s->big ? byte >> 4 : byte & 15;
	return byte == 1 || (s->major == 1 ? byte % 5 == 1 : byte == 8);
}

/* Whether the block decodes to what it should. Room for more than that shows a wrong guess by its
 * going on. *made counts what was decoded on the way. */
static bool fits(const struct squash *q, const struct squash_packing *p,
		 const struct squash_packed_blocks *b, uint64_t *made)
{
	uint8_t bytes[2 * SQUASH_METADATA];
	struct sink out = { .p = bytes, .cap = sizeof(bytes), .limit = sizeof(bytes) };
	uint64_t plain = b->is_last ? PLAIN_UNKNOWN : SQUASH_METADATA;
	struct decoded d;

	if (p->method->bare) {
		struct fault bad = squash_unpack(p, b->body, plain, SQUASH_METADATA, &out);

		*made += out.n;
		if (bad.kind)
			return false;
		if (b->at - q->super.inode_table == q->super.root >> 16)
			return holds_root(&q->super, sink_span(&out));
		return !b->is_last || p->method != &methods[LZMA_BARE];
	}
	d = p->method->decode(p, b->body, sizeof(bytes), &out);
	if (d.fault.kind || d.used != b->body.n || out.n > SQUASH_METADATA)
		return false;
	return b->is_last ? out.n > 0 : out.n == plain;
}

/* Every offset and every triple of properties that liblzma can decode. Garbage runs into an
 * impossible distance within a few bytes, so that a search which goes on making bytes is not worth
 * going on with. */
static bool find_bare(struct squash *q, const struct squash_packed_blocks *b)
{
	struct squash_packing p = { .method = &methods[LZMA_BARE] };
	uint64_t made = 0;

	for (p.skip = 0; p.skip <= MOST_SKIP; p.skip++) {
		if (span_byte(b->body, p.skip) != 0)
			continue;
		for (uint32_t byte = 0; byte < 225 && made < MOST_TRIED; byte++) {
			if (!lzma_properties_from((uint8_t)byte, BARE_DICTIONARY, &p.lzma) ||
			    p.lzma.lc + p.lzma.lp > 4 || !fits(q, &p, b, &made))
				continue;
			q->packing = p;
			return true;
		}
	}
	return false;
}

static bool fits_any(struct squash *q, const struct squash_method *m,
		     const struct squash_packed_blocks *b, size_t n)
{
	struct squash_packing p = { .method = m };
	uint64_t made = 0;

	for (size_t i = 0; m && i < n; i++) {
		if (!fits(q, &p, &b[i], &made))
			continue;
		q->packing = p;
		return true;
	}
	return false;
}

bool squash_choose(struct squash *q, const struct squash_packed_blocks *b, size_t n)
{
	const struct squash_method *promised = squash_promised(&q->super);

	if (fits_any(q, promised, b, n))
		return true;
	for (size_t i = 0; i < sizeof(trial_order); i++)
		if (fits_any(q, &methods[trial_order[i]], b, n))
			return true;
	if (n && find_bare(q, &b[0]))
		return true;
	q->packing.method = promised;
	return n == 0;
}
