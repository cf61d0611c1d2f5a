/* cramfs.c - compressed ROM file system of both byte orders. Sources: kernel
 * include/uapi/linux/cramfs_fs.h, fs/cramfs/inode.c, Documentation/filesystems/cramfs.rst.
 *
 * Everything is an inode of three words, packed as C bit fields: from the low bit on little-endian
 * machines, from the high bit on big-endian ones. A file begins with a table of block pointers,
 * each the end of its block; the block size is the page size of the machine that made the image
 * and is nowhere stated. */
#include <stdio.h>
#include <stdlib.h>

#include "base/cursor.h"
#include "base/hash.h"
#include "codec/codec.h"
#include "format/marks.h"
#include "format/own.h"
#include "format/stream.h"

#define MAGIC          0x28cd3d45u
#define SIGNATURE      "Compressed ROMFS"
#define SUPER_SIZE     76
#define INODE_SIZE     12
#define BOOT_SECTOR    512 /* mkfs.cramfs -p leaves it before the superblock */
#define PAGE           4096u
#define DEEPEST        512
#define LONGEST_TARGET 65536
#define BEST_RATIO     1100 /* of deflate, and of a hole's pointer */
#define MOST_TRIALS    64
#define MOST_NAMES     (1u << 20) /* bytes of directories that a probe reads */

enum { FSID_V2 = 1, SHIFTED_ROOT = 0x400, KNOWN_FLAGS = 0xfff };

/* Of a block pointer. */
enum { STORED = 1u << 31, DIRECT = 1u << 30, PLACE = DIRECT - 1 };

struct inode {
	uint32_t mode, uid, gid, size;
	uint32_t name;   /* bytes, padding included */
	uint64_t offset; /* of the content */
};

struct cramfs {
	struct span in;
	bool big;
	uint64_t at; /* of the superblock */
	uint32_t size, flags, crc, edition;
	uint32_t block_size;
	struct span name;
	struct inode root;
};

static struct inode read_inode(struct span in, uint64_t at, bool big)
{
	uint32_t mode = span_u32(in, at, big), size = span_u32(in, at + 4, big),
		 place = span_u32(in, at + 8, big);

	if (big)
		return (struct inode){ mode >> 16, mode & 0xffff,     size & 0xff,
				       size >> 8,  (place >> 26) * 4, (place & 0x3ffffff) * 4ull };
	return (struct inode){ mode & 0xffff,   mode >> 16,       size >> 24,
			       size & 0xffffff, (place & 63) * 4, (place >> 6) * 4ull };
}

static struct fault read_super(struct span in, struct cramfs *fs)
{
	bool shifted = span_u32(in, 0, false) != MAGIC && span_u32(in, 0, true) != MAGIC;
	struct cursor c = { .in = in, .at = shifted ? BOOT_SECTOR : 0 };

	*fs = (struct cramfs){ .in = in, .at = c.at, .block_size = PAGE };
	fs->big = span_u32(in, c.at, true) == MAGIC;
	if (cursor_u32(&c, fs->big) != MAGIC)
		return fault_at(FAULT_UNKNOWN, fs->at, "cramfs magic", 0, MAGIC);
	fs->size = cursor_u32(&c, fs->big);
	fs->flags = cursor_u32(&c, fs->big);
	cursor_skip(&c, 4);
	if (!span_is(cursor_span(&c, 16), SIGNATURE))
		return fault_at(FAULT_UNKNOWN, fs->at + 16, "cramfs signature", 0, 0);
	fs->crc = cursor_u32(&c, fs->big);
	fs->edition = cursor_u32(&c, fs->big);
	cursor_skip(&c, 8);
	fs->name = cursor_span(&c, 16);
	fs->root = read_inode(in, c.at, fs->big);
	cursor_skip(&c, INODE_SIZE);
	if (c.ran_out)
		return fault_at(FAULT_SHORT, fs->at, "superblock", in.n, fs->at + SUPER_SIZE);
	if (fs->flags & ~(uint32_t)KNOWN_FLAGS)
		return fault_at(FAULT_UNKNOWN, fs->at + 8, "flags", fs->flags, KNOWN_FLAGS);
	if ((fs->root.mode & 0170000) != 0040000)
		return fault_at(FAULT_BROKEN, fs->at + 64, "root inode", fs->root.mode, 0040000);
	/* Offsets count from the object's first byte: here 512 bytes before this superblock. */
	if (fs->root.offset && fs->root.offset != fs->at + SUPER_SIZE &&
	    !(fs->flags & SHIFTED_ROOT))
		return fault_at(FAULT_BROKEN, fs->at + 72, "root offset", fs->root.offset,
				fs->at + SUPER_SIZE);
	if (fs->flags & FSID_V2 && fs->size < fs->at + SUPER_SIZE)
		return fault_at(FAULT_BROKEN, fs->at + 4, "size", fs->size, fs->at + SUPER_SIZE);
	return fine;
}

