/* cramfs.c - compressed ROM file system of both byte orders: superblock and walk. Sources: kernel
 * include/uapi/linux/cramfs_fs.h, fs/cramfs/inode.c, Documentation/filesystems/cramfs.rst. */
#include "format/cramfs.h"

#include <stdio.h>

#include "format/marks.h"
#include "format/stream.h"

#define MAGIC          0x28cd3d45u
#define SIGNATURE      "Compressed ROMFS"
#define BOOT_SECTOR    512 /* mkfs.cramfs -p leaves it before the superblock */
#define PAGE           4096u
#define DEEPEST        512
#define LONGEST_TARGET 65536
#define BEST_RATIO     1100 /* of deflate, and of a hole's pointer */
#define MOST_TRIALS    64
#define MOST_NAMES     (1u << 20) /* bytes of directories that a probe reads */

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
	fs->root = cramfs_inode_read(in, c.at, fs->big);
	cursor_skip(&c, CRAMFS_INODE);
	if (c.ran_out)
		return fault_at(FAULT_SHORT, fs->at, "superblock", in.n, fs->at + CRAMFS_SUPER);
	if (fs->flags & ~(uint32_t)CRAMFS_KNOWN_FLAGS)
		return fault_at(FAULT_UNKNOWN, fs->at + 8, "flags", fs->flags, CRAMFS_KNOWN_FLAGS);
	if ((fs->root.mode & 0170000) != 0040000)
		return fault_at(FAULT_BROKEN, fs->at + 64, "root inode", fs->root.mode, 0040000);
	/* Offsets count from the object's first byte: here 512 bytes before this superblock. */
	if (fs->root.offset && fs->root.offset != fs->at + CRAMFS_SUPER &&
	    !(fs->flags & CRAMFS_SHIFTED_ROOT))
		return fault_at(FAULT_BROKEN, fs->at + 72, "root offset", fs->root.offset,
				fs->at + CRAMFS_SUPER);
	if (fs->flags & CRAMFS_FSID_V2 && fs->size < fs->at + CRAMFS_SUPER)
		return fault_at(FAULT_BROKEN, fs->at + 4, "size", fs->size, fs->at + CRAMFS_SUPER);
	return fine;
}

/* The first version does not state its size. Directories stand first, one behind the other; the
 * last block of all ends the image, padded to a page. */
static uint64_t find_end(const struct cramfs *fs)
{
	uint64_t at = fs->at + CRAMFS_SUPER, first = fs->in.n, end = at;

	while (at < first && first - at >= CRAMFS_INODE) {
		struct cramfs_inode i = cramfs_inode_read(fs->in, at, fs->big);
		uint64_t table = cramfs_block_count(fs, i.size) * 4;
		uint32_t last;

		at += CRAMFS_INODE + i.name;
		if (at > MOST_NAMES)
			return fs->in.n;
		if (!cramfs_has_blocks(i.mode) || i.size == 0)
			continue;
		if (i.offset < first)
			first = i.offset;
		last = span_u32(fs->in, i.offset + table - 4, fs->big) & CRAMFS_PLACE;
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
	if (fs.flags & CRAMFS_FSID_V2)
		f->len = fs.size < in.n ? fs.size : in.n;
	else
		f->len = find_end(&fs);
	f->proof = PROOF_STRUCTURE;
	label_bytes(name, span_head(fs.name, strnlen((const char *)fs.name.p, fs.name.n)));
	snprintf(f->label, sizeof(f->label), "%s-endian, edition %u%s%.16s",
		 fs.big ? "big" : "little", fs.flags & CRAMFS_FSID_V2 ? fs.edition : 0,
		 name[0] ? ", " : "", name);
	return fine;
}

/* Whether the first block of a file unpacks to exactly `size` bytes, with a table made for them. */
static bool block_size_fits(struct cramfs *fs, uint32_t size, const struct cramfs_inode *i)
{
	struct span block, table;
	struct sink trial;
	bool fits;

	fs->block_size = size;
	table = span_sub(fs->in, i->offset, cramfs_block_count(fs, i->size) * 4);
	if (table.n == 0 || !cramfs_find_block(fs, table, 0, size, &block) || block.n == 0)
		return false;
	sink_init(&trial, NULL, size);
	fits = cramfs_put_block(fs, block, span_u32(table, 0, fs->big) & CRAMFS_STORED, size,
				&trial)
		       .kind == FAULT_NONE;
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
static void learn_block_size(struct walk *w, const struct cramfs_inode *i)
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

static struct span read_target(struct walk *w, const struct cramfs_inode *i, struct entry *e)
{
	struct sink out;
	struct span copy;

	if (i->size > LONGEST_TARGET) {
		e->fault =
			fault_at(FAULT_BROKEN, i->offset, "link target", i->size, LONGEST_TARGET);
		return (struct span){ 0 };
	}
	sink_init(&out, NULL, i->size);
	e->fault = cramfs_unpack(w->fs, i->offset, i->size, &out);
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

static void set_content(struct walk *w, const struct cramfs_inode *i, struct entry *e)
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

static uint32_t add(struct walk *w, const struct cramfs_inode *i, struct span name, uint32_t parent)
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
	while (at < end && end - at >= CRAMFS_INODE) {
		struct cramfs_inode i = cramfs_inode_read(w->fs->in, at, w->fs->big);
		struct span name = span_sub(w->fs->in, at + CRAMFS_INODE, i.name);

		if (i.name == 0 || i.name > end - at - CRAMFS_INODE) {
			listing_entry_fault(w->l, index,
					    fault_at(FAULT_BROKEN, at, "name length", i.name,
						     end - at - CRAMFS_INODE));
			return;
		}
		name.n = strnlen((const char *)name.p, name.n);
		if (add(w, &i, name, index) == NO_ENTRY)
			return;
		at += CRAMFS_INODE + i.name;
	}
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
	listing_fault(l, cramfs_check_crc(fs));
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
	return cramfs_unpack(l->state, e->key[0], e->size, out);
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
	.own = cramfs_own,
	.stored = cramfs_stored,
};
