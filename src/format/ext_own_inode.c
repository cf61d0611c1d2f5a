/* ext_own_inode.c - inodes and directories of ext: whether they hold what the entries say and what
 * follows from that, and nothing else. */
#include <stdlib.h>

#include "base/hash.h"
#include "format/ext.h"
#include "format/own.h"

#define RESIZE       7
#define JOURNAL      8
#define FIRST_INODE  11
#define OLD_SIZE     128
#define FILETYPE     0x2
#define HUGE_FILE    0x40000
#define TAIL         12
#define TAIL_TYPE    0xde
#define BILLION      1000000000u
#define ORPHAN_FILE  0x1000
#define ORPHAN_MAGIC 0x0b10ca04u
#define JOURNAL_SUM  0xfc

/* Flags that are ways of storing. */
#define PLAIN_FLAGS (INODE_EXTENTS | INODE_INLINE)
#define IS_INDEXED  0x1000u

bool ext_in_use(const struct ext_owning *x, uint32_t number)
{
	return number < FIRST_INODE || (number <= x->inodes && x->entries[number]) ||
	       (x->fs->compat & ORPHAN_FILE && number == span_u32(x->fs->in, 1024 + 0x280, false));
}

static int64_t full_time(uint32_t time, uint32_t extra)
{
	return (int32_t)time + ((int64_t)(extra & 3) << 32);
}

static bool time_holds(struct ext_owning *x, const struct ext_inode *i, uint32_t time,
		       uint32_t extra)
{
	int64_t full = full_time(time, extra);

	if (extra >> 2 >= BILLION || (!is_likely_time(full) && full != i->mtime))
		return false;
	x->far_times |= full != 0 && full != i->mtime && (full < x->earliest || full > x->latest);
	return true;
}

static bool times_hold(struct ext_owning *x, const struct ext_inode *i, uint32_t extra)
{
	bool has = extra >= 24;
	struct span r = i->raw;

	if (span_u32(r, 20, false) != 0 || (has && span_u32(r, 136, false) >> 2 >= BILLION))
		return false;
	return time_holds(x, i, span_u32(r, 8, false), has ? span_u32(r, 140, false) : 0) &&
	       time_holds(x, i, span_u32(r, 12, false), has ? span_u32(r, 132, false) : 0) &&
	       (!has || time_holds(x, i, span_u32(r, 144, false), span_u32(r, 148, false)));
}

/* Over all of the record with its own fields zero. */
static bool sum_holds(const struct ext_owning *x, const struct ext_inode *i, uint32_t extra)
{
	static const uint8_t zero[2];
	bool wide = extra >= 4;
	uint32_t have = span_u16(i->raw, 124, false), sum = ext_inode_seed(x, i);

	have |= wide ? (uint32_t)span_u16(i->raw, 130, false) << 16 : 0;
	if (!x->is_summed)
		return have == 0;
	sum = crc32c_update(sum, span_sub(i->raw, 0, 124));
	sum = crc32c_update(sum, (struct span){ zero, 2 });
	sum = crc32c_update(sum, span_sub(i->raw, 126, OLD_SIZE - 126));
	if (i->raw.n > OLD_SIZE) {
		sum = crc32c_update(sum, span_sub(i->raw, OLD_SIZE, 2));
		sum = crc32c_update(sum,
				    wide ? (struct span){ zero, 2 } : span_sub(i->raw, 130, 2));
		sum = crc32c_update(sum, span_from(i->raw, 132));
	}
	return have == (wide ? sum : sum & 0xffff);
}

