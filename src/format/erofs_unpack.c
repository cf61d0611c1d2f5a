/* erofs_unpack.c - packed contents. An index has an entry for each logical cluster: a head
 * begins a new extent somewhere inside its cluster, the others only say how far it is. Entries are
 * eight bytes, or in packs of two (eight bytes) and sixteen (32 bytes) with one place a pack. */
#include "codec/codec.h"
#include "format/erofs.h"

#define COUNT_FLAG    0x800u /* of a first cluster behind a head: blocks of a large packed cluster */
#define PARTIAL_FLAG  0x8000u /* of a head: the packed cluster holds more than this extent */
#define WHOLE_FLAG    0x80u   /* of the header: all of the file is a fragment */
#define MOST_EXTENT   (16u << 20)
#define MOST_OVERHEAD 32 /* bytes that may be unpacked for one of the content */

enum { TYPE_PLAIN, TYPE_HEAD, TYPE_NONE, TYPE_HEAD2 };
enum { PACKED_LZ4, PACKED_LZMA, PACKED_DEFLATE, PACKED_ZSTD };
enum {
	ADVISE_SMALL = 1,
	ADVISE_BIG = 2,
	ADVISE_BIG2 = 4,
	ADVISE_INLINE = 8,
	ADVISE_INTERLACED = 16, /* plain blocks begin where they do in the content, and go round */
	ADVISE_FRAGMENT = 32,   /* the last extent is one */
	ADVISE_KNOWN = 63
};

struct map {
	const struct erofs *fs;
	const struct erofs_inode *i;
	uint32_t advise, algorithms, cluster_bits, inline_size;
	uint64_t count;          /* of logical clusters */
	uint64_t index;          /* where the entries begin */
	uint64_t start4, packs2; /* entries in packs of two before those of sixteen; these */
	uint64_t end;            /* behind the entries that were read */
	uint64_t fragment;       /* where it begins in the inode that files share */
	bool is_fragment;        /* all of it is one, and there is no index */
	uint64_t left; /* bytes that may still be unpacked for extents of which a part is used */
	struct erofs_packing *packing; /* or NULL */
};

struct entry_of_map {
	uint32_t type, offset; /* in its cluster; or what a cluster without head says */
	uint64_t block;
	bool is_partial;
	/* What only own() asks for: of a full entry its other fields, of a pack where it begins,
	 * how many entries it has, and the place that it counts from. */
	uint32_t rest, next, base;
	uint64_t first, count;
};

static struct fault read_map(const struct erofs *fs, const struct erofs_inode *i, struct map *m)
{
	uint64_t at = (i->data_at + 7) / 8 * 8;
	struct span header = span_sub(fs->in, at, 8);
	uint8_t bits = (uint8_t)span_byte(header, 7);
	uint64_t least;

	*m = (struct map){ .fs = fs, .i = i };
	m->inline_size = span_u16(header, 2, false);
	m->fragment = span_u32(header, 0, false);
	m->left = MOST_EXTENT + (i->size < 1ull << 56 ? i->size * MOST_OVERHEAD : 0);
	m->advise = span_u16(header, 4, false);
	m->algorithms = (uint8_t)span_byte(header, 6);
	m->cluster_bits = fs->block_bits + (bits & 7);
	m->count =
		(i->size >> m->cluster_bits) + ((i->size & ((1ull << m->cluster_bits) - 1)) != 0);
	m->index = at + 8 + (i->layout == EROFS_FULL ? 8 : 0);
	least = i->layout == EROFS_FULL ? 8 : 2;
	if (header.n == 0)
		return fault_at(FAULT_SHORT, at, "map header", fs->in.n, at + 8);
	if (bits & WHOLE_FLAG) {
		m->fragment = span_u64(header, 0, false) & (UINT64_MAX >> 1);
		m->advise = ADVISE_FRAGMENT;
		m->is_fragment = true;
		m->count = 0;
		return fine;
	}
	if (m->advise & ~(uint32_t)ADVISE_KNOWN)
		return fault_at(FAULT_UNKNOWN, at + 4, "features of a file", m->advise,
				ADVISE_KNOWN);
	if (m->index > fs->in.n || m->count > (fs->in.n - m->index) / least)
		return fault_at(FAULT_SHORT, m->index, "index of clusters", fs->in.n, m->count);
	if (i->layout == EROFS_COMPACT && m->cluster_bits > 14)
		return fault_at(FAULT_UNKNOWN, at + 7, "cluster size", m->cluster_bits, 14);
	/* Packs of sixteen begin at multiples of 32 bytes. */
	m->start4 = (32 - m->index % 32) / 4 & 7;
	if (m->advise & ADVISE_SMALL && m->start4 < m->count)
		m->packs2 = (m->count - m->start4) / 16 * 16;
	if (m->packs2 && m->cluster_bits > 12)
		return fault_at(FAULT_UNKNOWN, at + 7, "cluster size", m->cluster_bits, 12);
	return fine;
}

