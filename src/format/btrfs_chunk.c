/* btrfs_chunk.c - from logical addresses to places on this device. */
#include "format/btrfs.h"

#define CHUNK_HEAD    48
#define STRIPE_SIZE   32
#define STRIPE_LENGTH 65536 /* there is no other */
#define ARRAY         811   /* in the superblock: the chunks that hold the chunk tree */
#define ARRAY_SIZE    2048
#define KEY_SIZE      17
#define CHUNK_OBJECT  256

enum {
	RAID0 = 0x8,
	RAID1 = 0x10,
	DUP = 0x20,
	RAID10 = 0x40,
	RAID5 = 0x80,
	RAID6 = 0x100,
	RAID1C3 = 0x200,
	RAID1C4 = 0x400,
	COPIED = RAID1 | DUP | RAID1C3 | RAID1C4,
	STRIPED = RAID0 | RAID10 | RAID5 | RAID6,
};

/* How many stripes hold data that differ; the rest are copies or parity. 0: makes no sense. */
static uint32_t data_stripes(const struct btrfs_chunk *c)
{
	uint32_t parity = c->type & RAID5 ? 1 : c->type & RAID6 ? 2 : 0;

	if (c->type & RAID10)
		return c->mirrors && c->stripe_count % c->mirrors == 0
			       ? c->stripe_count / c->mirrors
			       : 0;
	if (c->type & (RAID5 | RAID6))
		return c->stripe_count > parity ? c->stripe_count - parity : 0;
	return c->type & RAID0 ? c->stripe_count : 1;
}

static bool add(struct btrfs *fs, struct arena *a, uint64_t logical, struct span item)
{
	struct btrfs_chunks *cs = &fs->chunks;
	struct btrfs_chunk c = { .logical = logical,
				 .length = span_u64(item, 0, false),
				 .type = span_u64(item, 24, false),
				 .stripe_length = span_u64(item, 16, false),
				 .stripe_count = span_u16(item, 44, false),
				 .mirrors = span_u16(item, 46, false) };

	c.stripes = span_sub(item, CHUNK_HEAD, (uint64_t)c.stripe_count * STRIPE_SIZE);
	if (c.stripes.n == 0 || c.length == 0 || c.length > UINT64_MAX - logical ||
	    c.stripe_length != STRIPE_LENGTH || data_stripes(&c) == 0)
		return false;
	/* Items come in order, after those of the superblock, which they repeat. */
	if (cs->count && logical < cs->p[cs->count - 1].logical + cs->p[cs->count - 1].length)
		return logical == cs->p[cs->count - 1].logical;
	if (cs->count == cs->room) {
		uint32_t room = cs->room ? cs->room * 2 : 16;
		struct btrfs_chunk *more = arena_take(a, room, sizeof(*more));

		if (!more)
			return false;
		if (cs->count)
			memcpy(more, cs->p, cs->count * sizeof(*more));
		cs->p = more;
		cs->room = room;
	}
	cs->p[cs->count++] = c;
	return true;
}

/* Keys, each with its chunk. */
static struct fault read_array(struct btrfs *fs, struct arena *a)
{
	uint32_t size = span_u32(fs->super, 160, false);
	struct span array = span_sub(fs->super, ARRAY, size <= ARRAY_SIZE ? size : 0);
	uint64_t at = 0;

	while (at < array.n) {
		struct btrfs_key key = btrfs_key_at(array, at);
		uint64_t count = span_u16(array, at + KEY_SIZE + 44, false);
		struct span item = span_sub(array, at + KEY_SIZE, CHUNK_HEAD + count * STRIPE_SIZE);

		if (key.type != BTRFS_CHUNK || !add(fs, a, key.offset, item))
			return fault_at(FAULT_BROKEN, fs->super_at + ARRAY + at, "system chunk",
					key.type, BTRFS_CHUNK);
		at += KEY_SIZE + item.n;
	}
	return fs->chunks.count ? fine
				: fault_at(FAULT_BROKEN, fs->super_at + 160, "system chunks", size,
					   ARRAY_SIZE);
}

