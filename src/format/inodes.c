/* inodes.c - the walk from the root of a file system of inodes. */
#include "format/inodes.h"

#include "format/links.h"

#define DEEPEST        512
#define LONGEST_TARGET 4096
#define MOST_HOLES     (1ull << 40) /* bytes, of all files */
#define MOST_XATTRS    (64ull << 20)

enum { KEY_FIRST, KEY_SECOND, KEY_SOUND, KEY_DEPTH }; /* of an entry */

struct walk {
	struct listing *l;
	const struct inode_format *f;
	struct marks met;
	struct names inodes;
	uint64_t holes, xattrs;
};

struct inode_names {
	struct walk *w;
	uint32_t index;
	struct fault fault;
};

static bool wants_more(struct pieces *p)
{
	return p->left && p->fault.kind == FAULT_NONE;
}

bool pieces_give(struct pieces *p, uint64_t at, uint64_t length)
{
	uint64_t n = length < p->left ? length : p->left;

	if (!wants_more(p) || n == 0)
		return wants_more(p);
	if (at == 0 || at > p->in.n || n > p->in.n - at) {
		p->fault = fault_at(FAULT_SHORT, at, "block", p->in.n, n);
		return false;
	}
	p->left -= n;
	p->each(p->ctx, at, n);
	return wants_more(p);
}

bool pieces_hole(struct pieces *p, uint64_t length)
{
	uint64_t n = length < p->left ? length : p->left;

	if (!wants_more(p) || n == 0)
		return wants_more(p);
	p->left -= n;
	p->each(p->ctx, 0, n);
	return wants_more(p);
}

bool pieces_take(struct pieces *p, uint64_t first, uint64_t count, uint32_t block)
{
	for (uint64_t i = 0; p->met && i < count; i++)
		if (!marks_add(p->met, first + i)) {
			bool is_there = first + i < p->met->count;

			p->fault = fault_at(FAULT_BROKEN, (first + i) * block,
					    is_there ? "block used twice" : "block number",
					    first + i, p->met->count);
			return false;
		}
	return true;
}

/* All bytes of a short content, joined where they are several pieces. */
struct joined {
	struct span in;
	uint8_t *to;
	size_t n;
};

static void join(void *ctx, uint64_t at, uint64_t length)
{
	struct joined *j = ctx;

	if (at)
		memcpy(j->to + j->n, j->in.p + at, (size_t)length);
	j->n += (size_t)length;
}

static void set_target(struct walk *w, const struct inode *i, struct entry *e)
{
	struct joined j = { .in = w->l->in };
	struct pieces p = { w->l->in, i->size, &w->met, join, &j, fine };

	if (i->has_target) {
		e->target = i->target;
		return;
	}
	if (i->size == 0 || i->size > LONGEST_TARGET) {
		e->fault = fault_at(FAULT_BROKEN, i->at, "link target", i->size, LONGEST_TARGET);
		return;
	}
	j.to = arena_take(w->l->arena, i->size, 1);
	if (!j.to) {
		e->fault = fault_at(FAULT_MEMORY, i->at, "link target", i->size, 0);
		return;
	}
	w->f->content(w->l->state, i, &p);
	e->fault = p.fault;
	e->target = (struct span){ j.to, j.n };
}

static void set_content(struct walk *w, const struct inode *i, struct entry *e)
{
	struct piece whole = { 0 };
	struct pieces p = { w->l->in, i->size, &w->met, piece_join, &whole, fine };

	w->f->content(w->l->state, i, &p);
	if (p.left && p.fault.kind == FAULT_NONE)
		p.fault = fault_at(FAULT_BROKEN, i->at, "size beyond the blocks", p.left, 0);
	e->fault = p.fault;
	e->key[KEY_SOUND] = i->size - p.left;
	e->order = whole.from;
	if (!budget_take(&w->holes, whole.holes)) {
		e->fault = fault_at(FAULT_LIMIT, i->at, "holes", whole.holes, w->holes);
		e->key[KEY_SOUND] = 0;
	}
	e->stored = i->size && !whole.broken && e->fault.kind == FAULT_NONE;
	if (e->stored) {
		e->offset = whole.from;
		e->length = i->size;
	}
}

/* What is met for the first time. */
static void describe(struct walk *w, const struct inode *i, struct entry *e)
{
	if (e->kind == KIND_FILE)
		set_content(w, i, e);
	else if (e->kind == KIND_SYMLINK)
		set_target(w, i, e);
	if (e->kind == KIND_CHAR_DEVICE || e->kind == KIND_BLOCK_DEVICE) {
		e->major = i->major;
		e->minor = i->minor;
	}
	if (w->f->xattrs)
		w->f->xattrs(w->l->state, i, w->l->arena, e, &w->xattrs);
}

