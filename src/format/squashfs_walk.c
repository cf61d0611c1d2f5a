/* squashfs_walk.c - from the root inode down through all directories, in the order of the tree:
 * parents before children, so that the first name of an inode is the one that holds its content. An
 * inode is read once; a directory is entered once, which ends every cycle. */
#include "format/squashfs.h"

#define MOST_DEPTH 512
#define MOST_PATH  (64u << 10)
#define EMPTY      0 /* slot: else the index of an entry, plus 1 */

struct frame {
	uint32_t entry; /* the directory */
	uint32_t path;  /* bytes of its path */
	struct cursor names;
	struct squash_run run;
};

struct walk {
	struct squash *q;
	struct listing *l;
	/* Which entry has the inode at a position: open addressing, never more than half full. */
	uint32_t *slots;
	uint64_t mask, used;
	struct frame *frames;
	uint32_t depth;
};

/* Bytes of the smallest inode of each version. */
static const uint8_t smallest_inode[] = { 1, 4, 4, 16, 20 };

static bool map_init(struct walk *w)
{
	uint64_t most = w->q->inodes.plain.n / smallest_inode[w->q->super.major] + 1;
	uint64_t size = 16;

	listing_expect(w->l, w->q->super.inodes < most ? w->q->super.inodes : most);
	while (size < most * 2)
		size *= 2;
	w->slots = arena_take(w->l->arena, size, sizeof(*w->slots));
	w->mask = size - 1;
	return w->slots != NULL;
}

static uint32_t *map_slot(struct walk *w, uint64_t position)
{
	uint64_t at = (position * 0x9E3779B97F4A7C15u >> 20) & w->mask;

	while (w->slots[at] != EMPTY && w->l->entries[w->slots[at] - 1].key[0] != position)
		at = (at + 1) & w->mask;
	return &w->slots[at];
}

static void note_fault(struct entry *e, struct fault f)
{
	if (e->fault.kind == FAULT_NONE)
		e->fault = f;
}

static void fill_file(struct squash *q, const struct listing *l, struct entry *e,
		      const struct squash_inode *i)
{
	uint64_t tail, offset, count = squash_block_count(q, i, &tail);
	uint64_t listed = squash_blocks_listed(q, i);

	e->size = i->size;
	e->order = i->start;
	if (listed < count)
		note_fault(e, fault_at(FAULT_BROKEN, q->super.inode_table, "block list", count,
				       listed));
	if (tail && i->fragment < q->fragment_count) {
		e->order = q->fragments[i->fragment].start;
	} else if (tail) {
		note_fault(e, fault_at(FAULT_BROKEN, q->super.fragment_table, "fragment",
				       i->fragment, q->fragment_count));
	}
	if (squash_stands_plain(q, i, &offset) && offset <= l->in.n &&
	    i->size <= l->in.n - offset) {
		e->stored = true;
		e->offset = offset;
		e->length = i->size;
	}
}

static void fill(struct squash *q, const struct listing *l, struct entry *e,
		 const struct squash_inode *i)
{
	struct squash_xattrs x;

	e->kind = i->kind;
	e->mode = i->mode;
	e->has_mode = true;
	e->uid = i->uid;
	e->gid = i->gid;
	e->has_owner = i->has_owner;
	e->mtime = i->mtime;
	e->has_mtime = i->has_mtime;
	e->target = i->target;
	e->major = i->major;
	e->minor = i->minor;
	if (!i->has_owner)
		note_fault(e, fault_at(FAULT_BROKEN, q->super.id_table, "owner", 0, 0));
	note_fault(e, squash_read_xattrs(q, i->xattr, &x));
	e->xattrs = x.list;
	e->xattr_count = x.count;
	if (i->kind == KIND_FILE)
		fill_file(q, l, e, i);
}

/* The same inode under another name. */
static void fill_again(struct walk *w, struct entry *e, uint32_t first)
{
	struct entry again = w->l->entries[first];

	again.name = e->name;
	again.parent = e->parent;
	if (again.kind == KIND_FILE) {
		again.kind = KIND_HARDLINK;
		again.first = first;
	} else if (again.kind == KIND_DIRECTORY) {
		again.fault = fault_at(FAULT_BROKEN, w->q->super.directory_table,
				       "directory met before", first, 0);
	}
	*e = again;
}

/* The names of a directory, as far as they are there. Each byte of the table belongs to one
 * directory alone; more than all of it is never read. */
