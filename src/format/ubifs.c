/* ubifs.c - UBIFS, in a volume or bare: walks the directories from the root, breadth first. */
#include <stdio.h>

#include "format/ubifs.h"

#define DEEPEST 512

static struct fault probe(struct span in, struct found *f)
{
	static const char *const compressors[] = { "none", "lzo", "zlib", "zstd" };
	struct ubifs fs;
	struct fault bad = ubifs_super(in, &fs);
	uint64_t length = (uint64_t)fs.lebs * fs.leb_size;

	if (bad.kind)
		return bad;
	f->len = length < in.n ? length : in.n;
	f->proof = PROOF_CHECKSUM;
	snprintf(f->label, sizeof(f->label), "format %u, %s, LEBs of %u", fs.version,
		 fs.compressor < 4 ? compressors[fs.compressor] : "unknown compressor",
		 fs.leb_size);
	return fine;
}

struct walk {
	struct listing *l;
	struct ubifs_state *s;
	uint32_t *first; /* by record of an inode: 1 + the entry that showed it first */
	bool is_full, is_too_deep;
};

static uint32_t put(struct walk *w, const struct entry *e)
{
	uint32_t index = listing_add(w->l, e);

	w->is_full |= index == NO_ENTRY;
	return index;
}

/* What a directory says of an inode that is not there. */
static enum kind kind_of_type(struct span dentry)
{
	static const enum kind kinds[] = { KIND_FILE,         KIND_DIRECTORY,   KIND_SYMLINK,
					   KIND_BLOCK_DEVICE, KIND_CHAR_DEVICE, KIND_FIFO,
					   KIND_SOCKET };
	int type = span_byte(dentry, 49);

	return type >= 0 && type < (int)(sizeof(kinds) / sizeof(kinds[0])) ? kinds[type]
									   : KIND_FILE;
}

/* Adds the inode at that record. Of a directory key[0] is its number, key[3] its depth. */
static void add_inode(struct walk *w, uint32_t record, struct entry *e)
{
	const struct ubifs_record *r = &w->s->records.p[record];
	uint32_t seen = w->first[record], index;

	ubifs_inode(w->s, w->l->arena, r, e);
	if (seen && e->kind == KIND_DIRECTORY) {
		e->fault = fault_at(FAULT_BROKEN, r->at, "directory met twice", r->inode, 0);
	} else if (seen && e->kind == KIND_FILE) {
		e->kind = KIND_HARDLINK;
		e->first = seen - 1;
	} else {
		e->key[0] = r->inode;
	}
	index = put(w, e);
	if (index != NO_ENTRY && !seen)
		w->first[record] = index + 1;
}

static void add(struct walk *w, const struct ubifs_record *dentry, uint32_t parent, uint64_t depth)
{
	struct span node = ubifs_record_bytes(&w->s->fs, dentry);
	uint64_t inode = span_u64(node, 40, false);
	struct entry e = entry_new(kind_of_type(node), ubifs_name(&w->s->fs, dentry));
	uint32_t from = 0, to = 0;

	e.parent = parent;
	e.key[3] = depth;
	if (inode <= UINT32_MAX)
		to = ubifs_records_of(&w->s->records, (uint32_t)inode, UBIFS_INODE, &from);
	if (to > from) {
		add_inode(w, from, &e);
		return;
	}
	e.fault = fault_at(FAULT_BROKEN, dentry->at, "inode of a name", inode, 0);
	put(w, &e);
}

static void read_directory(struct walk *w, uint32_t index)
{
	const struct entry *d = &w->l->entries[index];
	uint64_t depth = d->key[3] + 1;
	uint32_t from,
		to = ubifs_records_of(&w->s->records, (uint32_t)d->key[0], UBIFS_DENTRY, &from);

	if (depth > DEEPEST && to > from) {
		w->l->entries[index].fault =
			fault_at(FAULT_LIMIT, 0, "directory depth", depth, DEEPEST);
		w->is_too_deep = true;
		return;
	}
	for (uint32_t i = from; i < to && !w->is_full; i++)
		add(w, &w->s->records.p[i], index, depth);
}

