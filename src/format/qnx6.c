/* qnx6.c - QNX's power-safe file system, in both byte orders. Two superblocks take turns: the one
 * with the higher serial number that holds is the state. Tables of inodes and of long names are
 * files of their own, whose roots stand there. Source: kernel include/linux/qnx6_fs.h, fs/qnx6. */
#include <stdio.h>

#include "base/cursor.h"
#include "format/inodes.h"
#include "format/parts.h"

#define BOOT        0x2000u /* blocks for booting, in front; some have none */
#define SUPER_SIZE  512u
#define AREA        0x1000u /* that each of the two superblocks takes */
#define MAGIC       0x68191122u
#define POINTERS    16
#define MOST_LEVELS 5
#define MOST_BITS   56 /* of a block's number that the levels of a tree tell apart */
#define INODE       128u
#define RECORD      32u /* of a directory */
#define SHORT_NAME  27
#define LONG_NAME   510
#define UNUSED      UINT32_MAX
#define ROOT_INODES 72 /* in the superblock: where the roots of the tables stand */
#define ROOT_NAMES  232

/* A content: pointers to blocks, or to tables of them `levels` above. */
struct tree {
	struct span pointers;
	uint64_t size;
	uint8_t levels;
};

struct qnx6 {
	struct span in;
	bool big;
	uint64_t super, first; /* where block 0 is */
	uint32_t block, blocks;
	struct tree inodes, names;
};

/* The highest bit first, from zero, without inversion. */
static uint32_t crc32_be(struct span s)
{
	uint32_t crc = 0;

	for (size_t i = 0; i < s.n; i++) {
		crc ^= (uint32_t)s.p[i] << 24;
		for (int bit = 0; bit < 8; bit++)
			crc = crc << 1 ^ (crc >> 31 ? 0x04c11db7u : 0);
	}
	return crc;
}

static struct fault super_holds(struct span in, uint64_t at, bool big)
{
	struct span s = span_sub(in, at, SUPER_SIZE);
	uint32_t crc = s.n ? crc32_be(span_from(s, 8)) : 0;

	if (s.n == 0)
		return fault_at(FAULT_SHORT, at, "superblock", in.n, at + SUPER_SIZE);
	if (span_u32(s, 0, big) != MAGIC)
		return fault_at(FAULT_BROKEN, at, "superblock magic", span_u32(s, 0, big), MAGIC);
	if (crc != span_u32(s, 4, big))
		return fault_at(FAULT_BROKEN, at + 4, "superblock CRC-32", crc,
				span_u32(s, 4, big));
	return fine;
}

static struct tree tree_at(const struct qnx6 *fs, struct span s, uint64_t at)
{
	return (struct tree){ span_sub(s, at + 8, POINTERS * 4ull), span_u64(s, at, fs->big),
			      (uint8_t)span_byte(s, at + 8 + POINTERS * 4ull) };
}

/* What is behind the blocks is the second superblock; where it holds and is newer, it counts. */
static void choose(struct qnx6 *fs)
{
	uint64_t second = fs->first + (uint64_t)fs->blocks * fs->block;
	struct span s;

	if (super_holds(fs->in, second, fs->big).kind == FAULT_NONE &&
	    span_u64(fs->in, second + 8, fs->big) > span_u64(fs->in, fs->super + 8, fs->big) &&
	    span_u32(fs->in, second + 48, fs->big) == fs->block)
		fs->super = second;
	s = span_sub(fs->in, fs->super, SUPER_SIZE);
	fs->inodes = tree_at(fs, s, ROOT_INODES);
	fs->names = tree_at(fs, s, ROOT_NAMES);
}

static bool levels_fit(const struct qnx6 *fs, int levels)
{
	int bits = __builtin_ctz(fs->block / 4);

	return levels >= 0 && levels <= MOST_LEVELS && levels * bits <= MOST_BITS;
}

static struct fault read_super(struct span in, struct qnx6 *fs)
{
	bool at_start = span_u32(in, 0, false) == MAGIC || span_u32(in, 0, true) == MAGIC;
	struct fault bad;

