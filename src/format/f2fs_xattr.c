/* f2fs_xattr.c - extended attributes: in the inode, then in a node of their own, which goes on
 * where the inode's room ends. */
#include "base/text.h"
#include "format/f2fs.h"

#define MAGIC  0xf2f52011u
#define HEADER 24
#define FOOTER 24
#define MOST   1024

static const char *const prefixes[] = {
	[1] = "user.",
	[2] = "system.posix_acl_access",
	[3] = "system.posix_acl_default",
	[4] = "trusted.",
	[6] = "security.",
};

static struct span join(const struct f2fs *fs, const struct f2fs_inode *i, struct arena *a,
			struct entry *e)
{
	struct fault bad = fine;
	struct span node = { 0 };
	uint8_t *both;

	if (i->xattr_node)
		node = f2fs_node(fs, i->xattr_node, i->number, &bad);
	if (bad.kind && e->fault.kind == FAULT_NONE)
		e->fault = bad;
	node.n = node.n > FOOTER ? node.n - FOOTER : 0;
	if (node.n == 0)
		return i->xattrs;
	if (i->xattrs.n == 0)
		return node;
	both = arena_take(a, i->xattrs.n + node.n, 1);
	if (!both)
		return i->xattrs;
	memcpy(both, i->xattrs.p, i->xattrs.n);
	memcpy(both + i->xattrs.n, node.p, node.n);
	return (struct span){ both, i->xattrs.n + node.n };
}

/* One entry; false behind the last. Kinds that are the file system's own have an empty name. */
static bool next_xattr(struct span in, uint64_t *at, struct arena *a, struct xattr *x)
{
	struct cursor c = { .in = span_from(in, *at) };
	uint8_t kind = cursor_u8(&c), length = cursor_u8(&c);
	uint16_t size = cursor_le16(&c);
	struct span name = cursor_span(&c, length);
	struct text full = { 0 };

	if (kind == 0 && length == 0 && size == 0)
		return false;
	*x = (struct xattr){ .value = cursor_span(&c, size) };
	*at += (c.at + 3) / 4 * 4;
	if (c.ran_out)
		return false;
	if (kind >= sizeof(prefixes) / sizeof(prefixes[0]) || !prefixes[kind])
		return true;
	text_puts(&full, prefixes[kind]);
	text_put(&full, name);
	x->name = arena_copy(a, text_span(&full));
	text_free(&full);
	return true;
}

void f2fs_xattrs(const struct f2fs *fs, const struct f2fs_inode *i, struct arena *a,
		 struct f2fs_budget *b, struct entry *e)
{
	struct xattr list[MOST], *copy;
	uint32_t count = 0;
	uint64_t at = HEADER;
	struct span in;

	if (i->xattrs.n == 0 && i->xattr_node == 0)
		return;
	if (!budget_take(&b->xattrs, i->xattrs.n + (i->xattr_node ? fs->block : 0))) {
		e->fault = fault_at(FAULT_LIMIT, 0, "extended attributes", 0, b->xattrs);
		return;
	}
	in = join(fs, i, a, e);
	if (span_u32(in, 0, false) != MAGIC)
		return;
	while (count < MOST && next_xattr(in, &at, a, &list[count]))
		count += list[count].name.n != 0;
	copy = count ? arena_take(a, count, sizeof(*copy)) : NULL;
	if (!copy)
		return;
	memcpy(copy, list, count * sizeof(*copy));
	e->xattrs = copy;
	e->xattr_count = count;
}