/* What all inodes have, shown or not. */
static bool base_holds(struct ext_owning *x, const struct ext_inode *i, uint64_t links,
		       uint64_t taken)
{
	struct span r = i->raw;
	uint32_t extra = r.n > OLD_SIZE ? span_u16(r, OLD_SIZE, false) : 0;
	uint64_t blocks = span_u32(r, 28, false) | (uint64_t)span_u16(r, 116, false) << 32;

	if (i->file_acl) {
		x->shared[x->shared_count++] = i->file_acl;
		taken++;
	}
	if (extra > r.n - OLD_SIZE || extra % 4 || extra > 32 || (extra > 0 && extra < 28))
		return false;
	return span_u16(r, 26, false) == links && blocks == taken * (x->fs->block_size / 512) &&
	       !(i->flags & ~(PLAIN_FLAGS | ((i->mode & 0170000) == 0040000 ? IS_INDEXED : 0))) &&
	       span_u32(r, 36, false) <= 1 && span_u32(r, 100, false) == 0 &&
	       span_u32(r, 112, false) == 0 && span_u16(r, 126, false) == 0 &&
	       times_hold(x, i, extra) && sum_holds(x, i, extra) &&
	       is_zero(span_sub(r, 152, extra > 24 ? extra - 24u : 0)) && ext_xattr_inode_holds(i);
}

/* -- directories -- */

static bool record_holds(const struct ext_owning *x, const struct ext_inode *i, uint64_t logical,
			 struct span block, uint64_t at, uint32_t length)
{
	static const uint8_t types[] = {
		[KIND_FILE] = 1,        [KIND_HARDLINK] = 1,     [KIND_DIRECTORY] = 2,
		[KIND_CHAR_DEVICE] = 3, [KIND_BLOCK_DEVICE] = 4, [KIND_FIFO] = 5,
		[KIND_SOCKET] = 6,      [KIND_SYMLINK] = 7,
	};
	uint32_t number = span_u32(block, at, false);
	uint8_t n = (uint8_t)span_byte(block, at + 6), type = (uint8_t)span_byte(block, at + 7);
	struct span name = span_sub(block, at + 8, n);

	if (number == 0)
		return n == 0 && type == 0 && is_zero(span_sub(block, at + 8, length - 8));
	if (n == 0 || n + 8u > length || number > x->inodes || !x->entries[number] ||
	    !is_zero(span_sub(block, at + 8 + n, length - 8 - n)))
		return false;
	if (type !=
	    (x->fs->incompat & FILETYPE ? types[x->l->entries[x->entries[number] - 1].kind] : 0))
		return false;
	if (!is_dot(name))
		return true;
	return logical == 0 && (n == 1 ? at == 0 && number == i->number
				       : at == 12 && number == x->parents[i->number]);
}

static bool tail_holds(const struct ext_owning *x, const struct ext_inode *i, struct span block)
{
	struct span tail = span_from(block, block.n - TAIL);

	return span_u32(tail, 0, false) == 0 && span_u16(tail, 4, false) == TAIL &&
	       span_byte(tail, 6) == 0 && span_byte(tail, 7) == TAIL_TYPE &&
	       span_u32(tail, 8, false) ==
		       crc32c_update(ext_inode_seed(x, i), span_head(block, block.n - TAIL));
}

static void own_directory(struct ext_owning *x, const struct ext_inode *i, uint64_t logical,
			  struct span block)
{
	uint64_t at = 0, end = block.n - (x->is_summed ? TAIL : 0);
	bool holds = !x->is_summed || tail_holds(x, i, block);

	while (holds && at + 8 <= end) {
		uint32_t length = span_u16(block, at + 4, false);

		if (length == 65535 || length == 0)
			length = 65536;
		holds = length >= 8 && length % 4 == 0 && length <= end - at &&
			record_holds(x, i, logical, block, at, length);
		at += length;
	}
	own_add(x->out, span_place(x->fs->in, block), block.n,
		own_if(holds && at == end, OWN_STRUCTURE), "directory");
}

/* -- inodes that are shown -- */

static void own_target(struct ext_owning *x, const struct ext_inode *i, uint64_t logical,
		       struct span block)
{
	uint64_t at = span_place(x->fs->in, block), n = i->size < block.n ? i->size : block.n;

