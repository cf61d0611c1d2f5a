/* udf_inode.c - file entries (ECMA-167 4/14.9, 4/14.17) and where their content stands. */
#include "format/date.h"
#include "format/marks.h"
#include "format/udf.h"

enum { ADDRESS_SHORT, ADDRESS_LONG, ADDRESS_EXTENDED, ADDRESS_INSIDE };

/* 4/14.6.6 */
static enum kind kind_of_type(uint8_t type)
{
	static const enum kind kinds[] = {
		[4] = KIND_DIRECTORY, [6] = KIND_BLOCK_DEVICE, [7] = KIND_CHAR_DEVICE,
		[9] = KIND_FIFO,      [10] = KIND_SOCKET,      [12] = KIND_SYMLINK,
	};

	return type < sizeof(kinds) / sizeof(kinds[0]) && kinds[type] ? kinds[type] : KIND_FILE;
}

/* Five bits each for others, group and owner, of which the lower three are POSIX's (4/14.9.5); the
 * special bits stand in the flags. */
static uint32_t mode_of(uint32_t rights, uint16_t flags)
{
	return (rights & 7) | (rights >> 5 & 7) << 3 | (rights >> 10 & 7) << 6 |
	       (flags & 0x40 ? 04000u : 0) | (flags & 0x80 ? 02000u : 0) |
	       (flags & 0x100 ? 01000u : 0);
}

/* 1/7.3: twelve bits of the first field are minutes from UTC, or -2047 for a local time that does
 * not say where; that is taken for UTC. */
static void set_time(struct udf_inode *i, struct span t)
{
	uint16_t zone = span_u16(t, 0, false) & 0xfff;
	int minutes = zone & 0x800 ? (int)zone - 0x1000 : (int)zone;
	struct cursor c = { .in = t, .at = 2 };
	int64_t year = (int16_t)cursor_le16(&c);
	unsigned month = cursor_u8(&c), day = cursor_u8(&c), hour = cursor_u8(&c);
	unsigned minute = cursor_u8(&c), second = cursor_u8(&c);
	uint32_t us = cursor_u8(&c) * 10000u;

	us += cursor_u8(&c) * 100u;
	us += cursor_u8(&c);
	if (c.ran_out || year < 1 || year > 9999 || month < 1 || month > 12 || day < 1 ||
	    day > 31 || hour > 23 || minute > 59 || second > 60)
		return;
	i->has_mtime = true;
	i->mtime = days_of(year, month, day) * 86400 + hour * 3600 + minute * 60 + second;
	if (minutes >= -1440 && minutes <= 1440)
		i->mtime -= minutes * 60;
	i->mtime_ns = us < 1000000 ? us * 1000 : 0;
}

struct fault udf_read_inode(const struct udf *u, struct udf_address where, struct udf_inode *i)
{
	uint64_t at = 0, fixed;
	struct span d, block;
	bool extended;

	*i = (struct udf_inode){ 0 };
	if (!udf_place(u, where.partition, where.block, &at))
		return fault_at(FAULT_BROKEN, at, "place of a file entry", where.block,
				where.partition);
	block = span_sub(u->in, at, u->block);
	d = udf_descriptor(block, 0, UDF_FILE);
	extended = d.n == 0;
	if (extended)
		d = udf_descriptor(block, 0, UDF_EXTENDED_FILE);
	fixed = extended ? 216 : 176;
	/* Its CRC need not cover all: what follows within the block belongs to it too. */
	if (d.n)
		d = block;
	if (d.n < fixed)
		return fault_at(FAULT_BROKEN, at, "file entry", d.n, fixed);
	if (span_u16(d, 20, false) != 4)
		return fault_at(FAULT_UNKNOWN, at + 20, "strategy", span_u16(d, 20, false), 4);
	i->bytes = d;
	i->kind = kind_of_type(d.p[27]);
	i->flags = span_u16(d, 34, false);
	i->uid = span_u32(d, 36, false);
	i->gid = span_u32(d, 40, false);
	i->has_owner = i->uid != UINT32_MAX || i->gid != UINT32_MAX;
	i->mode = mode_of(span_u32(d, 44, false), i->flags);
	i->size = span_u64(d, 56, false);
	i->unique = at;
	set_time(i, span_sub(d, extended ? 92 : 84, 12));
	i->attributes = span_sub(d, fixed, span_u32(d, fixed - 8, false));
	i->addresses =
		span_sub(d, fixed + span_u32(d, fixed - 8, false), span_u32(d, fixed - 4, false));
	return fine;
}