/* The entries themselves are the queue. */
static void read_directories(struct walk *w, uint32_t from)
{
	for (uint32_t i = from; i < w->l->count; i++)
		if (w->l->entries[i].kind == KIND_DIRECTORY && w->l->entries[i].key[0])
			read_directory(w, i);
}

static void add_root(struct walk *w)
{
	struct entry root = entry_new(KIND_DIRECTORY, (struct span){ 0 });
	uint32_t from, to = ubifs_records_of(&w->s->records, UBIFS_ROOT, UBIFS_INODE, &from);

	if (to > from) {
		add_inode(w, from, &root);
	} else {
		root.key[0] = UBIFS_ROOT;
		root.fault = fault_at(FAULT_BROKEN, 0, "root inode", 0, UBIFS_ROOT);
		put(w, &root);
	}
}

#define IS_XATTR 0x20 /* flag of an inode that is the value of an attribute */

/* Inodes to which no directory leads any more, under their number: a torn file system still shows
 * what its files held. What lies too deep to be listed is not lost. */
static void add_lost(struct walk *w)
{
	const struct ubifs_records *rs = &w->s->records;

	for (uint32_t i = 0; i < rs->count && !w->is_full; i++) {
		struct span node = ubifs_record_bytes(&w->s->fs, &rs->p[i]);
		struct entry e = entry_new(KIND_FILE, (struct span){ 0 });
		uint32_t had = w->l->count;
		char name[16];

		if (ubifs_record_type(&rs->p[i]) != UBIFS_INODE || w->first[i] ||
		    span_u32(node, 108, false) & IS_XATTR)
			continue;
		snprintf(name, sizeof(name), "#%u", rs->p[i].inode);
		e.name = arena_copy(w->l->arena, span_text(name));
		e.parent = 0;
		e.key[3] = 1;
		add_inode(w, i, &e);
		if (w->is_full)
			return;
		w->l->entries[had].fault =
			fault_at(FAULT_BROKEN, rs->p[i].at, "name of an inode", 0, 0);
		read_directories(w, had);
	}
}

static struct fault list(struct listing *l)
{
	struct ubifs_state *s = arena_take(l->arena, 1, sizeof(*s));
	struct walk w = { .l = l, .s = s };
	struct fault bad =
		s ? ubifs_super(l->in, &s->fs) : fault_at(FAULT_MEMORY, 0, "superblock", 0, 0);

	if (bad.kind)
		return bad;
	l->state = s;
	s->xattrs_left = l->in.n + (8u << 20);
	if (s->fs.is_torn)
		listing_fault(l, fault_at(FAULT_BROKEN, 4, "superblock checksum", 0, 0));
	ubifs_collect(&s->fs, l, &s->records);
	if (ubifs_records_settle(&s->records, &s->fs, l->arena))
		w.first = arena_take(l->arena, s->records.count, sizeof(*w.first));
	if (!w.first)
		return fault_at(FAULT_MEMORY, 0, "nodes", s->records.count, 0);
	listing_expect(l, s->records.count / 2);
	add_root(&w);
	if (l->count == 0)
		return fine;
	read_directories(&w, 0);
	if (!w.is_too_deep)
		add_lost(&w);
	return fine;
}

const struct format format_ubifs = {
	.name = "ubifs",
	.says = "UBIFS file system, by its index or node by node",
	.domain = DOMAIN_BROADBAND,
	.spec = "kernel fs/ubifs/ubifs-media.h, key.h, replay.c",
	.shape = SHAPE_CONTAINER,
	/* Length and type of the superblock's node, then the hash and format of keys: the node's
	 * magic alone stands before every node. */
	.magic = { { 16, 12, "\x00\x10\x00\x00\x06\x00\x00\x00\x00\x00\x00\x00" },
		   { 16, 12, "\x00\x10\x00\x00\x06\x00\x00\x00\x00\x00\x01\x00" } },
	.probe = probe,
	.list = list,
	.load = ubifs_load,
	.own = ubifs_own,
	.stored = ubifs_stored,
};
