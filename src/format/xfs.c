/* xfs.c - XFS of versions 4 and 5: walks the directories from the root, breadth first. The log is
 * not replayed; that it should be is said. */
#include <stdio.h>

#include "format/links.h"
#include "format/stream.h"
#include "format/xfs.h"

#define DEEPEST 512

static struct fault probe(struct span in, struct found *f)
{
	struct xfs fs;
	struct fault bad = xfs_super(in, &fs);
	unsigned long long size;
	char name[64];

	if (bad.kind)
		return bad;
	size = fs.blocks * fs.block_size;
	f->len = size < in.n ? size : in.n;
	f->proof = fs.has_sums && fs.sum_holds ? PROOF_CHECKSUM : PROOF_STRUCTURE;
	label_bytes(name, span_head(fs.name, strnlen((const char *)fs.name.p, fs.name.n)));
	snprintf(f->label, sizeof(f->label), "version %u, %llu bytes%s%.12s", fs.version, size,
		 name[0] ? ", " : "", name);
	return fine;
}

struct walk {
	struct listing *l;
	struct xfs *fs;
	struct marks directories; /* by place in the image */
	struct names inodes;      /* of several names: 1 + their first entry */
	struct xfs_budget left;
	uint32_t parent; /* whose names are being read */
};

static void set_content(struct walk *w, const struct xfs_inode *i, struct entry *e)
{
	e->size = i->size;
	if (i->size == 0)
		return;
	if (i->on_realtime) {
		e->fault = fault_at(FAULT_SHORT, i->at + 90, "realtime device", 0, 0);
		e->stored = true; /* nothing of it */
		return;
	}
	e->stored = xfs_in_one_piece(w->fs, i, &w->left.steps, &e->order);
	if (e->stored) {
		e->offset = e->order;
		e->length = i->size;
	}
}

/* 14 bits of major, 18 of minor number (kernel linux/kdev_t.h, sysv_major). */
static void set_device(const struct xfs_inode *i, struct entry *e)
{
	uint32_t number = span_u32(i->data.bytes, 0, true);

	e->major = number >> 18;
	e->minor = number & 0x3ffff;
}

static void set_kind(struct walk *w, const struct xfs_inode *i, struct entry *e)
{
	struct fault bad = fine;

	if (e->kind == KIND_FILE)
		set_content(w, i, e);
	else if (e->kind == KIND_SYMLINK)
		bad = xfs_target(w->fs, i, w->l->arena, &w->left, &e->target);
	else if (e->kind == KIND_CHAR_DEVICE || e->kind == KIND_BLOCK_DEVICE)
		set_device(i, e);
	if (e->fault.kind == FAULT_NONE)
		e->fault = bad;
}

static void set_inode(struct walk *w, const struct xfs_inode *i, struct entry *e)
{
	e->mode = i->mode & 07777;
	e->uid = i->uid;
	e->gid = i->gid;
	e->mtime = i->mtime;
	e->mtime_ns = i->mtime_ns;
	e->has_mode = e->has_owner = e->has_mtime = true;
	xfs_xattrs(w->fs, i, w->l->arena, &w->left, e);
	set_kind(w, i, e);
}

static bool add(void *ctx, const struct xfs_name *n)
{
	struct walk *w = ctx;
	struct xfs_inode i;
	struct fault bad = xfs_inode_read(w->fs, n->number, &i);
	struct entry e = entry_new(bad.kind ? links_kind(n->type) : kind_of_mode(i.mode),
				   arena_copy(w->l->arena, n->text));
	struct name *met = NULL;
	uint32_t index;

	e.parent = w->parent;
	e.key[0] = n->number;
	e.key[2] = w->parent == NO_ENTRY ? 0 : w->l->entries[w->parent].key[2] + 1; /* depth */
	e.fault = bad.kind ? bad : i.fault;
	if (bad.kind) {
		e.stored = true; /* nothing of it */
		return listing_add(w->l, &e) != NO_ENTRY;
	}
	if (e.kind != KIND_DIRECTORY && i.links > 1)
		met = links_met(&w->inodes, e.key);
	if (met && met->number)
		return links_repeat(w->l, met->number - 1, &e, &w->left.values);
	set_inode(w, &i, &e);
	index = listing_add(w->l, &e);
	if (met)
		met->number = index + 1;
	return index != NO_ENTRY;
}

static struct fault read_directory(struct walk *w, uint32_t index)
{
	const struct entry d = w->l->entries[index];
	struct xfs_inode i;
	struct fault bad = xfs_inode_read(w->fs, d.key[0], &i);

	if (bad.kind)
		return bad;
	if (d.key[2] >= DEEPEST)
		return fault_at(FAULT_LIMIT, i.at, "directory depth", d.key[2], DEEPEST);
	if (!marks_add(&w->directories, i.at / w->fs->inode_size))
		return fault_at(FAULT_BROKEN, i.at, "directory met twice", 0, 0);
	w->parent = index;
	return xfs_directory(w->fs, &i, (struct xfs_names){ add, w, &w->left });
}

static struct fault list(struct listing *l)
{
	struct xfs *fs = arena_take(l->arena, 1, sizeof(*fs));
	struct walk w = { .l = l,
			  .fs = fs,
			  .inodes = { .arena = l->arena },
			  .parent = NO_ENTRY,
			  .left = { .steps = l->in.n / 2 + 4096,
				    .directory = l->in.n + 65536,
				    .values = (64ull << 20) + 2 * (uint64_t)l->in.n } };
	struct fault bad =
		fs ? xfs_super(l->in, fs) : fault_at(FAULT_MEMORY, 0, "superblock", 0, 0);

	if (bad.kind)
		return bad;
	if (!marks_init(&w.directories, l->arena, l->in.n / fs->inode_size + 1))
		return fault_at(FAULT_MEMORY, 0, "directories", l->in.n, 0);
	l->state = fs;
	listing_fault(l, xfs_state(fs));
	add(&w, &(struct xfs_name){ .number = fs->root });
	if (l->count)
		l->entries[0].kind = KIND_DIRECTORY;
	for (uint32_t i = 0; i < l->count && l->fault.kind != FAULT_LIMIT; i++) {
		if (l->entries[i].kind != KIND_DIRECTORY)
			continue;
		bad = read_directory(&w, i);
		listing_entry_fault(l, i, bad);
	}
	links_join(l);
	return fine;
}

static struct fault load(const struct listing *l, const struct entry *e, struct sink *out)
{
	const struct xfs *fs = l->state;
	struct xfs_inode i;
	struct fault bad = xfs_inode_read(fs, e->key[0], &i);

	return bad.kind ? bad : xfs_content(fs, &i, out);
}

const struct format format_xfs = {
	.name = "xfs",
	.says = "XFS, versions 4 and 5",
	.domain = DOMAIN_IT,
	.spec = "XFS Algorithms & Data Structures; kernel fs/xfs/libxfs/xfs_format.h",
	.shape = SHAPE_CONTAINER,
	.magic = { { 0, 4, "XFSB" } },
	.probe = probe,
	.list = list,
	.load = load,
};