	*fs = (struct qnx6){ .in = in, .super = at_start ? 0 : BOOT };
	fs->big = span_u32(in, fs->super, true) == MAGIC;
	bad = super_holds(in, fs->super, fs->big);
	if (bad.kind)
		return bad;
	fs->block = span_u32(in, fs->super + 48, fs->big);
	fs->blocks = span_u32(in, fs->super + 60, fs->big);
	fs->first = fs->super + AREA;
	if (fs->block < 512 || fs->block > 65536 || fs->block & (fs->block - 1) || fs->blocks == 0)
		return fault_at(FAULT_BROKEN, fs->super + 48, "block size", fs->block, 65536);
	choose(fs);
	if (!levels_fit(fs, fs->inodes.levels) || !levels_fit(fs, fs->names.levels))
		return fault_at(FAULT_BROKEN, fs->super + ROOT_INODES + 72, "levels of pointers",
				fs->inodes.levels, MOST_LEVELS);
	return fine;
}

static uint64_t length_of(const struct qnx6 *fs)
{
	return fs->first + (uint64_t)fs->blocks * fs->block + AREA;
}

static struct fault probe(struct span in, struct found *f)
{
	struct qnx6 fs;
	struct fault bad = read_super(in, &fs);

	if (bad.kind)
		return bad;
	f->len = part_bound(length_of(&fs), in);
	f->proof = PROOF_CHECKSUM;
	snprintf(f->label, sizeof(f->label), "%s-endian, %llu bytes", fs.big ? "big" : "little",
		 (unsigned long long)length_of(&fs));
	return fine;
}

/* The bytes of a block; empty where it is not there. */
static struct span block_at(const struct qnx6 *fs, uint32_t number)
{
	return number < fs->blocks
		       ? span_sub(fs->in, fs->first + (uint64_t)number * fs->block, fs->block)
		       : (struct span){ 0 };
}

/* Bytes of a table from an offset to the end of the block; every level is one step. */
static struct span table_bytes(const struct qnx6 *fs, const struct tree *t, uint64_t at)
{
	uint64_t per = fs->block / 4, number = at / fs->block, span = 1;
	uint32_t pointer;

	for (unsigned i = 0; i < t->levels; i++)
		span *= per;
	if (at >= t->size || number / span >= POINTERS)
		return (struct span){ 0 };
	pointer = span_u32(t->pointers, number / span * 4, fs->big);
	for (unsigned i = 0; i < t->levels; i++) {
		number %= span;
		span /= per;
		pointer = span_u32(block_at(fs, pointer), number / span * 4, fs->big);
	}
	return span_from(block_at(fs, pointer), at % fs->block);
}

static struct fault read_inode(const void *state, const uint64_t key[2], struct inode *i)
{
	const struct qnx6 *fs = state;
	struct span s =
		key[0] ? table_bytes(fs, &fs->inodes, (key[0] - 1) * INODE) : (struct span){ 0 };
	struct cursor c = { .in = span_head(s, INODE) };

	if (s.n < INODE)
		return fault_at(FAULT_BROKEN, fs->super + ROOT_INODES, "inode number", key[0],
				fs->inodes.size / INODE);
	i->at = span_place(fs->in, s);
	i->size = cursor_u64(&c, fs->big);
	i->uid = cursor_u32(&c, fs->big);
	i->gid = cursor_u32(&c, fs->big);
	cursor_skip(&c, 4); /* time of making */
	i->mtime = cursor_u32(&c, fs->big);
	cursor_skip(&c, 8); /* of access, of change */
	i->mode = cursor_u16(&c, fs->big);
	i->own = span_head(s, INODE);
	if (i->mode == 0)
		return fault_at(FAULT_BROKEN, i->at + 32, "mode of an inode", 0, 0);
	return fine;
}

/* A block `level` levels above the data. Never deeper than five. */
static void give(const struct qnx6 *fs, struct pieces *p, uint32_t number, unsigned level)
{
	uint64_t length = fs->block, per = fs->block / 4;
	struct span s = block_at(fs, number);

	for (unsigned i = 0; i < level; i++)
		length *= per;
	if (p->left == 0 || p->fault.kind)
		return;
	if (number == UNUSED) {
		pieces_hole(p, length);
		return;
	}
	if (!pieces_take(p, number, 1, fs->block))
		return;
	if (s.n == 0) {
		p->fault = fault_at(FAULT_SHORT, fs->first + (uint64_t)number * fs->block, "block",
				    fs->in.n, number);
		return;
	}
	if (level == 0)
		pieces_give(p, span_place(fs->in, s), fs->block);
	for (uint64_t k = 0; level && k < per; k++)
		give(fs, p, span_u32(s, k * 4, fs->big), level - 1);
}