static uint64_t block_count(const struct cramfs *fs, uint64_t size)
{
	return (size + fs->block_size - 1) / fs->block_size;
}

static bool has_blocks(uint32_t mode)
{
	return (mode & 0170000) == 0100000 || (mode & 0170000) == 0120000;
}

/* The first version does not state its size. Directories stand first, one behind the other; the
 * last block of all ends the image, padded to a page. */
static uint64_t find_end(const struct cramfs *fs)
{
	uint64_t at = fs->at + SUPER_SIZE, first = fs->in.n, end = at;

	while (at < first && first - at >= INODE_SIZE) {
		struct inode i = read_inode(fs->in, at, fs->big);
		uint64_t table = block_count(fs, i.size) * 4;
		uint32_t last;

		at += INODE_SIZE + i.name;
		if (at > MOST_NAMES)
			return fs->in.n;
		if (!has_blocks(i.mode) || i.size == 0)
			continue;
		if (i.offset < first)
			first = i.offset;
		last = span_u32(fs->in, i.offset + table - 4, fs->big) & PLACE;
		if (last > end)
			end = last;
	}
	if (at > end)
		end = at;
	end = (end + PAGE - 1) / PAGE * PAGE;
	return end < fs->in.n ? end : fs->in.n;
}

static struct fault probe(struct span in, struct found *f)
{
	struct cramfs fs;
	struct fault bad = read_super(in, &fs);
	char name[64];

	if (bad.kind)
		return bad;
	if (fs.flags & FSID_V2)
		f->len = fs.size < in.n ? fs.size : in.n;
	else
		f->len = find_end(&fs);
	f->proof = PROOF_STRUCTURE;
	label_bytes(name, span_head(fs.name, strnlen((const char *)fs.name.p, fs.name.n)));
	snprintf(f->label, sizeof(f->label), "%s-endian, edition %u%s%.16s",
		 fs.big ? "big" : "little", fs.flags & FSID_V2 ? fs.edition : 0,
		 name[0] ? ", " : "", name);
	return fine;
}

/* The end of a block that a pointer gives by its place. */
static uint64_t direct_end(const struct cramfs *fs, uint32_t pointer)
{
	uint64_t start = (pointer & PLACE) * 4ull;

	return pointer & STORED ? start + fs->block_size
				: start + 2 + span_u16(fs->in, start, fs->big);
}

/* Where block `i` of a file stands; `plain` is what it unpacks to. False when its pointers
 * contradict each other. */
static bool find_block(const struct cramfs *fs, struct span table, uint64_t i, uint64_t plain,
		       struct span *block)
{
	uint32_t pointer = span_u32(table, i * 4, fs->big);
	uint64_t start, end = pointer & PLACE;

