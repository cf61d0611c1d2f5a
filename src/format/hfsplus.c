/* hfsplus.c - HFS+ and HFSX: volume header, catalog, the walk. The journal is not replayed; that it
 * should be is said. Names are given as they are stored, decomposed. */
#include "format/hfsplus.h"

#include <stdio.h>

#include "format/links.h"
#include "format/parts.h"
#include "format/utf16.h"

#define SUPER     1024u
#define HEADER    512u
#define JOURNALED 0x2000u
#define UNMOUNTED 0x100u
#define EPOCH     2082844800ll /* seconds from 1904 to 1970 */
#define PACKED    0x20         /* flag of a file: decmpfs */
#define LINKS     "HFS+ Private Data"

static struct fault read_super(struct span in, struct hfsplus *fs)
{
	struct span s = span_sub(in, SUPER, HEADER);
	uint32_t free = span_u32(s, 48, true);

	*fs = (struct hfsplus){ .in = in,
				.header = s,
				.block = span_u32(s, 40, true),
				.blocks = span_u32(s, 44, true) };
	if (s.n == 0)
		return fault_at(FAULT_SHORT, SUPER, "volume header", in.n, SUPER + HEADER);
	if (fs->block < 512 || fs->block > 1u << 20 || fs->block & (fs->block - 1))
		return fault_at(FAULT_BROKEN, SUPER + 40, "block size", fs->block, 1u << 20);
	if (free > fs->blocks || (uint64_t)fs->block * fs->blocks < SUPER + 2 * HEADER + 1024)
		return fault_at(FAULT_BROKEN, SUPER + 44, "blocks", fs->blocks, free);
	return fine;
}

/* The second volume header stands 1024 bytes before the end. */
static struct fault probe(struct span in, struct found *f)
{
	struct hfsplus fs;
	struct fault bad = read_super(in, &fs);
	uint64_t length = (uint64_t)fs.block * fs.blocks;

	if (bad.kind)
		return bad;
	if (length <= in.n && !span_equal(span_sub(in, length - SUPER, 4), span_head(fs.header, 4)))
		return fault_at(FAULT_BROKEN, length - SUPER, "second volume header", 0, 0);
	f->len = part_bound(length, in);
	f->proof = length <= in.n ? PROOF_STRUCTURE : PROOF_PLAUSIBLE;
	snprintf(f->label, sizeof(f->label), "%s, %u files, %llu bytes",
		 fs.header.p[1] == 'X' ? "HFSX" : "HFS+", span_u32(fs.header, 32, true),
		 (unsigned long long)length);
	return fine;
}

/* What stands for "/" on the disk is ":", and the other way round. */
struct span hfs_name(struct arena *a, struct span units)
{
	uint8_t *little = arena_take(a, units.n, 1);
	struct span name;

	for (size_t i = 0; little && i + 1 < units.n; i += 2) {
		little[i] = units.p[i + 1];
		little[i + 1] = units.p[i];
		if (little[i + 1] == 0 && little[i] == '/')
			little[i] = ':';
		else if (little[i + 1] == 0 && little[i] == ':')
			little[i] = '/';
	}
	name = utf16_name(a, (struct span){ little, little ? units.n & ~(size_t)1 : 0 });
	return name;
}

/* The units of a record's name. */
static struct span units_of(const struct hfs_record *r)
{
	return span_sub(r->key, 6, span_u16(r->key, 4, true) * 2ull);
}

static bool name_is(const struct hfs_record *r, size_t nuls, const char *text)
{
	struct span units = units_of(r);
	size_t n = strlen(text);

	if (units.n != 2 * (nuls + n))
		return false;
	for (size_t i = 0; i < nuls + n; i++)
		if (span_u16(units, i * 2, true) != (i < nuls ? 0 : (uint8_t)text[i - nuls]))
			return false;
	return true;
}

static bool is_link(const struct hfs_record *r)
{
	return span_u16(r->data, 0, true) == HFS_FILE &&
	       span_starts(span_from(r->data, 48), span_text("hlnkhfs+"));
}

/* The number of a file in the hidden folder, from its name; false for other names. */
static bool number_of(const struct hfs_record *r, uint64_t *number)
{
	struct span units = units_of(r);
	char text[24] = { 0 };
	size_t used = 0;

	*number = 0;
	for (size_t i = 0; i + 1 < units.n && i / 2 + 1 < sizeof(text); i += 2)
		text[i / 2] = units.p[i] ? '?' : (char)units.p[i + 1];
	if (units.n / 2 >= sizeof(text) || strncmp(text, "iNode", 5) != 0)
		return false;
	return span_number(span_text(text + 5), 10, number, &used) && text[5 + used] == 0;
}

