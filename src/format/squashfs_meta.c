/* squashfs_meta.c - metadata blocks: a 16-bit length (bit 15: stored), then at most 8 KiB plain.
 * Each is decoded when it is first asked for and kept until the listing is done. */
#include "format/squashfs.h"

#define MOST_BLOCKS 65536 /* 512 MiB of plain metadata */

struct block {
	uint64_t at; /* in the image; 0: empty slot (the superblock stands there) */
	uint64_t next;
	uint8_t *plain;
	uint32_t n;
	struct fault fault;
};

struct squashfs_meta {
	struct block *slots;
	uint32_t mask, count;
	struct sink sink;
};

static bool resize(struct squashfs_meta *m, struct arena *a, uint32_t size)
{
	struct block *slots = arena_take(a, size, sizeof(*slots));

	if (!slots)
		return false;
	for (uint32_t i = 0; m->slots && i <= m->mask; i++) {
		uint32_t to = (uint32_t)(m->slots[i].at * 2654435761u) & (size - 1);

		if (m->slots[i].at == 0)
			continue;
		while (slots[to].at)
			to = (to + 1) & (size - 1);
		slots[to] = m->slots[i];
	}
	m->slots = slots;
	m->mask = size - 1;
	return true;
}

bool meta_init(struct squashfs *fs, struct arena *a)
{
	fs->meta = arena_take(a, 1, sizeof(*fs->meta));
	return fs->meta && resize(fs->meta, a, 256);
}

/* Reads header and bytes of the block at `at`. */
static struct fault read_block(struct squashfs *fs, struct arena *a, struct block *b)
{
	struct cursor c = { .in = span_from(fs->in, b->at) };
	uint16_t head = cursor_u16(&c, fs->big);
	uint32_t size = head & 0x7fff ? head & 0x7fff : 0x8000;
	bool stored = head & 0x8000;
	struct span packed;
	struct sink out;
	struct fault bad;

	if (fs->major < 4 && fs->flags & FLAG_CHECK_V3)
		cursor_skip(&c, 1);
	packed = cursor_span(&c, size);
	if (c.ran_out)
		return fault_at(FAULT_SHORT, b->at, "metadata block", fs->in.n, b->at + size + 2);
	b->next = b->at + c.at;
	b->plain = arena_take(a, META_SIZE, 1);
	if (!b->plain)
		return fault_at(FAULT_MEMORY, b->at, "metadata", 0, 0);
	if (stored) {
		b->n = (uint32_t)span_head(packed, META_SIZE).n;
		memcpy(b->plain, packed.p, b->n);
		return fine;
	}
	sink_init(&out, NULL, META_SIZE);
	bad = squashfs_decode(fs, packed, META_SIZE, false, &out);
	b->n = (uint32_t)out.n;
	if (out.n)
		memcpy(b->plain, out.p, out.n);
	sink_free(&out);
	bad.at = b->at;
	return bad;
}

static struct block *find(struct squashfs *fs, struct arena *a, uint64_t at)
{
	struct squashfs_meta *m = fs->meta;
	uint32_t slot;

	if (m->count * 2 > m->mask && !resize(m, a, (m->mask + 1) * 2))
		return NULL;
	slot = (uint32_t)(at * 2654435761u) & m->mask;
	while (m->slots[slot].at && m->slots[slot].at != at)
		slot = (slot + 1) & m->mask;
	if (m->slots[slot].at == at)
		return &m->slots[slot];
	if (m->count >= MOST_BLOCKS)
		return NULL;
	m->count++;
	m->slots[slot].at = at;
	m->slots[slot].fault = read_block(fs, a, &m->slots[slot]);
	return &m->slots[slot];
}

/* Copies n plain bytes that may run over several blocks and moves *at behind them. */
struct fault meta_copy(struct squashfs *fs, struct arena *a, struct meta_at *at, void *to,
		       uint64_t n)
{
	uint8_t *out = to;

	while (n) {
		uint64_t where = at->table + at->block;
		struct block *b = where && where < fs->in.n ? find(fs, a, where) : NULL;
		uint64_t some;

		if (!b)
			return fault_at(FAULT_SHORT, where, "metadata block", fs->in.n, where);
		if (at->offset >= b->n)
			return b->fault.kind ? b->fault
					     : fault_at(FAULT_BROKEN, where, "metadata offset",
							at->offset, b->n);
		some = b->n - at->offset < n ? b->n - at->offset : n;
		memcpy(out, b->plain + at->offset, some);
		out += some;
		n -= some;
		at->offset += (uint32_t)some;
		if (at->offset == b->n && b->n == META_SIZE) {
			at->block = b->next - at->table;
			at->offset = 0;
		} else if (n) {
			return b->fault.kind ? b->fault
					     : fault_at(FAULT_BROKEN, where, "metadata block", b->n,
							META_SIZE);
		}
	}
	return fine;
}
