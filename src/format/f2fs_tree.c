/* f2fs_tree.c - directories from the root. All blocks of one are read; in which of them a name
 * belongs by its hash does not matter. Names that are encrypted are shown in hexadecimal. */
#include <stdio.h>

#include "base/text.h"
#include "format/f2fs.h"
#include "format/links.h"

#define DEEPEST        512
#define LONGEST_TARGET 4096
#define RECORD         11 /* of a directory: hash, inode, length, type */
#define SLOT           8  /* bytes of names */

struct walk {
	struct listing *l;
	struct f2fs *fs;
	uint32_t *first; /* by inode: 1 + the entry that showed it first */
	struct f2fs_budget left;
	bool is_full, is_too_deep;
};

/* How load() finds a file again, and what walks need. */
enum { KEY_INODE, KEY_XATTRS, KEY_LINKS, KEY_DEPTH };

static void note(struct entry *e, struct fault f)
{
	if (e->fault.kind == FAULT_NONE)
		e->fault = f;
}

static void set_target(struct walk *w, const struct f2fs_inode *i, struct entry *e)
{
	struct sink out;

	e->encrypted = i->advise & F2FS_ENCRYPTED;
	if (e->encrypted)
		return;
	if (i->size > LONGEST_TARGET) {
		note(e, fault_at(FAULT_BROKEN, e->order, "link target", i->size, LONGEST_TARGET));
		return;
	}
	sink_init(&out, NULL, i->size);
	note(e, f2fs_content(w->fs, i, &out));
	e->target = arena_copy(w->l->arena, sink_span(&out));
	sink_free(&out);
}

/* Small numbers in the first word, large ones in the second (kernel include/linux/kdev_t.h). */
static void set_device(const struct f2fs_inode *i, struct entry *e)
{
	uint32_t old = span_u32(i->inside, 0, false);

	if (old) {
		e->major = old >> 8 & 0xff;
		e->minor = old & 0xff;
	} else {
		entry_device(e, span_u32(i->inside, 4, false));
	}
}

/* Marks a block of a file; two may share some on a volume that is torn, but not so many that little
 * space becomes much content. */
static struct fault mark_block(struct walk *w, uint32_t number)
{
	if (number >= w->left.used.count)
		return fine; /* the image does not reach it: it costs nothing */
	if (!budget_take(&w->left.blocks, 1))
		return fault_at(FAULT_LIMIT, 0, "blocks shared with others", number, 0);
	if (!marks_add(&w->left.used, number))
		return fault_at(FAULT_BROKEN, (uint64_t)number << w->fs->block_log,
				"block used twice", number, 0);
	return fine;
}

/* Walks the whole map of a file; gives its first block where it lies in one piece, else 0. */
static struct fault measure(struct walk *w, const struct f2fs_inode *i, uint32_t *first)
{
	struct f2fs_map m = f2fs_map_of(w->fs, i);
	struct fault bad = fine, torn;
	bool in_one_piece = true;
	uint32_t number;
	uint64_t count;

	m.steps = &w->left.steps;
	m.nodes = &w->left.nodes;
	while (bad.kind != FAULT_LIMIT && f2fs_map_next(&m, &number, &count)) {
		bool is_there = number != F2FS_HOLE && number < F2FS_PACKED;

		if (m.next == 1)
			*first = number;
		in_one_piece &= is_there && number - *first == m.next - 1;
		torn = is_there ? mark_block(w, number) : fine;
		bad = bad.kind == FAULT_NONE || torn.kind == FAULT_LIMIT ? torn : bad;
	}
	if (!in_one_piece || i->is_packed)
		*first = 0;
	return bad.kind == FAULT_LIMIT || m.fault.kind == FAULT_NONE ? bad : m.fault;
}

