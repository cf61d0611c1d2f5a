/* erofs_own_xattr.c - attributes behind inodes and in the table that inodes share, and the table of
 * long prefixes of their names. */
#include "format/erofs_own.h"

#define HEADER      12
#define FILTER      4u /* of the compatible features */
#define LONG_PREFIX 0x80u

/* The end of a record at `at`; 0 where it is cut or its filling is none. Its prefix is noted. */
static uint64_t record_end(struct attributes *x, struct span in, uint64_t at)
{
	uint64_t end = at + 4 + (uint8_t)span_byte(in, at) + span_u16(in, at + 2, false);
	uint64_t next = (end + 3) / 4 * 4;
	struct span fill = span_sub(in, end, next - end);
	uint32_t prefix = (uint8_t)span_byte(in, at + 1);

	if (prefix & LONG_PREFIX)
		x->used[prefix >> 6 & 1] |= 1ull << (prefix & 63);
	return next <= in.n && fill.n == next - end && is_zero(fill) ? next : 0;
}

/* Those that others have too stand in a table: the entries show them, wherever that is. */
static void own_shared(struct attributes *x, struct span numbers)
{
	for (uint64_t k = 0; k + 4 <= numbers.n; k += 4) {
		uint64_t at = x->fs->xattrs + span_u32(numbers, k, false) * 4ull;
		uint64_t end = at < x->fs->in.n ? record_end(x, x->fs->in, at) : 0;

		if (end)
			own_content(x->map, at, end - at);
	}
}

/* A bit of a filter is set where no name has it; without the feature nobody asks for it. */
static bool filter_holds(const struct erofs *fs, uint32_t filter, const struct entry *e)
{
	return filter == (fs->compat & FILTER ? erofs_xattr_filter(e) : 0);
}

void own_attributes(struct attributes *x, const struct erofs_inode *i, const struct entry *e)
{
	struct span area = span_sub(x->fs->in, i->xattr_at, i->xattr_size);
	uint64_t shared = (uint8_t)span_byte(area, 4), at = HEADER + shared * 4;
	bool filtered = filter_holds(x->fs, span_u32(area, 0, false), e);
	bool holds = is_zero(span_sub(area, 5, 7));

	if (area.n == 0)
		return;
	while (holds && at + 4 <= area.n && span_u16(area, at, false)) {
		at = record_end(x, area, at);
		holds = at != 0;
	}
	holds = holds && is_zero(span_from(area, at));
	own_shared(x, span_sub(area, HEADER, shared * 4));
	own_add(x->map->out, i->xattr_at, 4, own_if(filtered, OWN_STRUCTURE),
		"filter of attributes");
	own_add(x->map->out, i->xattr_at + 4, area.n - 4, own_if(holds, OWN_STRUCTURE),
		"attributes");
}

/* Each is a short prefix and a text, with zeros to a multiple of four, but at the end; each is
 * used. */
static bool prefix_holds(const struct attributes *x, struct span in, uint64_t at, uint32_t k,
			 uint64_t *end)
{
	uint64_t length = span_u16(in, at, false);
	struct span record = span_sub(in, at, 2 + length), fill = span_from(in, at + record.n);

	fill = span_head(fill, (record.n + 3) / 4 * 4 - record.n);
	*end = at + record.n + fill.n;
	return length && record.n && is_zero(fill) && x->used[k >> 6] >> (k & 63) & 1;
}

void own_prefixes(struct attributes *x)
{
	const struct erofs *fs = x->fs;
	bool is_plain = erofs_prefixes_are_plain(fs);
	struct span in = is_plain ? fs->in : fs->packed;
	uint64_t at = fs->prefixes, end;

	x->prefixes_hold = fs->prefix_count < LONG_PREFIX && (fs->prefix_count || at == 0);
	for (uint32_t k = 0; k < fs->prefix_count && x->prefixes_hold; k++) {
		x->prefixes_hold = prefix_holds(x, in, at, k, &end);
		at = end;
	}
	if (fs->prefix_count == 0 || !x->prefixes_hold)
		return; /* what then stands there is no fill, and no file's */
	if (is_plain)
		own_add(x->map->out, fs->prefixes, at - fs->prefixes, OWN_STRUCTURE,
			"prefixes of attributes");
	else
		sharing_fragment(x->shared, fs->prefixes, at - fs->prefixes);
}
