/* erofs_unpack.c - contents packed by LZ4. An index has an entry for each logical cluster: a head
 * begins a new extent somewhere inside its cluster, the others only say how far it is. Entries are
 * eight bytes, or in packs of two (eight bytes) and sixteen (32 bytes) with one place a pack. */
#include "codec/codec.h"
#include "format/erofs.h"

#define COUNT_FLAG 0x800u /* of a first cluster behind a head: blocks of a large packed cluster */

enum { TYPE_PLAIN, TYPE_HEAD, TYPE_NONE, TYPE_HEAD2 };
enum { ADVISE_SMALL = 1, ADVISE_BIG = 2, ADVISE_BIG2 = 4, ADVISE_INLINE = 8, ADVISE_KNOWN = 15 };

struct map {
	const struct erofs *fs;
	const struct erofs_inode *i;
	uint32_t advise, algorithms, cluster_bits, inline_size;
	uint64_t count;          /* of logical clusters */
	uint64_t index;          /* where the entries begin */
	uint64_t start4, packs2; /* entries in packs of two before those of sixteen; these */
	uint64_t end;            /* behind the entries that were read */
};

struct entry_of_map {
	uint32_t type, offset; /* in its cluster; or what a cluster without head says */
	uint64_t block;
};

static struct fault read_map(const struct erofs *fs, const struct erofs_inode *i, struct map *m)
{
	uint64_t at = (i->data_at + 7) / 8 * 8;
	struct span header = span_sub(fs->in, at, 8);
	uint8_t bits = (uint8_t)span_byte(header, 7);
	uint64_t least;

	*m = (struct map){ .fs = fs, .i = i };
	m->inline_size = span_u16(header, 2, false);
	m->advise = span_u16(header, 4, false);
	m->algorithms = (uint8_t)span_byte(header, 6);
	m->cluster_bits = fs->block_bits + (bits & 7);
	m->count =
		(i->size >> m->cluster_bits) + ((i->size & ((1ull << m->cluster_bits) - 1)) != 0);
	m->index = at + 8 + (i->layout == EROFS_FULL ? 8 : 0);
	least = i->layout == EROFS_FULL ? 8 : 2;
	if (header.n == 0)
		return fault_at(FAULT_SHORT, at, "map header", fs->in.n, at + 8);
	if (bits & 0x80 || m->advise & ~(uint32_t)ADVISE_KNOWN)
		return fault_at(FAULT_UNKNOWN, at + 4, "fragments", m->advise, ADVISE_KNOWN);
	if (m->algorithms & 0xff)
		return fault_at(FAULT_UNKNOWN, at + 6, "compression", m->algorithms, 0);
	if (!(fs->incompat & EROFS_ZERO_PADDING))
		return fault_at(FAULT_UNKNOWN, 1024 + 80, "LZ4 without padding", fs->incompat, 1);
	if (m->index > fs->in.n || m->count > (fs->in.n - m->index) / least)
		return fault_at(FAULT_SHORT, m->index, "index of clusters", fs->in.n, m->count);
	if (i->layout == EROFS_COMPACT && m->cluster_bits > 14)
		return fault_at(FAULT_UNKNOWN, at + 7, "cluster size", m->cluster_bits, 14);
	/* Packs of sixteen begin at multiples of 32 bytes. */
	m->start4 = (32 - m->index % 32) / 4 & 7;
	if (m->advise & ADVISE_SMALL && m->start4 < m->count)
		m->packs2 = (m->count - m->start4) / 16 * 16;
	if (m->packs2 && m->cluster_bits != 12)
		return fault_at(FAULT_UNKNOWN, at + 7, "cluster size", m->cluster_bits, 12);
	return fine;
}

static void read_full(struct map *m, uint64_t n, struct entry_of_map *e)
{
	struct span r = span_sub(m->fs->in, m->index + n * 8, 8);

	e->type = span_u16(r, 0, false) & 3;
	e->offset = e->type == TYPE_NONE ? span_u16(r, 4, false) : span_u16(r, 2, false);
	e->block = span_u32(r, 4, false);
	m->end = m->index + n * 8 + 8;
}

/* One pack: `count` entries of `bits` each, then the place from which blocks are counted. */
struct pack {
	struct span bytes;
	uint32_t count, bits, low;
};

static uint32_t field(const struct pack *p, uint32_t k, uint32_t *type)
{
	uint32_t at = k * p->bits, word = span_u32(p->bytes, at / 8, false) >> at % 8;

	*type = word >> p->low & 3;
	return word & ((1u << p->low) - 1);
}

/* Packed blocks of the heads before entry k, counted backwards: a cluster without head says how far
 * its head is, or how many blocks that has. */