	own_add(x->out, at, n, own_if(logical == 0, OWN_STRUCTURE), "link target");
	own_add(x->out, at + n, block.n - n, OWN_FILL, "behind the end of a file");
}

static bool device_holds(const struct ext_inode *i)
{
	uint32_t old = span_u32(i->block, 0, false);

	return old <= 0xffff && (old == 0 || span_u32(i->block, 4, false) == 0) &&
	       is_zero(span_from(i->block, 8)) && i->size == 0;
}

static bool shown_holds(struct ext_owning *x, const struct ext_inode *i, const struct entry *e)
{
	uint64_t links = x->names[i->number], taken = 0;
	bool holds = true;

	switch (e->kind) {
	case KIND_DIRECTORY:
		links = 2ull + x->subdirs[i->number];
		holds = !(i->flags & INODE_INLINE) && i->size % x->fs->block_size == 0;
		if (holds)
			taken = ext_own_map(x, i, own_directory, &holds);
		break;
	case KIND_FILE:
	case KIND_HARDLINK:
		if (i->flags & INODE_INLINE)
			holds = is_zero(span_from(i->block, i->size < 60 ? i->size : 60));
		else
			taken = ext_own_map(x, i, NULL, &holds);
		break;
	case KIND_SYMLINK:
		if (i->flags & INODE_INLINE)
			holds = false;
		else if (i->size < 60 && !(i->flags & INODE_EXTENTS))
			holds = is_zero(span_from(i->block, i->size));
		else
			taken = ext_own_map(x, i, own_target, &holds);
		holds &= e->target.n == i->size;
		break;
	case KIND_CHAR_DEVICE:
	case KIND_BLOCK_DEVICE:
		holds = device_holds(i);
		break;
	default:
		holds = is_zero(i->block) && i->size == 0;
	}
	return base_holds(x, i, links, taken) && holds;
}

/* -- the file system's own -- */

/* Nothing is to be recovered, no error is noted, and only features of its own format are set
 * (linux/jbd2.h: checksums, 64-bit numbers, revocations, fast commits). */
static bool is_clean_journal(struct span s)
{
	return is_zero(span_sub(s, 28, 8)) && span_u32(s, 36, true) <= 1 &&
	       span_u32(s, 40, true) <= 0x3f && span_u32(s, 44, true) == 0;
}

/* One user at the most, a kind of checksum, and its checksum; nothing else. */
static bool journal_rest_holds(struct span s)
{
	return span_u32(s, 64, true) <= 1 && is_zero(span_sub(s, 68, 12)) &&
	       span_byte(s, 80) <= 4 && is_zero(span_sub(s, 81, 252 - 81)) &&
	       (span_u32(s, 252, true) == 0 || span_byte(s, 80) == 4) &&
	       is_zero(span_sub(s, 256, 1024 - 256));
}

/* The journal of a clean file system is read by nobody; what it recovered last stays in it. */
static void own_journal(struct ext_owning *x, const struct ext_inode *i, uint64_t logical,
			struct span block)
{
	uint64_t at = span_place(x->fs->in, block);
	struct span s = span_head(block, 1024);
	bool starts = span_u32(s, 0, true) == 0xc03b3998 && span_u32(s, 4, true) == 4 &&
		      span_u32(s, 8, true) == 0 && span_u32(s, 12, true) == block.n &&
		      span_u32(s, 16, true) == i->size / block.n;

	if (logical) {
		own_add(x->out, at, block.n, OWN_FILL, "journal");
		return;
	}
	own_add(x->out, at, 20, own_if(starts, OWN_STRUCTURE), "journal superblock");
	own_add(x->out, at + 20, 4, own_if(span_u32(s, 20, true) == 1, OWN_STRUCTURE),
		"journal superblock");
	own_add(x->out, at + 24, 4, OWN_COUNTER, "journal sequence");
	own_add(x->out, at + 28, 20, own_if(is_clean_journal(s), OWN_STRUCTURE),
		"journal superblock");
	own_add(x->out, at + 48, 16, OWN_IDENTIFIER, "journal UUID");
	own_add(x->out, at + 64, 1024 - 64, own_if(journal_rest_holds(s), OWN_STRUCTURE),
		"journal superblock");
	own_add(x->out, at + 1024, block.n - 1024, OWN_FILL, "journal");
}

