/* erofs_own.c - superblock, inodes, attributes, directories, indexes of clusters. An inode is
 * structure where each of its fields says what the entry says, or follows from the others. */
#include <stdlib.h>

#include "format/erofs_own.h"

#define SUPER        1024
#define SUPER_SIZE   128
#define EXTENDED     64
#define RECORD       12
#define LARGEST      (256u << 20) /* content unpacked to see where it stands */
#define COMPAT_SUM   1u
#define COMPAT_KNOWN 0x3fu
#define CHUNK_KNOWN  63u
#define ALGORITHMS   0x2u /* of the incompatible features */

/* An inode, of which several entries may be names. */
struct row {
	uint64_t number;
	uint32_t entry, names, subdirectories;
};

struct volume {
	const struct listing *l;
	const struct erofs *fs;
	struct own_map map;
	struct row *rows; /* by number */
	uint32_t count;
	struct sharing shared;
	struct attributes attributes;
	bool is_dense; /* their numbers for users go on without a gap */
	bool unknown;  /* an index of which not every bit is understood */
};

static const char inodes[] = "inodes";

/* -- which inodes there are -- */

/* That of the ends of files, which has no name. */
static bool has_shared_inode(const struct erofs *fs)
{
	return fs->incompat & EROFS_FRAGMENTS && fs->packed_number;
}

static int by_number(const void *a, const void *b)
{
	const struct row *x = a, *y = b;

	if (x->number != y->number)
		return x->number < y->number ? -1 : 1;
	return (x->entry > y->entry) - (x->entry < y->entry);
}

static struct row *row_of(const struct volume *v, uint64_t number)
{
	struct row key = { .number = number };
	uint32_t from = 0, to = v->count;

	while (from < to) {
		uint32_t middle = from + (to - from) / 2;

		if (v->rows[middle].number < key.number)
			from = middle + 1;
		else
			to = middle;
	}
	return from < v->count && v->rows[from].number == number ? &v->rows[from] : NULL;
}

static bool find_rows(struct volume *v, struct arena *a)
{
	const struct listing *l = v->l;
	uint32_t kept = 0, n = l->count;

	v->rows = arena_take(a, l->count + 1ull, sizeof(*v->rows));
	if (!v->rows || l->count == 0)
		return false;
	for (uint32_t i = 0; i < l->count; i++)
		v->rows[i] = (struct row){ .number = l->entries[i].key[0], .entry = i };
	if (has_shared_inode(v->fs))
		v->rows[n++] = (struct row){ .number = v->fs->packed_number, .entry = NO_ENTRY };
	qsort(v->rows, n, sizeof(*v->rows), by_number);
	for (uint32_t i = 0; i < n; i++) {
		if (kept == 0 || v->rows[kept - 1].number != v->rows[i].number)
			v->rows[kept++] = v->rows[i];
		v->rows[kept - 1].names++;
	}
	v->count = kept;
	for (uint32_t i = 0; i < l->count; i++) {
		const struct entry *e = &l->entries[i];
		struct row *above = e->kind == KIND_DIRECTORY && e->parent != NO_ENTRY
					    ? row_of(v, l->entries[e->parent].key[0])
					    : NULL;

		if (above)
			above->subdirectories++;
	}
	return true;
}

static int by_value(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return (x > y) - (x < y);
}

/* The number that stat() gives; both forms have it at the same place. */
static uint32_t user_number(const struct erofs *fs, const struct erofs_inode *i)
{
	return span_u32(fs->in, i->at + 20, false);
}

static void find_user_numbers(struct volume *v, struct arena *a)
{
	uint32_t *all = arena_take(a, v->count, sizeof(*all));

	for (uint32_t k = 0; all && k < v->count; k++) {
		struct erofs_inode i;

		erofs_inode_read(v->fs, v->rows[k].number, &i);
		all[k] = user_number(v->fs, &i);
	}
	if (!all)
		return;
	qsort(all, v->count, sizeof(*all), by_value);
	v->is_dense = all[0] <= 1;
	for (uint32_t k = 1; k < v->count; k++)
		v->is_dense &= all[k] == all[0] + k;
}

/* -- contents -- */

static void note_piece(void *ctx, uint64_t at, uint64_t length)
{
	struct volume *v = ctx;

	own_content(&v->map, at, length);
}

static void note_fragment(void *ctx, uint64_t from, uint64_t length)
{
	struct volume *v = ctx;

	sharing_fragment(&v->shared, from, length);
}

static void note_part(void *ctx, const struct erofs_part *p)
{
	struct volume *v = ctx;

	/* The same bit says that clusters are shared. */
	if (v->fs->incompat & EROFS_FRAGMENTS || p->plain != p->length)
		sharing_part(&v->shared, p);
}

