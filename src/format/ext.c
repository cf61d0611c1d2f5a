/* ext.c - ext2, ext3, ext4: walks the directories from the root, breadth first within a directory
 * and depth first between them. The journal is not replayed; that it should be is said. */
#include <stdio.h>

#include "format/ext.h"

#define ROOT              2
#define DEEPEST           512
#define LARGEST_DIRECTORY (256u << 20)
#define LONGEST_TARGET    4096

static struct fault probe(struct span in, struct found *f)
{
	struct ext fs;
	struct ext_inode root;
	struct fault bad = ext_super(in, &fs);
	uint64_t length;

	if (bad.kind)
		return bad;
	bad = ext_inode_read(&fs, ROOT, &root);
	if (bad.kind || (root.mode & 0170000) != 0040000)
		return bad.kind ? bad : fault_at(FAULT_BROKEN, 0, "root inode", root.mode, 0040000);
	length = fs.blocks * fs.block_size;
	f->len = length < in.n ? length : in.n;
	f->proof = PROOF_STRUCTURE;
	snprintf(f->label, sizeof(f->label), "%s, blocks of %u",
		 fs.incompat & 0x2c0 || fs.ro_compat & 0x78 ? "ext4"
		 : fs.compat & 4                            ? "ext3"
							    : "ext2",
		 fs.block_size);
	return fine;
}

struct pending {
	uint32_t inode, entry, depth;
};

struct walk {
	struct listing *l;
	const struct ext *fs;
	uint32_t *first; /* by inode: 1 + the entry that showed it first */
	uint32_t first_count;
	struct pending *stack;
	uint32_t depth, room;
	struct ext_budget left;
};

/* Old numbers in the first word, new ones in the second (kernel include/linux/kdev_t.h). */
static void set_device(const struct ext_inode *i, struct entry *e)
{
	uint32_t old = span_u32(i->block, 0, false), new = span_u32(i->block, 4, false);

	if (old) {
		e->major = old >> 8 & 0xff;
		e->minor = old & 0xff;
	} else {
		entry_device(e, new);
	}
}

static void set_target(struct walk *w, const struct ext_inode *i, struct entry *e)
{
	struct sink out;

	e->encrypted = i->flags & INODE_ENCRYPT;
	if (e->encrypted)
		return;
	if (i->size > LONGEST_TARGET) {
		e->fault = fault_at(FAULT_BROKEN, 0, "link target", i->size, LONGEST_TARGET);
		return;
	}
	if (i->size < 60 && !(i->flags & (INODE_EXTENTS | INODE_INLINE))) {
		e->target = span_head(i->block, i->size);
		return;
	}
	sink_init(&out, NULL, i->size);
	e->fault = ext_content(w->fs, i, &out);
	e->target = arena_copy(w->l->arena, sink_span(&out));
	sink_free(&out);
}

/* One piece of the image, as long as the stretches of a file go on where the last one ended. */
struct piece {
	const uint8_t *from;
	uint64_t length;
};

static bool join_stretch(void *ctx, struct span bytes, uint64_t length)
{
	struct piece *p = ctx;

	if (bytes.n < length || (p->length && p->from + p->length != bytes.p))
		return false;
	if (p->length == 0)
		p->from = bytes.p;
	p->length += length;
	return true;
}

/* Most files lie in one piece: they need no copy, and their evidence has a place in the image. */
static void set_content(struct walk *w, const struct ext_inode *i, struct entry *e)
{
	struct piece p = { 0 };
	struct ext_visitor v = { join_stretch, &p, &w->left.steps };

	e->size = i->size;
	e->encrypted = i->flags & INODE_ENCRYPT;
	if (i->size == 0 || i->flags & (INODE_INLINE | INODE_ENCRYPT))
		return;
	e->stored = ext_walk(w->fs, i, v).kind == FAULT_NONE && p.length == i->size;
	e->order = p.length ? (uint64_t)(p.from - w->l->in.p) : 0;
	if (e->stored) {
		e->offset = e->order;
		e->length = p.length;
	}
}