	if (pointer & DIRECT) {
		start = end * 4;
		end = pointer & STORED ? start + plain : direct_end(fs, pointer);
		start += pointer & STORED ? 0 : 2;
	} else if (i == 0) {
		start = span_place(fs->in, table) + table.n;
	} else {
		uint32_t before = span_u32(table, i * 4 - 4, fs->big);

		start = before & DIRECT ? direct_end(fs, before) : before & PLACE;
	}
	*block = end > start ? span_sub(fs->in, start, end - start) : (struct span){ 0 };
	return end == start ? start <= fs->in.n : block->n > 0;
}

static struct fault put_block(const struct cramfs *fs, struct span block, bool stored,
			      uint64_t plain, struct sink *out)
{
	uint64_t at = block.n ? span_place(fs->in, block) : 0;
	size_t before = out->n;
	struct decoded d;

	if (block.n == 0)
		return sink_zero(out, plain) ? fine : out->fault;
	if (stored) {
		if (block.n != plain)
			return fault_at(FAULT_BROKEN, at, "block length", block.n, plain);
		return sink_put(out, block) ? fine : out->fault;
	}
	d = inflate_zlib(block, plain, out);
	d.fault.at += at;
	if (d.fault.kind == FAULT_NONE && out->n - before != plain)
		d.fault = fault_at(FAULT_BROKEN, at, "block length", out->n - before, plain);
	return d.fault;
}

static struct fault unpack(const struct cramfs *fs, uint64_t offset, uint64_t size,
			   struct sink *out)
{
	uint64_t count = block_count(fs, size);
	struct span table = span_sub(fs->in, offset, count * 4);

	if (size && table.n == 0)
		return fault_at(FAULT_SHORT, offset, "block pointers", fs->in.n,
				offset + count * 4);
	for (uint64_t i = 0; i < count; i++) {
		uint64_t left = size - i * fs->block_size;
		uint64_t plain = left < fs->block_size ? left : fs->block_size;
		bool stored = span_u32(table, i * 4, fs->big) & STORED;
		struct span block;
		struct fault bad;

		if (!find_block(fs, table, i, plain, &block))
			return fault_at(FAULT_BROKEN, offset + i * 4, "block pointer",
					span_u32(table, i * 4, fs->big), fs->in.n);
		bad = put_block(fs, block, stored, plain, out);
		if (bad.kind)
			return bad;
	}
	return fine;
}

/* Whether the first block of a file unpacks to exactly `size` bytes, with a table made for them. */
static bool block_size_fits(struct cramfs *fs, uint32_t size, const struct inode *i)
{
	struct span block, table;
	struct sink trial;
	bool fits;

	fs->block_size = size;
	table = span_sub(fs->in, i->offset, block_count(fs, i->size) * 4);
	if (table.n == 0 || !find_block(fs, table, 0, size, &block) || block.n == 0)
		return false;
	sink_init(&trial, NULL, size);
	fits = put_block(fs, block, span_u32(table, 0, fs->big) & STORED, size, &trial).kind ==
	       FAULT_NONE;
	sink_free(&trial);
	return fits;
}

struct walk {
	struct listing *l;
	struct cramfs *fs;
	struct marks directories; /* by offset / 4 */
	uint64_t names;           /* bytes of directories that may still be read */
	uint64_t plain;           /* bytes that all contents may still unpack to */
	uint32_t trials;          /* files that may still be asked for the block size */
};

/* The first file of several blocks whose first is no hole tells. */
static void learn_block_size(struct walk *w, const struct inode *i)
{
	static const uint32_t sizes[] = { 4096, 8192, 16384, 65536, 32768, 2048, 1024 };

	w->trials -= i->size > PAGE;
	for (size_t k = 0; k < sizeof(sizes) / sizeof(sizes[0]); k++)
		if (i->size > sizes[k] && block_size_fits(w->fs, sizes[k], i)) {
			w->trials = 0;
			return;
		}
	w->fs->block_size = PAGE;
}

static struct span read_target(struct walk *w, const struct inode *i, struct entry *e)
{
	struct sink out;
	struct span copy;