/* Another name of a file or directory that was met. */
static void repeat(const struct inode *i, uint32_t first, struct entry *e)
{
	if (e->kind == KIND_FILE) {
		e->kind = KIND_HARDLINK;
		e->first = first;
		return;
	}
	e->fault = fault_at(FAULT_BROKEN, i->at, "directory met twice", 0, 0);
	e->key[KEY_DEPTH] = DEEPEST + 1;
}

static bool add(struct walk *w, uint32_t parent, struct span name, const uint64_t key[2])
{
	struct inode i = { .key = { key[0], key[1] } };
	struct fault bad = w->f->read(w->l->state, key, &i);
	struct entry e = entry_new(kind_of_mode(i.mode), name);
	struct name *met = bad.kind ? NULL : links_met(&w->inodes, i.key);
	uint32_t index;

	e.parent = parent;
	e.fault = bad;
	e.mode = i.mode & 07777;
	e.uid = i.uid;
	e.gid = i.gid;
	e.mtime = i.mtime;
	e.mtime_ns = i.mtime_ns;
	e.size = i.size;
	e.has_mode = e.has_owner = e.has_mtime = bad.kind == FAULT_NONE;
	e.key[KEY_FIRST] = key[0];
	e.key[KEY_SECOND] = key[1];
	e.key[KEY_DEPTH] = parent == NO_ENTRY ? 0 : w->l->entries[parent].key[KEY_DEPTH] + 1;
	if (met && met->number && e.kind != KIND_FILE && e.kind != KIND_DIRECTORY)
		return links_repeat(w->l, met->number - 1, &e, &w->xattrs);
	if (met && met->number)
		repeat(&i, met->number - 1, &e);
	else if (bad.kind == FAULT_NONE)
		describe(w, &i, &e);
	index = listing_add(w->l, &e);
	if (met && met->number == 0 && index != NO_ENTRY)
		met->number = index + 1;
	return index != NO_ENTRY;
}

bool inode_name(struct inode_names *n, struct span name, const uint64_t key[2])
{
	if (name.n == 0 || is_dot(name))
		return true;
	return add(n->w, n->index, name, key);
}

void inode_names_fault(struct inode_names *n, struct fault f)
{
	if (n->fault.kind == FAULT_NONE)
		n->fault = f;
}

struct marks *inode_names_met(struct inode_names *n)
{
	return &n->w->met;
}

struct arena *inode_names_arena(struct inode_names *n)
{
	return n->w->l->arena;
}

static void read_directory(struct walk *w, uint32_t index)
{
	const struct entry e = w->l->entries[index];
	struct inode_names n = { w, index, fine };
	struct inode i = { .key = { e.key[KEY_FIRST], e.key[KEY_SECOND] } };

	if (e.key[KEY_DEPTH] > DEEPEST || w->f->read(w->l->state, e.key, &i).kind)
		return;
	if (e.key[KEY_DEPTH] == DEEPEST)
		n.fault = fault_at(FAULT_LIMIT, i.at, "directory depth", DEEPEST, DEEPEST - 1);
	else
		w->f->names(w->l->state, &i, &n);
	listing_entry_fault(w->l, index, n.fault);
}

struct fault inodes_list(struct listing *l, const struct inode_format *f, const uint64_t root[2],
			 uint64_t blocks)
{
	struct walk w = { .l = l,
			  .f = f,
			  .inodes = { .arena = l->arena },
			  .holes = MOST_HOLES,
			  .xattrs = MOST_XATTRS };

	if (!marks_init(&w.met, l->arena, blocks))
		return fault_at(FAULT_MEMORY, 0, "blocks", blocks, 0);
	add(&w, NO_ENTRY, (struct span){ 0 }, root);
	for (uint32_t i = 0; i < l->count && l->fault.kind != FAULT_LIMIT; i++)
		if (l->entries[i].kind == KIND_DIRECTORY)
			read_directory(&w, i);
	return fine;
}

struct fault inodes_load(const struct listing *l, const struct inode_format *f,
			 const struct entry *e, struct sink *out)
{
	struct piece_output o = { l->in, out };
	struct pieces p = { l->in, e->key[KEY_SOUND], NULL, piece_put, &o, fine };
	struct inode i = { .key = { e->key[KEY_FIRST], e->key[KEY_SECOND] } };
	struct fault bad = f->read(l->state, e->key, &i);

	if (bad.kind)
		return bad;
	f->content(l->state, &i, &p);
	if (p.fault.kind)
		return p.fault;
	return out->fault;
}
