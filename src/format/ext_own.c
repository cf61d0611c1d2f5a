/* ext_own.c - what the bytes of an ext2, ext3 or ext4 are that belong to no content: superblock and
 * its copies field by field here; groups, inodes and maps in files of their own. Whatever no
 * inode and no table uses is fill. */
#include "base/hash.h"
#include "format/ext.h"
#include "format/own.h"

#define SUPER       1024
#define SUPER_SIZE  1024
#define DAY         86400
#define JOURNAL     8
#define HAS_JOURNAL 4 /* of the compatible features */
#define GDT_CSUM    0x10
#define METADATA    0x400
#define CSUM_SEED   0x2000
#define SPARSE      0x1
#define FLEX_BG     0x200
#define RESIZE      7
#define SPARSE2     0x200
#define JNL_BACKUP  0x10c
#define SUPER_CRC   0x3fc

/* Journal, attributes, growth, hashed directories, two copies of the superblock. */
#define LAYOUT_COMPAT 0x23cu
/* Kinds in directories, groups of descriptors, extents, 64 bits, flexible groups, attributes in
 * inodes, a seed of checksums, large directories. */
#define LAYOUT_INCOMPAT 0x66d2u
/* Few copies, large files, huge files, checksums of groups, many links, inodes with more. */
#define LAYOUT_RO 0x47bu

uint32_t ext_inode_seed(const struct ext_owning *x, const struct ext_inode *i)
{
	uint8_t number[4];

	for (int k = 0; k < 4; k++)
		number[k] = (uint8_t)(i->number >> 8 * k);
	return crc32c_update(crc32c_update(x->seed, (struct span){ number, 4 }),
			     span_sub(i->raw, 100, 4));
}

bool ext_take(struct ext_owning *x, uint64_t block, uint64_t count)
{
	bool free = block < x->blocks && count <= x->blocks - block;

	for (uint64_t k = block; free && k < block + count; k++)
		if (x->used[k])
			free = false;
	if (block < x->blocks && count <= x->blocks - block)
		memset(x->used + block, 1, count);
	return free;
}

/* -- superblock -- */

static bool free_counts_hold(const struct ext_owning *x, struct span s)
{
	const struct ext *fs = x->fs;
	uint64_t blocks = 0, inodes = 0;

	for (uint32_t g = 0; g < fs->groups; g++) {
		struct span d = span_sub(fs->in, ext_descriptor_at(fs, g), fs->descriptor_size);

		blocks += span_u16(d, 12, false);
		inodes += span_u16(d, 14, false);
		if (fs->descriptor_size >= 64) {
			blocks += (uint64_t)span_u16(d, 0x2c, false) << 16;
			inodes += (uint64_t)span_u16(d, 0x2e, false) << 16;
		}
	}
	return span_u32(s, 12, false) == (uint32_t)blocks && span_u32(s, 16, false) == inodes;
}

/* Map and size of the journal, kept for repair. */
static bool journal_backup_holds(const struct ext_owning *x, struct span s)
{
	struct ext_inode i;

	if (is_one_byte(span_sub(s, JNL_BACKUP, 68)) && span_byte(s, JNL_BACKUP) == 0)
		return true;
	return ext_inode_read(x->fs, JOURNAL, &i).kind == FAULT_NONE &&
	       span_equal(i.block, span_sub(s, JNL_BACKUP, 60)) &&
	       i.size == ((uint64_t)span_u32(s, JNL_BACKUP + 60, false) << 32 |
			  span_u32(s, JNL_BACKUP + 64, false));
}

/* Nothing, or so many hundredths of all. */
static bool reserve_holds(const struct ext *fs, uint32_t reserved)
{
	uint64_t hundredths = ((uint64_t)reserved * 100 + fs->blocks - 1) / fs->blocks;

	return hundredths <= 50 && hundredths * fs->blocks / 100 == reserved;
}

/* As many blocks as a bitmap of one block can count. */
static bool groups_hold(const struct ext *fs, struct span s)
{
	return fs->blocks_per_group == fs->block_size * 8 &&
	       span_u32(s, 36, false) == fs->blocks_per_group &&
	       span_u32(s, 40, false) == fs->inodes_per_group;
}