	if (i->size > LONGEST_TARGET) {
		e->fault =
			fault_at(FAULT_BROKEN, i->offset, "link target", i->size, LONGEST_TARGET);
		return (struct span){ 0 };
	}
	sink_init(&out, NULL, i->size);
	e->fault = unpack(w->fs, i->offset, i->size, &out);
	copy = arena_copy(w->l->arena, sink_span(&out));
	sink_free(&out);
	return copy;
}

/* The size of a device is its number, as the C library packs it. */
static void set_device(struct entry *e, uint32_t number)
{
	e->major = number >> 8 & 0xfff;
	e->minor = (number & 0xff) | (number >> 12 & 0xf00);
}

static void set_content(struct walk *w, const struct inode *i, struct entry *e)
{
	if (!budget_take(&w->plain, i->size)) {
		e->fault = fault_at(FAULT_LIMIT, i->offset, "content shared with others", i->size,
				    w->plain);
	} else if (e->kind == KIND_SYMLINK) {
		e->target = read_target(w, i, e);
	} else {
		e->size = i->size;
		if (w->trials)
			learn_block_size(w, i);
	}
}

static uint32_t add(struct walk *w, const struct inode *i, struct span name, uint32_t parent)
{
	struct entry e = entry_new(kind_of_mode(i->mode), name);

	e.parent = parent;
	e.mode = i->mode & 07777;
	e.uid = i->uid;
	e.gid = i->gid;
	e.has_mode = e.has_owner = true;
	e.key[0] = e.order = i->offset;
	if (e.kind == KIND_DIRECTORY)
		e.key[1] = i->size;
	else if (e.kind == KIND_CHAR_DEVICE || e.kind == KIND_BLOCK_DEVICE)
		set_device(&e, i->size);
	else if (e.kind == KIND_FILE || e.kind == KIND_SYMLINK)
		set_content(w, i, &e);
	if (parent != NO_ENTRY)
		e.key[2] = w->l->entries[parent].key[2] + 1; /* depth */
	return listing_add(w->l, &e);
}

/* Each byte of a sound image's directories belongs to one of them. */
static struct fault enter(struct walk *w, const struct entry *d)
{
	if (d->key[2] >= DEEPEST)
		return fault_at(FAULT_LIMIT, d->key[0], "directory depth", d->key[2], DEEPEST);
	if (d->key[0] >= w->fs->in.n || d->key[1] > w->fs->in.n - d->key[0])
		return fault_at(FAULT_SHORT, d->key[0], "directory", w->fs->in.n,
				d->key[0] + d->key[1]);
	if (!marks_add(&w->directories, d->key[0] / 4))
		return fault_at(FAULT_BROKEN, d->key[0], "directory met twice", 0, 0);
	if (!budget_take(&w->names, d->key[1]))
		return fault_at(FAULT_BROKEN, d->key[0], "directories overlap", d->key[1],
				w->names);
	return fine;
}

static void read_directory(struct walk *w, uint32_t index)
{
	struct entry *d = &w->l->entries[index];
	uint64_t at = d->key[0], end = at + d->key[1];

	if (d->key[1] == 0)
		return;
	d->fault = enter(w, d);
	if (d->fault.kind == FAULT_SHORT)
		end = w->fs->in.n; /* what is there of it */
	else if (d->fault.kind)
		return;
	while (at < end && end - at >= INODE_SIZE) {
		struct inode i = read_inode(w->fs->in, at, w->fs->big);
		struct span name = span_sub(w->fs->in, at + INODE_SIZE, i.name);

		if (i.name == 0 || i.name > end - at - INODE_SIZE) {
			listing_entry_fault(w->l, index,
					    fault_at(FAULT_BROKEN, at, "name length", i.name,
						     end - at - INODE_SIZE));
			return;
		}
		name.n = strnlen((const char *)name.p, name.n);
		if (add(w, &i, name, index) == NO_ENTRY)
			return;
		at += INODE_SIZE + i.name;
	}
}