static void push(struct walk *w, uint32_t inode, uint32_t entry, uint32_t depth)
{
	if (depth >= DEEPEST) {
		listing_fault(w->l, fault_at(FAULT_LIMIT, 0, "directory depth", depth, DEEPEST));
		return;
	}
	if (w->depth == w->room) {
		uint32_t room = w->room ? w->room * 2 : 64;
		struct pending *more = arena_take(w->l->arena, room, sizeof(*more));

		if (!more)
			return;
		if (w->depth)
			memcpy(more, w->stack, w->depth * sizeof(*more));
		w->stack = more;
		w->room = room;
	}
	w->stack[w->depth++] = (struct pending){ inode, entry, depth };
}

static void add(struct walk *w, uint32_t number, uint32_t parent, struct span name, uint32_t depth)
{
	struct ext_inode i = { 0 };
	struct fault bad = number < w->first_count ? ext_inode_read(w->fs, number, &i)
						   : fault_at(FAULT_SHORT, 0, "inode number",
							      number, w->first_count);
	struct entry e = entry_new(kind_of_mode(i.mode), name);
	bool seen = number < w->first_count && w->first[number];
	uint32_t index;

	e.parent = parent;
	e.key[0] = number;
	e.fault = bad;
	e.mode = i.mode & 07777;
	e.uid = i.uid;
	e.gid = i.gid;
	e.mtime = i.mtime;
	e.mtime_ns = i.mtime_ns;
	e.has_mode = e.has_owner = e.has_mtime = bad.kind == FAULT_NONE;
	if (bad.kind == FAULT_NONE)
		ext_xattrs(w->fs, &i, w->l->arena, &w->left, &e);
	if (seen && e.kind == KIND_DIRECTORY) {
		e.fault = fault_at(FAULT_BROKEN, number, "directory met twice", 0, 0);
	} else if (seen && e.kind == KIND_FILE) {
		e.kind = KIND_HARDLINK;
		e.first = w->first[number] - 1;
	} else if (e.kind == KIND_FILE && bad.kind == FAULT_NONE) {
		set_content(w, &i, &e);
	} else if (e.kind == KIND_SYMLINK) {
		set_target(w, &i, &e);
	} else if (e.kind == KIND_CHAR_DEVICE || e.kind == KIND_BLOCK_DEVICE) {
		set_device(&i, &e);
	}
	index = listing_add(w->l, &e);
	if (index == NO_ENTRY)
		return;
	if (number < w->first_count && !seen)
		w->first[number] = index + 1;
	if (e.kind == KIND_DIRECTORY && !seen && bad.kind == FAULT_NONE)
		push(w, number, index, depth + 1);
}

/* The records of one block of a directory. Index blocks of hashed directories look like one empty
 * record and are passed over. */
static void read_block(struct walk *w, struct span block, const struct pending *d)
{
	uint64_t at = 0;

	while (at + 8 <= block.n && w->l->fault.kind != FAULT_LIMIT) {
		uint32_t inode = span_u32(block, at, false);
		uint32_t length = span_u16(block, at + 4, false);
		uint8_t name_length = (uint8_t)span_byte(block, at + 6);
		struct span name;
		struct fault bad;

		/* Blocks of 64 KiB cannot say their own length in 16 bits. */
		if (length == 65535 || length == 0)
			length = 65536;
		if (length < 8 || length % 4 || length > block.n - at ||
		    (inode && name_length + 8u > length)) {
			bad = fault_at(FAULT_BROKEN, at, "directory record", length, block.n - at);
			w->l->entries[d->entry].fault = bad;
			listing_fault(w->l, bad);
			return;
		}
		name = span_sub(block, at + 8, name_length);
		if (inode && name.n && !is_dot(name))
			add(w, inode, d->entry, arena_copy(w->l->arena, name), d->depth);
		at += length;
	}
}