static bool descriptor_holds(const struct ext *fs, struct span s)
{
	uint16_t size = span_u16(s, 254, false);

	return fs->incompat & INCOMPAT_64BIT ? size == 64 : size == 0 || size == 32;
}

static bool extra_holds(const struct ext *fs, uint16_t size)
{
	return fs->inode_size == 128 ? size == 0 : size == 28 || size == 32;
}

/* Blocks of descriptors to come, as the inode that holds them counts them. */
static uint32_t kept_for_growth(const struct ext *fs)
{
	struct ext_inode i;
	struct span block;
	uint64_t at;
	uint32_t n = 0;

	if (ext_inode_read(fs, RESIZE, &i).kind)
		return 0;
	at = span_u32(i.block, 52, false);
	block = span_sub(fs->in, at && at < fs->blocks ? at * fs->block_size : UINT64_MAX,
			 fs->block_size);
	for (uint64_t k = 0; k < block.n / 4; k++)
		n += span_u32(block, 4 * k, false) != 0;
	return n;
}

/* What ext3 and ext4 have behind it. */
static void own_super_later(struct ext_owning *x, uint64_t at)
{
	const struct ext *fs = x->fs;
	struct span s = span_sub(fs->in, at, SUPER_SIZE);
	bool all = fs->blocks * fs->block_size == fs->in.n;
	uint32_t seed = span_u32(s, 0x270, false), overhead = span_u32(s, 0x248, false);
	bool crc = span_u32(s, SUPER_CRC, false) ==
		   (x->is_summed ? crc32c_update(UINT32_MAX, span_head(s, SUPER_CRC)) : 0);
	const struct own_field fields[] = {
		{ JNL_BACKUP, 68, own_if(journal_backup_holds(x, s), OWN_STRUCTURE),
		  "journal backup" },
		{ 0x150, 12,
		  own_if(all && is_zero(span_sub(s, 0x154, 8)) &&
				 (fs->incompat & INCOMPAT_64BIT || is_zero(span_sub(s, 0x150, 4))),
			 OWN_STRUCTURE),
		  "block counts, high" },
		{ 0x15c, 4,
		  own_if(extra_holds(fs, span_u16(s, 0x15c, false)) &&
				 extra_holds(fs, span_u16(s, 0x15e, false)),
			 OWN_STRUCTURE),
		  "extra inode size" },
		{ 0x160, 4, OWN_DATA, "flags" },
		{ 0x164, 2, OWN_PACKING, "stride" },
		{ 0x166, 10, OWN_DATA, "protection from two mounts" },
		{ 0x170, 4, OWN_PACKING, "stripe width" },
		{ 0x174, 2,
		  own_if(span_byte(s, 0x174) <= (fs->incompat & FLEX_BG ? 16 : 0) &&
				 span_byte(s, 0x175) <= (x->is_summed ? 1 : 0),
			 OWN_STRUCTURE),
		  "flexible groups, checksum" },
		{ 0x176, 1, OWN_DATA, "encryption" },
		{ 0x178, 8, OWN_COUNTER, "kilobytes written" },
		{ 0x180, 200, OWN_DATA, "snapshots, errors, mount options, quota" },
		{ 0x248, 4, own_if(overhead <= fs->blocks, OWN_COUNTER), "overhead" },
		{ 0x24c, 36, OWN_DATA, "copies, encryption" },
		{ 0x270, 4, own_if(fs->incompat & CSUM_SEED || seed == 0, OWN_IDENTIFIER),
		  "checksum seed" },
		{ 0x274, 16, OWN_DATA, "high times, encoding, orphan file" },
		{ SUPER_CRC, 4, own_if(crc, OWN_CHECKSUM), "CRC32C" },
	};

	OWN_FIELDS(x->out, at, fields);
	own_add(x->out, at + 0x177, 1, OWN_FILL, "unused");
	own_add(x->out, at + 0x284, SUPER_CRC - 0x284, OWN_FILL, "unused");
}

