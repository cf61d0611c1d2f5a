/* ext_own_group.c - group descriptors and bitmaps of ext: they say which blocks and inodes are in
 * use, which own() has found out by then. Attributes stand here too: what they hold beside names
 * and values is computed again. */
#include "base/hash.h"
#include "format/ext.h"
#include "format/own.h"

#define XATTR_MAGIC 0xea020000u
#define UNUSED      0x7 /* flags: bitmaps or table not made yet, table zeroed */
#define NO_INODES   0x1
#define NO_BLOCKS   0x2
#define ZEROED      0x4

struct group {
	struct span d;
	uint64_t at, block_bitmap, inode_bitmap, table, table_blocks;
	uint64_t free_blocks, free_inodes, directories, unused;
	uint32_t flags;
};

static uint64_t wide(const struct ext *fs, struct span d, uint64_t low, uint64_t high,
		     unsigned bytes)
{
	uint64_t value = bytes == 4 ? span_u32(d, low, false) : span_u16(d, low, false);
	uint64_t more = bytes == 4 ? span_u32(d, high, false) : span_u16(d, high, false);

	return fs->descriptor_size >= 64 ? value | more << 8 * bytes : value;
}

static struct group group_read(const struct ext *fs, uint32_t number)
{
	struct group g = { .at = ext_descriptor_at(fs, number) };

	g.d = span_sub(fs->in, g.at, fs->descriptor_size);
	g.block_bitmap = wide(fs, g.d, 0, 0x20, 4);
	g.inode_bitmap = wide(fs, g.d, 4, 0x24, 4);
	g.table = wide(fs, g.d, 8, 0x28, 4);
	g.free_blocks = wide(fs, g.d, 12, 0x2c, 2);
	g.free_inodes = wide(fs, g.d, 14, 0x2e, 2);
	g.directories = wide(fs, g.d, 16, 0x30, 2);
	g.flags = span_u16(g.d, 18, false);
	g.unused = wide(fs, g.d, 28, 0x32, 2);
	g.table_blocks = ((uint64_t)fs->inodes_per_group * fs->inode_size + fs->block_size - 1) /
			 fs->block_size;
	return g;
}

bool ext_take_groups(struct ext_owning *x)
{
	bool holds = true;

	for (uint32_t k = 0; k < x->fs->groups; k++) {
		struct group g = group_read(x->fs, k);

		x->used[g.at / x->fs->block_size < x->blocks ? g.at / x->fs->block_size : 0] = 1;
		holds &= ext_take(x, g.block_bitmap, 1);
		holds &= ext_take(x, g.inode_bitmap, 1);
		holds &= ext_take(x, g.table, g.table_blocks);
	}
	return holds;
}

static bool bit_of(struct span map, uint64_t at)
{
	return span_byte(map, at / 8) >> (at % 8) & 1;
}

/* Bits behind the last are set; a bitmap says what is in use, no more and no less. */
static bool block_bits_hold(const struct ext_owning *x, uint32_t number, struct span map,
			    uint64_t *free)
{
	const struct ext *fs = x->fs;
	uint64_t first = (uint64_t)number * fs->blocks_per_group + fs->first_block;
	bool holds = map.n > 0;

	*free = 0;
	for (uint64_t k = 0; k < map.n * 8; k++) {
		bool inside = k < fs->blocks_per_group && first + k < fs->blocks;
		bool used = !inside || (first + k < x->blocks && x->used[first + k]);

		*free += !used;
		holds &= bit_of(map, k) == used;
	}
	return holds;
}

static bool inode_bits_hold(const struct ext_owning *x, uint32_t number, struct span map,
			    uint64_t *free, uint64_t *last)
{
	const struct ext *fs = x->fs;
	uint64_t first = (uint64_t)number * fs->inodes_per_group + 1;
	bool holds = map.n > 0;

	*free = *last = 0;
	for (uint64_t k = 0; k < map.n * 8; k++) {
		bool used = k >= fs->inodes_per_group ||
			    (first + k <= fs->inodes && ext_in_use(x, (uint32_t)(first + k)));

		*free += !used;
		if (used && k < fs->inodes_per_group)
			*last = k + 1;
		holds &= bit_of(map, k) == used;
	}
	return holds;
}

static void le32(uint8_t p[4], uint32_t v)
{
	for (int k = 0; k < 4; k++)
		p[k] = (uint8_t)(v >> 8 * k);
}