static void read_directory(struct walk *w, const struct pending *d)
{
	struct ext_inode i;
	struct span parts[2];
	struct sink content;
	uint64_t size = w->fs->block_size, most = w->left.directory;

	if (ext_inode_read(w->fs, d->inode, &i).kind)
		return;
	if (ext_inline(&i, parts)) {
		/* Four bytes of parent, then records; the rest in the attribute. */
		read_block(w, span_from(parts[0], 4), d);
		read_block(w, parts[1], d);
		return;
	}
	sink_init(&content, NULL, most < LARGEST_DIRECTORY ? most : LARGEST_DIRECTORY);
	w->l->entries[d->entry].fault = ext_content(w->fs, &i, &content);
	w->left.directory -= content.n;
	for (uint64_t at = 0; at < content.n; at += size)
		read_block(w, span_head(span_from(sink_span(&content), at), size), d);
	sink_free(&content);
}

static struct fault list(struct listing *l)
{
	struct ext *fs = arena_take(l->arena, 1, sizeof(*fs));
	struct walk w = { .l = l,
			  .fs = fs,
			  .left = { .steps = l->in.n / 2 + 4096,
				    .directory = l->in.n + 65536,
				    .xattrs = (1u << 20) + l->in.n / 64,
				    .values = (64u << 20) + l->in.n } };
	struct fault bad =
		fs ? ext_super(l->in, fs) : fault_at(FAULT_MEMORY, 0, "superblock", 0, 0);

	if (bad.kind)
		return bad;
	l->state = fs;
	/* No more inodes than fit into the image, whatever the superblock says. */
	w.first_count = fs->inodes / 2 < l->in.n / fs->inode_size
				? fs->inodes + 1
				: (uint32_t)(l->in.n / fs->inode_size) + 1;
	w.first = arena_take(l->arena, w.first_count, sizeof(*w.first));
	if (!w.first)
		return fault_at(FAULT_MEMORY, 0, "inodes", fs->inodes, 0);
	if (fs->blocks * fs->block_size > l->in.n)
		listing_fault(l, fault_at(FAULT_SHORT, l->in.n, "file system", l->in.n,
					  fs->blocks * fs->block_size));
	else if (fs->incompat & INCOMPAT_RECOVER)
		listing_fault(l, fault_at(FAULT_BROKEN, 1024 + 96, "journal not replayed", 0, 0));
	add(&w, ROOT, NO_ENTRY, (struct span){ 0 }, 0);
	while (w.depth && l->fault.kind != FAULT_LIMIT) {
		struct pending d = w.stack[--w.depth];

		read_directory(&w, &d);
	}
	return fine;
}

static struct fault load(const struct listing *l, const struct entry *e, struct sink *out)
{
	const struct ext *fs = l->state;
	struct ext_inode i;
	struct fault bad = ext_inode_read(fs, (uint32_t)e->key[0], &i);

	return bad.kind ? bad : ext_content(fs, &i, out);
}

const struct format format_ext = {
	.name = "ext",
	.says = "ext2, ext3, ext4",
	.domain = DOMAIN_GENERIC,
	.spec = "kernel Documentation/filesystems/ext4; e2fsprogs ext2_fs.h",
	.shape = SHAPE_CONTAINER,
	.magic = { { 0x438, 5, "\x53\xef\x01\x00\x01" },
		   { 0x438, 5, "\x53\xef\x00\x00\x01" },
		   { 0x438, 5, "\x53\xef\x02\x00\x01" },
		   { 0x438, 5, "\x53\xef\x01\x00\x02" },
		   { 0x438, 5, "\x53\xef\x01\x00\x03" },
		   { 0x438, 5, "\x53\xef\x00\x00\x02" },
		   { 0x438, 5, "\x53\xef\x00\x00\x03" },
		   { 0x438, 5, "\x53\xef\x05\x00\x01" } },
	.probe = probe,
	.list = list,
	.load = load,
	.own = ext_own,
	.stored = ext_stored,
};