static void content(const void *state, const struct inode *i, struct pieces *p)
{
	const struct qnx6 *fs = state;
	int levels = span_byte(i->own, 100);

	if (!levels_fit(fs, levels)) {
		p->fault = fault_at(FAULT_BROKEN, i->at + 100, "levels of pointers",
				    (uint64_t)levels, MOST_LEVELS);
		return;
	}
	for (uint64_t k = 0; k < POINTERS; k++)
		give(fs, p, span_u32(i->own, 36 + k * 4, fs->big), (unsigned)levels);
}

/* Rotates to the right and adds. */
static uint32_t sum_of_name(struct span name)
{
	uint32_t sum = 0;

	for (size_t i = 0; i < name.n; i++) {
		uint32_t low = sum & 1;

		sum = ((sum >> 1) + name.p[i]) ^ low << 31;
	}
	return sum;
}

struct directory {
	const struct qnx6 *fs;
	struct inode_names *out;
	bool full;
};

/* A name of more than 27 bytes stands in a block of the table of names. */
static struct span long_name(struct directory *d, struct span record, uint64_t at)
{
	const struct qnx6 *fs = d->fs;
	struct span s =
		table_bytes(fs, &fs->names, (uint64_t)span_u32(record, 8, fs->big) * fs->block);
	uint16_t length = span_u16(s, 0, fs->big);
	struct span name = span_sub(s, 2, length);

	if (length == 0 || length > LONG_NAME || name.n == 0) {
		inode_names_fault(d->out,
				  fault_at(FAULT_BROKEN, at + 8, "long name", length, LONG_NAME));
		return (struct span){ 0 };
	}
	if (sum_of_name(name) != span_u32(record, 12, fs->big))
		inode_names_fault(d->out,
				  fault_at(FAULT_BROKEN, at + 12, "sum of a long name",
					   sum_of_name(name), span_u32(record, 12, fs->big)));
	return name;
}

static void read_records(void *ctx, uint64_t at, uint64_t length)
{
	struct directory *d = ctx;

	for (uint64_t k = 0; at && !d->full && k + RECORD <= length; k += RECORD) {
		struct span r = span_sub(d->fs->in, at + k, RECORD);
		uint64_t key[2] = { span_u32(r, 0, d->fs->big), 0 };
		int size = span_byte(r, 4);

		if (key[0] == 0 || size <= 0)
			continue;
		d->full = !inode_name(d->out,
				      size > SHORT_NAME ? long_name(d, r, at + k)
							: span_sub(r, 5, (uint64_t)size),
				      key);
	}
}

static void names(const void *state, const struct inode *i, struct inode_names *n)
{
	const struct qnx6 *fs = state;
	struct directory d = { fs, n, false };
	struct pieces p = { fs->in, i->size, inode_names_met(n), read_records, &d, fine };

	content(state, i, &p);
	if (p.fault.kind)
		inode_names_fault(n, p.fault);
}

static const struct inode_format inodes = { .read = read_inode,
					    .content = content,
					    .names = names };

static struct fault list(struct listing *l)
{
	static const uint64_t root[2] = { 1, 0 };
	struct qnx6 *fs = arena_take(l->arena, 1, sizeof(*fs));
	struct fault bad = fs ? read_super(l->in, fs) : fault_at(FAULT_MEMORY, 0, "volume", 0, 0);
	uint64_t most;

	if (bad.kind)
		return bad;
	l->state = fs;
	most = l->in.n / fs->block + 1;
	if (length_of(fs) > l->in.n)
		listing_fault(l, fault_at(FAULT_SHORT, fs->super + 60, "file system", l->in.n,
					  length_of(fs)));
	return inodes_list(l, &inodes, root, fs->blocks < most ? fs->blocks : most);
}

static struct fault load(const struct listing *l, const struct entry *e, struct sink *out)
{
	return inodes_load(l, &inodes, e, out);
}

const struct format format_qnx6 = {
	.name = "qnx6",
	.says = "QNX power-safe file system",
	.domain = DOMAIN_DEVICE,
	.spec = "kernel include/linux/qnx6_fs.h, fs/qnx6",
	.shape = SHAPE_CONTAINER,
	.magic = { { BOOT, 4, "\x22\x11\x19\x68" },
		   { BOOT, 4, "\x68\x19\x11\x22" },
		   { 0, 4, "\x22\x11\x19\x68" },
		   { 0, 4, "\x68\x19\x11\x22" } },
	.probe = probe,
	.list = list,
	.load = load,
};
