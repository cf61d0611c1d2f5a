/* minix.c - MINIX file systems of versions 1, 2 and 3 in both byte orders. Sources: kernel
 * include/uapi/linux/minix_fs.h, fs/minix; MINIX 3 servers/mfs. */
#include <stdio.h>

#include "base/cursor.h"
#include "format/inodes.h"

#define SUPER     1024
#define ROOT      1
#define DIRECT    7
#define OLD_BLOCK 1024

struct variant {
	uint16_t magic;
	uint8_t version, name, inode, record, pointer; /* bytes */
};

static const struct variant variants[] = {
	{ 0x137f, 1, 14, 32, 16, 2 }, { 0x138f, 1, 30, 32, 32, 2 }, { 0x2468, 2, 14, 64, 16, 4 },
	{ 0x2478, 2, 30, 64, 32, 4 }, { 0x4d5a, 3, 60, 64, 64, 4 },
};

struct minix {
	struct span in;
	const struct variant *v;
	bool big;
	uint32_t inodes, zones, inode_maps, zone_maps, first_zone, block, zone_shift;
	uint64_t table; /* of inodes */
};

static bool find_variant(struct minix *fs)
{
	for (size_t i = 0; i < sizeof(variants) / sizeof(variants[0]); i++)
		for (int big = 0; big < 2; big++) {
			uint64_t at = SUPER + (variants[i].version == 3 ? 24 : 16);

			if (span_u16(fs->in, at, big) != variants[i].magic)
				continue;
			fs->v = &variants[i];
			fs->big = big;
			return true;
		}
	return false;
}

static void read_fields(struct minix *fs)
{
	struct cursor c = { .in = fs->in, .at = SUPER };
	bool third = fs->v->version == 3;

	fs->inodes = third ? cursor_u32(&c, fs->big) : cursor_u16(&c, fs->big);
	fs->zones = cursor_u16(&c, fs->big); /* in version 3 nothing */
	fs->inode_maps = cursor_u16(&c, fs->big);
	fs->zone_maps = cursor_u16(&c, fs->big);
	fs->first_zone = cursor_u16(&c, fs->big);
	fs->zone_shift = cursor_u16(&c, fs->big);
	if (fs->v->version > 1)
		fs->zones = span_u32(fs->in, SUPER + 20, fs->big);
	fs->block = third ? span_u16(fs->in, SUPER + 28, fs->big) : OLD_BLOCK;
	fs->table = (2ull + fs->inode_maps + fs->zone_maps) * fs->block;
}

/* The maps have a bit for each inode and zone, and one more. */
static bool maps_fit(const struct minix *fs)
{
	uint64_t bits = fs->block * 8ull;

	return fs->inode_maps * bits > fs->inodes &&
	       fs->zone_maps * bits > fs->zones - fs->first_zone;
}

static struct fault read_super(struct span in, struct minix *fs)
{
	uint64_t table_end;

	*fs = (struct minix){ .in = in };
	if (in.n < SUPER + 32)
		return fault_at(FAULT_SHORT, SUPER, "superblock", in.n, SUPER + 32);
	if (!find_variant(fs))
		return fault_at(FAULT_UNKNOWN, SUPER + 16, "MINIX magic", 0, 0);
	read_fields(fs);
	if (fs->block < 1024 || fs->block & (fs->block - 1))
		return fault_at(FAULT_BROKEN, SUPER + 28, "block size", fs->block, 32768);
	if (fs->zone_shift)
		return fault_at(FAULT_UNKNOWN, SUPER + 10, "blocks of a zone", fs->zone_shift, 0);
	table_end = fs->table + fs->inodes * (uint64_t)fs->v->inode;
	if (fs->inodes == 0 || fs->zones <= fs->first_zone ||
	    fs->first_zone < (table_end + fs->block - 1) / fs->block)
		return fault_at(FAULT_BROKEN, SUPER + 8, "first zone", fs->first_zone, fs->zones);
	if (!maps_fit(fs))
		return fault_at(FAULT_BROKEN, SUPER + 4, "blocks of the maps", fs->inode_maps,
				fs->zone_maps);
	return fine;
}

