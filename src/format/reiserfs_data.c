/* reiserfs_data.c - contents and directories of ReiserFS. */
#include "format/reiserfs.h"

#define ENTRY   16u /* head of a name */
#define VISIBLE 4u

/* Numbers of blocks; 0 is a hole. */
static bool give_blocks(const struct reiserfs *fs, const struct reiser_item *item, struct pieces *p)
{
	for (uint64_t k = 0; k + 4 <= item->bytes.n; k += 4) {
		uint32_t number = span_u32(item->bytes, k, false);
		bool more;

		if (number == 0)
			more = pieces_hole(p, fs->block);
		else
			more = pieces_take(p, number, 1, fs->block) &&
			       pieces_give(p, (uint64_t)number * fs->block, fs->block);
		if (!more)
			return false;
	}
	return true;
}

/* Items have their place in the file, counted from 1. Tails stand in the leaves. */
void reiser_content(const void *state, const struct inode *i, struct pieces *p)
{
	const struct reiserfs *fs = state;
	struct reiser_key from = { (uint32_t)i->key[0], (uint32_t)i->key[1], 1, REISER_STAT };
	uint64_t size = p->left;
	struct reiser_cursor c;
	struct reiser_item item;
	bool more = true;

	reiser_seek(&c, fs, from);
	while (more && reiser_next_of(&c, from, &item)) {
		uint64_t done = size - p->left;

		if (item.key.offset == 0 || item.key.offset - 1 < done) {
			p->fault = fault_at(FAULT_BROKEN, item.at, "offset of an item",
					    item.key.offset, done + 1);
			return;
		}
		more = pieces_hole(p, item.key.offset - 1 - done);
		if (more && item.key.type == REISER_INDIRECT)
			more = give_blocks(fs, &item, p);
		else if (more && item.key.type == REISER_DIRECT && item.bytes.n)
			more = pieces_give(p, span_place(fs->in, item.bytes), item.bytes.n);
	}
	if (more)
		pieces_hole(p, p->left);
}

/* Heads stand in front, names behind them from the end on: each ends where the one before begins,
 * filled up with NUL. */
static struct span name_at(const struct reiser_item *item, uint64_t k)
{
	uint64_t from = span_u16(item->bytes, k * ENTRY + 12, false);
	uint64_t to = k ? span_u16(item->bytes, (k - 1) * ENTRY + 12, false) : item->bytes.n;
	struct span name = { 0 };

	if (from < to && from >= item->entries * (uint64_t)ENTRY)
		name = span_sub(item->bytes, from, to - from);
	name.n = name.n ? strnlen((const char *)name.p, name.n) : 0;
	return name;
}

struct fault reiser_each_name(const struct reiserfs *fs, struct reiser_key directory,
			      bool (*each)(void *ctx, struct span name, const uint64_t key[2]),
			      void *ctx)
{
	struct fault first = fine;
	struct reiser_cursor c;
	struct reiser_item item;

	directory.offset = 1;
	directory.type = REISER_STAT;
	reiser_seek(&c, fs, directory);
	while (reiser_next_of(&c, directory, &item)) {
		if (item.key.type != REISER_NAMES)
			continue;
		for (uint64_t k = 0; k < item.entries; k++) {
			struct span name = name_at(&item, k);
			uint64_t key[2] = { span_u32(item.bytes, k * ENTRY + 4, false),
					    span_u32(item.bytes, k * ENTRY + 8, false) };

			if (name.n == 0 && first.kind == FAULT_NONE)
				first = fault_at(FAULT_BROKEN, item.at, "name", k, item.entries);
			if (name.n && span_u16(item.bytes, k * ENTRY + 14, false) & VISIBLE &&
			    !each(ctx, name, key))
				return first;
		}
	}
	return first;
}