/* Where the packed bytes stand, and what says so. False where the index could be another. */
static bool own_packed(struct volume *v, const struct erofs_inode *i)
{
	struct erofs_packing p = {
		.piece = note_piece, .fragment = note_fragment, .part = note_part, .ctx = v
	};
	struct sink out;
	struct fault bad;

	sink_init(&out, NULL, i->size < LARGEST ? i->size : LARGEST);
	bad = erofs_unpack(v->fs, i, &p, &out);
	sharing_file(&v->shared, sink_span(&out));
	sink_free(&out);
	v->unknown |= bad.kind || !p.is_exact;
	own_add(v->map.out, p.from, p.to - p.from, OWN_PACKING, "index of clusters");
	/* Clusters that others have do not count, nor an end that found no room beside the inode.
	 */
	return i->raw <= p.blocks && (v->fs->incompat & EROFS_FRAGMENTS || p.blocks - i->raw <= 1);
}

static bool own_chunks(struct volume *v, const struct erofs_inode *i)
{
	uint32_t bits = (i->raw & 31) + v->fs->block_bits, record = i->raw & 32 ? 8 : 4;
	uint64_t table = (i->data_at + record - 1) / record * record, k = 0;

	for (uint64_t at = 0; at < i->size && bits < 48; at += 1ull << bits, k++) {
		uint32_t block = span_u32(v->fs->in, table + k * record + record - 4, false);
		uint64_t left = i->size - at;

		if (block != UINT32_MAX)
			own_content(&v->map, (uint64_t)block << v->fs->block_bits,
				    left < 1ull << bits ? left : 1ull << bits);
		if (record == 8)
			v->unknown |= span_u32(v->fs->in, table + k * record, false) != 0;
	}
	own_add(v->map.out, table, k * record, OWN_STRUCTURE, "chunk table");
	return (i->raw & ~CHUNK_KNOWN) == 0;
}

/* Names one after the other behind the records, then zeros; kinds as the inodes have them. */
static bool is_plain_block(const struct volume *v, struct span block)
{
	static const uint8_t kinds[16] = {
		[8] = 1, [4] = 2, [2] = 3, [6] = 4, [1] = 5, [12] = 6, [10] = 7
	};
	uint32_t count = span_u16(block, 8, false) / RECORD;
	bool holds = count * RECORD == span_u16(block, 8, false);
	struct span last = span_from(block, span_u16(block, count * RECORD - 4, false));

	for (uint32_t k = 0; k < count; k++) {
		struct erofs_inode i;

		erofs_inode_read(v->fs, span_u64(block, k * RECORD, false), &i);
		holds &= span_byte(block, k * RECORD + 10) == kinds[i.mode >> 12] &&
			 span_byte(block, k * RECORD + 11) == 0;
	}
	last = span_from(last, last.n ? strnlen((const char *)last.p, last.n) : 0);
	return holds && is_zero(last);
}

static bool own_directory(struct volume *v, const struct erofs_inode *i)
{
	bool holds = true;
	struct sink content;
	struct span all;

	sink_init(&content, NULL, i->size < LARGEST ? i->size : LARGEST);
	holds = erofs_content(v->fs, i, &content).kind == FAULT_NONE;
	all = sink_span(&content);
	for (uint64_t at = 0; holds && at < all.n; at += v->fs->block)
		holds = is_plain_block(v, span_head(span_from(all, at), v->fs->block));
	sink_free(&content);
	return holds;
}

/* Bytes that stand as they are: whole blocks, and the rest behind the inode. */
static bool own_plain(struct volume *v, const struct erofs_inode *i, bool is_file, const char *name,
		      bool holds)
{
	const struct erofs *fs = v->fs;
	uint64_t rest = i->layout == EROFS_INLINE ? i->size % fs->block : 0;
	uint64_t blocks = (uint64_t)i->raw << fs->block_bits, whole = i->size - rest;
	const bool is_place = whole > 0;

	if (is_file) {
		own_content(&v->map, blocks, whole);
		own_content(&v->map, i->data_at, rest);
	} else {
		own_add(v->map.out, blocks, whole, own_if(holds, OWN_STRUCTURE), name);
		own_add(v->map.out, i->data_at, rest, own_if(holds, OWN_STRUCTURE), name);
	}
	return is_place || i->raw == UINT32_MAX || i->raw == 0;
}

