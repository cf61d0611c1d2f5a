/* squashfs_own.c - what the bytes of a SquashFS are that belong to no content: the superblock field
 * by field, the tables, and what is left. A table is structure only where squashfs_proof.c finds
 * nothing in it but the tree, and where its blocks hold nothing behind their streams. */
#include "format/own.h"
#include "format/squashfs.h"

#define KNOWN_FLAGS   0x0FFBu /* of v4; bit 2 asked for checks that v4 does not have */
#define HAS_OPTIONS   0x0400u
#define IS_EXPORTABLE 0x0080u

/* Whether a block's stream takes all of its bytes. */
static bool is_tight(const struct squash *q, const struct squash_place *p)
{
	uint8_t bytes[SQUASH_METADATA];
	struct sink out = { .p = bytes, .cap = sizeof(bytes), .limit = sizeof(bytes) };

	if (p->is_stored)
		return true;
	if (!q->packing.method)
		return false;
	return q->packing.method->decode(&q->packing, p->body, SQUASH_METADATA, &out).used ==
	       p->body.n;
}

/* One block of a table at `at`; where the next one begins, or 0. */
static uint64_t own_block(const struct squash *q, struct own_list *out, uint64_t at, bool holds,
			  const char *name)
{
	struct squash_place p;

	if (squash_place(q, at, &p).kind)
		return 0;
	own_add(out, at, p.next - at, own_if(holds && is_tight(q, &p), OWN_STRUCTURE), name);
	return p.next;
}

static void own_chain(const struct squash *q, struct own_list *out, uint64_t from, uint32_t count,
		      bool holds, const char *name)
{
	uint64_t at = from;

	for (uint32_t i = 0; i < count && at; i++)
		at = own_block(q, out, at, holds, name);
}

/* An index and the blocks that it names. */
static void own_array(const struct squash *q, struct own_list *out, const struct squash_array *a,
		      bool holds)
{
	uint64_t size = a->count * a->record;
	uint64_t parts = size / SQUASH_METADATA + (size % SQUASH_METADATA != 0);
	struct cursor c = { .in = span_sub(q->image, a->index, parts * a->width) };

	if (c.in.n == 0)
		return;
	own_add(out, a->index, c.in.n, own_if(holds, OWN_STRUCTURE), a->what);
	for (uint64_t i = 0; i < parts; i++)
		own_block(q, out,
			  a->width == 8 ? cursor_u64(&c, q->super.big)
					: cursor_u32(&c, q->super.big),
			  holds, a->what);
}

static void own_tables(const struct squash *q, struct own_list *out, const struct squash_proof *p)
{
	const struct squash_super *s = &q->super;
	bool is_v4 = s->major == 4;
	bool wide = s->major > 2;
	const struct squash_array fragments = { "fragment table", s->fragment_table, wide ? 8 : 4,
						s->fragments, wide ? 16 : 8 };
	const struct squash_array ids = { "id table", s->id_table, 8, s->ids, 4 };
	const struct squash_array lookup = { "export table", s->lookup_table, 8, s->inodes, 8 };

	own_chain(q, out, s->inode_table, q->inodes.count, p->inodes, "inode table");
	own_chain(q, out, s->directory_table, q->directories.count, p->directories,
		  "directory table");
	if (s->fragments && s->fragment_table != NO_TABLE)
		own_array(q, out, &fragments, p->fragments);
	if (wide && s->lookup_table != NO_TABLE)
		own_array(q, out, &lookup, p->lookup);
	if (is_v4) {
		own_array(q, out, &ids, p->ids);
		return;
	}
	own_add(out, s->id_table, q->ids.n, own_if(p->ids, OWN_STRUCTURE), "user table");
	own_add(out, s->guid_table, q->guids.n, own_if(p->ids, OWN_STRUCTURE), "group table");
}

static void own_xattrs(const struct squash *q, struct own_list *out, bool holds)
{
	const struct squash_super *s = &q->super;
	struct squash_array ids = { .what = "xattr ids", .width = 8, .record = SQUASH_XATTR_ID };

	if (s->major < 4 || s->xattr_table == NO_TABLE)
		return;
	ids.count = span_u32(q->image, s->xattr_table + 8, s->big);
	ids.index = s->xattr_table + 16;
	own_add(out, s->xattr_table, 12, own_if(holds, OWN_STRUCTURE), "xattr table");
	own_add(out, s->xattr_table + 12, 4, OWN_FILL, "unused");
	own_chain(q, out, span_u64(q->image, s->xattr_table, s->big), q->xattr_table.count, holds,
		  "xattr table");
	if (ids.count == q->xattr_ids.n / SQUASH_XATTR_ID)
		own_array(q, out, &ids, holds);
}

/* -- the superblock -- */

static bool flags_hold(const struct squash_super *s)
{
	if (s->flags & ~KNOWN_FLAGS)
		return false;
	return !(s->flags & IS_EXPORTABLE) == (s->lookup_table == NO_TABLE);
}