static struct name *name_of_number(struct names *t, uint64_t number)
{
	const uint64_t key[2] = { number, 0 };

	return links_met(t, key);
}

/* The record that a hard link leads to; NULL where there is none. */
static struct hfs_record *linked(const struct hfsplus *fs, const struct hfs_record *link)
{
	const uint64_t key[2] = { span_u32(link->data, 44, true), 0 };
	const struct name *n =
		names_find(&fs->linked, (struct span){ (const uint8_t *)key, sizeof(key) });

	return n && n->number ? &fs->catalog.p[n->number - 1] : NULL;
}

/* Linux writes its own numbers of devices, and says that it has mounted the volume. */
static void read_device(const struct hfsplus *fs, struct inode *i, uint32_t device)
{
	unsigned bits = span_is(span_sub(fs->header, 8, 4), "H+Lx") ? 20 : 24;

	i->major = device >> bits;
	i->minor = device & ((1u << bits) - 1);
}

static void read_rights(const struct hfsplus *fs, struct inode *i, struct span data)
{

	i->uid = span_u32(data, 32, true);
	i->gid = span_u32(data, 36, true);
	i->mode = span_u16(data, 42, true);
	i->mtime = (int64_t)span_u32(data, 16, true) - EPOCH;
	read_device(fs, i, span_u32(data, 44, true));
	/* Written by Mac OS before 10. */
	if ((i->mode & 0170000) == 0)
		i->mode |= span_u16(data, 0, true) == HFS_FOLDER ? 0040000 : 0100000;
}

/* The key is one more than the place of a record in the catalog; 0 the root. */
static struct fault read_inode(const void *state, const uint64_t key[2], struct inode *i)
{
	const struct hfsplus *fs = state;
	struct span data = key[0] && key[0] <= fs->catalog.count ? fs->catalog.p[key[0] - 1].data
								 : (struct span){ 0 };
	uint16_t type = span_u16(data, 0, true);

	if (data.n < (type == HFS_FOLDER ? 88 : 88 + 2 * HFS_FORK))
		return fault_at(FAULT_BROKEN, SUPER, "record of the catalog", data.n, key[0]);
	i->own = data;
	i->key[0] = 0; /* those of one number are one file */
	i->key[1] = span_u32(data, 8, true);
	i->size = type == HFS_FILE ? span_u64(data, 88, true) : 0;
	read_rights(fs, i, data);
	return fine;
}

static void content(const void *state, const struct inode *i, struct pieces *p)
{
	struct hfs_fork f = { span_u32(i->own, 8, true), 0, span_sub(i->own, 88, HFS_FORK) };

	if (span_byte(i->own, 41) & PACKED)
		p->fault = fault_at(FAULT_UNKNOWN, i->at, "content packed by decmpfs", 0, 0);
	else
		hfs_content(state, &f, p);
}

/* Files that hard links lead to are shown by their links; those that none leads to, where they are.
 */
static bool is_shown(const struct hfsplus *fs, const struct hfs_record *r)
{
	if (fs->links == 0)
		return true;
	if (r->id == fs->links)
		return !r->is_linked;
	return span_u32(r->data, 8, true) != fs->links || fs->has_unlinked;
}

static void names(const void *state, const struct inode *i, struct inode_names *n)
{
	const struct hfsplus *fs = state;
	const struct hfs_records *c = &fs->catalog;
	uint32_t id = span_u32(i->own, 8, true);

	for (uint32_t k = hfs_first(c, id); k < c->count && c->p[k].id == id; k++) {
		const struct hfs_record *to = is_link(&c->p[k]) ? linked(fs, &c->p[k]) : NULL;
		uint16_t type = span_u16(c->p[k].data, 0, true);
		uint64_t key[2] = { 1 + (uint64_t)((to ? to : &c->p[k]) - c->p), 0 };

		if ((type != HFS_FOLDER && type != HFS_FILE) || !is_shown(fs, &c->p[k]))
			continue;
		key[1] = span_u32(c->p[key[0] - 1].data, 8, true);
		if (!inode_name(n, hfs_name(inode_names_arena(n), units_of(&c->p[k])), key))
			return;
	}
}

static const struct inode_format inodes = {
	.read = read_inode, .content = content, .names = names, .xattrs = hfs_xattrs
};