/* The second quarter: the journal, hashes, growth. */
static void own_super_journal(struct ext_owning *x, uint64_t at)
{
	const struct ext *fs = x->fs;
	struct span s = span_sub(fs->in, at, SUPER_SIZE);
	uint32_t journal = span_u32(s, 224, false);
	const struct own_field fields[] = {
		{ 200, 6, OWN_DATA, "algorithms" },
		{ 206, 2, own_if(span_u16(s, 206, false) == kept_for_growth(fs), OWN_STRUCTURE),
		  "reserved descriptor blocks" },
		{ 208, 16, OWN_IDENTIFIER, "journal UUID" },
		{ 224, 4,
		  own_if(journal == (fs->compat & HAS_JOURNAL ? JOURNAL : 0), OWN_STRUCTURE),
		  "journal inode" },
		{ 228, 4, OWN_DATA, "journal device" },
		{ 232, 4, own_if(span_u32(s, 232, false) == 0, OWN_STRUCTURE), "orphans" },
		{ 236, 16, OWN_IDENTIFIER, "hash seed" },
		{ 252, 1, OWN_DATA, "hash" },
		{ 253, 1, own_if(span_byte(s, 253) <= 1, OWN_STRUCTURE), "kind of journal backup" },
		{ 254, 2, own_if(descriptor_holds(fs, s), OWN_STRUCTURE), "descriptor size" },
		{ 256, 4, OWN_DATA, "mount options" },
		{ 260, 4,
		  own_if(fs->incompat & INCOMPAT_META_BG || fs->first_meta_bg == 0, OWN_STRUCTURE),
		  "first meta group" },
	};

	OWN_FIELDS(x->out, at, fields);
}

/* Features that say how it is laid out, all of which is read. Others change what a kernel does with
 * the same files: who may use how much, how names are looked up, what is encrypted or verified. */
static bool are_layout(struct span s)
{
	return (span_u32(s, 92, false) & ~LAYOUT_COMPAT) == 0 &&
	       (span_u32(s, 96, false) & ~LAYOUT_INCOMPAT) == 0 &&
	       (span_u32(s, 100, false) & ~LAYOUT_RO) == 0;
}

static void own_super(struct ext_owning *x, uint64_t at, uint32_t group)
{
	const struct ext *fs = x->fs;
	struct span s = span_sub(fs->in, at, SUPER_SIZE);
	enum own sizes = own_if(fs->blocks * fs->block_size == fs->in.n, OWN_STRUCTURE);
	enum own counts = own_if(free_counts_hold(x, s), OWN_STRUCTURE);
	const struct own_field fields[] = {
		{ 0, 4,
		  own_if((uint64_t)fs->groups * fs->inodes_per_group == fs->inodes, OWN_STRUCTURE),
		  "inode count" },
		{ 4, 4, sizes, "block count" },
		{ 8, 4, own_if(reserve_holds(fs, span_u32(s, 8, false)), OWN_STRUCTURE),
		  "reserved blocks" },
		{ 12, 8, counts, "free counts" },
		{ 20, 8, OWN_STRUCTURE, "block size" },
		{ 28, 4, own_if(span_u32(s, 28, false) == span_u32(s, 24, false), OWN_STRUCTURE),
		  "cluster size" },
		{ 32, 12, own_if(groups_hold(fs, s), OWN_STRUCTURE), "group size" },
		{ 52, 2, OWN_COUNTER, "mount count" },
		{ 54, 2, OWN_DATA, "mounts between checks" },
		{ 56, 2, OWN_STRUCTURE, "magic" },
		/* That it was left in order is said in the first one alone. */
		{ 58, 2, own_if(group && span_u16(s, 58, false) == 0, OWN_STRUCTURE), "state" },
		{ 60, 4, OWN_DATA, "errors, revision" },
		{ 68, 12, OWN_DATA, "check interval, system, revision" },
		{ 80, 8, OWN_DATA, "reserved owner, first inode" },
		{ 88, 2, OWN_STRUCTURE, "inode size" },
		{ 90, 2, own_if(span_u16(s, 90, false) == group, OWN_STRUCTURE), "group number" },
		{ 104, 16, OWN_IDENTIFIER, "UUID" },
		{ 120, 16, own_label(span_sub(s, 120, 16)), "volume name" },
		{ 136, 64, OWN_DATA, "last mount point" },
	};
	static const struct {
		uint16_t at;
		const char *name;
	} times[] = { { 44, "mount time" },
		      { 48, "write time" },
		      { 64, "check time" },
		      { 264, "mkfs time" } };

	OWN_FIELDS(x->out, at, fields);
	own_super_journal(x, at);
	/* Whether there is a journal is told by the number of its inode. */
	own_add(x->out, at + 92, 12, own_if(are_layout(s), OWN_PACKING), "features");
	if (x->out->n)
		x->out->p[x->out->n - 1].told = HAS_JOURNAL;
	for (size_t k = 0; k < sizeof(times) / sizeof(times[0]); k++)
		own_time(x->out, at + times[k].at, 4, times[k].name,
			 span_u32(s, times[k].at, false));
	own_super_later(x, at);
}