/* One size, or one and a half of it. */
static bool is_dictionary(uint32_t n)
{
	uint32_t third = n % 3 ? n : n / 3;

	return n >= 8192 && n <= 1u << 20 && (third & (third - 1)) == 0;
}

/* Options of a codec say how a builder packs; their forms leave room for nothing else. OpenWrt's xz
 * has two numbers more. */
static bool options_hold(uint32_t codec, struct span body, bool big)
{
	uint32_t a = span_u32(body, 0, big), b = span_u32(body, 4, big);
	uint16_t c = span_u16(body, 4, big), d = span_u16(body, 6, big);
	uint16_t bits = span_u16(body, 8, big), fast = span_u16(body, 10, big);

	if (codec == 6)
		return body.n == 4 && a >= 1 && a <= 22;
	if (codec == 4)
		return is_dictionary(a) &&
		       ((body.n == 8 && b < 0x80) ||
			(body.n == 12 && c < 0x80 && d <= 9 && bits < 0x200 && fast <= 273));
	if (body.n != 8)
		return false;
	if (codec == 1)
		return a >= 1 && a <= 9 && c >= 8 && c <= 15 && d < 0x20;
	return codec == 3 ? a <= 4 && b <= 9 : codec == 5 && a == 1 && b <= 1;
}

static void own_options(const struct squash *q, struct own_list *out)
{
	struct squash_place p;

	if (!(q->super.flags & HAS_OPTIONS) || squash_place(q, SQUASH_SUPER_V4, &p).kind ||
	    p.next > q->super.inode_table)
		return;
	own_add(out, SQUASH_SUPER_V4, p.next - SQUASH_SUPER_V4,
		own_if(p.is_stored && options_hold(q->super.codec, p.body, q->super.big),
		       OWN_PACKING),
		"compressor options");
}

static void own_v4(const struct squash *q, struct own_list *out, const struct squash_proof *p)
{
	const struct squash_super *s = &q->super;
	const struct own_field fields[] = {
		{ 0, 4, OWN_DATA, "magic" },
		{ 4, 4, own_if(p->inodes, OWN_STRUCTURE), "inode count" },
		{ 12, 4, OWN_PACKING, "block size" },
		{ 16, 4, own_if(p->fragments, OWN_STRUCTURE), "fragment count" },
		{ 20, 2, OWN_PACKING, "compressor" },
		{ 22, 2, OWN_PACKING, "block size" },
		{ 24, 2, own_if(flags_hold(s), OWN_PACKING), "flags" },
		{ 26, 2, own_if(p->ids, OWN_STRUCTURE), "id count" },
		{ 28, 4, OWN_DATA, "version" },
		{ 32, 8, own_if(p->inodes, OWN_STRUCTURE), "root inode" },
		{ 40, 8, OWN_STRUCTURE, "bytes used" },
		{ 48, 8, own_if(p->ids, OWN_STRUCTURE), "id table start" },
		{ 56, 8, own_if(p->xattrs, OWN_STRUCTURE), "xattr table start" },
		{ 64, 8, own_if(p->inodes, OWN_STRUCTURE), "inode table start" },
		{ 72, 8, own_if(p->directories, OWN_STRUCTURE), "directory table start" },
		{ 80, 8,
		  own_if(p->fragments && (s->fragments || s->fragment_table >= s->directory_table),
			 OWN_STRUCTURE),
		  "fragment table start" },
		{ 88, 8, own_if(p->lookup, OWN_STRUCTURE), "export table start" },
	};

	OWN_FIELDS(out, 0, fields);
	if (s->used_as_time)
		own_add(out, 8, 4, OWN_STRUCTURE, "bytes used");
	else
		own_time(out, 8, 4, "mkfs time", span_u32(q->image, 8, s->big));
	own_options(q, out);
}

/* Fields that a later version repeats with more bits are fill or repeat them: data, where nothing
 * reads them. */
static void own_old(const struct squash *q, struct own_list *out, const struct squash_proof *p)
{
	const struct squash_super *s = &q->super;
	enum own place = own_if(p->inodes && s->major < 3, OWN_STRUCTURE);
	const struct own_field fields[] = {
		{ 0, 4, OWN_DATA, "magic" },
		{ 4, 4, own_if(p->inodes, OWN_STRUCTURE), "inode count" },
		{ 8, 4, s->major < 3 ? OWN_STRUCTURE : OWN_DATA, "bytes used, 32 bits" },
		{ 12, 16, place, "table starts, 32 bits" },
		{ 28, 4, OWN_DATA, "version" },
		{ 32, 2, s->major == 1 ? OWN_PACKING : OWN_DATA, "block size, 16 bits" },
		{ 34, 2, OWN_PACKING, "block size" },
		{ 36, 1, OWN_DATA, "flags" },
		{ 37, 2, own_if(p->ids, OWN_STRUCTURE), "id counts" },
		{ 43, 8, own_if(p->inodes, OWN_STRUCTURE), "root inode" },
	};
	const struct own_field later[] = {
		{ 51, 4, OWN_PACKING, "block size" },
		{ 55, 4, own_if(p->fragments, OWN_STRUCTURE), "fragment count" },
		{ 59, 4, s->major == 2 ? own_if(p->fragments, OWN_STRUCTURE) : OWN_DATA,
		  "fragment table start, 32 bits" },
	};
	const struct own_field wide[] = {
		{ 63, 8, OWN_STRUCTURE, "bytes used" },
		{ 71, 16, own_if(p->ids, OWN_STRUCTURE), "id table starts" },
		{ 87, 8, own_if(p->inodes, OWN_STRUCTURE), "inode table start" },
		{ 95, 8, own_if(p->directories, OWN_STRUCTURE), "directory table start" },
		{ 103, 8, own_if(p->fragments, OWN_STRUCTURE), "fragment table start" },
		{ 111, 8, own_if(p->lookup, OWN_STRUCTURE), "export table start" },
	};

	OWN_FIELDS(out, 0, fields);
	own_time(out, 39, 4, "mkfs time", span_u32(q->image, 39, s->big));
	if (s->major > 1)
		OWN_FIELDS(out, 0, later);
	if (s->major == 3)
		OWN_FIELDS(out, 0, wide);
}