static void set_content(struct walk *w, const struct f2fs_inode *i, struct entry *e)
{
	const struct f2fs *fs = w->fs;
	struct fault bad = fine;
	uint32_t first = 0;
	uint64_t at;

	e->size = i->size;
	e->encrypted = i->advise & F2FS_ENCRYPTED;
	if (i->inlines & F2FS_INLINE_DATA) {
		e->stored = i->size && i->inside.n >= 4 && i->size <= i->inside.n - 4;
		at = span_place(fs->in, i->bytes) + (uint64_t)(i->inside.p - i->bytes.p) + 4;
	} else {
		bad = measure(w, i, &first);
		at = (uint64_t)first << fs->block_log;
		e->stored = first && at <= fs->in.n && i->size <= fs->in.n - at;
		e->order = first ? at : e->order;
	}
	if (e->stored) {
		e->order = e->offset = at;
		e->length = i->size;
	}
	note(e, bad);
	if (bad.kind == FAULT_LIMIT) {
		e->stored = true; /* nothing of it */
		e->length = 0;
	}
}

static void describe(struct walk *w, const struct f2fs_inode *i, struct entry *e)
{
	e->kind = kind_of_mode(i->mode);
	e->fault = i->fault;
	e->order = span_place(w->fs->in, i->bytes);
	e->mode = i->mode & 07777;
	e->uid = i->uid;
	e->gid = i->gid;
	e->mtime = i->mtime;
	e->mtime_ns = i->mtime_ns;
	e->has_mode = e->has_owner = e->has_mtime = true;
	if (e->kind == KIND_FILE)
		set_content(w, i, e);
	else if (e->kind == KIND_SYMLINK)
		set_target(w, i, e);
	else if (e->kind == KIND_CHAR_DEVICE || e->kind == KIND_BLOCK_DEVICE)
		set_device(i, e);
	else if (e->kind == KIND_DIRECTORY && i->advise & F2FS_ENCRYPTED)
		note(e, fault_at(FAULT_ENCRYPTED, e->order, "names of a directory", 0, 0));
	f2fs_xattrs(w->fs, i, w->l->arena, &w->left, e);
	for (uint32_t k = 0; k < e->xattr_count; k++)
		e->key[KEY_XATTRS] += links_xattr_cost(&e->xattrs[k]);
}

/* A further name of a file: nothing is read again. */
static struct entry again(struct walk *w, uint32_t first)
{
	struct entry e = w->l->entries[first];

	if (e.kind == KIND_DIRECTORY) {
		e.fault =
			fault_at(FAULT_BROKEN, e.order, "directory met twice", e.key[KEY_INODE], 0);
		e.key[KEY_INODE] = 0; /* it is not read again */
	} else if (e.kind == KIND_FILE) {
		e.kind = KIND_HARDLINK;
		e.first = first;
		e.stored = false;
	}
	if (!budget_take(&w->left.xattrs, e.key[KEY_XATTRS])) {
		e.xattrs = NULL;
		e.xattr_count = 0;
		e.fault = fault_at(FAULT_LIMIT, e.order, "extended attributes", e.key[KEY_XATTRS],
				   w->left.xattrs);
	}
	return e;
}

static void add(struct walk *w, uint32_t number, uint32_t type, struct span name, uint32_t parent)
{
	bool is_known = number < w->fs->nodes;
	uint32_t seen = is_known ? w->first[number] : 0, index;
	struct entry e = entry_new(links_kind((uint8_t)type), name);
	struct f2fs_inode i;

	if (seen) {
		e = again(w, seen - 1);
		e.name = name;
	} else {
		e.fault = f2fs_inode_read(w->fs, number, &i);
		e.stored = e.fault.kind && e.kind == KIND_FILE; /* nothing of it */
		if (e.fault.kind == FAULT_NONE) {
			e.key[KEY_INODE] = number;
			describe(w, &i, &e);
		}
	}
	e.parent = parent;
	e.key[KEY_DEPTH] = parent == NO_ENTRY ? 0 : w->l->entries[parent].key[KEY_DEPTH] + 1;
	index = listing_add(w->l, &e);
	w->is_full |= index == NO_ENTRY;
	if (index != NO_ENTRY && is_known && !seen)
		w->first[number] = index + 1;
}

