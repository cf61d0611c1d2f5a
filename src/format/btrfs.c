/* btrfs.c - btrfs: walks the directories from the top subvolume, breadth first; each subvolume and
 * snapshot is a directory where it was made. The log tree, which keeps what was forced to disk
 * since the last commit, is not replayed; that it should be is said. */
#include <stdio.h>

#include "format/btrfs.h"
#include "format/links.h"
#include "format/parts.h"
#include "format/stream.h"

#define DEEPEST        512
#define KNOWN_FEATURES 0x11fffull
#define INODE_SIZE     160

static void describe(const struct btrfs *fs, char label[64])
{
	char text[64];

	label_bytes(text, span_head(fs->name, strnlen((const char *)fs->name.p, fs->name.n)));
	snprintf(label, 64, "%llu bytes%s%.32s", (unsigned long long)fs->size, text[0] ? ", " : "",
		 text);
}

static struct fault probe(struct span in, struct found *f)
{
	struct btrfs fs;
	struct fault bad = btrfs_super(in, &fs);

	if (bad.kind)
		return bad;
	f->len = fs.size < in.n ? fs.size : in.n;
	f->proof = btrfs_sum_known(fs.sum) ? PROOF_CHECKSUM : PROOF_STRUCTURE;
	describe(&fs, f->label);
	return fine;
}

/* Entries' keys: number of the inode, place of its subvolume in the list, depth. A directory of
 * number 0 has nothing inside. */
struct walk {
	struct listing *l;
	struct btrfs *fs;
	struct names inodes; /* directories read, files of several names: 1 + their entry */
	uint64_t xattrs;     /* bytes of attributes that may still be given */
	uint64_t steps;      /* extents that may still be looked at */
};

struct inode {
	uint64_t size, device;
	uint32_t mode, uid, gid, links, mtime_ns;
	int64_t mtime;
};

static struct fault read_inode(const struct btrfs *fs, struct btrfs_tree tree, uint64_t number,
			       struct inode *i)
{
	struct btrfs_item item;
	struct fault why;

	*i = (struct inode){ 0 };
	if (!btrfs_find(fs, tree, (struct btrfs_key){ number, BTRFS_INODE, 0 }, &item, &why))
		return why.kind ? why
				: fault_at(FAULT_BROKEN, 0, "inode that is not there", number, 0);
	if (item.bytes.n < INODE_SIZE)
		return fault_at(FAULT_BROKEN, 0, "inode", item.bytes.n, INODE_SIZE);
	i->size = span_u64(item.bytes, 16, false);
	i->links = span_u32(item.bytes, 40, false);
	i->uid = span_u32(item.bytes, 44, false);
	i->gid = span_u32(item.bytes, 48, false);
	i->mode = span_u32(item.bytes, 52, false);
	i->device = span_u64(item.bytes, 56, false);
	i->mtime = (int64_t)span_u64(item.bytes, 136, false);
	i->mtime_ns = span_u32(item.bytes, 144, false);
	return fine;
}

static bool grow(struct arena *a, struct xattr **list, uint32_t *room)
{
	uint32_t more = *room ? *room * 2 : 4;
	struct xattr *copy = arena_take(a, more, sizeof(*copy));

	if (!copy)
		return false;
	if (*room)
		memcpy(copy, *list, *room * sizeof(*copy));
	*list = copy;
	*room = more;
	return true;
}

/* Names have their prefixes, and stand in the image like the values. */
static void set_xattrs(struct walk *w, struct btrfs_tree tree, struct entry *e)
{
	struct btrfs_cursor c;
	struct btrfs_item item;
	struct btrfs_name name;
	struct xattr *list = NULL;
	uint32_t room = 0;

	btrfs_seek(&c, w->fs, tree, (struct btrfs_key){ e->key[0], BTRFS_XATTR, 0 });
	while (btrfs_next_of(&c, e->key[0], BTRFS_XATTR, &item)) {
		struct cursor in = { .in = item.bytes };

		while (btrfs_name_next(&in, &name)) {
			struct xattr x = { name.name, name.data };

			if (!budget_take(&w->xattrs, links_xattr_cost(&x))) {
				e->fault = fault_at(FAULT_LIMIT, 0, "extended attributes", 0, 0);
				return;
			}
			if (e->xattr_count == room && !grow(w->l->arena, &list, &room))
				return;
			list[e->xattr_count++] = x;
			e->xattrs = list;
		}
		if (in.ran_out)
			e->fault = fault_at(FAULT_BROKEN, span_place(w->fs->in, item.bytes),
					    "extended attributes", in.at, item.bytes.n);
	}
	if (e->fault.kind == FAULT_NONE)
		e->fault = c.fault;
}

static void set_content(struct walk *w, struct btrfs_tree tree, uint64_t size, struct entry *e)
{
	e->size = size;
	if (size == 0)
		return;
	e->stored = btrfs_in_one_piece(w->fs, tree, e->key[0], size, &w->steps, &e->order);
	if (e->stored) {
		e->offset = e->order;
		e->length = size;
	}
}

