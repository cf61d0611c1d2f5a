/* squashfs.c - SquashFS 1 to 4, both byte orders, standard and vendor magics. The walk goes depth
 * first, so that the first name of a hard-linked file is the first in tree order. */
#include <stdio.h>

#include "format/squashfs.h"

#define DEEPEST          1024
#define DIRECTORY_HEADER 12

/* Inodes met so far, by where they stand: a directory met twice is a cycle, a file a hard link. */
struct seen {
	uint64_t *ref;
	uint32_t *entry;
	uint32_t mask, count;
};

struct level {
	uint32_t entry;
	struct meta_at at; /* in the directory table */
	uint64_t left;     /* bytes of the listing */
	uint32_t names;    /* left under the header read last */
	uint64_t inode_block;
};

struct walk {
	struct squashfs *fs;
	struct listing *l;
	struct seen seen;
	struct level levels[DEEPEST];
	int depth;
};

static bool seen_resize(struct seen *s, struct arena *a, uint32_t size)
{
	struct seen old = *s;

	s->ref = arena_take(a, size, sizeof(*s->ref));
	s->entry = arena_take(a, size, sizeof(*s->entry));
	s->mask = size - 1;
	if (!s->ref || !s->entry)
		return false;
	for (uint32_t i = 0; old.ref && i <= old.mask; i++) {
		uint32_t to = (uint32_t)(old.ref[i] * 0x9E3779B97F4A7C15u >> 32) & s->mask;

		if (old.ref[i] == 0)
			continue;
		while (s->ref[to])
			to = (to + 1) & s->mask;
		s->ref[to] = old.ref[i];
		s->entry[to] = old.entry[i];
	}
	return true;
}

/* The entry that this inode had before, or NO_ENTRY after it was entered as `entry`. */
static uint32_t seen_before(struct walk *w, uint64_t ref, uint32_t entry)
{
	struct seen *s = &w->seen;
	uint32_t slot;

	ref += 1; /* 0 marks an empty slot */
	if (s->count * 2 >= s->mask && !seen_resize(s, w->l->arena, (s->mask + 1) * 2))
		return NO_ENTRY;
	slot = (uint32_t)(ref * 0x9E3779B97F4A7C15u >> 32) & s->mask;
	while (s->ref[slot] && s->ref[slot] != ref)
		slot = (slot + 1) & s->mask;
	if (s->ref[slot] == ref)
		return s->entry[slot];
	s->ref[slot] = ref;
	s->entry[slot] = entry;
	s->count++;
	return NO_ENTRY;
}

static void set_device(const struct squashfs *fs, const struct squashfs_inode *i, struct entry *e)
{
	if (fs->major == 4) {
		e->major = i->rdev >> 8 & 0xfff;
		e->minor = (i->rdev & 0xff) | (i->rdev >> 12 & 0xfff00);
	} else {
		e->major = i->rdev >> 8;
		e->minor = i->rdev & 0xff;
	}
}

static void set_content(const struct squashfs_inode *i, struct entry *e)
{
	bool in_fragment = i->fragment != NO_FRAGMENT;

	e->size = i->size;
	e->key[0] = i->start;
	e->key[1] = (uintptr_t)i->blocks;
	e->key[2] = (uint64_t)i->fragment << 32 | i->offset;
	e->key[3] = i->block_count;
	/* Files with blocks of their own come first, in the order of these; the others by fragment.
	 */
	e->order = i->block_count || !in_fragment ? i->start : (1ull << 62) + i->fragment;
}

static struct fault read_inode(struct walk *w, uint64_t block, uint32_t offset,
			       struct squashfs_inode *i)
{
	struct meta_at at = { w->fs->inode_table, block, offset };

	return w->fs->major == 4 ? squashfs_inode_v4(w->fs, w->l->arena, at, i)
				 : squashfs_inode_old(w->fs, w->l->arena, at, i);
}

static void enter_directory(struct walk *w, uint32_t entry, const struct squashfs_inode *i)
{
	if (i->size <= 3)
		return;
	if (w->depth == DEEPEST) {
		listing_fault(w->l,
			      fault_at(FAULT_LIMIT, 0, "directory depth", DEEPEST + 1, DEEPEST));
		return;
	}
	w->levels[w->depth++] = (struct level){
		.entry = entry,
		.at = { w->fs->directory_table, i->start, i->offset },
		.left = i->size - 3,
	};
}