/* A table of names: a bit for each slot, then records, then slots of eight bytes for the names. */
struct table {
	struct span bits, records, names;
	uint32_t count;
};

static struct table table_of(struct span in)
{
	uint64_t count = in.n * 8 / ((RECORD + SLOT) * 8 + 1);
	uint64_t bits = (count + 7) / 8, at = in.n - count * (RECORD + SLOT);

	return (struct table){ span_head(in, bits), span_sub(in, at, count * RECORD),
			       span_sub(in, at + count * RECORD, count * SLOT), (uint32_t)count };
}

/* The name in the arena; what is encrypted may hold any byte. */
static struct span keep_name(struct walk *w, struct span name, bool is_encrypted)
{
	struct text hex = { 0 };
	struct span copy;

	if (!is_encrypted)
		return arena_copy(w->l->arena, name);
	text_hex(&hex, name);
	copy = arena_copy(w->l->arena, text_span(&hex));
	text_free(&hex);
	return copy;
}

static struct fault read_table(struct walk *w, struct span in, bool is_encrypted, uint32_t index)
{
	struct table t = table_of(in);
	struct fault bad = fine;

	for (uint32_t k = 0; k < t.count && !w->is_full;) {
		struct span r = span_sub(t.records, k * (uint64_t)RECORD, RECORD), name;
		uint32_t number = span_u32(r, 4, false), length = span_u16(r, 8, false);

		if (!(span_byte(t.bits, k / 8) >> k % 8 & 1)) {
			k++;
			continue;
		}
		name = span_sub(t.names, k * (uint64_t)SLOT, length);
		k += length ? (length + SLOT - 1) / SLOT : 1;
		if (name.n == 0 || (!is_encrypted && memchr(name.p, '/', name.n))) {
			bad = fault_at(FAULT_BROKEN, span_place(w->fs->in, r),
				       "name in a directory", length, t.names.n);
			continue;
		}
		if (!is_dot(name))
			add(w, number, (uint32_t)span_byte(r, 10), keep_name(w, name, is_encrypted),
			    index);
	}
	return bad;
}

static struct fault read_blocks(struct walk *w, const struct f2fs_inode *i, bool is_encrypted,
				uint32_t index)
{
	struct f2fs_map m = f2fs_map_of(w->fs, i);
	struct fault bad = fine, torn;
	uint32_t number;
	uint64_t count;

	m.steps = &w->left.steps;
	m.nodes = &w->left.nodes;
	while (!w->is_full && f2fs_map_next(&m, &number, &count)) {
		struct span block = f2fs_block(w->fs, number);

		if (number == F2FS_HOLE || number == F2FS_NO_DATA)
			continue;
		torn = mark_block(w, number);
		if (torn.kind == FAULT_NONE && block.n == 0)
			torn = fault_at(FAULT_SHORT, (uint64_t)number << w->fs->block_log,
					"block of a directory", w->fs->in.n,
					(number + 1ull) << w->fs->block_log);
		if (torn.kind == FAULT_NONE)
			torn = read_table(w, block, is_encrypted, index);
		bad = bad.kind ? bad : torn;
	}
	return m.fault.kind ? m.fault : bad;
}

static void read_directory(struct walk *w, uint32_t index)
{
	const struct entry d = w->l->entries[index];
	struct f2fs_inode i;
	struct fault bad = f2fs_inode_read(w->fs, (uint32_t)d.key[KEY_INODE], &i);
	bool is_encrypted = i.advise & F2FS_ENCRYPTED;

	if (d.key[KEY_DEPTH] >= DEEPEST) {
		w->is_too_deep = true;
		bad = fault_at(FAULT_LIMIT, 0, "directory depth", d.key[KEY_DEPTH], DEEPEST);
	} else if (bad.kind == FAULT_NONE && i.inlines & F2FS_INLINE_DENTRY) {
		bad = read_table(w, span_from(i.inside, 4), is_encrypted, index);
	} else if (bad.kind == FAULT_NONE) {
		bad = read_blocks(w, &i, is_encrypted, index);
	}
	listing_entry_fault(w->l, index, bad);
}