/* What a copy repeats says nothing, however many copies there are; where it does not, it is
 * compared field by field with its counterpart, as the first one is. */
static void own_super_copy(struct ext_owning *x, uint64_t at, uint32_t group)
{
	size_t before = x->out->n;

	own_super(x, at, group);
	for (size_t k = before; k < x->out->n; k++) {
		struct own_stretch *s = &x->out->p[k];
		struct span first = span_sub(x->fs->in, s->offset - at + SUPER, s->length);

		if ((s->own == OWN_DATA || s->own == OWN_PACKING) &&
		    span_equal(first, span_sub(x->fs->in, s->offset, s->length)))
			s->own = OWN_STRUCTURE;
	}
}

static bool group_has_copy(const struct ext *fs, uint32_t group)
{
	struct span s = span_sub(fs->in, SUPER, SUPER_SIZE);

	if (fs->compat & SPARSE2)
		return group == span_u32(s, 0x24c, false) || group == span_u32(s, 0x250, false);
	return !(fs->ro_compat & SPARSE) || ext_has_copy(group);
}

/* Copies of the superblock, and of the descriptors behind them. */
static void own_copies(struct ext_owning *x)
{
	const struct ext *fs = x->fs;
	uint64_t table =
		(fs->groups * (uint64_t)fs->descriptor_size + fs->block_size - 1) / fs->block_size;
	uint64_t first = fs->first_block + 1ull;
	struct span primary = span_sub(fs->in, first * fs->block_size, table * fs->block_size);
	bool is_meta = fs->incompat & INCOMPAT_META_BG;

	for (uint32_t g = 1; g < fs->groups; g++) {
		uint64_t block = (uint64_t)g * fs->blocks_per_group + fs->first_block;
		uint64_t at = block * fs->block_size;

		if (!group_has_copy(fs, g) || block >= x->blocks ||
		    span_sub(fs->in, at, SUPER_SIZE).n == 0)
			continue;
		ext_take(x, block, 1);
		own_super_copy(x, at, g);
		if (is_meta || table >= x->blocks - block)
			continue;
		ext_take(x, block + 1, table);
		own_add(x->out, at + fs->block_size, table * fs->block_size,
			own_if(span_equal(primary, span_sub(fs->in, at + fs->block_size,
							    table * fs->block_size)),
			       OWN_STRUCTURE),
			"group descriptors");
	}
}

/* -- names -- */

static bool count_names(struct ext_owning *x)
{
	const struct listing *l = x->l;

	for (uint32_t k = 0; k < l->count; k++) {
		const struct entry *e = &l->entries[k];
		uint64_t number = e->key[0];
		uint64_t parent = e->parent == NO_ENTRY ? 2 : l->entries[e->parent].key[0];

		if (e->fault.kind || number < 1 || number > x->inodes || parent > x->inodes)
			return false;
		x->names[number]++;
		x->parents[number] = (uint32_t)parent;
		x->entries[number] = k + 1;
		if (e->kind == KIND_DIRECTORY && e->parent != NO_ENTRY)
			x->subdirs[parent]++;
	}
	return true;
}