static void read_full(struct map *m, uint64_t n, struct entry_of_map *e)
{
	struct span r = span_sub(m->fs->in, m->index + n * 8, 8);

	e->type = span_u16(r, 0, false) & 3;
	e->offset = e->type == TYPE_NONE ? span_u16(r, 4, false) : span_u16(r, 2, false);
	e->block = span_u32(r, 4, false);
	e->is_partial = span_u16(r, 0, false) & PARTIAL_FLAG;
	e->rest = (span_u16(r, 0, false) & ~(3u | PARTIAL_FLAG)) << 16 | span_u16(r, 2, false);
	e->next = span_u16(r, 6, false);
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
	e->first = n - k;
	e->count = p.count;
	e->base = span_u32(p.bytes, pack_size - 4, false);
	if (e->type != TYPE_NONE)
		e->block = span_u32(p.bytes, pack_size - 4, false) +
			   blocks_before(&p, k, m->advise & (ADVISE_BIG | ADVISE_BIG2));
}

/* A head until the next one is met. */
struct extent {
	uint64_t from, block, blocks;
	uint32_t type;
	bool open, is_partial;
	uint64_t cluster; /* of the head */
};

static void note_piece(const struct map *m, struct span bytes)
{
	if (m->packing && bytes.n)
		m->packing->piece(m->packing->ctx, span_place(m->fs->in, bytes), bytes.n);
}

/* -- whether an index could be nothing else -- */

static bool is_distance(uint32_t said, uint64_t is, uint32_t most)
{
	return said == (is < most ? is : most);
}

/* An entry without head says how far its head is, or how many blocks that has; a full one how far
 * the next head is, too; the last one of a pack only that. */
static bool is_told(const struct map *m, const struct entry_of_map *e, const struct extent *x,
		    uint64_t n, uint64_t next)
{
	const uint32_t most = m->i->layout == EROFS_FULL || m->cluster_bits < 12
				      ? COUNT_FLAG - 1
				      : (1u << m->cluster_bits) - 1;
	const bool counts = e->offset & COUNT_FLAG && n == x->cluster + 1 &&
			    m->advise & (ADVISE_BIG | ADVISE_BIG2);

	if (m->i->layout == EROFS_FULL)
		return (counts || is_distance(e->offset, n - x->cluster, most)) &&
		       is_distance(e->next, next - n, most) &&
		       e->rest == (x->from & ((1u << m->cluster_bits) - 1));
	/* A pack without a head counts from nowhere that anybody asks for. */
	if (e->first > x->cluster && e->first + e->count <= next &&
	    (e->base + 1ull < x->block || e->base > x->block + x->blocks))
		return false;
	if (counts)
		return true;
	return is_distance(e->offset, n + 1 == e->first + e->count ? next - n : n - x->cluster,
			   most);
}

static void read_entry(struct map *m, uint64_t n, struct entry_of_map *e)
{
	*e = (struct entry_of_map){ 0 };
	if (m->i->layout == EROFS_FULL)
		read_full(m, n, e);
	else
		read_compact(m, n, e);
}