/* -- contents -- */

/* The blocks of a file, one behind the other. */
static void own_blocks(const struct squash *q, struct own_map *m, const struct squash_inode *i)
{
	struct cursor list = squash_block_list(q, i);
	uint64_t packed = 0;

	while (cursor_left(&list))
		packed += squash_next_block(q, &list).packed;
	if (i->start <= q->image.n && packed <= q->image.n - i->start)
		own_content(m, i->start, packed);
}

static void own_files(const struct listing *l, const struct squash *q, struct own_map *m)
{
	uint8_t *used = arena_take(m->out->arena, q->fragment_count, 1);

	for (uint32_t k = 0; used && k < l->count; k++) {
		const struct entry *e = &l->entries[k];
		struct squash_inode i;

		if (e->kind != KIND_FILE || e->fault.kind ||
		    squash_read_inode(q, e->key[0], &i).kind)
			continue;
		own_blocks(q, m, &i);
		if (i.fragment < q->fragment_count)
			used[i.fragment] = 1;
	}
	for (uint32_t k = 0; used && k < q->fragment_count; k++) {
		const struct squash_fragment *f = &q->fragments[k];

		if (used[k] && f->start <= q->image.n && f->packed <= q->image.n - f->start)
			own_content(m, f->start, f->packed);
	}
}

void squash_own(const struct listing *l, struct own_list *out)
{
	const struct squash *q = l->state;
	struct own_map m = { .out = out };
	struct squash_proof p;

	if (!q)
		return;
	p = squash_prove(l, out->arena);
	if (q->super.major == 4)
		own_v4(q, out, &p);
	else
		own_old(q, out, &p);
	own_tables(q, out, &p);
	own_xattrs(q, out, p.xattrs);
	own_files(l, q, &m);
	own_finish(&m, l->in.n, "unused");
}

/* -- where contents stand -- */

static bool stored_tail(const struct squash *q, const struct squash_inode *i, uint64_t tail,
			struct storage *out)
{
	const struct squash_fragment *f;
	struct span bytes;

	if (i->fragment >= q->fragment_count)
		return false;
	f = &q->fragments[i->fragment];
	bytes = span_sub(q->image, f->start, f->packed);
	if (bytes.n != f->packed || f->packed > q->super.block_size)
		return false;
	storage_number(out, i->offset);
	storage_number(out, tail);
	if (f->is_stored) { /* neighbours in it do not matter */
		storage_text(out, "plain");
		bytes = span_sub(bytes, i->offset, tail);
		storage_add(out, bytes);
		return bytes.n == tail;
	}
	storage_number(out, f->packed);
	storage_add(out, bytes);
	return true;
}

bool squash_stored(const struct listing *l, const struct entry *e, struct storage *out)
{
	const struct squash *q = l->state;
	struct squash_inode i;
	struct cursor list;
	uint64_t tail, at;

	if (!q || !q->packing.method || e->kind != KIND_FILE || e->fault.kind ||
	    squash_read_inode(q, e->key[0], &i).kind ||
	    squash_blocks_listed(q, &i) != squash_block_count(q, &i, &tail))
		return false;
	storage_text(out, q->packing.method->name);
	storage_number(out, q->packing.skip);
	storage_number(out, q->packing.lzma.lc);
	storage_number(out, q->packing.lzma.lp);
	storage_number(out, q->packing.lzma.pb);
	storage_number(out, q->packing.lzma.dictionary);
	storage_number(out, q->super.block_size);
	storage_number(out, i.size);
	storage_number(out, tail);
	at = i.start;
	for (list = squash_block_list(q, &i); cursor_left(&list);) {
		struct squash_data_block b = squash_next_block(q, &list);
		struct span bytes = span_sub(q->image, at, b.packed);

		if (bytes.n != b.packed || b.packed > q->super.block_size)
			return false;
		storage_number(out, (uint64_t)b.is_stored << 32 | b.packed);
		storage_add(out, bytes);
		at += b.packed;
	}
	return tail == 0 || stored_tail(q, &i, tail, out);
}
