/* cramfs_own.c - what the bytes of a cramfs are that no file has, and where contents stand. */
#include <stdlib.h>

#include "codec/codec.h"
#include "format/cramfs.h"
#include "format/own.h"

/* Where names are said to be sorted a search ends before one that stands too late. */
static bool in_order(const struct cramfs *fs, struct span before, struct span name)
{
	size_t n = before.n < name.n ? before.n : name.n;
	int order = n ? memcmp(before.p, name.p, n) : 0;

	return !(fs->flags & CRAMFS_SORTED_DIRS) || order < 0 || (order == 0 && before.n <= name.n);
}

/* Names are filled with zeros; what is empty stands nowhere. */
static void own_directory(const struct cramfs *fs, struct own_list *out, uint64_t at, uint64_t end)
{
	struct span before = { 0 };

	while (at < end && end - at >= CRAMFS_INODE) {
		struct cramfs_inode i = cramfs_inode_read(fs->in, at, fs->big);
		struct span name = span_sub(fs->in, at + CRAMFS_INODE, i.name);
		bool stands = cramfs_has_blocks(i.mode) || (i.mode & 0170000) == 0040000;
		bool holds = (stands && i.size) || i.offset == 0;

		if (i.name == 0 || name.n == 0 || i.name > end - at - CRAMFS_INODE)
			break;
		holds &= is_zero(span_from(name, strnlen((const char *)name.p, name.n))) &&
			 in_order(fs, before, name);
		before = name;
		own_add(out, at, CRAMFS_INODE + name.n, own_if(holds, OWN_STRUCTURE), "inodes");
		at += CRAMFS_INODE + name.n;
	}
	own_add(out, at, end - at, OWN_FILL, "behind a directory");
}

static bool is_whole_stream(const struct cramfs *fs, struct span block)
{
	struct sink out;
	struct decoded d;

	sink_init(&out, NULL, fs->block_size);
	d = inflate_zlib(block, fs->block_size, &out);
	sink_free(&out);
	return d.fault.kind == FAULT_NONE && d.used == block.n;
}

/* The pointers of a file, and its blocks: content, or of a link the target. Gives how many. */
static uint64_t own_blocks(const struct cramfs *fs, struct own_map *m, const struct entry *e)
{
	uint64_t size = e->kind == KIND_SYMLINK ? e->target.n : e->size;
	uint64_t count = cramfs_block_count(fs, size);
	struct span table = span_sub(fs->in, e->key[0], count * 4);

	if (size == 0 || table.n == 0)
		return 0;
	own_add(m->out, e->key[0], table.n, OWN_STRUCTURE, "block pointers");
	for (uint64_t i = 0; i < count; i++) {
		uint64_t left = size - i * fs->block_size;
		struct span block;

		if (!cramfs_find_block(fs, table, i, left < fs->block_size ? left : fs->block_size,
				       &block) ||
		    block.n == 0)
			continue;
		if (e->kind == KIND_FILE) {
			own_content(m, span_place(fs->in, block), block.n);
			continue;
		}
		own_add(m->out, span_place(fs->in, block), block.n,
			own_if(is_whole_stream(fs, block), OWN_STRUCTURE), "link target");
	}
	return count;
}

static int by_place(const void *a, const void *b)
{
	const struct entry *const *x = a, *const *y = b;

	return ((*x)->key[0] > (*y)->key[0]) - ((*x)->key[0] < (*y)->key[0]);
}

/* Files with the same content share it: each is listed once. Gives the blocks of all. */
static uint64_t own_files(const struct listing *l, const struct cramfs *fs, struct own_map *m)
{
	const struct entry **files = arena_take(m->out->arena, l->count, sizeof(*files));
	uint64_t blocks = 0;
	uint32_t n = 0;

	for (uint32_t i = 0; files && i < l->count; i++)
		if ((l->entries[i].kind == KIND_FILE || l->entries[i].kind == KIND_SYMLINK) &&
		    l->entries[i].fault.kind == FAULT_NONE)
			files[n++] = &l->entries[i];
	if (n)
		qsort(files, n, sizeof(*files), by_place);
	for (uint32_t i = 0; i < n; i++)
		if (i == 0 || files[i]->key[0] != files[i - 1]->key[0])
			blocks += own_blocks(fs, m, files[i]);
	return blocks;
}

/* How it is laid out; of the counts, whether there is as much. */
static void own_super(const struct listing *l, struct own_list *out, uint64_t blocks)
{
	const struct cramfs *fs = l->state;
	bool summed = fs->flags & CRAMFS_FSID_V2 && cramfs_check_crc(fs).kind == FAULT_NONE;
	bool is_counted = span_u32(fs->in, fs->at + 40, fs->big) == blocks &&
			  span_u32(fs->in, fs->at + 44, fs->big) == l->count;
	bool is_known = (fs->flags & ~(uint32_t)CRAMFS_LAYOUT) == 0;
	const struct own_field fields[] = {
		{ 0, 8, OWN_STRUCTURE, "superblock" },
		{ 8, 4, own_if(is_known, OWN_PACKING), "flags" },
		{ 16, 16, OWN_STRUCTURE, "superblock" },
		{ 32, 4, own_if(summed, OWN_CHECKSUM), "CRC32" },
		{ 36, 4, OWN_IDENTIFIER, "edition" },
		{ 40, 8, own_if(is_counted, OWN_STRUCTURE), "blocks, files" },
		{ 48, 16, own_label(fs->name), "volume name" },
		{ 64, 12, OWN_STRUCTURE, "root inode" },
	};

	own_header(out, fs->at, CRAMFS_SUPER, fields, sizeof(fields) / sizeof(fields[0]));
}

void cramfs_own(const struct listing *l, struct own_list *out)
{
	const struct cramfs *fs = l->state;
	struct own_map m = { .out = out };

	if (!fs)
		return;
	own_add(out, 0, fs->at, is_zero(span_head(fs->in, fs->at)) ? OWN_FILL : OWN_DATA,
		"boot code");
	for (uint32_t i = 0; i < l->count; i++) {
		const struct entry *e = &l->entries[i];

		if (e->kind == KIND_DIRECTORY && e->key[1] && e->fault.kind == FAULT_NONE)
			own_directory(fs, out, e->key[0], e->key[0] + e->key[1]);
	}
	own_super(l, out, own_files(l, fs, &m));
	own_finish(&m, l->in.n, "unused");
}

bool cramfs_stored(const struct listing *l, const struct entry *e, struct storage *out)
{
	const struct cramfs *fs = l->state;
	uint64_t count = fs ? cramfs_block_count(fs, e->size) : 0;
	struct span table = fs ? span_sub(fs->in, e->key[0], count * 4) : (struct span){ 0 };

	if (!fs || e->kind != KIND_FILE || e->fault.kind || (e->size && table.n == 0))
		return false;
	storage_text(out, "blocks");
	storage_number(out, e->size);
	storage_number(out, fs->block_size);
	for (uint64_t i = 0; i < count; i++) {
		uint64_t left = e->size - i * fs->block_size;
		struct span block;

		if (!cramfs_find_block(fs, table, i, left < fs->block_size ? left : fs->block_size,
				       &block))
			return false;
		storage_number(out, block.n);
		storage_number(out, span_u32(table, i * 4, fs->big) & CRAMFS_STORED);
		storage_add(out, block);
	}
	return true;
}
