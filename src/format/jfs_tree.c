/* jfs_tree.c - trees of JFS: extents of a file, names of a directory; and attributes. */
#include "format/jfs.h"
#include "format/links.h"
#include "format/utf16.h"

#define LEAF         2
#define FIRST        2  /* entry of a page of extents: the header takes the room of two */
#define EXTENT       16 /* bytes */
#define NOT_RECORDED 8  /* has blocks, but was never written */
#define COMPRESSED   4
#define SLOT         32
#define NAME         6 /* in the first slot of one */
#define INLINE       0x40
#define OUTSIDE      0x20
#define INLINE_ROOM  128u
#define LARGEST      65535u /* list of attributes */
#define MOST_XATTRS  4096u

/* -- extents -- */

static uint64_t offset_of(struct span node, uint64_t at)
{
	return (uint64_t)node.p[at + 3] << 32 | span_u32(node, at + 4, false);
}

/* How many entries a page of extents has; 0 where its header is torn. */
static uint64_t entries_of(struct span node)
{
	uint64_t next = span_u16(node, 18, false);

	return next >= FIRST && next * EXTENT <= node.n ? next - FIRST : 0;
}

static struct span page_at(const struct jfs *fs, struct jfs_extent e)
{
	e.count = JFS_PAGE / fs->block;
	return jfs_bytes(fs, e);
}

bool jfs_find(const struct jfs *fs, struct span inode, uint64_t wanted, uint64_t *block)
{
	struct span node = span_from(inode, JFS_ROOT);

	for (unsigned depth = 0; depth < JFS_DEEPEST && node.n; depth++) {
		uint64_t count = entries_of(node), at = 0;
		struct jfs_extent e;

		for (uint64_t k = 0; k < count; k++)
			if (offset_of(node, (FIRST + k) * EXTENT) <= wanted)
				at = (FIRST + k) * EXTENT;
		if (at == 0)
			return false;
		e = jfs_extent_at(node, at + 8);
		if (node.p[16] & LEAF) {
			*block = e.block + wanted - offset_of(node, at);
			return wanted - offset_of(node, at) < e.count;
		}
		node = page_at(fs, e);
	}
	return false;
}

struct content {
	const struct jfs *fs;
	struct pieces *p;
	uint64_t at; /* in the file, in blocks */
};

static bool give_extent(struct content *c, struct span node, uint64_t at)
{
	struct jfs_extent e = jfs_extent_at(node, at + 8);
	uint64_t offset = offset_of(node, at), size = c->fs->block;

	if (offset < c->at || node.p[at] & COMPRESSED) {
		c->p->fault = fault_at(FAULT_BROKEN, span_place(c->fs->in, node) + at, "extent",
				       offset, c->at);
		return false;
	}
	if (offset > c->at && !pieces_hole(c->p, (offset - c->at) * size))
		return false;
	c->at = offset + e.count;
	if (!pieces_take(c->p, e.block, e.count, c->fs->block))
		return false;
	return node.p[at] & NOT_RECORDED ? pieces_hole(c->p, e.count * size)
					 : pieces_give(c->p, e.block * size, e.count * size);
}

/* No deeper than JFS_DEEPEST. */
static bool give_node(struct content *c, struct span node, unsigned depth)
{
	uint64_t count = entries_of(node);

	if (node.n == 0 || depth >= JFS_DEEPEST || span_u16(node, 18, false) < FIRST) {
		c->p->fault = fault_at(FAULT_BROKEN, 0, "page of extents", depth, JFS_DEEPEST);
		return false;
	}
	for (uint64_t k = FIRST; k < count + FIRST; k++) {
		struct jfs_extent e = jfs_extent_at(node, k * EXTENT + 8);
		bool more;

		if (node.p[16] & LEAF)
			more = give_extent(c, node, k * EXTENT);
		else
			more = pieces_take(c->p, e.block, JFS_PAGE / c->fs->block, c->fs->block) &&
			       give_node(c, page_at(c->fs, e), depth + 1);
		if (!more)
			return false;
	}
	return true;
}