static void own_orphans(struct ext_owning *x, const struct ext_inode *i, uint64_t logical,
			struct span block)
{
	uint64_t at = span_place(x->fs->in, block), n = block.n - 8;
	uint8_t number[8];
	uint32_t sum;

	(void)logical;
	for (int k = 0; k < 8; k++)
		number[k] = (uint8_t)((at / block.n) >> 8 * k);
	sum = crc32c_update(ext_inode_seed(x, i), (struct span){ number, 8 });
	sum = crc32c_update(sum, span_head(block, n));
	own_add(x->out, at, n, OWN_FILL, "orphan file");
	own_add(x->out, at + n, 8,
		own_if(span_u32(block, n, false) == ORPHAN_MAGIC &&
			       (x->is_summed ? span_u32(block, n + 4, false) == sum
					     : span_u32(block, n + 4, false) == 0),
		       OWN_STRUCTURE),
		"orphan file");
}

/* A block of descriptors that is kept free for growth lists its copies in later groups. */
static uint64_t own_reserved(struct ext_owning *x, uint64_t block)
{
	const struct ext *fs = x->fs;
	struct span s = span_sub(fs->in, block * fs->block_size, fs->block_size);
	uint64_t place = block - fs->first_block, last = block, taken = 1;
	bool holds = ext_take(x, block, 1);

	for (uint64_t k = 0; k < s.n / 4; k++) {
		uint64_t copy = span_u32(s, 4 * k, false);

		if (copy == 0)
			continue;
		holds &= copy > last && (copy - fs->first_block) % fs->blocks_per_group == place &&
			 ext_take(x, copy, 1);
		last = copy;
		taken++;
	}
	own_add(x->out, block * fs->block_size, fs->block_size, own_if(holds, OWN_STRUCTURE),
		"reserved descriptor blocks");
	return taken;
}

static bool resize_holds(struct ext_owning *x, const struct ext_inode *i)
{
	const struct ext *fs = x->fs;
	uint64_t per = fs->block_size / 4, block = span_u32(i->block, 52, false), taken = 1;
	struct span s = span_sub(fs->in, block * fs->block_size, fs->block_size);
	bool holds = is_zero(span_head(i->block, 52)) && is_zero(span_from(i->block, 56)) &&
		     i->size == (per * per + per + 12) * fs->block_size && i->mode == 0100600 &&
		     i->uid == 0 && i->gid == 0;

	if (block == 0 || block >= x->blocks)
		return false;
	holds &= ext_take(x, block, 1);
	for (uint64_t k = 0; k < s.n / 4; k++) {
		uint64_t next = span_u32(s, 4 * k, false);

		if (next == 0)
			continue;
		if (next <= fs->first_block || next >= x->blocks ||
		    (next - fs->first_block - 1) % per != k || next > fs->blocks_per_group) {
			holds = false;
			break;
		}
		taken += own_reserved(x, next);
	}
	own_add(x->out, block * fs->block_size, fs->block_size, own_if(holds, OWN_STRUCTURE),
		"reserved descriptor blocks");
	return base_holds(x, i, 1, taken) && holds;
}