/* The checksum of a descriptor, over its group's number and itself without the field. */
static bool descriptor_sum_holds(const struct ext_owning *x, const struct group *g, uint32_t number)
{
	static const uint8_t zero[2];
	uint32_t have = span_u16(g->d, 30, false), sum;
	uint8_t n[4];

	le32(n, number);
	if (!x->is_summed && !x->is_old_summed)
		return have == 0;
	if (x->is_old_summed) {
		sum = crc16_a001(0xffff, span_sub(x->fs->in, 1024 + 104, 16));
		sum = crc16_a001((uint16_t)sum, (struct span){ n, 4 });
		sum = crc16_a001((uint16_t)sum, span_head(g->d, 30));
		return have == crc16_a001((uint16_t)sum, span_from(g->d, 32));
	}
	sum = crc32c_update(crc32c_update(x->seed, (struct span){ n, 4 }), span_head(g->d, 30));
	sum = crc32c_update(crc32c_update(sum, (struct span){ zero, 2 }), span_from(g->d, 32));
	return have == (sum & 0xffff);
}

static bool bitmap_sum_holds(const struct ext_owning *x, const struct group *g, struct span map,
			     uint64_t bits, uint64_t low, uint64_t high)
{
	uint32_t sum = crc32c_update(x->seed, span_head(map, bits / 8));
	bool is_wide = x->fs->descriptor_size >= 64;
	uint32_t have = span_u16(g->d, low, false) |
			(is_wide ? (uint32_t)span_u16(g->d, high, false) << 16 : 0);

	return x->is_summed ? have == (is_wide ? sum : sum & 0xffff) : have == 0;
}

/* A bitmap that was never made may hold nothing. */
static void own_bitmap(struct ext_owning *x, uint64_t block, struct span map, bool holds,
		       bool is_made)
{
	bool is_empty = !holds && !is_made && is_one_byte(map);

	if (map.n)
		own_add(x->out, block * x->fs->block_size, map.n,
			is_empty ? OWN_FILL : own_if(holds, OWN_STRUCTURE),
			is_empty ? "bitmap to come" : "bitmap");
}

static struct span block_at(const struct ext *fs, uint64_t block)
{
	return span_sub(fs->in, block < fs->blocks ? block * fs->block_size : UINT64_MAX,
			fs->block_size);
}

static void own_group(struct ext_owning *x, uint32_t number)
{
	const struct ext *fs = x->fs;
	struct group g = group_read(fs, number);
	struct span blocks = block_at(fs, g.block_bitmap), inodes = block_at(fs, g.inode_bitmap);
	uint64_t free_blocks, free_inodes, last;
	/* Without checksums nobody asks, but mke2fs tells. */
	uint32_t flags = x->is_summed || x->is_old_summed ? UNUSED : ZEROED;
	bool block_bits = block_bits_hold(x, number, blocks, &free_blocks);
	bool inode_bits = inode_bits_hold(x, number, inodes, &free_inodes, &last);
	bool holds = g.free_blocks == free_blocks && g.free_inodes == free_inodes &&
		     g.directories == x->directories[number] && (g.flags & ~flags) == 0 &&
		     (g.unused == 0 || g.unused == fs->inodes_per_group - last) &&
		     is_zero(span_sub(g.d, 20, 4)) && descriptor_sum_holds(x, &g, number);
	uint64_t slack =
		g.table_blocks * fs->block_size - (uint64_t)fs->inodes_per_group * fs->inode_size;

	holds &= bitmap_sum_holds(x, &g, blocks, fs->blocks_per_group, 24, 0x38) ||
		 (g.flags & NO_BLOCKS && is_zero(span_sub(g.d, 24, 2)) &&
		  is_zero(span_sub(g.d, 0x38, 2)));
	holds &= bitmap_sum_holds(x, &g, inodes, fs->inodes_per_group, 26, 0x3a) ||
		 (g.flags & NO_INODES && is_zero(span_sub(g.d, 26, 2)) &&
		  is_zero(span_sub(g.d, 0x3a, 2)));
	if (fs->descriptor_size >= 64)
		holds &= is_zero(span_sub(g.d, 0x34, 4)) && is_zero(span_from(g.d, 0x3c));
	own_add(x->out, g.at, g.d.n, own_if(holds, OWN_STRUCTURE), "group descriptors");
	own_bitmap(x, g.block_bitmap, blocks, block_bits, !(g.flags & NO_BLOCKS));
	own_bitmap(x, g.inode_bitmap, inodes, inode_bits, !(g.flags & NO_INODES));
	own_add(x->out, (g.table + g.table_blocks) * fs->block_size - slack, slack, OWN_FILL,
		"behind the inodes");
}