/* What no extent speaks of behind the last one is a hole. */
void jfs_content(const void *state, const struct inode *i, struct pieces *p)
{
	struct content c = { state, p, 0 };

	if (give_node(&c, span_from(i->own, JFS_ROOT), 0))
		pieces_hole(p, p->left);
}

/* -- names -- */

struct directory {
	const struct jfs *fs;
	struct inode_names *out;
	struct arena *arena;
	uint8_t units[2 * 256]; /* of the name that is read */
};

/* The slot that goes on; below zero there is none. */
static int next_slot(struct span page, uint64_t at)
{
	int next = span_byte(page, at);

	return next < 128 ? next : -1;
}

/* A name in slots of a page: the first has `room` units, the others 15 each. */
static bool gather(struct span page, uint64_t slot, uint64_t room, uint8_t *units, size_t *n)
{
	uint64_t at = NAME, left = (uint64_t)span_byte(page, slot * SLOT + at - 1);
	int next = next_slot(page, slot * SLOT + at - 2);

	for (unsigned steps = 0; left && steps < 32; steps++) {
		uint64_t take = left < room ? left : room;
		struct span part = span_sub(page, slot * SLOT + at, take * 2);

		if (part.n == 0)
			return false;
		memcpy(units + *n, part.p, part.n);
		*n += part.n;
		left -= take;
		if (left && next < 0)
			return false;
		slot = (uint64_t)next;
		next = next_slot(page, slot * SLOT);
		at = 2;
		room = 15;
	}
	return left == 0;
}

/* Linux puts a byte of a name in each unit unless it is told a character set when it mounts. */
static struct span name_of(struct arena *a, struct span units)
{
	uint8_t *to = arena_take(a, units.n / 2 + 1, 1);

	for (size_t i = 0; to && i + 1 < units.n; i += 2) {
		if (units.p[i + 1])
			return utf16_name(a, units);
		to[i / 2] = units.p[i];
	}
	return (struct span){ to, to ? units.n / 2 : 0 };
}

static bool give_name(struct directory *d, struct span page, uint64_t slot)
{
	uint64_t key[2] = { span_u32(page, slot * SLOT, false), 0 };
	size_t n = 0;

	if (!gather(page, slot, d->fs->has_index ? 11 : 13, d->units, &n)) {
		inode_names_fault(d->out,
				  fault_at(FAULT_BROKEN, span_place(d->fs->in, page) + slot * SLOT,
					   "name", slot, 0));
		return true;
	}
	return inode_name(d->out, name_of(d->arena, (struct span){ d->units, n }), key);
}

/* Places of the entries in order: in the header of the root, in a slot that other pages name. */
static struct span order_of(struct span page, bool is_root)
{
	uint64_t count = (uint64_t)span_byte(page, 17);

	return is_root ? span_sub(page, 24, count < 8 ? count : 8)
		       : span_sub(page, (uint64_t)span_byte(page, 21) * SLOT, count);
}

static bool give_page(struct directory *d, struct span page, unsigned depth);

/* A page of a directory may be met once. */
static bool give_child(struct directory *d, struct span page, uint64_t slot, unsigned depth)
{
	struct jfs_extent e = jfs_extent_at(page, slot * SLOT);
	struct span child = jfs_bytes(d->fs, e);

	if (child.n < SLOT || child.n > JFS_PAGE || !marks_add(inode_names_met(d->out), e.block)) {
		inode_names_fault(d->out,
				  fault_at(FAULT_BROKEN, span_place(d->fs->in, page) + slot * SLOT,
					   "page of a directory", e.block, d->fs->blocks));
		return true;
	}
	return give_page(d, child, depth + 1);
}

