/* f2fs.c - F2FS: its superblock, of which there are two. */
#include <stdio.h>

#include "format/f2fs.h"
#include "format/parts.h"
#include "format/utf16.h"

#define SUPER       1024
#define COPY        4096 /* from one superblock to the other */
#define MAGIC       "\x10\x20\xf5\xf2"
#define SIZE        3072
#define CHECKSUM    3068
#define NAME        124
#define NAME_SIZE   1024
#define QUOTA       2745
#define SEGMENT_LOG 9

static void read_fields(struct cursor *c, struct f2fs *fs)
{
	cursor_skip(c, 4);
	fs->major = cursor_le16(c);
	fs->minor = cursor_le16(c);
	cursor_skip(c, 8);
	fs->block_log = cursor_le32(c);
	fs->segment_log = cursor_le32(c);
	cursor_skip(c, 12);
	fs->blocks = cursor_le64(c);
	cursor_skip(c, 16);
	fs->node_segments = cursor_le32(c);
	cursor_skip(c, 12);
	fs->check_at = cursor_le32(c);
	cursor_skip(c, 4);
	fs->node_at = cursor_le32(c);
	cursor_skip(c, 4);
	fs->main_at = cursor_le32(c);
	fs->root = cursor_le32(c);
}

static struct fault read_super(struct span in, uint64_t at, struct f2fs *fs)
{
	struct cursor c = { .in = span_sub(in, at, SIZE) };
	uint32_t node, meta;

	*fs = (struct f2fs){ .in = in };
	if (!span_starts(c.in, span_text(MAGIC)))
		return fault_at(FAULT_UNKNOWN, at, "F2FS magic", in.n, at + SIZE);
	read_fields(&c, fs);
	node = cursor_le32(&c);
	meta = cursor_le32(&c);
	fs->seed = f2fs_crc(~0u, cursor_span(&c, 16));
	fs->name = span_sub(c.in, NAME, NAME_SIZE);
	fs->check_payload = span_u32(c.in, 1664, false);
	fs->features = span_u32(c.in, 2180, false);
	for (uint32_t i = 0; i < 3; i++)
		fs->quota[i] = span_u32(c.in, QUOTA + i * 4ull, false);
	if (fs->major != 1)
		return fault_at(FAULT_UNKNOWN, at + 4, "version", fs->major, 1);
	if (fs->block_log < 12 || fs->block_log > 16 || fs->segment_log != SEGMENT_LOG)
		return fault_at(FAULT_BROKEN, at + 16, "block size", fs->block_log, 16);
	if (node != 1 || meta != 2 || fs->root != 3)
		return fault_at(FAULT_BROKEN, at + 96, "reserved inodes", fs->root, 3);
	if (fs->blocks == 0 || fs->blocks >> 44)
		return fault_at(FAULT_BROKEN, at + 36, "blocks", fs->blocks, 1ull << 44);
	if (fs->check_at >= fs->blocks || fs->node_at >= fs->blocks || fs->main_at >= fs->blocks)
		return fault_at(FAULT_BROKEN, at + 76, "place of an area", fs->main_at, fs->blocks);
	fs->block = 1ull << fs->block_log;
	if (fs->features & F2FS_SUPER_CHECKSUM &&
	    f2fs_crc(F2FS_MAGIC, span_head(c.in, CHECKSUM)) != span_u32(c.in, CHECKSUM, false))
		fs->fault = fault_at(FAULT_BROKEN, at + CHECKSUM, "superblock CRC-32", 0, 0);
	return fine;
}

/* The second one counts where the first is no superblock, or its checksum does not hold. */
struct fault f2fs_super(struct span in, struct f2fs *fs)
{
	struct fault bad = read_super(in, SUPER, fs);
	struct f2fs copy;

	if (bad.kind == FAULT_NONE && fs->fault.kind == FAULT_NONE)
		return fine;
	if (read_super(in, COPY + SUPER, &copy).kind || copy.fault.kind)
		return bad;
	/* What is no superblock may be the block in front of a volume. */
	if (bad.kind && f2fs_checkpoint(&copy).kind)
		return bad;
	copy.fault = bad.kind ? bad : fs->fault;
	*fs = copy;
	return fine;
}

static struct fault probe(struct span in, struct found *f)
{
	struct f2fs fs;
	struct fault bad = f2fs_super(in, &fs);
	unsigned long long size;
	char name[64];

	if (bad.kind)
		return bad;
	size = fs.blocks << fs.block_log;
	f->len = part_bound(size, in);
	f->proof = f2fs_checkpoint(&fs).kind ? PROOF_STRUCTURE : PROOF_CHECKSUM;
	utf16_label(name, fs.name);
	snprintf(f->label, sizeof(f->label), "%u.%u, %llu bytes%s%.24s", fs.major, fs.minor, size,
		 name[0] ? ", " : "", name);
	return fine;
}

const struct format format_f2fs = {
	.name = "f2fs",
	.says = "F2FS: plain, inline, LZO, LZ4, zstd",
	.domain = DOMAIN_DEVICE,
	.spec = "kernel include/linux/f2fs_fs.h, fs/f2fs; Documentation/filesystems/f2fs.rst",
	.shape = SHAPE_CONTAINER,
	.magic = { { SUPER, 4, MAGIC }, { COPY + SUPER, 4, MAGIC } },
	.probe = probe,
	.list = f2fs_list,
	.load = f2fs_load,
};