void ext_own_groups(struct ext_owning *x)
{
	for (uint32_t k = 0; k < x->fs->groups; k++)
		own_group(x, k);
}

/* -- attributes -- */

struct attribute {
	uint8_t name_length, index;
	uint32_t value_at, value_inode, value_size, hash;
	struct span name;
};

static bool attribute_read(struct span list, uint64_t at, struct attribute *a)
{
	a->name_length = (uint8_t)span_byte(list, at);
	a->index = (uint8_t)span_byte(list, at + 1);
	a->value_at = span_u16(list, at + 2, false);
	a->value_inode = span_u32(list, at + 4, false);
	a->value_size = span_u32(list, at + 8, false);
	a->hash = span_u32(list, at + 12, false);
	a->name = span_sub(list, at + 16, a->name_length);
	return at + 16 <= list.n && (a->name.n == a->name_length) && (a->name_length || a->index);
}

static uint32_t hash_of(const struct attribute *a, struct span value)
{
	uint32_t hash = 0;

	for (size_t k = 0; k < a->name.n; k++)
		hash = hash << 5 ^ hash >> 27 ^ a->name.p[k];
	for (uint64_t k = 0; k < value.n; k += 4) {
		uint32_t word = 0;

		for (unsigned b = 0; b < 4 && k + b < value.n; b++)
			word |= (uint32_t)value.p[k + b] << 8 * b;
		hash = hash << 16 ^ hash >> 16 ^ word;
	}
	return hash;
}

/* Marks what a list uses of `space`; `from` is where values count from. False where something is
 * used twice or says what it need not. */
static bool attributes_hold(struct span space, uint64_t list, uint64_t from, uint32_t *all)
{
	uint8_t used[65536 / 8] = { 0 };
	struct attribute a;
	uint64_t at = list;

	*all = 0;
	if (space.n > 65536)
		return false;
	for (; attribute_read(space, at, &a); at += (16u + a.name_length + 3u) / 4 * 4) {
		struct span value = span_sub(space, from + a.value_at, a.value_size);
		uint32_t hash = hash_of(&a, value);

		if (a.value_inode || a.index == 0 || a.index > 8 || value.n != a.value_size ||
		    (a.hash != 0 && a.hash != hash) ||
		    !is_zero(
			    span_sub(space, at + 16 + a.name_length, (4 - a.name_length % 4u) % 4)))
			return false;
		for (uint64_t k = from + a.value_at; k < from + a.value_at + a.value_size; k++) {
			if (used[k / 8] >> k % 8 & 1)
				return false;
			used[k / 8] |= (uint8_t)(1u << k % 8);
		}
		*all = *all << 16 ^ *all >> 16 ^ a.hash;
	}
	for (uint64_t k = at; k < space.n; k++) /* the end of the list, gaps, and padding */
		if (!(used[k / 8] >> k % 8 & 1) && space.p[k])
			return false;
	for (uint64_t k = 0; k < at; k++) /* a value may not stand in the list */
		if (used[k / 8] >> k % 8 & 1)
			return false;
	return true;
}

bool ext_xattr_inode_holds(const struct ext_inode *i)
{
	uint32_t extra = i->raw.n > 130 ? span_u16(i->raw, 128, false) : 0, all;
	struct span rest = span_from(i->raw, 128 + (uint64_t)extra);

	if (i->raw.n <= 128 || is_zero(rest))
		return true;
	return extra && span_u32(rest, 0, false) == XATTR_MAGIC &&
	       attributes_hold(rest, 4, 4, &all);
}

bool ext_xattr_block_holds(const struct ext_owning *x, uint64_t block, uint32_t users)
{
	static const uint8_t zero[4];
	struct span s = block_at(x->fs, block);
	uint32_t all, have = span_u32(s, 16, false), hash = span_u32(s, 12, false), sum;
	uint8_t number[8];

	for (int k = 0; k < 8; k++)
		number[k] = (uint8_t)(block >> 8 * k);
	sum = crc32c_update(x->seed, (struct span){ number, 8 });
	sum = crc32c_update(crc32c_update(sum, span_head(s, 16)), (struct span){ zero, 4 });
	sum = crc32c_update(sum, span_from(s, 20));
	return span_u32(s, 0, false) == XATTR_MAGIC && span_u32(s, 4, false) == users &&
	       span_u32(s, 8, false) == 1 && is_zero(span_sub(s, 20, 12)) &&
	       (x->is_summed ? have == sum : have == 0) && attributes_hold(s, 32, 0, &all) &&
	       (hash == 0 || hash == all);
}