/* The tree is read by way of the superblock's chunks, into a list of its own. */
struct fault btrfs_chunks_read(struct btrfs *fs, struct arena *a)
{
	const struct btrfs_key from = { CHUNK_OBJECT, BTRFS_CHUNK, 0 };
	struct fault bad = read_array(fs, a);
	struct btrfs_chunks system = fs->chunks, all = { 0 };
	struct btrfs_cursor c;
	struct btrfs_item item;

	if (fs->chunks.count == 0)
		return bad;
	btrfs_seek(&c, fs, fs->chunk_root, from);
	while (btrfs_next_of(&c, CHUNK_OBJECT, BTRFS_CHUNK, &item)) {
		fs->chunks = all;
		if (!add(fs, a, item.key.offset, item.bytes) && bad.kind == FAULT_NONE)
			bad = fault_at(FAULT_BROKEN, span_place(fs->in, item.bytes), "chunk",
				       item.bytes.n, 0);
		all = fs->chunks;
		fs->chunks = system;
	}
	if (all.count)
		fs->chunks = all;
	return bad.kind ? bad : c.fault;
}

static const struct btrfs_chunk *chunk_of(const struct btrfs *fs, uint64_t logical)
{
	uint32_t low = 0, high = fs->chunks.count;

	while (low < high) {
		uint32_t middle = low + (high - low) / 2;

		if (fs->chunks.p[middle].logical <= logical)
			low = middle + 1;
		else
			high = middle;
	}
	if (low == 0 || logical - fs->chunks.p[low - 1].logical >= fs->chunks.p[low - 1].length)
		return NULL;
	return &fs->chunks.p[low - 1];
}

/* Adds the place in one stripe if that is on this device. */
static void add_place(const struct btrfs *fs, const struct btrfs_chunk *c, uint64_t stripe,
		      uint64_t within, struct btrfs_place *p)
{
	uint64_t device = span_u64(c->stripes, stripe * STRIPE_SIZE, false);
	uint64_t from = span_u64(c->stripes, stripe * STRIPE_SIZE + 8, false);

	if (device != fs->device)
		p->elsewhere = device;
	else if (p->copies < BTRFS_COPIES && from < UINT64_MAX / 4 && within < UINT64_MAX / 4)
		p->at[p->copies++] = from + within;
}

struct fault btrfs_locate(const struct btrfs *fs, uint64_t logical, struct btrfs_place *p)
{
	const struct btrfs_chunk *c = chunk_of(fs, logical);
	uint64_t offset, number, row, column, within;
	uint32_t data;

	*p = (struct btrfs_place){ 0 };
	if (!c)
		return fault_at(FAULT_BROKEN, 0, "logical address", logical, 0);
	offset = logical - c->logical;
	p->length = c->length - offset;
	data = data_stripes(c);
	number = offset / c->stripe_length;
	row = number / data;
	column = number % data;
	within = row * c->stripe_length + offset % c->stripe_length;
	if (c->type & STRIPED && p->length > c->stripe_length - offset % c->stripe_length)
		p->length = c->stripe_length - offset % c->stripe_length;
	for (uint64_t i = 0; i < c->stripe_count; i++) {
		/* With one stripe of data, parity is what a copy would be. */
		if (c->type & (RAID5 | RAID6) && (data == 1 || i == column))
			add_place(fs, c, (row + i) % c->stripe_count, within, p);
		else if (c->type & RAID10 && i / c->mirrors == column)
			add_place(fs, c, i, within, p);
		else if (c->type & RAID0 && i == column)
			add_place(fs, c, i, within, p);
		else if (!(c->type & STRIPED) && (c->type & COPIED || i == 0))
			add_place(fs, c, i, offset, p);
	}
	if (p->copies == 0)
		return fault_at(FAULT_SHORT, 0, "other device of the file system", p->elsewhere,
				fs->device);
	return fine;
}
