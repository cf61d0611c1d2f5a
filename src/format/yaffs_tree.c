/* yaffs_tree.c - from the root down: objects become entries. */
#include <stdlib.h>

#include "format/yaffs.h"

#define DEEPEST     512
#define MOST_XATTRS 64

struct pending {
	uint32_t parent, entry, depth;
};

struct walk {
	struct yaffs *fs;
	struct listing *l;
	struct pending *stack; /* room for every object: each is met once */
	uint32_t depth;
};

static int by_parent(const void *left, const void *right)
{
	const struct yaffs_object *a = *(struct yaffs_object *const *)left;
	const struct yaffs_object *b = *(struct yaffs_object *const *)right;
	int order;

	if (a->parent != b->parent)
		return a->parent < b->parent ? -1 : 1;
	order = span_compare(a->name, b->name);
	return order ? order : (a->id > b->id) - (a->id < b->id);
}

static struct yaffs_object *object_of(const struct yaffs *fs, uint32_t id)
{
	uint32_t low = 0, high = fs->object_count;

	while (low < high) {
		uint32_t middle = low + (high - low) / 2;

		if (fs->objects[middle].id < id)
			low = middle + 1;
		else
			high = middle;
	}
	return low < fs->object_count && fs->objects[low].id == id ? &fs->objects[low] : NULL;
}

static uint32_t first_child(const struct yaffs *fs, uint32_t parent)
{
	uint32_t low = 0, high = fs->object_count;

	while (low < high) {
		uint32_t middle = low + (high - low) / 2;

		if (fs->children[middle]->parent < parent)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* Records behind the header's fields: size of the whole, name with its NUL, value. */
static void set_xattrs(const struct yaffs *fs, struct span list, struct entry *e)
{
	struct xattr *x = NULL;

	while (e->xattr_count < MOST_XATTRS) {
		uint32_t size = span_u32(list, 0, fs->layout.big);
		struct span record = span_sub(list, 4, size < 6 ? 0 : size - 4);
		size_t end = span_find(record, 0, (struct span){ (const uint8_t *)"", 1 });

		if (end == 0 || end == SIZE_MAX)
			return;
		x = x ? x : arena_take(fs->arena, MOST_XATTRS, sizeof(*x));
		if (!x)
			return;
		x[e->xattr_count++] =
			(struct xattr){ span_head(record, end), span_from(record, end + 1) };
		e->xattrs = x;
		list = span_from(list, size);
	}
}

static void set_metadata(const struct yaffs_header *h, struct entry *e)
{
	e->mode = h->mode & 07777;
	e->uid = h->uid;
	e->gid = h->gid;
	e->mtime = h->mtime;
	e->has_mode = e->has_owner = e->has_mtime = true;
}

static void describe(const struct yaffs *fs, const struct yaffs_object *o,
		     const struct yaffs_header *h, struct entry *e)
{
	if (h->type == YAFFS_HARDLINK) {
		e->kind = KIND_HARDLINK;
		e->key[0] = h->equivalent;
		return;
	}
	set_metadata(h, e);
	set_xattrs(fs, h->more, e);
	if (h->type == YAFFS_DIRECTORY) {
		e->kind = KIND_DIRECTORY;
	} else if (h->type == YAFFS_SYMLINK) {
		e->kind = KIND_SYMLINK;
		e->target = h->alias;
	} else if (h->type == YAFFS_SPECIAL) {
		e->kind = kind_of_mode(h->mode);
		entry_device(e, h->device);
	} else {
		e->size = o->size;
		e->order = o->page;
		e->key[0] = o->first;
		e->key[1] = o->count;
	}
}

static void push(struct walk *w, const struct yaffs_object *o, uint32_t entry, uint32_t depth)
{
	if (depth >= DEEPEST)
		w->l->entries[entry].fault =
			fault_at(FAULT_LIMIT, 0, "directory depth", depth, DEEPEST);
	else
		w->stack[w->depth++] = (struct pending){ o->id, entry, depth };
}

static void add(struct walk *w, struct yaffs_object *o, uint32_t parent, uint32_t depth)
{
	struct entry e = entry_new(KIND_FILE, o->name);
	struct yaffs_header h;
	uint32_t index;

	if (o->entry || !yaffs_header_read(yaffs_page(&w->fs->layout, w->fs->in, o->page),
					   w->fs->layout.big, &h))
		return;
	e.parent = parent;
	describe(w->fs, o, &h, &e);
	index = listing_add(w->l, &e);
	if (index == NO_ENTRY)
		return;
	o->entry = index + 1;
	if (e.kind == KIND_DIRECTORY)
		push(w, o, index, depth + 1);
}

static void add_root(struct walk *w)
{
	struct entry e = entry_new(KIND_DIRECTORY, (struct span){ 0 });
	struct yaffs_object *root = object_of(w->fs, YAFFS_ROOT);
	struct yaffs_header h;

	if (root && yaffs_header_read(yaffs_page(&w->fs->layout, w->fs->in, root->page),
				      w->fs->layout.big, &h))
		set_metadata(&h, &e);
	if (listing_add(w->l, &e) == NO_ENTRY)
		return;
	if (root)
		root->entry = 1;
	w->stack[w->depth++] = (struct pending){ YAFFS_ROOT, 0, 0 };
}

/* Objects in a circle of directories, or below one that is gone. */
static void count_lost(const struct yaffs *fs, struct listing *l)
{
	uint32_t lost = 0;

	for (uint32_t i = 0; i < fs->object_count; i++)
		lost += !fs->objects[i].entry;
	if (lost)
		listing_fault(l, fault_at(FAULT_BROKEN, 0, "objects that no directory leads to",
					  lost, 0));
}

/* A link may be met before what it links to. */
static void join_links(const struct yaffs *fs, struct listing *l)
{
	for (uint32_t i = 0; i < l->count; i++) {
		struct entry *e = &l->entries[i];
		const struct yaffs_object *o;

		if (e->kind != KIND_HARDLINK)
			continue;
		o = object_of(fs, (uint32_t)e->key[0]);
		if (o && o->entry && l->entries[o->entry - 1].kind != KIND_HARDLINK)
			e->first = o->entry - 1;
		else
			e->fault = fault_at(FAULT_BROKEN, 0, "object of a link", e->key[0], 0);
	}
}

void yaffs_tree(struct yaffs *fs, struct listing *l)
{
	struct walk w = { .fs = fs, .l = l };

	w.stack = arena_take(fs->arena, (uint64_t)fs->object_count + 1, sizeof(*w.stack));
	fs->children = arena_take(fs->arena, fs->object_count, sizeof(*fs->children));
	if (!w.stack || !fs->children) {
		listing_fault(l, fault_at(FAULT_MEMORY, 0, "objects", fs->object_count, 0));
		return;
	}
	for (uint32_t i = 0; i < fs->object_count; i++)
		fs->children[i] = &fs->objects[i];
	qsort(fs->children, fs->object_count, sizeof(*fs->children), by_parent);
	add_root(&w);
	while (w.depth && l->fault.kind != FAULT_LIMIT) {
		const struct pending p = w.stack[--w.depth];

		for (uint32_t i = first_child(fs, p.parent);
		     i < fs->object_count && fs->children[i]->parent == p.parent; i++)
			add(&w, fs->children[i], p.entry, p.depth);
	}
	join_links(fs, l);
	count_lost(fs, l);
}
