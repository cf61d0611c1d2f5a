/* ext_xattr.c - extended attributes: in the inode behind its extra fields, in one shared block,
 * large values in inodes of their own. */
#include "format/ext.h"

#define MAGIC         0xea020000u
#define MOST          1024
#define LARGEST_VALUE (64u << 10)

static const char *const prefixes[] = { "",
					"user.",
					"system.posix_acl_access",
					"system.posix_acl_default",
					"trusted.",
					"lustre.",
					"security.",
					"system.",
					"system.richacl" };

/* One record at `at` of `list`; false at the end. */
struct record {
	uint8_t index;
	struct span name;
	uint16_t value_at;
	uint32_t value_inode, value_size;
};

static bool next_record(struct span list, uint64_t *at, struct record *r)
{
	struct cursor c = { .in = span_from(list, *at) };
	uint8_t length = cursor_u8(&c);

	r->index = cursor_u8(&c);
	if (c.ran_out || (length == 0 && r->index == 0))
		return false;
	r->value_at = cursor_le16(&c);
	r->value_inode = cursor_le32(&c);
	r->value_size = cursor_le32(&c);
	cursor_skip(&c, 4);
	r->name = cursor_span(&c, length);
	if (c.ran_out)
		return false;
	*at += (c.at + 3) / 4 * 4;
	return true;
}

static struct span inode_list(const struct ext_inode *i)
{
	uint16_t extra = i->raw.n > 130 ? span_u16(i->raw, 128, false) : 0;
	struct span rest = span_from(i->raw, 128 + (uint64_t)extra);

	return extra && span_u32(rest, 0, false) == MAGIC ? span_from(rest, 4) : (struct span){ 0 };
}

struct span ext_inode_attribute(const struct ext_inode *i, uint8_t index, const char *name)
{
	struct span list = inode_list(i);
	uint64_t at = 0;
	struct record r;

	while (next_record(list, &at, &r))
		if (r.index == index && span_is(r.name, name) && r.value_inode == 0)
			return span_sub(list, r.value_at, r.value_size);
	return (struct span){ 0 };
}

static struct span large_value(const struct ext *fs, struct arena *a, struct ext_budget *b,
			       const struct record *r)
{
	struct ext_inode i;
	struct sink out;
	struct span copy = { 0 };

	if (r->value_size > LARGEST_VALUE || r->value_size > b->values ||
	    ext_inode_read(fs, r->value_inode, &i).kind || !(i.flags & INODE_EA))
		return copy;
	b->values -= r->value_size;
	sink_init(&out, NULL, r->value_size);
	i.size = r->value_size;
	if (ext_content(fs, &i, &out).kind == FAULT_NONE)
		copy = arena_copy(a, sink_span(&out));
	sink_free(&out);
	return copy;
}

struct collector {
	const struct ext *fs;
	struct arena *a;
	struct ext_budget *b;
	struct xattr list[MOST];
	uint32_t count;
};

/* Values are found from the start of `values`. */
static void add_list(struct collector *c, struct span list, struct span values)
{
	uint64_t at = 0;
	struct record r;

	while (c->count < MOST && c->b->xattrs && next_record(list, &at, &r)) {
		struct xattr *to = &c->list[c->count];
		struct text name = { 0 };

		if (r.index == 7 && span_is(r.name, "data"))
			continue; /* inline content, no attribute */
		if (r.index >= sizeof(prefixes) / sizeof(prefixes[0]))
			continue;
		text_puts(&name, prefixes[r.index]);
		text_put(&name, r.name);
		to->name = arena_copy(c->a, text_span(&name));
		to->value = r.value_inode ? large_value(c->fs, c->a, c->b, &r)
					  : span_sub(values, r.value_at, r.value_size);
		text_free(&name);
		c->count++;
		c->b->xattrs--;
	}
}

void ext_xattrs(const struct ext *fs, const struct ext_inode *i, struct arena *a,
		struct ext_budget *b, struct entry *e)
{
	struct span inside = inode_list(i), block = { 0 };
	struct collector c;
	struct xattr *copy;

	if (i->file_acl && i->file_acl < fs->blocks)
		block = span_sub(fs->in, i->file_acl * fs->block_size, fs->block_size);
	if (inside.n == 0 && span_u32(block, 0, false) != MAGIC)
		return;
	c.fs = fs;
	c.a = a;
	c.b = b;
	c.count = 0;
	add_list(&c, inside, inside);
	if (span_u32(block, 0, false) == MAGIC)
		add_list(&c, span_from(block, 32), block);
	if (b->xattrs == 0)
		e->fault = fault_at(FAULT_LIMIT, 0, "extended attributes", 0, 0);
	copy = c.count ? arena_take(a, c.count, sizeof(*copy)) : NULL;
	if (!copy)
		return;
	memcpy(copy, c.list, c.count * sizeof(*copy));
	e->xattrs = copy;
	e->xattr_count = c.count;
}
