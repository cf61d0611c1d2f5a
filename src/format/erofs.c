/* erofs.c - EROFS: walks the directories from the root. Contents plain, inline, in chunks, packed
 * by LZ4, MicroLZMA, deflate or Zstandard, and fragments of an inode that files share. */
#include <stdio.h>

#include "format/erofs.h"
#include "format/links.h"
#include "format/marks.h"
#include "format/stream.h"

#define RECORD         12
#define DEEPEST        512
#define LONGEST_TARGET 4096
#define BEST_RATIO     600 /* more than LZ4 and the entries of an index allow */
#define LARGEST_NAMES  (256u << 20)

static struct fault probe(struct span in, struct found *f)
{
	struct erofs fs;
	struct erofs_inode root;
	struct fault bad = erofs_super(in, &fs);
	uint64_t length;
	bool is_known;
	char name[64];

	if (bad.kind)
		return bad;
	length = fs.blocks * fs.block;
	is_known = (fs.incompat & ~(uint32_t)EROFS_KNOWN) == 0;
	bad = erofs_inode_read(&fs, fs.root, &root);
	/* Of an image that is cut, the root may lie behind its end; newer features may put it
	 * elsewhere. */
	if (is_known && bad.kind == FAULT_NONE && (root.mode & 0170000) != 0040000)
		return fault_at(FAULT_BROKEN, root.at, "root inode", root.mode, 0040000);
	f->len = length < in.n ? length : in.n;
	f->proof = fs.compat & 1           ? PROOF_CHECKSUM
		   : bad.kind || !is_known ? PROOF_PLAUSIBLE
					   : PROOF_STRUCTURE;
	label_bytes(name, span_head(fs.name, strnlen((const char *)fs.name.p, fs.name.n)));
	snprintf(f->label, sizeof(f->label), "blocks of %llu%s%.16s", (unsigned long long)fs.block,
		 name[0] ? ", " : "", name);
	return fine;
}

struct walk {
	struct listing *l;
	struct erofs *fs;
	struct marks directories; /* by number */
	struct erofs_budget left;
};

static void set_content(struct walk *w, const struct erofs_inode *i, struct entry *e)
{
	uint64_t at = 0;

	if (!budget_take(&w->left.plain, i->size)) {
		e->fault = fault_at(FAULT_LIMIT, i->at, "content shared with others", i->size,
				    w->left.plain);
		e->stored = true; /* nothing of it */
		return;
	}
	e->size = i->size;
	if (i->size == 0 || !erofs_in_one_piece(w->fs, i, &at))
		return;
	e->order = at;
	e->stored = true;
	e->offset = at;
	e->length = i->size;
}

static void set_target(struct walk *w, const struct erofs_inode *i, struct entry *e)
{
	struct sink out;

	if (i->size > LONGEST_TARGET) {
		e->fault = fault_at(FAULT_BROKEN, i->at, "link target", i->size, LONGEST_TARGET);
		return;
	}
	sink_init(&out, NULL, i->size);
	e->fault = erofs_content(w->fs, i, &out);
	e->target = arena_copy(w->l->arena, sink_span(&out));
	sink_free(&out);
}

static uint32_t add(struct walk *w, uint64_t number, uint32_t parent, struct span name)
{
	struct erofs_inode i;
	struct fault bad = erofs_inode_read(w->fs, number, &i);
	struct entry e = entry_new(kind_of_mode(i.mode), name);

	e.parent = parent;
	e.fault = bad;
	e.mode = i.mode & 07777;
	e.uid = i.uid;
	e.gid = i.gid;
	e.mtime = i.mtime;
	e.mtime_ns = i.mtime_ns;
	e.has_mode = e.has_owner = e.has_mtime = bad.kind == FAULT_NONE;
	e.key[0] = number;
	e.key[1] = i.links;
	e.key[2] = parent == NO_ENTRY ? 0 : w->l->entries[parent].key[2] + 1; /* depth */
	if (bad.kind == FAULT_NONE) {
		erofs_xattrs(w->fs, &i, w->l->arena, &w->left, &e);
		if (e.kind == KIND_FILE)
			set_content(w, &i, &e);
		else if (e.kind == KIND_SYMLINK)
			set_target(w, &i, &e);
		else if (e.kind == KIND_CHAR_DEVICE || e.kind == KIND_BLOCK_DEVICE)
			entry_device(&e, i.raw);
	} else if (e.kind == KIND_FILE) {
		e.stored = true;
	}
	return listing_add(w->l, &e);
}

