/* ufs.c - UFS1 and UFS2 of the BSDs: walks the directories from the root. */
#include "format/ufs.h"

#include <stdio.h>

#include "format/parts.h"
#include "format/pieces.h"

#define DEEPEST        512
#define LONGEST_TARGET 4096
#define RECORD         8    /* of a directory, before its name */
#define CHUNK          512u /* no record goes past one */

static bool begins_with_itself(const struct ufs *fs, const struct ufs_inode *root)
{
	uint64_t at = ufs_pointer(fs, root->pointers, 0) * fs->fragment;
	struct span r = span_sub(fs->in, at, 12);

	return r.n == 0 || (span_u32(r, 0, fs->big) == UFS_ROOT && span_byte(r, 8) == '.' &&
			    span_byte(r, 9) == 0);
}

static struct fault probe(struct span in, struct found *f)
{
	struct ufs fs;
	struct ufs_inode root;
	struct fault bad = ufs_super(in, &fs);

	if (bad.kind)
		return bad;
	bad = ufs_inode_read(&fs, UFS_ROOT, &root);
	/* Of an image that is cut, the root may lie behind its end. */
	if (bad.kind == FAULT_NONE &&
	    ((root.mode & 0170000) != 0040000 || !begins_with_itself(&fs, &root)))
		return fault_at(FAULT_BROKEN, root.at, "root directory", root.mode, 0040000);
	f->len = part_bound(fs.fragments * fs.fragment, in);
	f->proof = bad.kind ? PROOF_PLAUSIBLE : PROOF_STRUCTURE;
	snprintf(f->label, sizeof(f->label), "UFS%d, %s-endian", fs.second ? 2 : 1,
		 fs.big ? "big" : "little");
	if (is_padded_text(fs.name, 0, fs.name.n))
		label_add(f->label, ", ", field_text(fs.name, 0, fs.name.n));
	return fine;
}

struct walk {
	struct listing *l;
	struct ufs *fs;
	struct marks fragments;
	uint32_t *first; /* by inode: 1 + the entry that showed it first */
	uint64_t holes;  /* bytes of them that files may still have */
};

static void set_content(struct walk *w, const struct ufs_inode *i, struct entry *e)
{
	struct piece p = { 0 };
	struct ufs_reader r = { w->fs, i->size, &w->fragments, piece_join, &p, fine };

	ufs_read(&r, i);
	e->fault = r.fault;
	e->size = i->size;
	e->key[1] = i->size - r.left;
	e->order = p.from;
	if (!budget_take(&w->holes, p.holes)) {
		e->fault = fault_at(FAULT_LIMIT, i->at, "holes", p.holes, w->holes);
		e->key[1] = 0;
	}
	e->stored = i->size && !p.broken && e->fault.kind == FAULT_NONE;
	if (e->stored) {
		e->offset = p.from;
		e->length = i->size;
	}
}

/* A short one stands in the place of the pointers. */
static void set_target(struct walk *w, const struct ufs_inode *i, struct entry *e)
{
	struct piece_text t = { .in = w->fs->in };
	struct ufs_reader r = { w->fs, i->size, &w->fragments, piece_first, &t, fine };

	if (i->size < w->fs->link_size) {
		e->target = span_head(i->pointers, i->size);
		return;
	}
	if (i->size > LONGEST_TARGET) {
		e->fault = fault_at(FAULT_BROKEN, i->at, "link target", i->size, LONGEST_TARGET);
		return;
	}
	ufs_read(&r, i);
	e->fault = r.fault;
	e->target = t.text;
}

static void set_kind(struct walk *w, const struct ufs_inode *i, uint32_t seen, struct entry *e)
{
	uint32_t device = span_u32(i->pointers, w->fs->second && w->fs->big ? 4 : 0, w->fs->big);

	if (seen && e->kind == KIND_DIRECTORY) {
		e->fault = fault_at(FAULT_BROKEN, i->at, "directory met twice", 0, 0);
		e->key[0] = 0;
	} else if (seen && e->kind == KIND_FILE) {
		e->kind = KIND_HARDLINK;
		e->first = seen - 1;
	} else if (seen && e->kind == KIND_SYMLINK) {
		e->target = w->l->entries[seen - 1].target;
	} else if (e->kind == KIND_FILE) {
		set_content(w, i, e);
	} else if (e->kind == KIND_SYMLINK) {
		set_target(w, i, e);
	} else if (e->kind == KIND_CHAR_DEVICE || e->kind == KIND_BLOCK_DEVICE) {
		e->major = device >> 8 & 0xff;
		e->minor = device & 0xffff00ff;
	}
}

static uint32_t add(struct walk *w, uint32_t number, uint32_t parent, struct span name)
{
	struct ufs_inode i;
	struct fault bad = ufs_inode_read(w->fs, number, &i);
	struct entry e = entry_new(kind_of_mode(i.mode), name);
	uint32_t seen = bad.kind ? 0 : w->first[number], index;

	e.parent = parent;
	e.fault = bad;
	e.mode = i.mode & 07777;
	e.uid = i.uid;
	e.gid = i.gid;
	e.mtime = i.mtime;
	e.mtime_ns = i.mtime_ns;
	e.has_mode = e.has_owner = e.has_mtime = bad.kind == FAULT_NONE;
	e.key[0] = number;
	e.key[2] = parent == NO_ENTRY ? 0 : w->l->entries[parent].key[2] + 1; /* depth */
	if (bad.kind == FAULT_NONE)
		set_kind(w, &i, seen, &e);
	index = listing_add(w->l, &e);
	if (index != NO_ENTRY && bad.kind == FAULT_NONE && !seen)
		w->first[number] = index + 1;
	return index;
}