/* The kernel's own order of a number: 20 bits of minor. */
static void set_device(uint64_t number, struct entry *e)
{
	e->major = (uint32_t)(number >> 20);
	e->minor = number & 0xfffff;
}

static void set_inode(struct walk *w, struct btrfs_tree tree, const struct inode *i,
		      struct entry *e)
{
	struct fault bad = fine;

	e->kind = kind_of_mode(i->mode);
	e->mode = i->mode & 07777;
	e->uid = i->uid;
	e->gid = i->gid;
	e->mtime = i->mtime;
	e->mtime_ns = i->mtime_ns;
	e->has_mode = e->has_owner = e->has_mtime = true;
	set_xattrs(w, tree, e);
	if (e->kind == KIND_FILE)
		set_content(w, tree, i->size, e);
	else if (e->kind == KIND_SYMLINK)
		bad = btrfs_target(w->fs, tree, e->key[0], i->size, &e->target);
	else if (e->kind == KIND_CHAR_DEVICE || e->kind == KIND_BLOCK_DEVICE)
		set_device(i->device, e);
	if (e->fault.kind == FAULT_NONE)
		e->fault = bad;
}

/* Adds an entry by what its inode says. */
static bool add_inode(struct walk *w, struct entry *e)
{
	struct btrfs_tree tree = w->fs->subvolumes[e->key[1]].tree;
	struct name *met = NULL;
	struct inode i;
	uint32_t index;

	e->fault = read_inode(w->fs, tree, e->key[0], &i);
	if (e->fault.kind) {
		e->stored = true; /* nothing of it */
		return listing_add(w->l, e) != NO_ENTRY;
	}
	if (kind_of_mode(i.mode) != KIND_DIRECTORY && i.links > 1)
		met = links_met(&w->inodes, e->key);
	if (met && met->number)
		return links_repeat(w->l, met->number - 1, e, &w->xattrs);
	set_inode(w, tree, &i, e);
	index = listing_add(w->l, e);
	if (met)
		met->number = index + 1;
	return index != NO_ENTRY;
}

/* Begins a subvolume; false where it was met. */
static bool mount(struct walk *w, struct btrfs_subvolume *s, struct entry *e)
{
	if (!s || s->is_met)
		return false;
	s->is_met = true;
	e->key[0] = s->directory;
	e->key[1] = (uint64_t)(s - w->fs->subvolumes);
	return true;
}

static bool add(struct walk *w, uint32_t parent, const struct btrfs_name *n)
{
	const struct entry *d = &w->l->entries[parent];
	struct entry e = entry_new(links_kind(n->type), n->name);

	e.parent = parent;
	e.key[0] = n->location.id;
	e.key[1] = d->key[1];
	e.key[2] = d->key[2] + 1;
	if (n->location.type == BTRFS_ROOT) {
		uint64_t id = w->fs->subvolumes[d->key[1]].id;

		e.kind = KIND_DIRECTORY;
		e.key[0] = 0;
		if (mount(w, btrfs_mounted(w->fs, id, d->key[0], n), &e))
			return add_inode(w, &e);
	} else if (n->location.type == BTRFS_INODE) {
		return add_inode(w, &e);
	} else {
		e.fault = fault_at(FAULT_BROKEN, 0, "what a name stands for", n->location.type,
				   BTRFS_INODE);
	}
	return listing_add(w->l, &e) != NO_ENTRY;
}

static struct fault read_directory(struct walk *w, uint32_t index)
{
	const struct entry d = w->l->entries[index];
	struct btrfs_cursor c;
	struct btrfs_item item;
	struct btrfs_name name;
	struct name *met;

	if (d.key[0] == 0)
		return fine;
	if (d.key[2] >= DEEPEST)
		return fault_at(FAULT_LIMIT, 0, "directory depth", d.key[2], DEEPEST);
	met = links_met(&w->inodes, d.key);
	if (!met || met->number)
		return fault_at(FAULT_BROKEN, 0, "directory met twice", d.key[0], 0);
	met->number = index + 1;
	btrfs_seek(&c, w->fs, w->fs->subvolumes[d.key[1]].tree,
		   (struct btrfs_key){ d.key[0], BTRFS_DIR_INDEX, 0 });
	while (btrfs_next_of(&c, d.key[0], BTRFS_DIR_INDEX, &item)) {
		struct cursor in = { .in = item.bytes };

		while (btrfs_name_next(&in, &name))
			if (name.name.n && !is_dot(name.name) && !add(w, index, &name))
				return fine;
		if (in.ran_out && c.fault.kind == FAULT_NONE)
			c.fault = fault_at(FAULT_BROKEN, span_place(w->fs->in, item.bytes),
					   "record of a directory", in.at, item.bytes.n);
	}
	return c.fault;
}