/* One name of one inode becomes an entry; a directory is entered. */
static bool add(struct walk *w, uint32_t parent, struct span name, uint64_t block, uint32_t offset)
{
	struct squashfs_inode i;
	struct fault bad = read_inode(w, block, offset, &i);
	struct entry e = entry_new(i.kind, name);
	uint32_t before = seen_before(w, block << 16 | offset, w->l->count), index;

	if (bad.kind && i.kind == KIND_REGION)
		e.kind = KIND_FILE; /* not even its type could be read */
	e.parent = parent;
	e.mode = i.mode & 07777;
	e.has_mode = e.has_owner = i.kind != KIND_REGION;
	e.uid = i.uid;
	e.gid = i.gid;
	e.has_mtime = i.has_mtime;
	e.mtime = i.mtime;
	e.target = i.target;
	e.fault = bad;
	set_device(w->fs, &i, &e);
	if (e.kind == KIND_FILE)
		set_content(&i, &e);
	if (i.xattr != UINT32_MAX)
		squashfs_xattrs(w->fs, w->l->arena, i.xattr, &e);
	if (before != NO_ENTRY && e.kind == KIND_DIRECTORY) {
		e.fault = fault_at(FAULT_BROKEN, w->fs->inode_table + block, "directory met twice",
				   0, 0);
	} else if (before != NO_ENTRY && e.kind == KIND_FILE) {
		e.kind = KIND_HARDLINK;
		e.first = before;
	}
	index = listing_add(w->l, &e);
	if (index != NO_ENTRY && e.kind == KIND_DIRECTORY && before == NO_ENTRY &&
	    bad.kind == FAULT_NONE)
		enter_directory(w, index, &i);
	return index != NO_ENTRY;
}

/* Bit fields of v1 to v3 headers and entries, by hand for the two byte orders. */
static struct fault read_header(struct walk *w, struct level *d)
{
	struct squashfs *fs = w->fs;
	uint8_t raw[DIRECTORY_HEADER];
	struct span in = { raw, sizeof(raw) };
	uint64_t length = fs->major == 4 ? 12 : fs->major == 3 ? 9 : 4;
	struct fault bad;

	if (length > d->left)
		return fault_at(FAULT_BROKEN, d->at.table + d->at.block, "directory size", d->left,
				length);
	bad = meta_copy(fs, w->l->arena, &d->at, raw, length);
	if (bad.kind)
		return bad;
	d->left -= length;
	if (fs->major == 4) {
		d->names = span_u32(in, 0, fs->big) + 1;
		d->inode_block = span_u32(in, 4, fs->big);
		if (d->names > 256)
			return fault_at(FAULT_BROKEN, d->at.table + d->at.block, "names", d->names,
					256);
		return fine;
	}
	d->names = raw[0] + 1u;
	if (fs->major == 3)
		d->inode_block = span_u32(in, 1, fs->big);
	else if (fs->big)
		d->inode_block = (uint64_t)raw[1] << 16 | (uint64_t)raw[2] << 8 | raw[3];
	else
		d->inode_block = (uint64_t)raw[3] << 16 | (uint64_t)raw[2] << 8 | raw[1];
	return fine;
}

static struct fault read_name(struct walk *w, struct level *d, struct squashfs_name *name)
{
	struct squashfs *fs = w->fs;
	uint8_t raw[8];
	struct span in = { raw, sizeof(raw) };
	uint64_t length = fs->major == 4 ? 8 : fs->major == 3 ? 5 : 3;
	uint16_t low;
	struct fault bad;

	if (length > d->left)
		return fault_at(FAULT_BROKEN, d->at.table + d->at.block, "directory size", d->left,
				length);
	bad = meta_copy(fs, w->l->arena, &d->at, raw, length);
	if (bad.kind)
		return bad;
	d->left -= length;
	low = span_u16(in, 0, fs->big);
	if (fs->major == 4) {
		name->inode_offset = low;
		name->length = span_u16(in, 6, fs->big) + 1u;
	} else {
		name->inode_offset = fs->big ? low >> 3 : low & 0x1fff;
		name->length = raw[2] + 1u;
	}
	name->inode_block = d->inode_block;
	if (name->length > 256 || name->length > d->left)
		return fault_at(FAULT_BROKEN, d->at.table + d->at.block, "name length",
				name->length, d->left);
	bad = meta_copy(fs, w->l->arena, &d->at, name->text, name->length);
	d->left -= name->length;
	return bad;
}