/* An inode that nothing shows, and that is not free. */
static bool hidden_holds(struct ext_owning *x, const struct ext_inode *i)
{
	bool is_orphans = x->fs->compat & ORPHAN_FILE &&
			  i->number == span_u32(x->fs->in, 1024 + 0x280, false);
	bool holds = i->mode == 0100600 && i->uid == 0 && i->gid == 0;
	uint64_t taken;

	if (i->number == RESIZE && i->mode)
		return resize_holds(x, i);
	if ((i->number == JOURNAL || is_orphans) && i->mode && i->size) {
		taken = ext_own_map(x, i, is_orphans ? own_orphans : own_journal, &holds);
		return base_holds(x, i, 1, taken) && holds;
	}
	/* Reserved numbers are free, but may bear a time and a checksum. */
	return i->mode == 0 && i->uid == 0 && i->gid == 0 && i->size == 0 && i->file_acl == 0 &&
	       is_likely_time(i->mtime) && is_zero(i->block) && base_holds(x, i, 0, 0);
}

static int by_number(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

/* Blocks of attributes, each with the number of inodes that use it. */
static void own_shared(struct ext_owning *x)
{
	if (x->shared_count)
		qsort(x->shared, x->shared_count, sizeof(*x->shared), by_number);
	for (uint32_t k = 0, n; k < x->shared_count; k += n) {
		uint64_t block = x->shared[k];
		bool holds;

		for (n = 1; k + n < x->shared_count && x->shared[k + n] == block;)
			n++;
		if (block >= x->blocks)
			continue;
		holds = ext_take(x, block, 1) && ext_xattr_block_holds(x, block, n);
		own_add(x->out, block * x->fs->block_size, x->fs->block_size,
			own_if(holds, OWN_STRUCTURE), "extended attributes");
	}
}

/* Times that do not follow from those of the file system are told one by one (ext4.h, struct
 * ext4_inode). */
static void own_with_times(struct ext_owning *x, const struct ext_inode *i, uint64_t at)
{
	static const struct {
		uint16_t at, extra, seconds;
		const char *name;
	} times[] = {
		{ 8, 140, 8, "atime" },   { 12, 132, 12, "ctime" },    { 132, 132, 12, "ctime" },
		{ 140, 140, 8, "atime" }, { 144, 148, 144, "crtime" }, { 148, 148, 144, "crtime" },
	};
	struct span r = i->raw;
	bool has_extra = r.n > OLD_SIZE && span_u16(r, OLD_SIZE, false) >= 24;
	uint64_t done = 0;

	for (size_t k = 0; k < sizeof(times) / sizeof(times[0]); k++) {
		uint32_t extra = has_extra ? span_u32(r, times[k].extra, false) : 0;

		if (times[k].at >= OLD_SIZE && !has_extra)
			break;
		own_add(x->out, at + done, times[k].at - done, OWN_STRUCTURE, "inode");
		own_time(x->out, at + times[k].at, 4, times[k].name,
			 full_time(span_u32(r, times[k].seconds, false), extra));
		done = times[k].at + 4u;
	}
	own_add(x->out, at + done, r.n - done, OWN_STRUCTURE, "inode");
}

void ext_own_inodes(struct ext_owning *x)
{
	for (uint32_t n = 1; n <= x->inodes; n++) {
		struct ext_inode i;
		enum own own;
		uint64_t at;

		if (ext_inode_read(x->fs, n, &i).kind)
			continue;
		x->far_times = false;
		at = span_place(x->fs->in, i.raw);
		if (x->entries[n])
			own = own_if(shown_holds(x, &i, &x->l->entries[x->entries[n] - 1]),
				     OWN_STRUCTURE);
		else if (ext_in_use(x, n) && !is_zero(i.raw))
			own = own_if(hidden_holds(x, &i), OWN_STRUCTURE);
		else
			own = OWN_FILL;
		if (x->entries[n] && x->l->entries[x->entries[n] - 1].kind == KIND_DIRECTORY)
			x->directories[(n - 1) / x->fs->inodes_per_group]++;
		if (own == OWN_STRUCTURE && x->far_times)
			own_with_times(x, &i, at);
		else
			own_add(x->out, at, i.raw.n, own,
				own == OWN_FILL ? "unused inode" : "inode");
	}
	own_shared(x);
}