/* Of the whole image with the field itself as zero; some vendors store it byte-swapped. */
static struct fault check_crc(const struct cramfs *fs)
{
	static const uint8_t zero[4];
	struct span whole = span_sub(fs->in, fs->at, fs->size - fs->at);
	uint32_t crc = crc32_of(span_head(whole, 32));

	if (!(fs->flags & FSID_V2))
		return fine;
	if (whole.n == 0)
		return fault_at(FAULT_SHORT, fs->at + 4, "size", fs->in.n, fs->size);
	crc = crc32_update(crc, (struct span){ zero, sizeof(zero) });
	crc = crc32_update(crc, span_from(whole, 36));
	if (crc == fs->crc || crc == span_u32(whole, 32, !fs->big))
		return fine;
	return fault_at(FAULT_BROKEN, fs->at + 32, "CRC-32", crc, fs->crc);
}

static struct fault list(struct listing *l)
{
	struct cramfs *fs = arena_take(l->arena, 1, sizeof(*fs));
	struct walk w = { .l = l,
			  .fs = fs,
			  .names = l->in.n,
			  .plain = (uint64_t)l->in.n * BEST_RATIO + PAGE,
			  .trials = MOST_TRIALS };
	struct fault bad;

	if (!fs || !marks_init(&w.directories, l->arena, l->in.n / 4 + 1))
		return fault_at(FAULT_MEMORY, 0, "directories", l->in.n, 0);
	bad = read_super(l->in, fs);
	if (bad.kind)
		return bad;
	l->state = fs;
	listing_fault(l, check_crc(fs));
	add(&w, &fs->root, (struct span){ 0 }, NO_ENTRY);
	for (uint32_t i = 0; i < l->count && l->fault.kind != FAULT_LIMIT; i++)
		if (l->entries[i].kind == KIND_DIRECTORY)
			read_directory(&w, i);
	return fine;
}

static struct fault load(const struct listing *l, const struct entry *e, struct sink *out)
{
	if (!sink_room(out, e->size))
		return out->fault;
	return unpack(l->state, e->key[0], e->size, out);
}

/* -- what its own bytes are -- */