struct gather {
	struct udf *u;
	struct udf_extents *out;
	struct arena *a;
	uint32_t room;
	uint64_t left; /* of the file's size */
};

static bool add(struct gather *g, struct udf_extent e)
{
	struct udf_extents *x = g->out;
	struct udf_extent *last = x->count ? &x->list[x->count - 1] : NULL;

	if (e.length > g->left)
		e.length = g->left;
	if (e.length == 0)
		return true;
	g->left -= e.length;
	e.at = x->length;
	x->length += e.length;
	if (last && last->hole == e.hole && (e.hole || last->from + last->length == e.from)) {
		last->length += e.length;
		return true;
	}
	if (x->count == g->room) {
		uint32_t room = g->room ? g->room * 2 : 4;
		struct udf_extent *list =
			x->count < UDF_EXTENTS ? arena_take(g->a, room, sizeof(*list)) : NULL;

		if (!list)
			return false;
		if (x->count)
			memcpy(list, x->list, x->count * sizeof(*list));
		x->list = list;
		g->room = room;
	}
	x->list[x->count++] = e;
	return true;
}

/* The next address of a list, in one of three forms (4/14.14). */
static struct udf_address next_address(struct span *list, unsigned form, uint16_t partition)
{
	static const uint8_t sizes[] = { 8, 16, 20 };
	struct udf_address a = udf_long_address(*list, 0);

	if (form == ADDRESS_SHORT)
		a.partition = partition;
	if (form == ADDRESS_EXTENDED) {
		a.block = span_u32(*list, 12, false);
		a.partition = span_u16(*list, 16, false);
	}
	*list = list->n > sizes[form] ? span_from(*list, sizes[form]) : (struct span){ 0 };
	return a;
}

/* Addresses that go on in a block of their own (4/14.5). */
static bool follow(const struct gather *g, struct udf_address to, struct span *list)
{
	uint64_t at = 0;
	struct span d = { 0 };

	if (udf_place(g->u, to.partition, to.block, &at))
		d = span_sub(g->u->in, at, 24);
	*list = span_sub(g->u->in, at + 24, span_u32(d, 20, false));
	return span_u16(d, 0, false) == UDF_ADDRESSES && list->n > 0;
}

static struct fault gather(struct gather *g, struct span list, unsigned form, uint16_t partition)
{
	while (list.n && g->left && budget_take(&g->u->addresses, 1)) {
		struct udf_address a = next_address(&list, form, partition);
		struct udf_extent e = { .length = a.length, .hole = a.type != 0 };

		if (a.length == 0)
			break;
		if (a.type == 3) {
			if (!follow(g, a, &list))
				return fault_at(FAULT_BROKEN, 0, "continued addresses", a.block, 0);
			continue;
		}
		if (!e.hole && (!udf_place(g->u, a.partition, a.block, &e.from) ||
				e.from > g->u->in.n || a.length > g->u->in.n - e.from))
			return fault_at(FAULT_SHORT, e.from, "extent", a.block, g->u->in.n);
		if (!add(g, e))
			return fault_at(FAULT_LIMIT, 0, "extents", g->out->count, UDF_EXTENTS);
	}
	if (g->u->addresses == 0)
		return fault_at(FAULT_LIMIT, 0, "addresses", 0, g->u->in.n / 8);
	/* What no address speaks of was never written. */
	return add(g, (struct udf_extent){ .length = g->left, .hole = true })
		       ? fine
		       : fault_at(FAULT_LIMIT, 0, "extents", g->out->count, UDF_EXTENTS);
}

struct fault udf_extents(struct udf *u, const struct udf_inode *i, uint16_t partition,
			 struct arena *a, struct udf_extents *out)
{
	struct gather g = { u, out, a, 0, i->size };
	unsigned form = i->flags & 7;

	*out = (struct udf_extents){ 0 };
	if (form == ADDRESS_INSIDE) {
		uint64_t at = span_place(u->in, i->bytes) + span_place(i->bytes, i->addresses);

		if (i->size > i->addresses.n)
			return fault_at(FAULT_BROKEN, at, "size", i->size, i->addresses.n);
		add(&g, (struct udf_extent){ .from = at, .length = i->size });
		return fine;
	}
	if (form > ADDRESS_EXTENDED)
		return fault_at(FAULT_UNKNOWN, 0, "form of addresses", form, ADDRESS_INSIDE);
	return gather(&g, i->addresses, form, partition);
}
