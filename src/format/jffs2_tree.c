/* jffs2_tree.c - from the root down: names become entries, inodes their metadata. */
#include <stdlib.h>

#include "format/jffs2.h"

#define DEEPEST        512
#define LONGEST_TARGET 4096

struct pending {
	struct jffs2_directory *directory;
	uint32_t depth;
};

struct walk {
	struct jffs2 *fs;
	struct listing *l;
	struct pending *stack; /* room for every directory: each is met once */
	uint32_t depth, met;
};

/* Files and directories are sorted by their number, which stands first in both. */
static int by_number(const void *wanted, const void *one)
{
	uint32_t a = *(const uint32_t *)wanted, b = *(const uint32_t *)one;

	return (a > b) - (a < b);
}

static struct jffs2_file *file_of(const struct jffs2 *fs, uint32_t ino)
{
	return bsearch(&ino, fs->files, fs->file_count, sizeof(*fs->files), by_number);
}

static struct jffs2_directory *directory_of(const struct jffs2 *fs, uint32_t ino)
{
	return bsearch(&ino, fs->directories, fs->directory_count, sizeof(*fs->directories),
		       by_number);
}

/* Two bytes: eight bits each; four: the kernel's new order. */
static void set_device(const struct jffs2 *fs, const struct jffs2_inode *i, struct entry *e)
{
	uint32_t device;

	if (i->data.n == 2) {
		device = span_u16(i->data, 0, fs->big);
		e->major = device >> 8;
		e->minor = device & 0xff;
	} else if (i->data.n == 4) {
		entry_device(e, span_u32(i->data, 0, fs->big));
	} else {
		e->fault = fault_at(FAULT_BROKEN, e->order, "device number", i->data.n, 4);
	}
}

static void set_target(const struct jffs2 *fs, const struct jffs2_inode *i, struct entry *e)
{
	struct sink out;

	if (i->plain > LONGEST_TARGET) {
		e->fault =
			fault_at(FAULT_BROKEN, e->order, "link target", i->plain, LONGEST_TARGET);
		return;
	}
	if (jffs2_is_plain(i)) {
		e->target = span_head(i->data, i->plain);
		return;
	}
	sink_init(&out, NULL, LONGEST_TARGET);
	e->fault = jffs2_unpack(i, &out);
	e->target = arena_copy(fs->arena, sink_span(&out));
	sink_free(&out);
}

/* Content that one node holds as it is needs no load. */
static void set_content(const struct jffs2 *fs, const struct jffs2_file *f,
			const struct jffs2_inode *i, struct entry *e)
{
	const struct jffs2_part *p = &fs->parts[f->first];
	struct jffs2_inode holder;

	e->size = i->size;
	e->key[0] = f->first;
	e->key[1] = f->count;
	e->order = f->count ? p->at : f->at;
	if (f->count != 1 || p->from != 0 || p->length != i->size ||
	    !jffs2_inode_at(fs, p->at, &holder) || !jffs2_is_plain(&holder) ||
	    holder.data.n < p->length)
		return;
	e->stored = true;
	e->offset = span_place(fs->in, holder.data);
	e->length = p->length;
}

/* Kernels show a directory with the time of its newest name; what is kept here is its own, which a
 * file system made on a host has from the host. */
static void set_metadata(const struct jffs2_inode *i, struct entry *e)
{
	e->mode = i->mode & 07777;
	e->uid = i->uid;
	e->gid = i->gid;
	e->mtime = i->mtime;
	e->has_mode = e->has_owner = e->has_mtime = true;
}

