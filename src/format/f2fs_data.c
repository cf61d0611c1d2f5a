/* f2fs_data.c - contents. An inode names some blocks itself, then five nodes: two of numbers of
 * blocks, two of numbers of such nodes, one of numbers of those. What is packed is so in clusters
 * of blocks; a mark in place of the first one's number says it. */
#include "codec/codec.h"
#include "format/f2fs.h"

#define FOOTER        24
#define TREES         5
#define DEEPEST       3
#define PACKED_HEADER 24
#define LARGEST_LOG   8 /* blocks of a cluster */
#define FIRST_LOG     2
#define PACK_CHECKSUM 1

static uint32_t in_table(const struct f2fs *fs)
{
	return (uint32_t)(fs->block - FOOTER) / 4;
}

struct f2fs_map f2fs_map_of(const struct f2fs *fs, const struct f2fs_inode *i)
{
	uint64_t blocks = (i->size >> fs->block_log) + ((i->size & (fs->block - 1)) != 0);

	return (struct f2fs_map){
		.fs = fs, .i = i, .end = blocks, .table = i->inside, .to = i->direct
	};
}

static void note(struct f2fs_map *m, struct fault f)
{
	if (m->fault.kind == FAULT_NONE)
		m->fault = f;
}

/* Which of the five nodes leads to a block, how many levels above the tables, and where its first
 * block is. False where the file is longer than all of them. */
static bool tree_of(const struct f2fs_map *m, uint32_t *slot, uint32_t *level, uint64_t *from)
{
	static const uint8_t levels[TREES] = { 0, 0, 1, 1, 2 };
	uint64_t at = m->i->direct;

	for (uint32_t k = 0; k < TREES; k++) {
		uint64_t span = m->i->in_node;

		for (uint32_t n = 0; n < levels[k]; n++)
			span *= in_table(m->fs);
		if (m->next < at + span) {
			*slot = k;
			*level = levels[k];
			*from = at;
			return true;
		}
		at += span;
	}
	return false;
}

static bool pay(struct f2fs_map *m, uint64_t steps)
{
	if (!m->steps || budget_take(m->steps, steps))
		return true;
	note(m, fault_at(FAULT_LIMIT, 0, "nodes of a file", m->next, 0));
	m->end = m->next;
	return false;
}

/* Goes down to the table that holds the next block; an empty one stands for a hole of m->from to
 * m->to. */
static bool find_table(struct f2fs_map *m)
{
	uint32_t slot, level, node;
	uint64_t from, span = m->i->in_node;
	struct span table = { 0 };
	struct fault bad;

	if (!tree_of(m, &slot, &level, &from)) {
		note(m, fault_at(FAULT_BROKEN, 0, "file size", m->i->size, 0));
		m->end = m->next;
		return false;
	}
	node = span_u32(m->i->bytes, m->fs->block - FOOTER - (TREES - slot) * 4ull, false);
	for (uint32_t n = 0; n < level; n++)
		span *= in_table(m->fs);
	for (;; level--) {
		uint64_t k;

		m->from = from;
		m->to = from + span;
		m->table = (struct span){ 0 };
		if (node == 0)
			return true;
		table = f2fs_node(m->fs, node, m->i->number, &bad);
		note(m, bad);
		if (bad.kind || level == 0)
			break;
		span /= in_table(m->fs);
		k = (m->next - from) / span;
		node = span_u32(table, k * 4, false);
		from += k * span;
	}
	if (bad.kind == FAULT_NONE && m->nodes && !marks_add(m->nodes, node)) {
		note(m, fault_at(FAULT_BROKEN, span_place(m->fs->in, table), "node met twice", node,
				 0));
		/* All its numbers are looked at again. */
		if (!pay(m, in_table(m->fs)))
			return false;
	}
	m->table = table;
	return true;
}

bool f2fs_map_next(struct f2fs_map *m, uint32_t *number, uint64_t *count)
{
	if (m->next >= m->end)
		return false;
	if (m->next >= m->to && (!pay(m, 1) || !find_table(m)))
		return false;
	*number = span_u32(m->table, (m->next - m->from) * 4, false);
	*count = 1;
	if (m->table.n == 0)
		*count = (m->to < m->end ? m->to : m->end) - m->next;
	m->next += *count;
	return true;
}

static bool put_block(struct f2fs_map *m, uint32_t number, uint64_t length, struct sink *out)
{
	struct span bytes = span_head(f2fs_block(m->fs, number), length);

	if (number == F2FS_HOLE || number == F2FS_NO_DATA)
		return sink_zero(out, length);
	if (number >= m->fs->blocks)
		note(m, fault_at(FAULT_BROKEN, 0, "block number", number, m->fs->blocks));
	else if (bytes.n < length)
		note(m, fault_at(FAULT_SHORT, (uint64_t)number << m->fs->block_log, "data block",
				 m->fs->in.n, (number + 1ull) << m->fs->block_log));
	return sink_put(out, bytes) && sink_zero(out, length - bytes.n);
}

