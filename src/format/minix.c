/* minix.c - MINIX file systems of versions 1, 2 and 3 in both byte orders. Sources: kernel
 * include/uapi/linux/minix_fs.h, fs/minix; MINIX 3 servers/mfs.
 *
 * A zone belongs to one file or table of zones: where it is met again (a cycle, two files crossed),
 * the file ends with a fault. */
#include <stdio.h>

#include "base/cursor.h"
#include "format/format.h"
#include "format/marks.h"
#include "format/pieces.h"

#define SUPER          1024
#define ROOT           1
#define DIRECT         7
#define DEEPEST        512
#define LONGEST_TARGET 4096
#define OLD_BLOCK      1024

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

struct inode {
	uint32_t number, mode, uid, gid, size, mtime;
	struct span zones;
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

static struct fault read_inode(const struct minix *fs, uint32_t number, struct inode *i)
{
	uint64_t at = fs->table + (number - 1ull) * fs->v->inode;
	struct cursor c = { .in = span_sub(fs->in, at, fs->v->inode) };
	bool first = fs->v->version == 1;

	*i = (struct inode){ .number = number };
	if (number < 1 || number > fs->inodes)
		return fault_at(FAULT_BROKEN, at, "inode number", number, fs->inodes);
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
	i->zones = span_from(c.in, c.at);
	if (c.ran_out)
		return fault_at(FAULT_SHORT, at, "inode", fs->in.n, at + fs->v->inode);
	return fine;
}

/* Pointer k of an inode or of a block of them. */
static uint32_t pointer(const struct minix *fs, struct span from, uint64_t k)
{
	return fs->v->pointer == 2 ? span_u16(from, k * 2, fs->big)
				   : span_u32(from, k * 4, fs->big);
}

static struct fault probe(struct span in, struct found *f)
{
	struct minix fs;
	struct inode root;
	struct fault bad = read_super(in, &fs);
	uint64_t at, length;