/* What the inode's nodes say; without any, only the name's own type is known. */
static void describe(struct walk *w, const struct jffs2_file *f, uint8_t type, struct entry *e)
{
	struct jffs2_inode i;

	if (!f || !jffs2_inode_at(w->fs, f->at, &i)) {
		e->kind = kind_of_mode((uint32_t)type << 12);
		e->fault = fault_at(FAULT_SHORT, 0, "inode nodes", 0, 1);
		return;
	}
	e->kind = kind_of_mode(i.mode);
	e->fault = f->fault;
	e->order = f->at;
	set_metadata(&i, e);
	if (e->kind == KIND_FILE)
		set_content(w->fs, f, &i, e);
	else if (e->kind == KIND_SYMLINK)
		set_target(w->fs, &i, e);
	else if (e->kind == KIND_CHAR_DEVICE || e->kind == KIND_BLOCK_DEVICE)
		set_device(w->fs, &i, e);
}

/* A directory that was met is not met again: no cycle, and no two paths to one. */
static void enter(struct walk *w, struct jffs2_directory *d, uint32_t entry, uint32_t depth)
{
	if (!d)
		return;
	if (d->entry) {
		w->l->entries[entry].fault =
			fault_at(FAULT_BROKEN, 0, "directory met twice", d->ino, 0);
		return;
	}
	if (depth >= DEEPEST) {
		w->l->entries[entry].fault =
			fault_at(FAULT_LIMIT, 0, "directory depth", depth, DEEPEST);
		return;
	}
	d->entry = entry + 1;
	w->met += d->count;
	w->stack[w->depth++] = (struct pending){ d, depth };
}

static void add(struct walk *w, const struct jffs2_name *n, uint32_t parent, uint32_t depth)
{
	struct jffs2_file *f = file_of(w->fs, n->ino);
	struct jffs2_directory *d = directory_of(w->fs, n->ino);
	struct entry e = entry_new(KIND_FILE, n->name);
	uint32_t index;

	e.parent = parent;
	describe(w, f, n->type, &e);
	if (f && f->entry && e.kind == KIND_FILE) {
		e.kind = KIND_HARDLINK;
		e.first = f->entry - 1;
		e.stored = false;
	}
	jffs2_xattrs(w->fs, n->ino, &e);
	index = listing_add(w->l, &e);
	if (index == NO_ENTRY)
		return;
	if (f && !f->entry)
		f->entry = index + 1;
	if (e.kind == KIND_DIRECTORY)
		enter(w, d, index, depth + 1);
}

/* mkfs.jffs2 writes no node for the root: then nothing is known of it but that it is there. */
static void add_root(struct walk *w)
{
	struct jffs2_file *f = file_of(w->fs, JFFS2_ROOT);
	struct jffs2_directory *d = directory_of(w->fs, JFFS2_ROOT);
	struct entry e = entry_new(KIND_DIRECTORY, (struct span){ 0 });

	if (f)
		describe(w, f, 0, &e);
	e.kind = KIND_DIRECTORY;
	jffs2_xattrs(w->fs, JFFS2_ROOT, &e);
	if (listing_add(w->l, &e) != NO_ENTRY)
		enter(w, d, 0, 0);
}

void jffs2_tree(struct jffs2 *fs, struct listing *l)
{
	struct walk w = { .fs = fs, .l = l };

	w.stack = arena_take(fs->arena, fs->directory_count, sizeof(*w.stack));
	if (!w.stack) {
		listing_fault(l, fault_at(FAULT_MEMORY, 0, "directories", fs->directory_count, 0));
		return;
	}
	listing_expect(l, (uint64_t)fs->name_count + 1);
	add_root(&w);
	while (w.depth && l->fault.kind != FAULT_LIMIT) {
		const struct pending p = w.stack[--w.depth];
		const struct jffs2_directory *d = p.directory;

		for (uint32_t i = 0; i < d->count && l->fault.kind != FAULT_LIMIT; i++)
			add(&w, &fs->names[d->first + i], d->entry - 1, p.depth);
	}
	if (w.met < fs->name_count)
		listing_fault(l, fault_at(FAULT_BROKEN, 0, "names that no directory leads to",
					  fs->name_count - w.met, 0));
}