/* The root is the record of the one that has no parent. */
static struct fault find_root(const struct hfsplus *fs, uint64_t root[2])
{
	for (uint32_t i = hfs_first(&fs->catalog, 1);
	     i < fs->catalog.count && fs->catalog.p[i].id == 1; i++)
		if (span_u16(fs->catalog.p[i].data, 0, true) == HFS_FOLDER) {
			root[0] = 1 + (uint64_t)i;
			root[1] = HFS_ROOT;
			return fine;
		}
	return fault_at(FAULT_BROKEN, SUPER + 272, "root of the catalog", fs->catalog.count, 0);
}

static void find_links(struct hfsplus *fs, struct arena *a)
{
	struct hfs_records *c = &fs->catalog;
	uint64_t number;

	fs->linked.arena = a;
	for (uint32_t i = hfs_first(c, HFS_ROOT); i < c->count && c->p[i].id == HFS_ROOT; i++)
		if (span_u16(c->p[i].data, 0, true) == HFS_FOLDER && name_is(&c->p[i], 4, LINKS))
			fs->links = span_u32(c->p[i].data, 8, true);
	for (uint32_t i = hfs_first(c, fs->links);
	     fs->links && i < c->count && c->p[i].id == fs->links; i++) {
		struct name *n =
			number_of(&c->p[i], &number) ? name_of_number(&fs->linked, number) : NULL;

		if (n)
			n->number = i + 1;
	}
	for (uint32_t i = 0; i < c->count; i++) {
		struct hfs_record *to = is_link(&c->p[i]) ? linked(fs, &c->p[i]) : NULL;

		if (to)
			to->is_linked = true;
	}
	for (uint32_t i = hfs_first(c, fs->links);
	     fs->links && i < c->count && c->p[i].id == fs->links; i++)
		fs->has_unlinked |=
			!c->p[i].is_linked && span_u16(c->p[i].data, 0, true) == HFS_FILE;
}

static void read_trees(struct hfsplus *fs, struct listing *l)
{
	struct fault bad[3];

	bad[0] = hfs_tree(fs, l, (struct hfs_fork){ 3, 0, span_sub(fs->header, 192, HFS_FORK) },
			  &fs->extents);
	bad[1] = hfs_tree(fs, l, (struct hfs_fork){ 4, 0, span_sub(fs->header, 272, HFS_FORK) },
			  &fs->catalog);
	bad[2] = span_u64(fs->header, 352, true)
			 ? hfs_tree(fs, l,
				    (struct hfs_fork){ 8, 0, span_sub(fs->header, 352, HFS_FORK) },
				    &fs->attributes)
			 : fine;
	for (int i = 0; i < 3; i++)
		if (bad[i].kind)
			listing_fault(l, bad[i]);
	find_links(fs, l->arena);
}

static struct fault list(struct listing *l)
{
	struct hfsplus *fs = arena_take(l->arena, 1, sizeof(*fs));
	struct fault bad = fs ? read_super(l->in, fs) : fault_at(FAULT_MEMORY, 0, "volume", 0, 0);
	uint64_t root[2], most, length;
	uint32_t attributes;

	if (bad.kind)
		return bad;
	l->state = fs;
	most = l->in.n / fs->block + 1;
	length = (uint64_t)fs->block * fs->blocks;
	attributes = span_u32(fs->header, 4, true);
	if (length > l->in.n)
		listing_fault(l, fault_at(FAULT_SHORT, SUPER + 44, "file system", l->in.n, length));
	if (attributes & JOURNALED && !(attributes & UNMOUNTED))
		listing_fault(l, fault_at(FAULT_BROKEN, SUPER + 4, "journal not replayed",
					  attributes, 0));
	read_trees(fs, l);
	bad = find_root(fs, root);
	return bad.kind ? bad
			: inodes_list(l, &inodes, root, fs->blocks < most ? fs->blocks : most);
}

static struct fault load(const struct listing *l, const struct entry *e, struct sink *out)
{
	return inodes_load(l, &inodes, e, out);
}

const struct format format_hfsplus = {
	.name = "hfsplus",
	.says = "HFS+ and HFSX file systems",
	.domain = DOMAIN_IT,
	.spec = "Apple Technical Note TN1150",
	.shape = SHAPE_CONTAINER,
	.magic = { { SUPER, 4, "H+\x00\x04" }, { SUPER, 4, "HX\x00\x05" } },
	.probe = probe,
	.list = list,
	.load = load,
};