/* Names are filled with zeros; what is empty stands nowhere. */
static void own_directory(const struct cramfs *fs, struct own_list *out, uint64_t at, uint64_t end)
{
	while (at < end && end - at >= INODE_SIZE) {
		struct inode i = read_inode(fs->in, at, fs->big);
		struct span name = span_sub(fs->in, at + INODE_SIZE, i.name);
		bool stands = has_blocks(i.mode) || (i.mode & 0170000) == 0040000;
		bool holds = (stands && i.size) || i.offset == 0;

		if (i.name == 0 || name.n == 0 || i.name > end - at - INODE_SIZE)
			break;
		holds &= is_zero(span_from(name, strnlen((const char *)name.p, name.n)));
		own_add(out, at, INODE_SIZE + name.n, own_if(holds, OWN_STRUCTURE), "inodes");
		at += INODE_SIZE + name.n;
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

/* The pointers of a file, and its blocks: content, or of a link the target. */
static void own_blocks(const struct cramfs *fs, struct own_map *m, const struct entry *e)
{
	uint64_t size = e->kind == KIND_SYMLINK ? e->target.n : e->size;
	uint64_t count = block_count(fs, size);
	struct span table = span_sub(fs->in, e->key[0], count * 4);

	if (size == 0 || table.n == 0)
		return;
	own_add(m->out, e->key[0], table.n, OWN_STRUCTURE, "block pointers");
	for (uint64_t i = 0; i < count; i++) {
		uint64_t left = size - i * fs->block_size;
		struct span block;

		if (!find_block(fs, table, i, left < fs->block_size ? left : fs->block_size,
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
}

static int by_place(const void *a, const void *b)
{
	const struct entry *const *x = a, *const *y = b;

	return ((*x)->key[0] > (*y)->key[0]) - ((*x)->key[0] < (*y)->key[0]);
}

/* Files with the same content share it: each is listed once. */
static void own_files(const struct listing *l, const struct cramfs *fs, struct own_map *m)
{
	const struct entry **files = arena_take(m->out->arena, l->count, sizeof(*files));
	uint32_t n = 0;

	for (uint32_t i = 0; files && i < l->count; i++)
		if ((l->entries[i].kind == KIND_FILE || l->entries[i].kind == KIND_SYMLINK) &&
		    l->entries[i].fault.kind == FAULT_NONE)
			files[n++] = &l->entries[i];
	if (n)
		qsort(files, n, sizeof(*files), by_place);
	for (uint32_t i = 0; i < n; i++)
		if (i == 0 || files[i]->key[0] != files[i - 1]->key[0])
			own_blocks(fs, m, files[i]);
}

static void own(const struct listing *l, struct own_list *out)
{
	const struct cramfs *fs = l->state;
	struct own_map m = { .out = out };
	uint64_t at = fs ? fs->at : 0;
	bool summed = fs && fs->flags & FSID_V2 && check_crc(fs).kind == FAULT_NONE;
	const struct own_field fields[] = {
		{ 0, 8, OWN_STRUCTURE, "superblock" },
		{ 8, 4, OWN_DATA, "flags" },
		{ 16, 16, OWN_STRUCTURE, "superblock" },
		{ 32, 4, own_if(summed, OWN_CHECKSUM), "CRC32" },
		{ 36, 12, OWN_DATA, "edition, blocks, files" },
		{ 48, 16, OWN_DATA, "volume name" },
		{ 64, 12, OWN_STRUCTURE, "root inode" },
	};

	if (!fs)
		return;
	own_add(out, 0, at, OWN_DATA, "boot code");
	own_header(out, at, SUPER_SIZE, fields, sizeof(fields) / sizeof(fields[0]));
	for (uint32_t i = 0; i < l->count; i++) {
		const struct entry *e = &l->entries[i];

		if (e->kind == KIND_DIRECTORY && e->key[1] && e->fault.kind == FAULT_NONE)
			own_directory(fs, out, e->key[0], e->key[0] + e->key[1]);
	}
	own_files(l, fs, &m);
	own_finish(&m, l->in.n, "unused");
}

static bool stored(const struct listing *l, const struct entry *e, struct storage *out)
{
	const struct cramfs *fs = l->state;
	uint64_t count = fs ? block_count(fs, e->size) : 0;
	struct span table = fs ? span_sub(fs->in, e->key[0], count * 4) : (struct span){ 0 };

	if (!fs || e->kind != KIND_FILE || e->fault.kind || (e->size && table.n == 0))
		return false;
	storage_text(out, "blocks");
	storage_number(out, e->size);
	storage_number(out, fs->block_size);
	for (uint64_t i = 0; i < count; i++) {
		uint64_t left = e->size - i * fs->block_size;
		struct span block;

		if (!find_block(fs, table, i, left < fs->block_size ? left : fs->block_size,
				&block))
			return false;
		storage_number(out, block.n);
		storage_number(out, span_u32(table, i * 4, fs->big) & STORED);
		storage_add(out, block);
	}
	return true;
}

const struct format format_cramfs = {
	.name = "cramfs",
	.says = "cramfs of both byte orders",
	.domain = DOMAIN_BROADBAND,
	.spec = "kernel include/uapi/linux/cramfs_fs.h, fs/cramfs",
	.shape = SHAPE_CONTAINER,
	.magic = { { 16, 16, SIGNATURE }, { BOOT_SECTOR + 16, 16, SIGNATURE } },
	.probe = probe,
	.list = list,
	.load = load,
	.own = own,
	.stored = stored,
};