/* The entries themselves are the queue. */
static void read_directories(struct walk *w, uint32_t from)
{
	for (uint32_t i = from; i < w->l->count && !w->is_full; i++)
		if (w->l->entries[i].kind == KIND_DIRECTORY && w->l->entries[i].key[KEY_INODE])
			read_directory(w, i);
}

static bool is_quota(const struct f2fs *fs, uint32_t number)
{
	return number == fs->quota[0] || number == fs->quota[1] || number == fs->quota[2];
}

/* Inodes that the NAT has and no directory leads to, under their number and the name they were made
 * with. What was deleted while it was open has no link. */
static void find_lost(struct walk *w)
{
	for (uint32_t n = w->fs->root + 1; n < w->fs->nodes && !w->is_full; n++) {
		uint32_t owner, had = w->l->count;
		struct f2fs_inode i;
		struct text name = { 0 };

		if (w->first[n] || is_quota(w->fs, n) || !f2fs_lookup(w->fs, n, &owner) ||
		    owner != n || f2fs_inode_read(w->fs, n, &i).kind || i.links == 0 ||
		    i.number == 0)
			continue;
		text_format(&name, i.name.n ? "#%u " : "#%u", n);
		if (i.advise & F2FS_ENCRYPTED)
			text_hex(&name, i.name);
		else if (!memchr(i.name.p, '/', i.name.n))
			text_put(&name, i.name);
		add(w, n, 0, arena_copy(w->l->arena, text_span(&name)), 0);
		text_free(&name);
		if (w->l->count == had)
			return;
		listing_entry_fault(w->l, had,
				    fault_at(FAULT_BROKEN, 0, "directory of a name", i.parent, 0));
		read_directories(w, had);
	}
}

static bool start(struct walk *w)
{
	struct arena *a = w->l->arena;
	uint64_t blocks = (w->l->in.n >> w->fs->block_log) + 1;

	w->left.steps = w->l->in.n / 4 + 4096;
	w->left.blocks = blocks * 2;
	w->left.xattrs = w->l->in.n + (8u << 20);
	w->first = arena_take(a, (uint64_t)w->fs->nodes + 1, sizeof(*w->first));
	return w->first && marks_init(&w->left.used, a, blocks) &&
	       marks_init(&w->left.nodes, a, w->fs->nodes);
}

struct fault f2fs_list(struct listing *l)
{
	struct f2fs *fs = arena_take(l->arena, 1, sizeof(*fs));
	struct walk w = { .l = l, .fs = fs };
	struct fault bad = fs ? f2fs_super(l->in, fs) : fault_at(FAULT_MEMORY, 0, "volume", 0, 0);

	if (bad.kind)
		return bad;
	l->state = fs;
	if (fs->blocks << fs->block_log > l->in.n)
		listing_fault(l, fault_at(FAULT_SHORT, 1024 + 36, "file system", l->in.n,
					  fs->blocks << fs->block_log));
	bad = f2fs_checkpoint(fs);
	listing_fault(l, fs->fault);
	if (bad.kind)
		return bad;
	if (!start(&w))
		return fault_at(FAULT_MEMORY, 0, "nodes", fs->nodes, 0);
	add(&w, fs->root, 2, (struct span){ 0 }, NO_ENTRY);
	read_directories(&w, 0);
	if (l->count && !w.is_too_deep)
		find_lost(&w);
	return fine;
}

struct fault f2fs_load(const struct listing *l, const struct entry *e, struct sink *out)
{
	struct f2fs_inode i;
	struct fault bad = f2fs_inode_read(l->state, (uint32_t)e->key[KEY_INODE], &i);

	return bad.kind ? bad : f2fs_content(l->state, &i, out);
}
