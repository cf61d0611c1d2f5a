/* squashfs_xattr.c - extended attributes (v4). An inode names a set by its id; sets are shared. A
 * value may stand elsewhere: then a reference takes its place. */
#include "format/squashfs.h"

#define ID_SIZE     SQUASH_XATTR_ID
#define OUT_OF_LINE 0x100u
#define PREFIXES    0xFFu
#define LEAST       8 /* bytes of an attribute: type, size of name, size of value */

static const char *const prefixes[] = { "user.", "trusted.", "security." };

void squash_open_xattrs(struct squash *q, struct listing *l)
{
	const struct squash_super *s = &q->super;
	struct cursor c = { .in = q->image };
	struct squash_array ids = { .what = "xattr ids", .width = 8, .record = ID_SIZE };
	uint64_t table, end;

	if (s->major < 4 || s->xattr_table == NO_TABLE)
		return;
	cursor_seek(&c, s->xattr_table);
	table = cursor_u64(&c, s->big);
	ids.count = cursor_u32(&c, s->big);
	cursor_skip(&c, 4);
	ids.index = c.at;
	end = cursor_u64(&c, s->big); /* the first block of ids follows the sets */
	if (c.ran_out) {
		listing_fault(
			l, fault_at(FAULT_SHORT, s->xattr_table, "xattr table", q->image.n, c.at));
		return;
	}
	if (ids.count == 0 || table >= end)
		return;
	/* Every set belongs to some inode. */
	if (ids.count > q->inodes.plain.n / ID_SIZE) {
		listing_fault(l, fault_at(FAULT_BROKEN, s->xattr_table, ids.what, ids.count,
					  q->inodes.plain.n / ID_SIZE));
		return;
	}
	if (!squash_read_table(q, l, table, end, &q->xattr_table))
		return;
	q->xattr_ids = squash_read_array(q, l, &ids);
	q->xattr_budget = q->xattr_table.plain.n;
	q->xattrs = arena_take(q->arena, q->xattr_ids.n / ID_SIZE, sizeof(*q->xattrs));
}

static struct span join(struct arena *a, const char *prefix, struct span name)
{
	size_t n = strlen(prefix);
	uint8_t *p = arena_take(a, (uint64_t)n + name.n, 1);

	if (!p)
		return (struct span){ 0 };
	memcpy(p, prefix, n);
	if (name.n)
		memcpy(p + n, name.p, name.n);
	return (struct span){ p, n + name.n };
}

/* A reference: the block's offset and, in its low 16 bits, the byte in it. */
static bool find(const struct squash *q, uint64_t reference, struct cursor *c)
{
	uint64_t at;

	if (!squash_find(&q->xattr_table, reference >> 16, reference & 0xFFFF, &at))
		return false;
	*c = (struct cursor){ .in = q->xattr_table.plain, .at = (size_t)at };
	return true;
}

static bool read_value(const struct squash *q, struct cursor *c, bool elsewhere, struct span *value)
{
	uint32_t size = cursor_u32(c, q->super.big);
	struct cursor there;

	*value = cursor_span(c, size);
	if (!elsewhere || c->ran_out)
		return !c->ran_out;
	if (!find(q, span_u64(*value, 0, q->super.big), &there))
		return false;
	size = cursor_u32(&there, q->super.big);
	*value = cursor_span(&there, size);
	return !there.ran_out;
}

static bool read_one(struct squash *q, struct cursor *c, struct xattr *x)
{
	uint32_t type = cursor_u16(c, q->super.big);
	uint32_t size = cursor_u16(c, q->super.big);
	struct span name = cursor_span(c, size);
	uint32_t prefix = type & PREFIXES;

	if (c->ran_out || !read_value(q, c, type & OUT_OF_LINE, &x->value) ||
	    prefix >= sizeof(prefixes) / sizeof(prefixes[0]))
		return false;
	x->name = join(q->arena, prefixes[prefix], name);
	return x->name.n > 0;
}

/* Bytes that sets have in common are read once for each: the budget, which is what the table holds,
 * is enough for every set of its own. */
static bool charge(struct squash *q, uint64_t bytes)
{
	if (bytes > q->xattr_budget)
		return false;
	q->xattr_budget -= bytes;
	return true;
}

static struct fault read_set(struct squash *q, uint32_t id, struct squash_xattrs *x)
{
	struct cursor entry = { .in = span_sub(q->xattr_ids, (uint64_t)id * ID_SIZE, ID_SIZE) };
	uint64_t reference = cursor_u64(&entry, q->super.big);
	uint32_t count = cursor_u32(&entry, q->super.big);
	struct cursor c;
	struct xattr *list;
	size_t from;

	if (entry.ran_out || !charge(q, (uint64_t)count * LEAST) || !find(q, reference, &c))
		return fault_at(FAULT_BROKEN, q->super.xattr_table, "xattr set", id, count);
	from = c.at;
	list = arena_take(q->arena, count, sizeof(*list));
	if (!list)
		return fault_at(FAULT_MEMORY, q->super.xattr_table, "xattr set", count, 0);
	x->list = list;
	while (x->count < count) {
		size_t before = c.at;

		if (!read_one(q, &c, &list[x->count]) || !charge(q, c.at - before - LEAST))
			return fault_at(FAULT_BROKEN, q->super.xattr_table, "xattr", x->count,
					count);
		x->count++;
	}
	if (!squash_is_whole(&q->xattr_table, from, c.at))
		return fault_at(FAULT_BROKEN, q->super.xattr_table, "xattr set", from, c.at);
	return fine;
}

/* With the size before it. */
static bool note_outside(const struct squash *q, struct squash_xattr_extent *x, struct span value)
{
	if (x->count == x->room)
		return false;
	x->outside[x->count++] =
		(struct byte_range){ span_place(q->xattr_table.plain, value) - 4, value.n + 4 };
	return true;
}

bool squash_xattr_extent(const struct squash *q, uint64_t reference, uint32_t count,
			 struct squash_xattr_extent *x)
{
	bool big = q->super.big;
	struct cursor c;

	x->names = x->values = 0;
	if (!find(q, reference, &c))
		return false;
	x->at = c.at;
	for (; count && !c.ran_out; count--) {
		uint32_t type = cursor_u16(&c, big), size = cursor_u16(&c, big);
		struct span value;

		cursor_skip(&c, size);
		if (c.ran_out || (type & ~OUT_OF_LINE) >= sizeof(prefixes) / sizeof(prefixes[0]) ||
		    !read_value(q, &c, type & OUT_OF_LINE, &value) ||
		    (type & OUT_OF_LINE && !note_outside(q, x, value)))
			return false;
		x->names += strlen(prefixes[type & PREFIXES]) + size + 1;
		x->values += value.n;
	}
	x->end = c.at;
	return !c.ran_out;
}

struct fault squash_read_xattrs(struct squash *q, uint32_t id, struct squash_xattrs *x)
{
	*x = (struct squash_xattrs){ 0 };
	/* Early builders of 4.0 wrote ids but no table. */
	if (id == NO_INDEX || q->super.xattr_table == NO_TABLE)
		return fine;
	if (!q->xattrs || id >= q->xattr_ids.n / ID_SIZE)
		return fault_at(FAULT_BROKEN, q->super.xattr_table, "xattr id", id,
				q->xattr_ids.n / ID_SIZE);
	if (!q->xattrs[id].is_read) {
		q->xattrs[id].is_read = true;
		q->xattrs[id].fault = read_set(q, id, &q->xattrs[id]);
	}
	*x = q->xattrs[id];
	return x->fault;
}
