/* ufs.c - UFS1 and UFS2 of the BSDs: walks the directories from the root. */
#include "format/ufs.h"

#include <stdio.h>

#include "format/parts.h"

#define RECORD 8    /* of a directory, before its name */
#define CHUNK  512u /* no record goes past one */

static const uint64_t root_key[2] = { UFS_ROOT, 0 };

static bool begins_with_itself(const struct ufs *fs, const struct inode *root)
{
	uint64_t at = ufs_pointer(fs, root->own, 0) * fs->fragment;
	struct span r = span_sub(fs->in, at, 12);

	return r.n == 0 || (span_u32(r, 0, fs->big) == UFS_ROOT && span_byte(r, 8) == '.' &&
			    span_byte(r, 9) == 0);
}

static struct fault probe(struct span in, struct found *f)
{
	struct ufs fs;
	struct inode root;
	struct fault bad = ufs_super(in, &fs);

	if (bad.kind)
		return bad;
	bad = ufs_inode_read(&fs, root_key, &root);
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

struct directory {
	const struct ufs *fs;
	struct inode_names *out;
	bool full;
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
	const struct ufs *fs = d->fs;

	for (uint64_t k = 0, step; at && !d->full && k + RECORD <= length; k += step) {
		struct span r = span_sub(fs->in, at + k, RECORD);
		uint64_t key[2] = { span_u32(r, 0, fs->big), 0 };
		struct span name = span_sub(fs->in, at + k + RECORD, name_length(fs, r));

		step = span_u16(r, 4, fs->big);
		if (step < RECORD || step > CHUNK - k % CHUNK || step < RECORD + name.n) {
			inode_names_fault(d->out, fault_at(FAULT_BROKEN, at + k, "directory record",
							   step, CHUNK - k % CHUNK));
			step = CHUNK - k % CHUNK;
			continue;
		}
		d->full = key[0] && !inode_name(d->out, name, key);
	}
}

static void names(const void *state, const struct inode *i, struct inode_names *n)
{
	struct directory d = { state, n, false };
	struct pieces p = { d.fs->in, i->size, inode_names_met(n), read_records, &d, fine };

	ufs_content(state, i, &p);
	if (p.fault.kind)
		inode_names_fault(n, p.fault);
}

static const struct inode_format inodes = { .read = ufs_inode_read,
					    .content = ufs_content,
					    .names = names };

static struct fault list(struct listing *l)
{
	struct ufs *fs = arena_take(l->arena, 1, sizeof(*fs));
	struct fault bad = fs ? ufs_super(l->in, fs) : fault_at(FAULT_MEMORY, 0, "volume", 0, 0);
	uint64_t most;

	if (bad.kind)
		return bad;
	l->state = fs;
	most = l->in.n / fs->fragment + 1; /* the image has room for no more */
	if (fs->fragments * fs->fragment > l->in.n)
		listing_fault(l, fault_at(FAULT_SHORT, fs->super + 36, "file system", l->in.n,
					  fs->fragments * fs->fragment));
	return inodes_list(l, &inodes, root_key, fs->fragments < most ? fs->fragments : most);
}

static struct fault load(const struct listing *l, const struct entry *e, struct sink *out)
{
	return inodes_load(l, &inodes, e, out);
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