/* The next name of the deepest directory. False when the directory is done. */
static bool step(struct walk *w)
{
	struct level *d = &w->levels[w->depth - 1];
	struct squashfs_name name;
	struct fault bad = fine;
	struct span text;

	if (d->left == 0)
		return false;
	if (d->names == 0)
		bad = read_header(w, d);
	if (bad.kind == FAULT_NONE)
		bad = read_name(w, d, &name);
	if (bad.kind) {
		listing_fault(w->l, bad);
		w->l->entries[d->entry].fault = bad;
		return false;
	}
	d->names--;
	text = arena_copy(w->l->arena, (struct span){ name.text, name.length });
	if (!add(w, d->entry, text, name.inode_block, name.inode_offset))
		w->depth = 1; /* the limit is met: nothing more is read */
	return true;
}

static void walk_all(struct walk *w)
{
	add(w, NO_ENTRY, (struct span){ 0 }, w->fs->root >> 16, (uint32_t)(w->fs->root & 0xffff));
	while (w->depth && w->l->fault.kind != FAULT_LIMIT)
		if (!step(w))
			w->depth--;
}

/* The first packed metadata block of the inode table shows how everything is packed. */
static bool settle_method(struct squashfs *fs)
{
	uint64_t at = fs->inode_table;

	for (int i = 0; i < 64 && at < fs->directory_table; i++) {
		struct cursor c = { .in = span_from(fs->in, at) };
		uint16_t head = cursor_u16(&c, fs->big);

		if (fs->major < 4 && fs->flags & FLAG_CHECK_V3)
			cursor_skip(&c, 1);
		struct span block = cursor_span(&c, head & 0x7fff ? head & 0x7fff : 0x8000);

		if (c.ran_out)
			return false;
		if (!(head & 0x8000))
			return squashfs_find_method(fs, block);
		at += c.at;
	}
	return true;
}

static struct fault list(struct listing *l)
{
	struct squashfs *fs = arena_take(l->arena, 1, sizeof(*fs));
	struct walk *w = arena_take(l->arena, 1, sizeof(*w));
	struct fault bad;

	if (!fs || !w)
		return fault_at(FAULT_MEMORY, 0, "superblock", 0, 0);
	bad = squashfs_super(l->in, fs);
	if (bad.kind)
		return bad;
	l->state = fs;
	w->fs = fs;
	w->l = l;
	if (fs->bytes_used > l->in.n)
		listing_fault(
			l, fault_at(FAULT_SHORT, l->in.n, "bytes used", l->in.n, fs->bytes_used));
	if (!meta_init(fs, l->arena) || !seen_resize(&w->seen, l->arena, 1024))
		return fault_at(FAULT_MEMORY, 0, "metadata", 0, 0);
	if (!settle_method(fs) && l->fault.kind == FAULT_NONE)
		listing_fault(l, fault_at(FAULT_UNKNOWN, fs->inode_table, "compression",
					  fs->compression, 0));
	snprintf(l->label, sizeof(l->label), "%u.%u %s", fs->major, fs->minor,
		 squashfs_method_name(fs));
	listing_fault(l, squashfs_tables(fs, l->arena));
	walk_all(w);
	return fine;
}

static struct fault probe(struct span in, struct found *f)
{
	struct squashfs fs;
	struct fault bad = squashfs_super(in, &fs);

	if (bad.kind)
		return bad;
	if (fs.bytes_used <= in.n) {
		struct cursor c = { .in = span_from(in, fs.inode_table) };
		uint32_t size = cursor_u16(&c, fs.big) & 0x7fff;

		if (size > fs.directory_table - fs.inode_table || size > META_SIZE)
			return fault_at(FAULT_BROKEN, fs.inode_table, "metadata block", size,
					META_SIZE);
	}
	f->len = fs.bytes_used < in.n ? fs.bytes_used : in.n;
	f->proof = PROOF_STRUCTURE;
	snprintf(f->label, sizeof(f->label), "%u.%u", fs.major, fs.minor);
	return fine;
}

/* clang-format off */
const struct format format_squashfs = {
	.name = "squashfs",
	.says = "SquashFS 1 to 4, little and big endian, vendor LZMA",
	.domain = DOMAIN_BROADBAND,
	.spec = "squashfs-tools squashfs_fs.h; squashfs-tools-ng doc/format.adoc",
	.shape = SHAPE_CONTAINER,
	.magic = { { 0, 4, "hsqs" }, { 0, 4, "sqsh" }, { 0, 4, "shsq" }, { 0, 4, "qshs" },
		   { 0, 4, "hsqt" }, { 0, 4, "tqsh" }, { 0, 4, "zlqs" }, { 0, 4, "sqlz" } },
	.probe = probe,
	.list = list,
	.load = squashfs_load,
};
/* clang-format on */