static struct decoded (*const unpack[])(struct span in, uint64_t most, struct sink *out) = {
	lzo1x_decode,
	lz4_block_decode,
	zstd_decode,
	lzo1x_rle_decode,
};

/* What was gathered of a cluster, as plain bytes of the file. */
static bool put_cluster(struct f2fs_map *m, struct span packed, uint64_t length, struct sink *plain,
			struct sink *out)
{
	uint64_t size = m->fs->block << m->i->cluster_log;
	struct span data = span_sub(packed, PACKED_HEADER, span_u32(packed, 0, false));
	struct decoded d = { 0 };

	sink_reset(plain, size);
	if (data.n == 0)
		d.fault = fault_at(FAULT_BROKEN, 0, "packed cluster", span_u32(packed, 0, false),
				   packed.n);
	else if (m->i->method >= sizeof(unpack) / sizeof(unpack[0]))
		d.fault = fault_at(FAULT_UNKNOWN, 0, "compression", m->i->method, 3);
	else
		d = unpack[m->i->method](data, size, plain);
	if (d.fault.kind == FAULT_NONE && plain->n < length)
		d.fault = fault_at(FAULT_BROKEN, 0, "plain size of a cluster", plain->n, length);
	if (d.fault.kind == FAULT_NONE && m->i->pack_flags & PACK_CHECKSUM &&
	    f2fs_crc(F2FS_MAGIC, data) != span_u32(packed, 4, false))
		d.fault = fault_at(FAULT_BROKEN, 0, "CRC-32 of a cluster", 0, 0);
	note(m, d.fault);
	data = span_head(sink_span(plain), length);
	return sink_put(out, data) && sink_zero(out, length - data.n);
}

static uint64_t smaller(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

/* The blocks of a cluster behind its mark. A block that is not there ends them. */
static void gather_cluster(struct f2fs_map *m, struct sink *packed)
{
	uint64_t size = 1ull << m->i->cluster_log, count;
	uint32_t number;

	sink_reset(packed, size << m->fs->block_log);
	m->end = (m->next - 1) / size * size + size; /* all of it, however short the file */
	while (m->next < m->end && f2fs_map_next(m, &number, &count))
		if (number != F2FS_HOLE && number != F2FS_NO_DATA && number != F2FS_PACKED)
			put_block(m, number, m->fs->block, packed);
}

static bool put_blocks(struct f2fs_map *m, struct sink *packed, struct sink *plain,
		       struct sink *out)
{
	uint64_t size = m->i->size, end = m->end, count;
	uint32_t number;

	while (f2fs_map_next(m, &number, &count)) {
		uint64_t at = (m->next - count) << m->fs->block_log;
		uint64_t length = smaller(count << m->fs->block_log, size - at);

		if (number == F2FS_PACKED && m->i->is_packed) {
			gather_cluster(m, packed);
			length = smaller((m->next << m->fs->block_log), size) - at;
			if (!put_cluster(m, sink_span(packed), length, plain, out))
				return false;
			m->end = end;
		} else if (!put_block(m, number, length, out)) {
			return false;
		}
	}
	return true;
}

static struct fault put_inline(const struct f2fs *fs, const struct f2fs_inode *i, struct sink *out)
{
	struct span data = span_head(span_from(i->inside, 4), i->size);

	if (!sink_put(out, data))
		return out->fault;
	return data.n < i->size ? fault_at(FAULT_BROKEN, span_place(fs->in, i->bytes),
					   "size of inline data", i->size, data.n)
				: fine;
}

struct fault f2fs_content(const struct f2fs *fs, const struct f2fs_inode *i, struct sink *out)
{
	struct f2fs_map m = f2fs_map_of(fs, i);
	uint64_t steps = fs->in.n / 4 + 4096;
	struct sink packed, plain;
	bool whole;

	if (i->advise & F2FS_ENCRYPTED)
		return fault_at(FAULT_ENCRYPTED, 0, "content", 0, 0);
	if (i->inlines & F2FS_INLINE_DATA)
		return put_inline(fs, i, out);
	if (i->is_packed && (i->cluster_log < FIRST_LOG || i->cluster_log > LARGEST_LOG))
		return fault_at(FAULT_BROKEN, span_place(fs->in, i->bytes) + 393, "cluster size",
				i->cluster_log, LARGEST_LOG);
	m.steps = &steps;
	sink_init(&packed, NULL, 0);
	sink_init(&plain, NULL, 0);
	whole = put_blocks(&m, &packed, &plain, out);
	sink_free(&packed);
	sink_free(&plain);
	return whole ? m.fault : out->fault;
}