static bool prepare(struct ext_owning *x)
{
	const struct ext *fs = x->fs;
	struct span s = span_sub(fs->in, SUPER, SUPER_SIZE);
	uint64_t most = fs->in.n / fs->inode_size;
	uint32_t wrote = span_u32(s, 48, false), made = span_u32(s, 264, false);

	x->blocks = fs->in.n / fs->block_size;
	if (x->blocks > fs->blocks)
		x->blocks = fs->blocks;
	x->inodes = fs->inodes < most ? fs->inodes : (uint32_t)most;
	x->steps = fs->in.n / 2 + 4096;
	x->used = arena_take(x->arena, x->blocks + 1, 1);
	x->names = arena_take(x->arena, x->inodes + 1ull, sizeof(uint32_t));
	x->subdirs = arena_take(x->arena, x->inodes + 1ull, sizeof(uint32_t));
	x->parents = arena_take(x->arena, x->inodes + 1ull, sizeof(uint32_t));
	x->entries = arena_take(x->arena, x->inodes + 1ull, sizeof(uint32_t));
	x->shared = arena_take(x->arena, x->inodes + 1ull, sizeof(uint64_t));
	x->directories = arena_take(x->arena, fs->groups, sizeof(uint32_t));
	x->is_summed = fs->ro_compat & METADATA;
	x->is_old_summed = !x->is_summed && fs->ro_compat & GDT_CSUM;
	x->seed = fs->incompat & CSUM_SEED ? span_u32(s, 0x270, false)
					   : crc32c_update(UINT32_MAX, span_sub(s, 104, 16));
	x->earliest = (int64_t)made - 366 * DAY;
	x->latest = (wrote > made ? wrote : made) + DAY;
	return x->used && x->names && x->subdirs && x->parents && x->entries && x->shared &&
	       x->directories;
}

/* As many groups as the container has room for: the work is about what there is. */
static bool groups_fit(const struct ext *fs)
{
	uint64_t blocks = fs->in.n / fs->block_size;

	return fs->blocks <= blocks && fs->groups <= blocks / fs->blocks_per_group + 1 &&
	       fs->inodes_per_group <= fs->block_size * 8;
}

void ext_own(const struct listing *l, struct own_list *out)
{
	struct own_map contents = { .out = out };
	struct ext_owning x = {
		.l = l, .fs = l->state, .out = out, .contents = &contents, .arena = out->arena
	};
	bool ok;

	if (!x.fs)
		return;
	ok = groups_fit(x.fs) && prepare(&x) && l->fault.kind == FAULT_NONE && count_names(&x);
	if (!ok) { /* nothing of it is proved */
		own_add(out, 0, l->in.n, OWN_DATA, "file system");
		return;
	}
	own_add(out, 0, SUPER, OWN_FILL, "boot block");
	if (x.fs->block_size > 2 * SUPER)
		own_add(out, 2 * SUPER, x.fs->block_size - 2 * SUPER, OWN_FILL, "unused");
	ext_take(&x, 0, 1);
	if (x.fs->block_size == SUPER)
		ext_take(&x, 1, 1);
	own_super(&x, SUPER, 0);
	own_copies(&x);
	ext_take_groups(&x);
	ext_own_inodes(&x);
	ext_own_groups(&x);
	own_finish(&contents, l->in.n, "free blocks");
}

/* -- where contents stand -- */

static bool add_stretch(void *ctx, struct span bytes, uint64_t length)
{
	struct storage *s = ctx;

	storage_number(s, bytes.n ? 1 : 0);
	storage_number(s, length);
	if (bytes.n)
		storage_add(s, bytes);
	return bytes.n == 0 || bytes.n == length;
}

/* Neighbouring stretches are told apart: the same content in other pieces has other parameters,
 * which costs a comparison and no more. */
bool ext_stored(const struct listing *l, const struct entry *e, struct storage *out)
{
	struct ext_visitor v = { add_stretch, out, NULL };
	struct ext_inode i;

	if (!l->state || e->kind != KIND_FILE || e->fault.kind || e->encrypted ||
	    ext_inode_read(l->state, (uint32_t)e->key[0], &i).kind ||
	    i.flags & (INODE_INLINE | INODE_ENCRYPT))
		return false;
	storage_text(out, "plain");
	storage_number(out, i.size);
	return ext_walk(l->state, &i, v).kind == FAULT_NONE;
}
