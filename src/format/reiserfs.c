/* reiserfs.c - ReiserFS 3.5 and 3.6: superblock, inodes, the walk. The journal is not replayed;
 * that it should be is said. */
#include "format/reiserfs.h"

#include <stdio.h>

#include "format/parts.h"

#define SUPER       65536u
#define MOST_HEIGHT 8
#define CLEAN       1

static struct fault read_super(struct span in, struct reiserfs *fs)
{
	uint32_t free = span_u32(in, SUPER + 4, false);

	*fs = (struct reiserfs){ .in = in,
				 .block = span_u16(in, SUPER + 44, false),
				 .blocks = span_u32(in, SUPER, false),
				 .root = span_u32(in, SUPER + 8, false) };
	if (in.n < SUPER + 204)
		return fault_at(FAULT_SHORT, SUPER, "superblock", in.n, SUPER + 204);
	if (fs->block < 512 || fs->block > 32768 || fs->block & (fs->block - 1))
		return fault_at(FAULT_BROKEN, SUPER + 44, "block size", fs->block, 32768);
	if ((uint64_t)fs->blocks * fs->block <= SUPER || free >= fs->blocks ||
	    fs->root >= fs->blocks)
		return fault_at(FAULT_BROKEN, SUPER, "blocks", fs->blocks, free);
	return fine;
}

static struct fault probe(struct span in, struct found *f)
{
	struct reiserfs fs;
	struct fault bad = read_super(in, &fs);
	bool is_old = span_starts(span_from(in, SUPER + 52), span_text("ReIsErFs"));
	uint64_t length = (uint64_t)fs.blocks * fs.block;

	if (bad.kind)
		return bad;
	f->len = part_bound(length, in);
	f->proof = PROOF_STRUCTURE;
	snprintf(f->label, sizeof(f->label), "version %s, %llu bytes", is_old ? "3.5" : "3.6",
		 (unsigned long long)length);
	if (!is_old && is_padded_text(in, SUPER + 100, 16))
		label_add(f->label, ", ", field_text(in, SUPER + 100, 16));
	return fine;
}

static void read_old(struct inode *i, struct span s)
{
	i->uid = span_u16(s, 4, false);
	i->gid = span_u16(s, 6, false);
	i->size = span_u32(s, 8, false);
	i->mtime = span_u32(s, 16, false);
}

static void read_new(struct inode *i, struct span s)
{
	i->size = span_u64(s, 8, false);
	i->uid = span_u32(s, 16, false);
	i->gid = span_u32(s, 20, false);
	i->mtime = span_u32(s, 28, false);
}

struct fault reiser_inode(const void *state, const uint64_t key[2], struct inode *i)
{
	struct reiser_key wanted = { (uint32_t)key[0], (uint32_t)key[1], 0, REISER_STAT };
	struct reiser_cursor c;
	struct reiser_item item;
	struct entry e = { 0 };

	reiser_seek(&c, state, wanted);
	if (!reiser_next_of(&c, wanted, &item) || item.key.type != REISER_STAT ||
	    item.bytes.n < (item.is_old ? 32 : 44))
		return fault_at(FAULT_BROKEN, SUPER, "inode", key[1], key[0]);
	i->at = item.at;
	i->own = item.bytes;
	i->mode = span_u16(item.bytes, 0, false);
	(item.is_old ? read_old : read_new)(i, item.bytes);
	entry_device(&e, span_u32(item.bytes, item.is_old ? 24 : 40, false));
	i->major = e.major;
	i->minor = e.minor;
	return fine;
}

struct names_out {
	const struct reiserfs *fs;
	struct inode_names *n;
	bool is_root;
};

/* The directory of attributes is the file system's own. */
static bool give_name(void *ctx, struct span name, const uint64_t key[2])
{
	const struct names_out *o = ctx;

	return (o->is_root && span_is(name, REISER_PRIVATE)) || inode_name(o->n, name, key);
}

static const uint64_t root_key[2] = { 1, 2 };

static void names(const void *state, const struct inode *i, struct inode_names *n)
{
	struct names_out o = { state, n, i->key[0] == root_key[0] && i->key[1] == root_key[1] };
	struct reiser_key key = { (uint32_t)i->key[0], (uint32_t)i->key[1], 0, REISER_NAMES };
	struct fault bad = reiser_each_name(state, key, give_name, &o);

	if (bad.kind)
		inode_names_fault(n, bad);
}

static const struct inode_format inodes = {
	.read = reiser_inode, .content = reiser_content, .names = names, .xattrs = reiser_xattrs
};

static struct fault list(struct listing *l)
{
	struct reiserfs *fs = arena_take(l->arena, 1, sizeof(*fs));
	struct fault bad = fs ? read_super(l->in, fs) : fault_at(FAULT_MEMORY, 0, "volume", 0, 0);
	uint16_t height = span_u16(l->in, SUPER + 68, false);
	uint64_t most;

	if (bad.kind)
		return bad;
	l->state = fs;
	most = l->in.n / fs->block + 1;
	if ((uint64_t)fs->blocks * fs->block > l->in.n)
		listing_fault(l, fault_at(FAULT_SHORT, SUPER, "file system", l->in.n,
					  (uint64_t)fs->blocks * fs->block));
	if (span_u16(l->in, SUPER + 50, false) != CLEAN)
		listing_fault(l, fault_at(FAULT_BROKEN, SUPER + 50, "journal not replayed",
					  span_u16(l->in, SUPER + 50, false), CLEAN));
	if (height < 2 || height > MOST_HEIGHT)
		return fault_at(FAULT_BROKEN, SUPER + 68, "height of the tree", height,
				MOST_HEIGHT);
	bad = reiser_leaves(fs, l, height - 1u);
	if (bad.kind)
		return bad;
	reiser_attributes_find(fs, l->arena);
	return inodes_list(l, &inodes, root_key, fs->blocks < most ? fs->blocks : most);
}

static struct fault load(const struct listing *l, const struct entry *e, struct sink *out)
{
	return inodes_load(l, &inodes, e, out);
}

const struct format format_reiserfs = {
	.name = "reiserfs",
	.says = "ReiserFS file system, versions 3.5 and 3.6",
	.domain = DOMAIN_IT,
	.spec = "kernel fs/reiserfs/reiserfs.h",
	.shape = SHAPE_CONTAINER,
	.magic = { { SUPER + 52, 8, "ReIsErFs" },
		   { SUPER + 52, 9, "ReIsEr2Fs" },
		   { SUPER + 52, 9, "ReIsEr3Fs" } },
	.probe = probe,
	.list = list,
	.load = load,
};