/* Pointer k of an inode or of a block of them. */
static uint32_t pointer(const struct minix *fs, struct span from, uint64_t k)
{
	return fs->v->pointer == 2 ? span_u16(from, k * 2, fs->big)
				   : span_u32(from, k * 4, fs->big);
}

static struct fault read_inode(const void *state, const uint64_t key[2], struct inode *i)
{
	const struct minix *fs = state;
	uint64_t number = key[0], at = fs->table + (number - 1) * fs->v->inode;
	struct cursor c = { .in = span_sub(fs->in, at, fs->v->inode) };
	bool first = fs->v->version == 1;

	if (number < 1 || number > fs->inodes)
		return fault_at(FAULT_BROKEN, fs->table, "inode number", number, fs->inodes);
	i->at = at;
	i->mode = cursor_u16(&c, fs->big);
	if (!first)
		cursor_skip(&c, 2); /* links */
	i->uid = cursor_u16(&c, fs->big);
	if (!first)
		i->gid = cursor_u16(&c, fs->big);
	i->size = cursor_u32(&c, fs->big);
	if (!first)
		cursor_skip(&c, 4); /* time of access */
	i->mtime = cursor_u32(&c, fs->big);
	if (first)
		i->gid = cursor_u8(&c);
	cursor_skip(&c, first ? 1 : 4);
	i->own = span_from(c.in, c.at);
	i->major = pointer(fs, i->own, 0) >> 8 & 0xff;
	i->minor = pointer(fs, i->own, 0) & 0xff;
	if (c.ran_out)
		return fault_at(FAULT_SHORT, at, "inode", fs->in.n, at + fs->v->inode);
	return fine;
}

static struct fault probe(struct span in, struct found *f)
{
	struct minix fs;
	struct inode root = { 0 };
	struct fault bad = read_super(in, &fs);
	uint64_t at, length;

	if (bad.kind == FAULT_NONE)
		bad = read_inode(&fs, (const uint64_t[]){ ROOT, 0 }, &root);
	if (bad.kind)
		return bad;
	if ((root.mode & 0170000) != 0040000 || root.size < fs.v->record)
		return fault_at(FAULT_BROKEN, fs.table, "root inode", root.mode, 0040000);
	/* Two bytes of magic ask for more: the root begins with itself. */
	at = (uint64_t)pointer(&fs, root.own, 0) * fs.block;
	if (at + fs.v->record <= in.n && (span_byte(in, at + fs.v->record - fs.v->name) != '.' ||
					  span_byte(in, at + fs.v->record - fs.v->name + 1) != 0))
		return fault_at(FAULT_BROKEN, at, "root directory", 0, 0);
	length = (uint64_t)fs.zones * fs.block;
	f->len = length < in.n ? length : in.n;
	f->proof = at < in.n ? PROOF_STRUCTURE : PROOF_PLAUSIBLE;
	snprintf(f->label, sizeof(f->label), "version %u, names of %u, %s-endian", fs.v->version,
		 fs.v->name, fs.big ? "big" : "little");
	return fine;
}

/* A zone `level` levels above the data. Never deeper than three. */
static void give(const struct minix *fs, struct pieces *p, uint32_t zone, int level)
{
	uint64_t per_table = fs->block / fs->v->pointer, length = fs->block;
	uint64_t at = (uint64_t)zone * fs->block;
	struct span table = span_sub(fs->in, at, fs->block);

	for (int i = 0; i < level; i++)
		length *= per_table;
	if (p->left == 0 || p->fault.kind)
		return;
	if (zone == 0) {
		pieces_hole(p, length);
		return;
	}
	if (zone < fs->first_zone || zone >= fs->zones)
		p->fault = fault_at(FAULT_BROKEN, at, "zone number", zone, fs->zones);
	else if (table.n == 0)
		p->fault = fault_at(FAULT_SHORT, at, "zone", fs->in.n, at + fs->block);
	else if (pieces_take(p, zone, 1, fs->block) && level == 0)
		pieces_give(p, at, length);
	for (uint64_t k = 0; level && p->fault.kind == FAULT_NONE && k < per_table; k++)
		give(fs, p, pointer(fs, table, k), level - 1);
}