static void enter(struct walk *w, uint32_t entry, const struct squash_inode *i, uint32_t path)
{
	struct squash *q = w->q;
	struct entry *e = &w->l->entries[entry];
	struct frame *f = &w->frames[w->depth];
	uint64_t at = 0, there;

	if (i->size == 0)
		return;
	if (w->depth == MOST_DEPTH || path > MOST_PATH) {
		note_fault(e, fault_at(FAULT_LIMIT, 0, "directory depth", w->depth, MOST_DEPTH));
		return;
	}
	if (!squash_find(&q->directories, i->start, i->offset, &at)) {
		note_fault(e, fault_at(FAULT_BROKEN, q->super.directory_table, "directory",
				       i->start, q->directories.plain.n));
		return;
	}
	there = q->directories.plain.n - at;
	if (i->size > there)
		note_fault(e, fault_at(FAULT_SHORT, q->super.directory_table, "directory", there,
				       i->size));
	there = i->size < there ? i->size : there;
	if (!squash_is_whole(&q->directories, at, at + there))
		note_fault(e, fault_at(FAULT_BROKEN, q->super.directory_table, "directory", at, 0));
	if (there > q->directory_budget) {
		note_fault(e, fault_at(FAULT_LIMIT, q->super.directory_table, "directory bytes",
				       there, q->directory_budget));
		return;
	}
	q->directory_budget -= there;
	*f = (struct frame){ .entry = entry, .path = path };
	f->names.in = span_sub(q->directories.plain, at, there);
	w->depth++;
}

/* Appends the entry of an inode, and enters it when it is a directory. False when the listing is
 * full. */
static bool add_inode(struct walk *w, struct entry *e, uint64_t position, uint32_t path)
{
	uint32_t *slot = map_slot(w, position);
	struct squash_inode i = { 0 };
	struct fault bad;
	uint32_t added;

	if (*slot != EMPTY) {
		fill_again(w, e, *slot - 1);
		return listing_add(w->l, e) != NO_ENTRY;
	}
	bad = squash_read_inode(w->q, position, &i);
	if (bad.kind == FAULT_NONE && w->used > w->mask / 2)
		bad = fault_at(FAULT_LIMIT, w->q->super.inode_table, "inodes", w->used,
			       w->mask / 2);
	if (bad.kind) {
		note_fault(e, bad);
		return listing_add(w->l, e) != NO_ENTRY;
	}
	e->key[0] = position;
	fill(w->q, w->l, e, &i);
	added = listing_add(w->l, e);
	if (added == NO_ENTRY)
		return false;
	*slot = added + 1;
	w->used++;
	if (i.kind == KIND_DIRECTORY)
		enter(w, added, &i, path);
	return true;
}

static bool add_name(struct walk *w, const struct frame *f, const struct squash_name *n)
{
	struct entry e = entry_new(n->kind, n->name);
	uint64_t position;

	e.parent = f->entry;
	if (squash_find(&w->q->inodes, f->run.block, n->offset, &position))
		return add_inode(w, &e, position, f->path + 1 + (uint32_t)n->name.n);
	e.fault = fault_at(FAULT_BROKEN, w->q->super.inode_table, "inode", f->run.block,
			   w->q->inodes.plain.n);
	return listing_add(w->l, &e) != NO_ENTRY;
}

/* One step in the innermost directory. False when the listing is full. */
static bool step(struct walk *w)
{
	bool is_v4 = w->q->super.major == 4;
	struct frame *f = &w->frames[w->depth - 1];
	struct squash_name n;

	if (f->run.left == 0 && cursor_left(&f->names) == 0) {
		w->depth--;
		return true;
	}
	if (f->run.left == 0) {
		f->run = is_v4 ? squash_v4_run(w->q, &f->names) : squash_old_run(w->q, &f->names);
		f->names.ran_out |= f->run.left == 0;
	} else {
		n = is_v4 ? squash_v4_name(w->q, &f->names) : squash_old_name(w->q, &f->names);
		f->run.left--;
		if (!f->names.ran_out)
			return add_name(w, f, &n);
	}
	if (f->names.ran_out) {
		note_fault(&w->l->entries[f->entry],
			   fault_at(FAULT_BROKEN, w->q->super.directory_table, "directory",
				    f->names.at, f->names.in.n));
		w->depth--;
	}
	return true;
}

void squash_walk(struct squash *q, struct listing *l)
{
	struct walk w = { .q = q, .l = l };
	struct entry root = entry_new(KIND_DIRECTORY, (struct span){ 0 });
	uint64_t position;

	w.frames = arena_take(l->arena, MOST_DEPTH, sizeof(*w.frames));
	if (!w.frames || !map_init(&w)) {
		listing_fault(l, fault_at(FAULT_MEMORY, 0, "inodes", q->inodes.plain.n, 0));
		return;
	}
	q->directory_budget = q->directories.plain.n;
	if (!squash_find(&q->inodes, q->super.root >> 16, q->super.root & 0xFFFF, &position)) {
		listing_fault(l, fault_at(FAULT_BROKEN, q->super.inode_table, "root inode",
					  q->super.root, q->inodes.plain.n));
		return;
	}
	if (!add_inode(&w, &root, position, 0))
		return;
	while (w.depth > 0 && step(&w))
		;
}