/* No deeper than JFS_DEEPEST. */
static bool give_page(struct directory *d, struct span page, unsigned depth)
{
	struct span order = order_of(page, depth == 0);
	bool is_leaf = span_byte(page, 16) & LEAF;

	if (depth >= JFS_DEEPEST) {
		inode_names_fault(d->out,
				  fault_at(FAULT_LIMIT, span_place(d->fs->in, page),
					   "depth of a directory's tree", depth, JFS_DEEPEST));
		return true;
	}
	for (size_t k = 0; k < order.n; k++) {
		uint64_t slot = order.p[k];

		if (slot == 0 || slot > 127 || (slot + 1) * SLOT > page.n) {
			inode_names_fault(d->out,
					  fault_at(FAULT_BROKEN, span_place(d->fs->in, order) + k,
						   "slot", slot, page.n / SLOT));
			continue;
		}
		if (!(is_leaf ? give_name(d, page, slot) : give_child(d, page, slot, depth)))
			return false;
	}
	return true;
}

void jfs_names(const void *state, const struct inode *i, struct inode_names *n)
{
	struct directory d = { .fs = state, .out = n, .arena = inode_names_arena(n) };

	give_page(&d, span_from(i->own, JFS_ROOT), 0);
}

/* -- attributes -- */

/* What OS/2 wrote has no prefix. */
static struct span full_name(struct arena *a, struct span name)
{
	static const char *const known[] = { "user.", "system.", "security.", "trusted.", "os2." };
	uint8_t *to;

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (span_starts(name, span_text(known[i])))
			return name;
	to = arena_take(a, name.n + 4, 1);
	if (!to)
		return name;
	memcpy(to, "os2.", 4);
	memcpy(to + 4, name.p, name.n);
	return (struct span){ to, name.n + 4 };
}

static struct span list_of(const struct jfs *fs, const struct inode *i)
{
	int flag = span_byte(i->own, 104);
	uint32_t size = span_u32(i->own, 108, false);
	struct span s = { 0 };

	if (flag & INLINE)
		s = span_sub(i->own, 384, INLINE_ROOM);
	else if (flag & OUTSIDE)
		s = jfs_bytes(fs, jfs_extent_at(i->own, 112));
	return size <= LARGEST ? span_sub(s, 0, size) : (struct span){ 0 };
}

static void fail(struct entry *e, struct fault f)
{
	if (e->fault.kind == FAULT_NONE)
		e->fault = f;
}

void jfs_xattrs(const void *state, const struct inode *i, struct arena *a, struct entry *e,
		uint64_t *left)
{
	const struct jfs *fs = state;
	struct span s = list_of(fs, i);
	struct cursor c = { .in = span_head(s, span_u32(s, 0, false)), .at = 4 };
	struct xattr *list;

	if (s.n < 5) {
		if (span_byte(i->own, 104) & (INLINE | OUTSIDE) && span_u32(i->own, 108, false))
			fail(e, fault_at(FAULT_BROKEN, i->at + 104, "extended attributes", s.n,
					 span_u32(i->own, 108, false)));
		return;
	}
	/* One takes five bytes at least, and so has its room here. */
	list = arena_take(a, s.n / 5, sizeof(*list));
	while (list && cursor_left(&c) >= 5 && e->xattr_count < MOST_XATTRS) {
		uint8_t length = (cursor_skip(&c, 1), cursor_u8(&c));
		uint16_t size = cursor_le16(&c);
		struct span name = cursor_span(&c, length);
		struct xattr x = { name, (cursor_skip(&c, 1), cursor_span(&c, size)) };

		if (c.ran_out || !budget_take(left, links_xattr_cost(&x))) {
			fail(e, fault_at(c.ran_out ? FAULT_BROKEN : FAULT_LIMIT, i->at + 104,
					 "extended attributes", 0, 0));
			break;
		}
		x.name = full_name(a, name);
		list[e->xattr_count++] = x;
	}
	e->xattrs = list;
}