static struct fault state(const struct btrfs *fs)
{
	uint64_t at = fs->super_at, devices = span_u64(fs->super, 136, false);

	if (at != BTRFS_SUPER)
		return fault_at(FAULT_BROKEN, BTRFS_SUPER, "first superblock", 0, at);
	if (fs->size > fs->in.n)
		return fault_at(FAULT_SHORT, at + 209, "file system", fs->in.n, fs->size);
	if (!btrfs_sum_known(fs->sum))
		return fault_at(FAULT_UNKNOWN, at + 196, "kind of checksum", fs->sum, 3);
	if (fs->incompat & ~KNOWN_FEATURES)
		return fault_at(FAULT_UNKNOWN, at + 188, "features", fs->incompat, KNOWN_FEATURES);
	if (devices != 1)
		return fault_at(FAULT_SHORT, at + 136, "devices of the file system", 1, devices);
	if (fs->log)
		return fault_at(FAULT_BROKEN, at + 96, "log tree not replayed", fs->log, 0);
	return fine;
}

static struct fault open_trees(struct listing *l, struct btrfs *fs)
{
	struct btrfs_checks *checks = arena_take(l->arena, 1, sizeof(*checks));
	struct fault bad;

	if (!checks || !marks_init(&checks->good, l->arena, l->in.n / 4096 + 1) ||
	    !marks_init(&checks->bad, l->arena, l->in.n / 4096 + 1))
		return fault_at(FAULT_MEMORY, 0, "tree nodes", l->in.n, 0);
	fs->checks = checks;
	listing_fault(l, state(fs));
	bad = btrfs_chunks_read(fs, l->arena);
	listing_fault(l, bad);
	if (fs->chunks.count == 0)
		return bad;
	bad = btrfs_subvolumes_read(fs, l->arena);
	listing_fault(l, bad);
	return bad.kind == FAULT_MEMORY ? bad : fine;
}

static void set_label(struct listing *l, const struct btrfs *fs)
{
	uint64_t id = btrfs_default_subvolume(fs);
	char text[32];

	if (id == BTRFS_TOP)
		return;
	describe(fs, l->label);
	snprintf(text, sizeof(text), "%llu", (unsigned long long)id);
	label_add(l->label, ", default subvolume ", span_text(text));
}

static void walk_all(struct walk *w)
{
	struct entry root = entry_new(KIND_DIRECTORY, (struct span){ 0 });
	struct listing *l = w->l;

	root.fault = fault_at(FAULT_BROKEN, 0, "top subvolume", 0, BTRFS_TOP);
	if (mount(w, btrfs_subvolume(w->fs, BTRFS_TOP), &root))
		add_inode(w, &root);
	else
		listing_add(l, &root);
	if (l->count)
		l->entries[0].kind = KIND_DIRECTORY;
	for (uint32_t i = 0; i < l->count && l->fault.kind != FAULT_LIMIT; i++)
		if (l->entries[i].kind == KIND_DIRECTORY)
			listing_entry_fault(l, i, read_directory(w, i));
	for (uint32_t i = 0; i < w->fs->subvolume_count; i++)
		if (!w->fs->subvolumes[i].is_met && !w->fs->subvolumes[i].is_deleted)
			listing_fault(l, fault_at(FAULT_BROKEN, 0, "subvolume without a place",
						  w->fs->subvolumes[i].id, 0));
}

static struct fault list(struct listing *l)
{
	struct btrfs *fs = arena_take(l->arena, 1, sizeof(*fs));
	struct walk w = { .l = l,
			  .fs = fs,
			  .inodes = { .arena = l->arena },
			  .xattrs = (64ull << 20) + l->in.n,
			  .steps = l->in.n / 2 + 4096 };
	struct fault bad =
		fs ? btrfs_super(l->in, fs) : fault_at(FAULT_MEMORY, 0, "superblock", 0, 0);

	if (bad.kind == FAULT_NONE)
		bad = open_trees(l, fs);
	if (bad.kind)
		return bad;
	l->state = fs;
	set_label(l, fs);
	walk_all(&w);
	links_join(l);
	fs->checks->is_closed = true;
	return fine;
}

static struct fault load(const struct listing *l, const struct entry *e, struct sink *out)
{
	const struct btrfs *fs = l->state;

	return btrfs_content(fs, fs->subvolumes[e->key[1]].tree, e->key[0], e->size, out);
}

const struct format format_btrfs = {
	.name = "btrfs",
	.says = "btrfs: subvolumes, zlib, LZO, Zstandard",
	.domain = DOMAIN_IT,
	.spec = "btrfs documentation, On-disk format; kernel include/uapi/linux/btrfs_tree.h",
	.shape = SHAPE_CONTAINER,
	.magic = { { 0x10040, 8, "_BHRfS_M" },
		   { 0x4000040, 8, "_BHRfS_M" },
		   { 0x4000000040, 8, "_BHRfS_M" } },
	.probe = probe,
	.list = list,
	.load = load,
};