/* Counts an extent whose head is followed by the one of cluster `next`. A last one that stands
 * beside the inode or in the one that files share has a place that nobody goes to. */
static void note_extent(const struct map *m, const struct extent *x, uint64_t next, bool is_last)
{
	struct map again = *m;
	struct entry_of_map e;

	if (!m->packing)
		return;
	read_entry(&again, x->cluster, &e);
	if (m->i->layout == EROFS_FULL && e.rest >> 16)
		m->packing->is_exact = false;
	if (!is_last || !(m->advise & (ADVISE_INLINE | ADVISE_FRAGMENT)))
		m->packing->blocks += x->blocks;
	else if (x->block > m->fs->blocks)
		m->packing->is_exact = false;
	for (uint64_t n = x->cluster + 1; n < next; n++) {
		read_entry(&again, n, &e);
		if (e.type != TYPE_NONE || !is_told(m, &e, x, n, next))
			m->packing->is_exact = false;
	}
}

/* The head where the file ends is the last entry, and has no place. */
static void note_end(const struct map *m, const struct entry_of_map *e, uint64_t n, uint64_t from)
{
	if (m->packing && (n + 1 != m->count || from != m->i->size || e->type != TYPE_PLAIN ||
			   e->is_partial || (m->i->layout == EROFS_FULL && e->block)))
		m->packing->is_exact = false;
}

/* Whether the last pack goes on behind the last entry with zeros. */
static bool ends_empty(const struct map *m)
{
	struct map again = *m;
	struct entry_of_map last, e;

	read_entry(&again, m->count - 1, &last);
	for (uint64_t n = m->count; n < last.first + last.count; n++) {
		read_entry(&again, n, &e);
		if (e.offset || e.type)
			return false;
	}
	return true;
}

static void note_index(const struct map *m, const struct erofs *fs, struct erofs_packing *p)
{
	struct span header = span_sub(fs->in, p->from, m->index - p->from);

	p->to = m->end;
	p->is_exact &= m->count > 0 && ends_empty(m);
	p->is_exact &= (span_byte(header, 7) & ~7) == 0 && span_u64(header, 8, false) == 0;
	if (m->advise & ADVISE_FRAGMENT) /* its place */
		p->is_exact &= !(m->advise & ADVISE_INLINE);
	else /* an end that was to stand beside the inode and had no room leaves its size */
		p->is_exact &= span_u16(header, 0, false) == 0 && m->inline_size <= m->fs->block;
}

/* One block, from where it stands in the content on to its end, then from its start. */
static struct fault put_plain(const struct map *m, const struct extent *x, struct span packed,
			      uint64_t length, struct sink *out)
{
	uint64_t at = span_place(m->fs->in, packed), skip = 0;
	struct span first;

	if (m->advise & ADVISE_INTERLACED)
		skip = x->from & (m->fs->block - 1);
	if (packed.n < length || (skip && length > m->fs->block))
		return fault_at(FAULT_BROKEN, at, "plain extent", packed.n, length);
	first = span_head(span_from(skip ? span_head(packed, m->fs->block) : packed, skip), length);
	if (!sink_put(out, first) || !sink_put(out, span_head(packed, length - first.n)))
		return out->fault;
	note_piece(m, first);
	note_piece(m, span_head(packed, length - first.n));
	return fine;
}

/* The bytes before a packed extent that are zero belong to no algorithm: the data end with their
 * block. */
static struct decoded unpack(uint32_t algorithm, struct span packed, uint64_t length, bool is_exact,
			     struct sink *out)
{
	switch (algorithm) {
	case PACKED_LZ4:
		return lz4_block_decode(packed, length, out);
	case PACKED_LZMA:
		return microlzma_decode(packed, length, is_exact, out);
	case PACKED_DEFLATE:
		return inflate_raw(packed, length, out);
	case PACKED_ZSTD:
		return zstd_decode(packed, length, out);
	}
	return (struct decoded){ 0, fault_at(FAULT_UNKNOWN, 0, "compression", algorithm,
					     PACKED_ZSTD) };
}