static bool own_content_of(struct volume *v, const struct erofs_inode *i, const struct entry *e)
{
	bool is_device = e->kind == KIND_CHAR_DEVICE || e->kind == KIND_BLOCK_DEVICE;

	if (e->kind != KIND_FILE && e->kind != KIND_HARDLINK && e->kind != KIND_DIRECTORY &&
	    e->kind != KIND_SYMLINK) /* the number of a device is that of its entry */
		return i->size == 0 && i->layout == EROFS_PLAIN && (is_device || i->raw == 0);
	if (i->layout == EROFS_FULL || i->layout == EROFS_COMPACT)
		return own_packed(v, i);
	if (i->layout == EROFS_CHUNKS)
		return own_chunks(v, i);
	if (e->kind == KIND_DIRECTORY)
		return own_plain(v, i, false, "directories", own_directory(v, i));
	if (e->kind == KIND_SYMLINK)
		return own_plain(v, i, false, "link targets", true);
	return own_plain(v, i, true, NULL, true);
}

/* -- inodes -- */

static bool is_reserved_zero(const struct erofs *fs, const struct erofs_inode *i)
{
	bool is_long = span_u16(fs->in, i->at, false) & 1;
	uint32_t format = span_u16(fs->in, i->at, false) & ~15u;

	if (is_long)
		return format == 0 && is_zero(span_sub(fs->in, i->at + 6, 2)) &&
		       is_zero(span_sub(fs->in, i->at + 48, 16));
	return format == 0 && is_zero(span_sub(fs->in, i->at + 12, 4)) &&
	       is_zero(span_sub(fs->in, i->at + 28, 4));
}

/* Its mode says that it is a file; its owner and time are those of the tree's root. */
static void own_shared_inode(struct volume *v)
{
	static const struct entry file = { .kind = KIND_FILE };
	struct erofs_inode i;
	uint64_t end;
	bool holds = erofs_inode_read(v->fs, v->fs->packed_number, &i).kind == FAULT_NONE;

	if (!holds || v->fs->packed_fault.kind) {
		v->unknown = true;
		return;
	}
	holds = i.links <= 1 && kind_of_mode(i.mode) == KIND_FILE && is_reserved_zero(v->fs, &i) &&
		v->is_dense && i.xattr_size == 0;
	holds &= i.uid == 0 && i.gid == 0;
	holds &= own_content_of(v, &i, &file);
	end = i.xattr_at;
	if (end - i.at == EXTENDED) {
		own_add(v->map.out, i.at, 32, own_if(holds, OWN_STRUCTURE), inodes);
		own_time(v->map.out, i.at + 32, 8, "time of fragments", i.mtime);
		own_add(v->map.out, i.at + 40, 24, own_if(holds, OWN_STRUCTURE), inodes);
	} else {
		own_add(v->map.out, i.at, end - i.at, own_if(holds, OWN_STRUCTURE), inodes);
	}
}

static void own_inode(struct volume *v, const struct row *r)
{
	const struct entry *e = &v->l->entries[r->entry];
	struct erofs_inode i;
	uint32_t links = e->kind == KIND_DIRECTORY ? 2 + r->subdirectories : r->names;
	bool holds = erofs_inode_read(v->fs, r->number, &i).kind == FAULT_NONE;

	if (!holds || e->fault.kind) {
		v->unknown = true;
		return;
	}
	holds = i.links == links && is_reserved_zero(v->fs, &i) && v->is_dense;
	holds &= own_content_of(v, &i, e);
	own_attributes(&v->attributes, &i, e);
	own_add(v->map.out, i.at, i.xattr_at - i.at, own_if(holds, OWN_STRUCTURE), inodes);
}

/* -- the superblock -- */

/* Behind the superblock, for each algorithm that is used, its length and its parameters. */
static void own_algorithms(const struct volume *v)
{
	struct span in = v->fs->in;
	uint64_t at = SUPER + SUPER_SIZE + 16ull * (uint8_t)span_byte(in, SUPER + 13);
	uint32_t algorithms = span_u16(in, SUPER + 84, false);

	for (int bit = 0; v->fs->incompat & ALGORITHMS && bit < 16; bit++)
		if (algorithms >> bit & 1) {
			uint64_t length = 2 + span_u16(in, at, false);

			own_add(v->map.out, at, length, OWN_PACKING, "parameters of compression");
			at = (at + length + 3) / 4 * 4;
		}
}