static uint64_t blocks_before(const struct pack *p, uint32_t k, bool big)
{
	uint64_t blocks = big ? 0 : 1;
	int64_t i = k;

	while (i > 0) {
		uint32_t type, low = field(p, (uint32_t)--i, &type);

		if (!big) {
			if (type == TYPE_NONE)
				i -= low;
			blocks += i >= 0;
		} else if (type != TYPE_NONE) {
			blocks++;
		} else if (low & COUNT_FLAG) {
			i--;
			blocks += low & ~COUNT_FLAG;
		} else {
			i -= low > 2 ? (int64_t)low - 2 : 0;
		}
	}
	return blocks;
}

static void read_compact(struct map *m, uint64_t n, struct entry_of_map *e)
{
	uint64_t at = m->index, each = 4, pack_size;
	struct pack p = { .count = 2, .low = m->cluster_bits < 12 ? 12 : m->cluster_bits };
	uint32_t k;

	if (n < m->start4) {
		at += n * 4;
	} else if (n - m->start4 < m->packs2) {
		at += m->start4 * 4 + (n - m->start4) * 2;
		each = 2;
		p.count = 16;
	} else {
		at += m->start4 * 4 + m->packs2 * 2 + (n - m->start4 - m->packs2) * 4;
	}
	pack_size = p.count * each;
	p.bits = (uint32_t)((pack_size - 4) * 8 / p.count);
	k = (uint32_t)(at % pack_size / each);
	p.bytes = span_sub(m->fs->in, at - at % pack_size, pack_size);
	e->offset = field(&p, k, &e->type);
	m->end = at - at % pack_size + pack_size;
	if (e->type != TYPE_NONE)
		e->block = span_u32(p.bytes, pack_size - 4, false) +
			   blocks_before(&p, k, m->advise & (ADVISE_BIG | ADVISE_BIG2));
}

/* A head until the next one is met. */
struct extent {
	uint64_t from, block, blocks;
	uint32_t type;
	bool open;
};

static struct fault put_extent(const struct map *m, const struct extent *x, struct span packed,
			       uint64_t length, struct sink *out)
{
	size_t before = out->n, zeros = 0;
	uint64_t at = packed.n ? span_place(m->fs->in, packed) : 0;
	struct decoded d;

	if (x->type == TYPE_PLAIN) {
		if (packed.n < length)
			return fault_at(FAULT_BROKEN, at, "plain extent", packed.n, length);
		return sink_put(out, span_head(packed, length)) ? fine : out->fault;
	}
	while (zeros < packed.n && packed.p[zeros] == 0)
		zeros++;
	if (length > out->limit - before)
		return sink_zero(out, length) ? fine : out->fault; /* meets the limit */
	d = lz4_block_decode(span_from(packed, zeros), length, out);
	d.fault.at += at + zeros;
	if (d.fault.kind == FAULT_NONE && out->n - before != length)
		d.fault = fault_at(FAULT_BROKEN, at, "extent length", out->n - before, length);
	return d.fault;
}

static struct fault close_extent(const struct map *m, const struct extent *x, uint64_t end,
				 struct sink *out)
{
	uint64_t at = x->block << m->fs->block_bits, length = x->blocks << m->fs->block_bits;
	bool is_last = end == m->i->size;
	struct span packed = span_head(span_from(m->fs->in, at), length);

	if (end <= x->from)
		return fault_at(FAULT_BROKEN, m->index, "order of extents", end, x->from);
	if (is_last && m->advise & ADVISE_INLINE)
		packed = span_sub(m->fs->in, m->end, m->inline_size);
	if (packed.n == 0)
		return fault_at(FAULT_SHORT, at, "packed cluster", m->fs->in.n, at + length);
	return put_extent(m, x, packed, end - x->from, out);
}

struct fault erofs_unpack(const struct erofs *fs, const struct erofs_inode *i, struct sink *out)
{
	struct extent x = { 0 };
	struct map m;
	struct fault bad = read_map(fs, i, &m);

	for (uint64_t n = 0; n < m.count && bad.kind == FAULT_NONE; n++) {
		struct entry_of_map e = { 0 };
		uint64_t from;

		if (i->layout == EROFS_FULL)
			read_full(&m, n, &e);
		else
			read_compact(&m, n, &e);
		if (e.type == TYPE_NONE) {
			if (e.offset & COUNT_FLAG && x.open)
				x.blocks = e.offset & ~COUNT_FLAG;
			continue;
		}
		from = (n << m.cluster_bits) + e.offset;
		if (from >= i->size)
			break; /* a head where the file ends */
		if (x.open)
			bad = close_extent(&m, &x, from, out);
		else if (from)
			bad = fault_at(FAULT_BROKEN, m.index, "first extent", from, 0);
		x = (struct extent){ from, e.block, 1, e.type, true };
	}
	if (bad.kind || i->size == 0)
		return bad;
	return x.open ? close_extent(&m, &x, i->size, out)
		      : fault_at(FAULT_BROKEN, m.index, "first extent", 0, 0);
}