struct directory {
	struct walk *w;
	uint32_t index;
	struct fault fault;
};

/* Before 4.4BSD it had two bytes, of which the upper one was zero; now the other one is a type. */
static uint64_t name_length(const struct ufs *fs, struct span record)
{
	int length = span_byte(record, 7);

	if (length == 0 && !fs->big)
		length = span_byte(record, 6);
	return length > 0 ? (uint64_t)length : 0;
}

static void read_records(void *ctx, uint64_t at, uint64_t length)
{
	struct directory *d = ctx;
	const struct ufs *fs = d->w->fs;

	for (uint64_t k = 0, step; at && k + RECORD <= length; k += step) {
		struct span r = span_sub(fs->in, at + k, RECORD);
		uint32_t number = span_u32(r, 0, fs->big);
		struct span name = span_sub(fs->in, at + k + RECORD, name_length(fs, r));

		step = span_u16(r, 4, fs->big);
		if (step < RECORD || step > CHUNK - k % CHUNK || step < RECORD + name.n) {
			d->fault = fault_at(FAULT_BROKEN, at + k, "directory record", step,
					    CHUNK - k % CHUNK);
			step = CHUNK - k % CHUNK;
			continue;
		}
		if (number == 0 || name.n == 0 || is_dot(name))
			continue;
		if (add(d->w, number, d->index, name) == NO_ENTRY)
			return;
	}
}

static void read_directory(struct walk *w, uint32_t index)
{
	const struct entry e = w->l->entries[index];
	struct directory d = { w, index, fine };
	struct ufs_reader r = { w->fs, 0, &w->fragments, read_records, &d, fine };
	struct ufs_inode i;

	if (e.key[0] == 0 || ufs_inode_read(w->fs, (uint32_t)e.key[0], &i).kind)
		return;
	if (e.key[2] >= DEEPEST) {
		r.fault = fault_at(FAULT_LIMIT, i.at, "directory depth", e.key[2], DEEPEST);
	} else {
		r.left = i.size;
		ufs_read(&r, &i);
	}
	listing_entry_fault(w->l, index, r.fault);
	listing_entry_fault(w->l, index, d.fault);
}

static struct fault list(struct listing *l)
{
	struct ufs *fs = arena_take(l->arena, 1, sizeof(*fs));
	struct walk w = { .l = l, .fs = fs, .holes = (1ull << 40) };
	struct fault bad = fs ? ufs_super(l->in, fs) : fault_at(FAULT_MEMORY, 0, "volume", 0, 0);
	uint64_t most;

	if (bad.kind)
		return bad;
	/* No more of either than the image has room for. */
	most = l->in.n / fs->inode_size + 1;
	if (fs->count > most)
		fs->count = most;
	most = l->in.n / fs->fragment + 1;
	w.first = arena_take(l->arena, fs->count, sizeof(*w.first));
	if (!w.first ||
	    !marks_init(&w.fragments, l->arena, fs->fragments < most ? fs->fragments : most))
		return fault_at(FAULT_MEMORY, 0, "fragments", fs->fragments, 0);
	l->state = fs;
	if (fs->fragments * fs->fragment > l->in.n)
		listing_fault(l, fault_at(FAULT_SHORT, fs->super + 36, "file system", l->in.n,
					  fs->fragments * fs->fragment));
	add(&w, UFS_ROOT, NO_ENTRY, (struct span){ 0 });
	for (uint32_t i = 0; i < l->count && l->fault.kind != FAULT_LIMIT; i++)
		if (l->entries[i].kind == KIND_DIRECTORY)
			read_directory(&w, i);
	return fine;
}

static struct fault load(const struct listing *l, const struct entry *e, struct sink *out)
{
	struct piece_output o = { l->in, out };
	struct ufs_reader r = { .fs = l->state, .left = e->key[1], .each = piece_put, .ctx = &o };
	struct ufs_inode i;
	struct fault bad = ufs_inode_read(r.fs, (uint32_t)e->key[0], &i);

	if (bad.kind)
		return bad;
	ufs_read(&r, &i);
	return r.fault.kind ? r.fault : out->fault;
}

const struct format format_ufs = {
	.name = "ufs",
	.says = "UFS1 and UFS2 of the BSDs, both byte orders",
	.domain = DOMAIN_IT,
	.spec = "FreeBSD sys/ufs/ffs/fs.h, sys/ufs/ufs/dinode.h, dir.h",
	.shape = SHAPE_CONTAINER,
	.magic = { { 8192 + 1372, 4, "\x54\x19\x01\x00" },
		   { 8192 + 1372, 4, "\x00\x01\x19\x54" },
		   { 8192 + 1372, 4, "\x19\x01\x54\x19" },
		   { 8192 + 1372, 4, "\x19\x54\x01\x19" },
		   { 65536 + 1372, 4, "\x19\x01\x54\x19" },
		   { 65536 + 1372, 4, "\x19\x54\x01\x19" },
		   { 1372, 4, "\x19\x01\x54\x19" },
		   { 1372, 4, "\x19\x54\x01\x19" },
		   { 262144 + 1372, 4, "\x19\x01\x54\x19" },
		   { 262144 + 1372, 4, "\x19\x54\x01\x19" } },
	.probe = probe,
	.list = list,
	.load = load,
};