static void own_super(const struct volume *v)
{
	const struct erofs *fs = v->fs;
	const bool is_summed = fs->compat & COMPAT_SUM || span_u32(fs->in, SUPER + 4, false) == 0;
	const bool is_known = (fs->compat & ~COMPAT_KNOWN) == 0;
	const bool is_whole = (uint64_t)fs->blocks << fs->block_bits == fs->in.n;
	const bool is_counted = span_u64(fs->in, SUPER + 16, false) == v->count;
	const bool is_second = fs->build_ns < 1000000000;
	const bool is_shared = has_shared_inode(fs) || fs->packed_number == 0;
	struct own_list *out = v->map.out;
	const struct own_field fields[] = {
		{ 0, 4, OWN_STRUCTURE, "magic" },
		{ 4, 4, is_summed ? OWN_CHECKSUM : OWN_FILL, "CRC32C" },
		{ 8, 5, own_if(is_known, OWN_PACKING), "features and block size" },
		{ 13, 1, OWN_DATA, "superblock extensions" },
		{ 14, 2, OWN_STRUCTURE, "root inode" },
		{ 16, 8, own_if(is_counted, OWN_STRUCTURE), "number of inodes" },
		{ 32, 4, is_second ? OWN_TIME : OWN_DATA, "build time, nanoseconds" },
		{ 36, 4, own_if(is_whole, OWN_STRUCTURE), "number of blocks" },
		{ 40, 8, OWN_STRUCTURE, "places of inodes and attributes" },
		{ 48, 16, OWN_IDENTIFIER, "UUID" },
		{ 64, 16, own_label(fs->name), "volume name" },
		{ 80, 6, OWN_PACKING, "features and compression" },
		{ 86, 5, OWN_DATA, "devices, size of directories" },
		{ 91, 5, own_if(v->attributes.prefixes_hold, OWN_STRUCTURE),
		  "prefixes of attributes" },
		{ 96, 8, own_if(is_shared, OWN_STRUCTURE), "inode of fragments" },
		{ 104, 1, OWN_DATA, "filter of attributes" },
	};

	own_add(out, 0, SUPER, OWN_FILL, "boot block");
	OWN_FIELDS(out, SUPER, fields);
	own_time(out, SUPER + 24, 8, "build time", (int64_t)fs->build);
	own_add(out, SUPER + 105, SUPER_SIZE - 105, OWN_FILL, "unused");
	own_algorithms(v);
}

/* -- contents that are not packed -- */

static bool store_chunks(const struct erofs *fs, const struct erofs_inode *i, struct storage *s)
{
	uint32_t bits = (i->raw & 31) + fs->block_bits, record = i->raw & 32 ? 8 : 4;
	uint64_t at = (i->data_at + record - 1) / record * record;

	for (uint64_t left = i->size; left && bits < 48; at += record) {
		struct span r = span_sub(fs->in, at, record);
		uint64_t n = left < 1ull << bits ? left : 1ull << bits;
		uint64_t block = span_u32(r, record - 4, false);
		struct span bytes = span_sub(fs->in, block << fs->block_bits, n);

		if (r.n == 0 || (record == 8 && span_u32(r, 0, false)) ||
		    (block != UINT32_MAX && bytes.n != n))
			return false;
		storage_number(s, block == UINT32_MAX ? n : 0); /* a hole */
		if (block != UINT32_MAX)
			storage_add(s, bytes);
		left -= n;
	}
	return bits < 48;
}

bool erofs_stored(const struct listing *l, const struct entry *e, struct storage *s)
{
	const struct erofs *fs = l->state;
	struct erofs_inode i;
	uint64_t whole;

	if (!fs || erofs_inode_read(fs, e->key[0], &i).kind)
		return false;
	storage_number(s, i.size);
	if (i.layout == EROFS_CHUNKS)
		return store_chunks(fs, &i, s);
	if (i.layout != EROFS_PLAIN && i.layout != EROFS_INLINE)
		return false;
	whole = i.layout == EROFS_PLAIN ? i.size : i.size / fs->block * fs->block;
	if (span_sub(fs->in, (uint64_t)i.raw << fs->block_bits, whole).n != whole ||
	    span_sub(fs->in, i.data_at, i.size - whole).n != i.size - whole)
		return false;
	storage_add(s, span_sub(fs->in, (uint64_t)i.raw << fs->block_bits, whole));
	storage_add(s, span_sub(fs->in, i.data_at, i.size - whole));
	return true;
}

void erofs_own(const struct listing *l, struct own_list *out)
{
	const struct erofs *fs = l->state;
	struct volume v = { .l = l, .fs = fs, .map = { .out = out } };

	if (!fs || !find_rows(&v, out->arena)) {
		out->full = true;
		return;
	}
	sharing_init(&v.shared, out->arena);
	v.attributes = (struct attributes){ .fs = fs, .map = &v.map, .shared = &v.shared };
	find_user_numbers(&v, out->arena);
	for (uint32_t k = 0; k < v.count; k++)
		if (v.rows[k].entry == NO_ENTRY)
			own_shared_inode(&v);
		else
			own_inode(&v, &v.rows[k]);
	own_prefixes(&v.attributes);
	own_super(&v);
	v.unknown |= !sharing_holds(&v.shared, fs->packed);
	own_finish(&v.map, l->in.n, "unused");
	out->full |= v.unknown;
	if (!out->full)
		own_remains(l, out);
}