static void content(const void *state, const struct inode *i, struct pieces *p)
{
	const struct minix *fs = state;
	uint64_t count = i->own.n / fs->v->pointer;

	for (uint64_t k = 0; k < count; k++)
		give(fs, p, pointer(fs, i->own, k), k < DIRECT ? 0 : (int)(k - DIRECT + 1));
}

struct directory {
	const struct minix *fs;
	struct inode_names *out;
	bool full;
};

static void read_records(void *ctx, uint64_t at, uint64_t length)
{
	struct directory *d = ctx;
	const struct minix *fs = d->fs;

	for (uint64_t k = 0; at && !d->full && k + fs->v->record <= length; k += fs->v->record) {
		struct span r = span_sub(fs->in, at + k, fs->v->record);
		struct span name = span_from(r, fs->v->record - (uint64_t)fs->v->name);
		uint64_t key[2] = { fs->v->version == 3 ? span_u32(r, 0, fs->big)
							: span_u16(r, 0, fs->big),
				    0 };

		name.n = strnlen((const char *)name.p, name.n);
		d->full = key[0] && !inode_name(d->out, name, key);
	}
}

static void names(const void *state, const struct inode *i, struct inode_names *n)
{
	struct directory d = { state, n, false };
	struct pieces p = { d.fs->in, i->size, inode_names_met(n), read_records, &d, fine };

	content(state, i, &p);
	if (p.fault.kind)
		inode_names_fault(n, p.fault);
}

static const struct inode_format inodes = { .read = read_inode,
					    .content = content,
					    .names = names };

static struct fault list(struct listing *l)
{
	static const uint64_t root[2] = { ROOT, 0 };
	struct minix *fs = arena_take(l->arena, 1, sizeof(*fs));
	struct fault bad = fs ? read_super(l->in, fs) : fault_at(FAULT_MEMORY, 0, "volume", 0, 0);
	uint64_t blocks;

	if (bad.kind)
		return bad;
	l->state = fs;
	blocks = l->in.n / fs->block + 1; /* the image has room for no more */
	if ((uint64_t)fs->zones * fs->block > l->in.n)
		listing_fault(l, fault_at(FAULT_SHORT, SUPER, "file system", l->in.n,
					  (uint64_t)fs->zones * fs->block));
	return inodes_list(l, &inodes, root, fs->zones < blocks ? fs->zones : blocks);
}

static struct fault load(const struct listing *l, const struct entry *e, struct sink *out)
{
	return inodes_load(l, &inodes, e, out);
}

const struct format format_minix = {
	.name = "minix",
	.says = "MINIX file systems 1, 2 and 3",
	.domain = DOMAIN_GENERIC,
	.spec = "kernel include/uapi/linux/minix_fs.h, fs/minix",
	.where = WHERE_ANCHORED,
	.shape = SHAPE_CONTAINER,
	.magic = { { SUPER + 16, 2, "\x7f\x13" },
		   { SUPER + 16, 2, "\x13\x7f" },
		   { SUPER + 16, 2, "\x8f\x13" },
		   { SUPER + 16, 2, "\x13\x8f" },
		   { SUPER + 16, 2, "\x68\x24" },
		   { SUPER + 16, 2, "\x24\x68" },
		   { SUPER + 16, 2, "\x78\x24" },
		   { SUPER + 16, 2, "\x24\x78" },
		   { SUPER + 24, 2, "\x5a\x4d" },
		   { SUPER + 24, 2, "\x4d\x5a" } },
	.probe = probe,
	.list = list,
	.load = load,
};
