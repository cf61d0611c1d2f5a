/* squashfs_data.c - one file's content: its blocks straight into the sink, then its piece of a
 * fragment. Small files share fragments and are loaded in the order of these, so a thread keeps the
 * last few fragments it decoded. */
#include <stdlib.h>

#include "format/squashfs.h"

#define KEPT 3

struct kept {
	uint64_t serial;
	uint32_t index;
	uint64_t used; /* when it was asked for last */
	struct fault fault;
	struct sink plain;
};

static _Thread_local struct kept kept[KEPT];
static _Thread_local uint64_t clock_hand;

void squashfs_thread_end(void)
{
	for (int i = 0; i < KEPT; i++) {
		sink_free(&kept[i].plain);
		kept[i] = (struct kept){ 0 };
	}
}

/* A stored or packed block. `most` is its plain size, or a bound of it when not exact. */
static struct fault block_into(const struct squashfs *fs, uint64_t at, uint32_t size, uint64_t most,
			       bool exact, struct sink *out)
{
	uint32_t packed = size & (BLOCK_STORED - 1);
	struct span block = span_sub(fs->in, at, packed);
	struct fault bad;

	if (block.n < packed)
		return fault_at(FAULT_SHORT, at, "data block", fs->in.n, at + packed);
	if (size & BLOCK_STORED) {
		if (packed > most || (exact && packed != most))
			return fault_at(FAULT_BROKEN, at, "stored block", packed, most);
		return sink_put(out, block) ? fine : out->fault;
	}
	bad = squashfs_decode(fs, block, most, exact, out);
	if (bad.kind && bad.kind != FAULT_LIMIT)
		bad.at = at;
	return bad;
}

static struct kept *fragment(const struct squashfs *fs, uint32_t index)
{
	struct kept *slot = &kept[0];

	for (int i = 0; i < KEPT; i++) {
		if (kept[i].serial == fs->serial && kept[i].index == index) {
			kept[i].used = ++clock_hand;
			return &kept[i];
		}
		if (kept[i].used < slot->used)
			slot = &kept[i];
	}
	if (!slot->plain.p)
		sink_init(&slot->plain, NULL, fs->block_size);
	sink_reset(&slot->plain, fs->block_size);
	slot->serial = fs->serial;
	slot->index = index;
	slot->used = ++clock_hand;
	slot->fault = block_into(fs, fs->fragment[index].start, fs->fragment[index].size,
				 fs->block_size, false, &slot->plain);
	return slot;
}

static struct fault load_tail(const struct squashfs *fs, const struct entry *e, uint64_t size,
			      struct sink *out)
{
	uint32_t index = (uint32_t)(e->key[2] >> 32);
	struct kept *f;
	struct span piece;

	if (index >= fs->fragments || !fs->fragment)
		return fault_at(FAULT_BROKEN, e->key[0], "fragment index", index, fs->fragments);
	f = fragment(fs, index);
	piece = span_sub(sink_span(&f->plain), e->key[2] & UINT32_MAX, size);
	if (piece.n < size)
		return f->fault.kind ? f->fault
				     : fault_at(FAULT_BROKEN, fs->fragment[index].start,
						"fragment offset", (e->key[2] & UINT32_MAX) + size,
						f->plain.n);
	return sink_put(out, piece) ? fine : out->fault;
}

struct fault squashfs_load(const struct listing *l, const struct entry *e, struct sink *out)
{
	const struct squashfs *fs = l->state;
	const uint32_t *blocks = (const uint32_t *)(uintptr_t)e->key[1];
	uint64_t at = e->key[0], left = e->size;

	if (e->fault.kind)
		return e->fault;
	if (!sink_room(out, e->size))
		return out->fault;
	for (uint64_t i = 0; i < e->key[3]; i++) {
		uint64_t plain = left < fs->block_size ? left : fs->block_size;
		struct fault bad = fine;

		if ((blocks[i] & (BLOCK_STORED - 1)) == 0)
			bad = sink_zero(out, plain) ? fine : out->fault;
		else
			bad = block_into(fs, at, blocks[i], plain, true, out);
		if (bad.kind)
			return bad;
		at += blocks[i] & (BLOCK_STORED - 1);
		left -= plain;
	}
	return left ? load_tail(fs, e, left, out) : fine;
}
