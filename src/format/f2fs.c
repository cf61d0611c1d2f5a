/* f2fs.c - F2FS, known by its superblock; not opened. Source: kernel include/linux/f2fs_fs.h. */
#include <stdio.h>

#include "base/cursor.h"
#include "format/unopened.h"
#include "format/utf16.h"

#define SUPER       1024
#define MAGIC       "\x10\x20\xf5\xf2"
#define LEAST_SUPER 1148
#define NAME        124
#define NAME_SIZE   1024

struct f2fs {
	uint32_t major, minor, block_log, segment_log, root, node, meta;
	uint64_t blocks;
};

static struct fault read_super(struct span in, struct f2fs *x)
{
	struct cursor c = { .in = span_from(in, SUPER) };

	if (!span_is(cursor_span(&c, 4), MAGIC))
		return fault_at(FAULT_UNKNOWN, SUPER, "F2FS magic", in.n, SUPER + LEAST_SUPER);
	x->major = cursor_le16(&c);
	x->minor = cursor_le16(&c);
	cursor_skip(&c, 8);
	x->block_log = cursor_le32(&c);
	x->segment_log = cursor_le32(&c);
	cursor_skip(&c, 12);
	x->blocks = cursor_le64(&c);
	cursor_skip(&c, 52);
	x->root = cursor_le32(&c);
	x->node = cursor_le32(&c);
	x->meta = cursor_le32(&c);
	cursor_skip(&c, LEAST_SUPER - 108);
	if (c.ran_out)
		return fault_at(FAULT_SHORT, SUPER, "superblock", in.n, SUPER + LEAST_SUPER);
	if (x->major != 1)
		return fault_at(FAULT_UNKNOWN, SUPER + 4, "version", x->major, 1);
	if (x->block_log < 12 || x->block_log > 16 || x->segment_log != 9)
		return fault_at(FAULT_BROKEN, SUPER + 16, "block size", x->block_log, 16);
	if (x->node != 1 || x->meta != 2 || x->root != 3)
		return fault_at(FAULT_BROKEN, SUPER + 96, "reserved inodes", x->root, 3);
	if (x->blocks == 0 || x->blocks >> 44)
		return fault_at(FAULT_BROKEN, SUPER + 36, "blocks", x->blocks, 1ull << 44);
	return fine;
}

static struct fault probe(struct span in, struct found *f)
{
	struct f2fs x;
	struct fault bad = read_super(in, &x);
	unsigned long long size;
	char name[64];

	if (bad.kind)
		return bad;
	size = x.blocks << x.block_log;
	f->len = part_bound(size, in);
	f->proof = PROOF_STRUCTURE;
	utf16_label(name, span_sub(in, SUPER + NAME, NAME_SIZE));
	snprintf(f->label, sizeof(f->label), "%u.%u, %llu bytes%s%.24s", x.major, x.minor, size,
		 name[0] ? ", " : "", name);
	return fine;
}

static struct fault list(struct listing *l)
{
	return unopened(l, SUPER);
}

const struct format format_f2fs = {
	.name = "f2fs",
	.says = "F2FS file system",
	.domain = DOMAIN_DEVICE,
	.spec = "kernel include/linux/f2fs_fs.h",
	.shape = SHAPE_CONTAINER,
	.identified_only = true,
	.magic = { { SUPER, 4, MAGIC } },
	.probe = probe,
	.list = list,
};