/* How much of a packed cluster an extent uses: `length` bytes, and not the rest. */
static void note_part(const struct map *m, const struct extent *x, struct span packed,
		      struct span rest, uint64_t length)
{
	struct erofs_part part = { .at = span_place(m->fs->in, packed),
				   .from = x->from,
				   .length = length,
				   .plain = length + rest.n };

	if (!m->packing)
		return;
	sha256_of(rest, part.rest);
	m->packing->part(m->packing->ctx, &part);
}

/* Where a cluster of LZMA ends it does not say itself: some other extent has to use all of it. */
static void note_cut(const struct map *m, const struct extent *x, struct span packed)
{
	struct erofs_part part = { .at = span_place(m->fs->in, packed), .from = x->from };

	part.length = 1;
	if (m->packing)
		m->packing->part(m->packing->ctx, &part);
}

/* Of an extent that others share only the first bytes are wanted. */
static struct fault put_part(struct map *m, const struct extent *x, uint32_t algorithm,
			     struct span packed, uint64_t length, struct sink *out)
{
	uint64_t most = algorithm == PACKED_LZMA ? length : MOST_EXTENT;
	struct sink whole;
	struct decoded d;
	struct fault bad = fine;

	sink_init(&whole, NULL, most);
	d = unpack(algorithm, packed, most, false, &whole);
	if (whole.n > m->left)
		bad = fault_at(FAULT_LIMIT, 0, "extents of which little is used", whole.n, m->left);
	else if (whole.n < length)
		bad = d.fault.kind ? d.fault
				   : fault_at(FAULT_BROKEN, 0, "extent length", whole.n, length);
	else if (!sink_put(out, span_head(sink_span(&whole), length)))
		bad = out->fault;
	m->left -= whole.n < m->left ? whole.n : m->left;
	if (bad.kind == FAULT_NONE && algorithm == PACKED_LZMA) {
		note_cut(m, x, packed);
	} else if (bad.kind == FAULT_NONE) {
		note_part(m, x, packed, span_from(sink_span(&whole), length), length);
		note_piece(m, span_head(packed, d.used));
	}
	sink_free(&whole);
	return bad;
}

/* The data of a packed cluster: they end with it, and zeros stand before. Until Linux 5.3 they
 * began with it, and went on behind the extent where the last instruction did. */
static struct span data_of(const struct map *m, uint32_t algorithm, struct span packed,
			   uint64_t length, bool *is_partial)
{
	size_t zeros = 0;

	if (algorithm == PACKED_LZ4 && !(m->fs->incompat & EROFS_ZERO_PADDING)) {
		uint64_t used = *is_partial ? 0 : lz4_block_length(packed, length);

		*is_partial |= used == 0;
		return used ? span_head(packed, used) : packed;
	}
	while (zeros < packed.n && packed.p[zeros] == 0)
		zeros++;
	return span_from(packed, zeros);
}

static struct fault put_packed(struct map *m, const struct extent *x, struct span packed,
			       uint64_t length, struct sink *out)
{
	uint32_t algorithm = x->type == TYPE_HEAD2 ? m->algorithms >> 4 : m->algorithms & 15;
	bool is_partial = x->is_partial;
	size_t before = out->n;
	struct decoded d;
	uint64_t at;

	packed = data_of(m, algorithm, packed, length, &is_partial);
	at = span_place(m->fs->in, packed);
	if (length > out->limit - before)
		return sink_zero(out, length) ? fine : out->fault; /* meets the limit */
	if (is_partial) {
		d.fault = put_part(m, x, algorithm, packed, length, out);
		d.fault.at += at;
		return d.fault;
	}
	d = unpack(algorithm, packed, length, true, out);
	note_piece(m, span_head(packed, d.used));
	note_part(m, x, packed, (struct span){ 0 }, length);
	d.fault.at += at;
	if (d.fault.kind == FAULT_NONE && out->n - before != length)
		d.fault = fault_at(FAULT_BROKEN, at, "extent length", out->n - before, length);
	return d.fault;
}