/* Records stand first, as many as the first one's name is far; then the names, each up to the next
 * one's. */
static struct fault read_block(struct walk *w, struct span block, uint32_t parent)
{
	uint32_t count = span_u16(block, 8, false) / RECORD;

	if (count == 0 || count * RECORD > block.n)
		return fault_at(FAULT_BROKEN, 0, "directory block", count, block.n / RECORD);
	for (uint32_t k = 0; k < count; k++) {
		uint64_t number = span_u64(block, k * RECORD, false);
		uint32_t from = span_u16(block, k * RECORD + 8, false);
		uint64_t to =
			k + 1 < count ? span_u16(block, (k + 1) * RECORD + 8, false) : block.n;
		struct span name = span_sub(block, from, to < from ? 0 : to - from);

		if (name.n == 0)
			return fault_at(FAULT_BROKEN, from, "place of a name", from, to);
		name.n = strnlen((const char *)name.p, name.n);
		if (name.n == 0 || is_dot(name))
			continue;
		if (add(w, number, parent, arena_copy(w->l->arena, name)) == NO_ENTRY)
			break;
	}
	return fine;
}

static struct fault read_directory(struct walk *w, uint32_t index)
{
	const struct entry d = w->l->entries[index];
	struct erofs_inode i;
	struct fault bad = erofs_inode_read(w->fs, d.key[0], &i);
	struct sink content;

	if (bad.kind)
		return bad;
	if (d.key[2] >= DEEPEST)
		return fault_at(FAULT_LIMIT, i.at, "directory depth", d.key[2], DEEPEST);
	if (!marks_add(&w->directories, d.key[0]))
		return fault_at(FAULT_BROKEN, i.at, "directory met twice", 0, 0);
	if (!budget_take(&w->left.directory, i.size))
		return fault_at(FAULT_BROKEN, i.at, "directories overlap", i.size,
				w->left.directory);
	sink_init(&content, NULL, LARGEST_NAMES);
	bad = erofs_content(w->fs, &i, &content);
	for (uint64_t at = 0; at < content.n; at += w->fs->block) {
		struct span block = span_head(span_from(sink_span(&content), at), w->fs->block);
		struct fault torn = read_block(w, block, index);

		if (bad.kind == FAULT_NONE)
			bad = torn;
	}
	sink_free(&content);
	return bad;
}

static struct fault list(struct listing *l)
{
	struct erofs *fs = arena_take(l->arena, 1, sizeof(*fs));
	struct walk w = { .l = l,
			  .fs = fs,
			  .left = { .plain = (uint64_t)l->in.n * BEST_RATIO,
				    .directory = l->in.n,
				    .xattrs = (64ull << 20) + l->in.n } };
	struct fault bad = fs ? erofs_super(l->in, fs) : fault_at(FAULT_MEMORY, 0, "volume", 0, 0);

	if (bad.kind)
		return bad;
	if (fs->incompat & ~(uint32_t)EROFS_KNOWN)
		return fault_at(FAULT_UNKNOWN, 1024 + 80, "incompatible features", fs->incompat,
				EROFS_KNOWN);
	erofs_packed_read(fs, l->arena);
	if (!marks_init(&w.directories, l->arena, l->in.n / 32 + 1))
		return fault_at(FAULT_MEMORY, 0, "directories", l->in.n, 0);
	l->state = fs;
	listing_fault(l, fs->packed_fault);
	if ((uint64_t)fs->blocks << fs->block_bits > l->in.n)
		listing_fault(l, fault_at(FAULT_SHORT, 1024 + 36, "file system", l->in.n,
					  (uint64_t)fs->blocks << fs->block_bits));
	add(&w, fs->root, NO_ENTRY, (struct span){ 0 });
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
	const struct erofs *fs = l->state;
	struct erofs_inode i;
	struct fault bad = erofs_inode_read(fs, e->key[0], &i);

	return bad.kind ? bad : erofs_content(fs, &i, out);
}

const struct format format_erofs = {
	.name = "erofs",
	.says = "EROFS: plain, inline, in chunks, packed, fragments",
	.domain = DOMAIN_DEVICE,
	.spec = "kernel fs/erofs/erofs_fs.h, zmap.c; Documentation/filesystems/erofs.rst",
	.shape = SHAPE_CONTAINER,
	.magic = { { 1024, 4, "\xe2\xe1\xf5\xe0" } },
	.probe = probe,
	.list = list,
	.load = load,
	.own = erofs_own,
	.stored = erofs_stored,
};