	if (bad.kind == FAULT_NONE)
		bad = read_inode(&fs, ROOT, &root);
	if (bad.kind)
		return bad;
	if ((root.mode & 0170000) != 0040000 || root.size < fs.v->record)
		return fault_at(FAULT_BROKEN, fs.table, "root inode", root.mode, 0040000);
	/* Two bytes of magic ask for more: the root begins with itself. */
	at = (uint64_t)pointer(&fs, root.zones, 0) * fs.block;
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

/* Gives the content of a file piece by piece; at 0 a hole. */
struct reader {
	const struct minix *fs;
	uint64_t left;
	struct marks *zones; /* NULL once the listing has walked the file */
	void (*each)(void *ctx, uint64_t at, uint64_t length);
	void *ctx;
	struct fault fault;
};

static bool take_zone(struct reader *r, uint32_t zone)
{
	uint64_t at = (uint64_t)zone * r->fs->block;

	if (zone < r->fs->first_zone || zone >= r->fs->zones)
		r->fault = fault_at(FAULT_BROKEN, at, "zone number", zone, r->fs->zones);
	else if (at > r->fs->in.n || r->fs->in.n - at < r->fs->block)
		r->fault = fault_at(FAULT_SHORT, at, "zone", r->fs->in.n, at + r->fs->block);
	else if (r->zones && !marks_add(r->zones, zone))
		r->fault = fault_at(FAULT_BROKEN, at, "zone used twice", zone, 0);
	return r->fault.kind == FAULT_NONE;
}

/* A zone `level` levels above the data. Never deeper than three. */
static void read_zone(struct reader *r, uint32_t zone, int level)
{
	uint64_t per_table = r->fs->block / r->fs->v->pointer, length = r->fs->block;
	struct span table;

	for (int i = 0; i < level; i++)
		length *= per_table;
	if (length > r->left)
		length = r->left;
	if (r->left == 0 || r->fault.kind || (zone && !take_zone(r, zone)))
		return;
	if (zone == 0 || level == 0) {
		r->left -= length;
		r->each(r->ctx, (uint64_t)zone * r->fs->block, length);
		return;
	}
	table = span_sub(r->fs->in, (uint64_t)zone * r->fs->block, r->fs->block);
	for (uint64_t k = 0; k < per_table; k++)
		read_zone(r, pointer(r->fs, table, k), level - 1);
}

static void read_content(struct reader *r, struct span zones)
{
	uint64_t count = zones.n / r->fs->v->pointer;

	for (uint64_t k = 0; k < count; k++)
		read_zone(r, pointer(r->fs, zones, k), k < DIRECT ? 0 : (int)(k - DIRECT + 1));
	if (r->left && r->fault.kind == FAULT_NONE)
		r->fault = fault_at(FAULT_BROKEN, 0, "size beyond the zones", r->left, 0);
}

struct walk {
	struct listing *l;
	struct minix *fs;
	struct marks zones;
	uint32_t *first; /* by inode: 1 + the entry that showed it first */
};

static void set_content(struct walk *w, const struct inode *i, struct entry *e)
{
	struct piece p = { 0 };
	struct reader r = { w->fs, i->size, &w->zones, piece_join, &p, fine };

	read_content(&r, i->zones);
	e->fault = r.fault;
	e->size = i->size;
	e->key[1] = i->size - r.left;
	e->order = p.from;
	e->stored = i->size && !p.broken && r.fault.kind == FAULT_NONE;
	if (e->stored) {
		e->offset = p.from;
		e->length = i->size;
	}
}

static void set_target(struct walk *w, const struct inode *i, struct entry *e)
{
	struct piece_text t = { .in = w->fs->in };
	struct reader r = { w->fs, i->size, &w->zones, piece_first, &t, fine };

	if (i->size > LONGEST_TARGET || i->size > w->fs->block) {
		e->fault = fault_at(FAULT_BROKEN, 0, "link target", i->size, w->fs->block);
		return;
	}
	read_content(&r, i->zones);
	e->fault = r.fault;
	e->target = t.text;
}

static uint32_t add(struct walk *w, uint32_t number, uint32_t parent, struct span name)
{
	struct inode i;
	struct fault bad = read_inode(w->fs, number, &i);
	struct entry e = entry_new(kind_of_mode(i.mode), name);
	uint32_t seen = bad.kind ? 0 : w->first[number], index;

	e.parent = parent;
	e.fault = bad;
	e.mode = i.mode & 07777;
	e.uid = i.uid;
	e.gid = i.gid;
	e.mtime = i.mtime;
	e.has_mode = e.has_owner = e.has_mtime = bad.kind == FAULT_NONE;
	e.key[0] = number;
	e.key[2] = parent == NO_ENTRY ? 0 : w->l->entries[parent].key[2] + 1; /* depth */
	if (seen && e.kind == KIND_DIRECTORY) {
		e.fault = fault_at(FAULT_BROKEN, number, "directory met twice", 0, 0);
		e.key[0] = 0;
	} else if (seen && e.kind == KIND_FILE) {
		e.kind = KIND_HARDLINK;
		e.first = seen - 1;
	} else if (seen && e.kind == KIND_SYMLINK) {
		e.target = w->l->entries[seen - 1].target;
	} else if (e.kind == KIND_FILE && bad.kind == FAULT_NONE) {
		set_content(w, &i, &e);
	} else if (e.kind == KIND_SYMLINK) {
		set_target(w, &i, &e);
	} else if (e.kind == KIND_CHAR_DEVICE || e.kind == KIND_BLOCK_DEVICE) {
		e.major = pointer(w->fs, i.zones, 0) >> 8 & 0xff;
		e.minor = pointer(w->fs, i.zones, 0) & 0xff;
	}
	index = listing_add(w->l, &e);
	if (index != NO_ENTRY && bad.kind == FAULT_NONE && !seen)
		w->first[number] = index + 1;
	return index;
}

struct directory {
	struct walk *w;
	uint32_t index;
};

static void read_records(void *ctx, uint64_t at, uint64_t length)
{
	struct directory *d = ctx;
	const struct minix *fs = d->w->fs;

	for (uint64_t k = 0; at && k + fs->v->record <= length; k += fs->v->record) {
		struct span r = span_sub(fs->in, at + k, fs->v->record);
		struct span name = span_from(r, fs->v->record - (uint64_t)fs->v->name);
		uint32_t number =
			fs->v->version == 3 ? span_u32(r, 0, fs->big) : span_u16(r, 0, fs->big);

		name.n = strnlen((const char *)name.p, name.n);
		if (number == 0 || name.n == 0 || is_dot(name))
			continue;
		if (add(d->w, number, d->index, name) == NO_ENTRY)
			return;
	}
}

static void read_directory(struct walk *w, uint32_t index)
{
	const struct entry e = w->l->entries[index];
	struct directory d = { w, index };
	struct reader r = { w->fs, 0, &w->zones, read_records, &d, fine };
	struct inode i;

	if (e.key[0] == 0 || read_inode(w->fs, (uint32_t)e.key[0], &i).kind)
		return;
	if (e.key[2] >= DEEPEST) {
		r.fault = fault_at(FAULT_LIMIT, 0, "directory depth", e.key[2], DEEPEST);
	} else {
		r.left = i.size;
		read_content(&r, i.zones);
	}
	if (e.fault.kind == FAULT_NONE)
		w->l->entries[index].fault = r.fault;
}

static struct fault list(struct listing *l)
{
	struct minix *fs = arena_take(l->arena, 1, sizeof(*fs));
	struct walk w = { .l = l, .fs = fs };
	struct fault bad = fs ? read_super(l->in, fs) : fault_at(FAULT_MEMORY, 0, "volume", 0, 0);
	uint64_t blocks, inodes;

	if (bad.kind)
		return bad;
	/* No more of either than the image has room for. */
	blocks = l->in.n / fs->block + 1;
	inodes = l->in.n / fs->v->inode + 1;
	if (fs->inodes > inodes)
		fs->inodes = (uint32_t)inodes;
	w.first = arena_take(l->arena, fs->inodes + 1ull, sizeof(*w.first));
	if (!w.first || !marks_init(&w.zones, l->arena, fs->zones < blocks ? fs->zones : blocks))
		return fault_at(FAULT_MEMORY, 0, "zones", fs->zones, 0);
	l->state = fs;
	if ((uint64_t)fs->zones * fs->block > l->in.n)
		listing_fault(l, fault_at(FAULT_SHORT, SUPER, "file system", l->in.n,
					  (uint64_t)fs->zones * fs->block));
	add(&w, ROOT, NO_ENTRY, (struct span){ 0 });
	for (uint32_t i = 0; i < l->count && l->fault.kind != FAULT_LIMIT; i++)
		if (l->entries[i].kind == KIND_DIRECTORY)
			read_directory(&w, i);
	return fine;
}

static struct fault load(const struct listing *l, const struct entry *e, struct sink *out)
{
	struct piece_output o = { l->in, out };
	struct reader r = { .fs = l->state, .left = e->key[1], .each = piece_put, .ctx = &o };
	struct inode i;
	struct fault bad = read_inode(r.fs, (uint32_t)e->key[0], &i);

	if (bad.kind)
		return bad;
	read_content(&r, i.zones);
	return r.fault.kind ? r.fault : out->fault;
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