static struct fault put_fragment(const struct map *m, uint64_t length, struct sink *out)
{
	struct span bytes = span_head(span_from(m->fs->packed, m->fragment), length);

	if (!sink_put(out, bytes))
		return out->fault;
	if (m->packing)
		m->packing->fragment(m->packing->ctx, m->fragment, bytes.n);
	return bytes.n < length ? fault_at(FAULT_SHORT, m->i->at, "fragment", m->fs->packed.n,
					   m->fragment + length)
				: fine;
}

static struct fault close_extent(struct map *m, const struct extent *x, uint64_t end,
				 struct sink *out)
{
	uint64_t at = x->block << m->fs->block_bits, length = x->blocks << m->fs->block_bits;
	bool is_last = end == m->i->size;
	struct span packed = span_head(span_from(m->fs->in, at), length);

	if (end <= x->from)
		return fault_at(FAULT_BROKEN, m->index, "order of extents", end, x->from);
	if (is_last && m->advise & ADVISE_FRAGMENT) {
		if (m->i->layout == EROFS_FULL)
			m->fragment |= x->block << 32;
		return put_fragment(m, end - x->from, out);
	}
	if (is_last && m->advise & ADVISE_INLINE)
		packed = span_sub(m->fs->in, m->end, m->inline_size);
	if (packed.n == 0)
		return fault_at(FAULT_SHORT, at, "packed cluster", m->fs->in.n, at + length);
	return x->type == TYPE_PLAIN ? put_plain(m, x, packed, end - x->from, out)
				     : put_packed(m, x, packed, end - x->from, out);
}

static void begin_noting(struct map *m, struct erofs_packing *p)
{
	m->packing = p;
	if (!p)
		return;
	p->from = (m->i->data_at + 7) / 8 * 8;
	p->to = m->is_fragment ? p->from + 8 : m->index;
	p->is_exact = m->count > 0 || m->is_fragment;
	p->blocks = 0;
}

static struct fault unpack_extents(struct map *m, struct sink *out)
{
	struct extent x = { 0 };
	struct fault bad = fine;
	uint64_t n;

	for (n = 0; n < m->count && bad.kind == FAULT_NONE; n++) {
		struct entry_of_map e;
		uint64_t from;

		read_entry(m, n, &e);
		if (e.type == TYPE_NONE) {
			if (e.offset & COUNT_FLAG && x.open)
				x.blocks = e.offset & ~COUNT_FLAG;
			continue;
		}
		from = (n << m->cluster_bits) + e.offset;
		if (from >= m->i->size) {
			note_end(m, &e, n, from);
			break;
		}
		if (x.open)
			note_extent(m, &x, n, false);
		if (x.open)
			bad = close_extent(m, &x, from, out);
		else if (from)
			bad = fault_at(FAULT_BROKEN, m->index, "first extent", from, 0);
		x = (struct extent){ from, e.block, 1, e.type, true, e.is_partial, n };
	}
	if (bad.kind || m->i->size == 0)
		return bad;
	if (!x.open)
		return fault_at(FAULT_BROKEN, m->index, "first extent", 0, 0);
	note_extent(m, &x, n, true);
	return close_extent(m, &x, m->i->size, out);
}

struct fault erofs_unpack(const struct erofs *fs, const struct erofs_inode *i,
			  struct erofs_packing *p, struct sink *out)
{
	struct map m;
	struct fault bad = read_map(fs, i, &m);

	if (bad.kind)
		return bad;
	begin_noting(&m, p);
	if (m.count == 0)
		return put_fragment(&m, i->size, out);
	bad = unpack_extents(&m, out);
	if (p)
		note_index(&m, fs, p);
	return bad;
}
