/* erofs_xattr.c - extended attributes behind the inode: numbers of shared ones, then its own. */
#include "base/text.h"
#include "format/erofs.h"
#include "format/marks.h"

#define HEADER         12
#define MOST           1024
#define LONG_PREFIX    0x80u
#define PLAIN_PREFIXES 0x10u /* of the compatible features: they stand in the image itself */

static const char *const prefixes[] = {
	"",        "user.",    "system.posix_acl_access", "system.posix_acl_default", "trusted.",
	"lustre.", "security."
};

struct collector {
	const struct erofs *fs;
	struct arena *a;
	struct erofs_budget *b;
	struct xattr list[MOST];
	uint32_t count;
	bool full, unknown; /* more than MOST; a prefix that is none */
};

bool erofs_prefixes_are_plain(const struct erofs *fs)
{
	return !(fs->incompat & EROFS_FRAGMENTS) || fs->packed_number == 0 ||
	       fs->compat & PLAIN_PREFIXES;
}

/* The text that stands for the first bytes of a name: a short prefix by its number, or a long one,
 * which is a short one and more. */
static bool put_prefix(const struct erofs *fs, uint8_t index, struct text *name)
{
	struct span in = erofs_prefixes_are_plain(fs) ? fs->in : fs->packed, record = { 0 };
	uint64_t at = fs->prefixes;

	if (index & LONG_PREFIX) {
		index &= LONG_PREFIX - 1;
		for (uint32_t i = 0; i <= index && index < fs->prefix_count; i++) {
			record = span_sub(in, at + 2, span_u16(in, at, false));
			at += (record.n + 2 + 3) / 4 * 4;
		}
		if (record.n == 0)
			return false;
		index = record.p[0];
	}
	if (index >= sizeof(prefixes) / sizeof(prefixes[0]))
		return false;
	text_puts(name, prefixes[index]);
	text_put(name, span_from(record, 1));
	return true;
}

/* One record at `at`; false where it is cut. *end is behind it and its padding. */
static bool take_record(struct collector *c, struct span in, uint64_t at, uint64_t *end)
{
	struct cursor k = { .in = span_from(in, at) };
	uint8_t length = cursor_u8(&k), index = cursor_u8(&k);
	uint16_t size = cursor_le16(&k);
	struct span name = cursor_span(&k, length), value = cursor_span(&k, size);
	struct text full = { 0 };

	*end = at + (k.at + 3) / 4 * 4;
	if (k.ran_out || (length == 0 && index == 0))
		return false;
	if (c->count == MOST || !budget_take(&c->b->xattrs, length + (uint64_t)size + 64)) {
		c->full = true;
		return false;
	}
	c->unknown |= !put_prefix(c->fs, index, &full);
	text_put(&full, name);
	c->list[c->count++] = (struct xattr){ arena_copy(c->a, text_span(&full)), value };
	text_free(&full);
	return true;
}

void erofs_xattrs(const struct erofs *fs, const struct erofs_inode *i, struct arena *a,
		  struct erofs_budget *b, struct entry *e)
{
	struct span area = span_sub(fs->in, i->xattr_at, i->xattr_size);
	uint32_t shared = area.n ? (uint8_t)span_byte(area, 4) : 0;
	struct collector c = { .fs = fs, .a = a, .b = b };
	uint64_t at = HEADER + shared * 4ull, end;
	struct xattr *copy;

	for (uint32_t k = 0; k < shared && HEADER + k * 4ull + 4 <= area.n; k++)
		take_record(&c, fs->in,
			    fs->xattrs + span_u32(area, HEADER + k * 4ull, false) * 4ull, &end);
	while (at + 4 <= area.n && take_record(&c, area, at, &end))
		at = end;
	if (c.full)
		e->fault = fault_at(FAULT_LIMIT, i->xattr_at, "extended attributes", c.count, MOST);
	if (c.unknown)
		e->fault =
			fault_at(FAULT_BROKEN, i->xattr_at, "prefix of an attribute's name", 0, 0);
	copy = c.count ? arena_take(a, c.count, sizeof(*copy)) : NULL;
	if (!copy)
		return;
	memcpy(copy, c.list, c.count * sizeof(*copy));
	e->xattrs = copy;
	e->xattr_count = c.count;
}

/* -- the filter of names (erofs_fs.h; xxHash, 32 bits: doc/xxhash_spec.md) -- */

#define PRIME_1 0x9e3779b1u
#define PRIME_2 0x85ebca77u
#define PRIME_3 0xc2b2ae3du
#define PRIME_4 0x27d4eb2fu
#define PRIME_5 0x165667b1u
#define SEED    0x25bbe08fu

static uint32_t rotated(uint32_t x, int by)
{
	return x << by | x >> (32 - by);
}

static uint32_t xxh32(struct span s, uint32_t seed)
{
	uint32_t lane[4] = { seed + PRIME_1 + PRIME_2, seed + PRIME_2, seed, seed - PRIME_1 };
	uint32_t h = seed + PRIME_5;
	uint64_t at = 0;

	for (; s.n - at >= 16; at += 16)
		for (uint32_t k = 0; k < 4; k++)
			lane[k] =
				rotated(lane[k] + span_u32(s, at + 4ull * k, false) * PRIME_2, 13) *
				PRIME_1;
	if (at)
		h = rotated(lane[0], 1) + rotated(lane[1], 7) + rotated(lane[2], 12) +
		    rotated(lane[3], 18);
	h += (uint32_t)s.n;
	for (; s.n - at >= 4; at += 4)
		h = rotated(h + span_u32(s, at, false) * PRIME_3, 17) * PRIME_4;
	for (; at < s.n; at++)
		h = rotated(h + (uint8_t)span_byte(s, at) * PRIME_5, 11) * PRIME_1;
	h = (h ^ h >> 15) * PRIME_2;
	h = (h ^ h >> 13) * PRIME_3;
	return h ^ h >> 16;
}

uint32_t erofs_xattr_filter(const struct entry *e)
{
	uint32_t filter = UINT32_MAX;

	for (uint32_t i = 0; i < e->xattr_count; i++) {
		struct span name = e->xattrs[i].name;
		uint32_t index = sizeof(prefixes) / sizeof(prefixes[0]) - 1;

		while (index && !span_starts(name, span_text(prefixes[index])))
			index--;
		name = span_from(name, strlen(prefixes[index]));
		filter &= ~(1u << (xxh32(name, SEED + index) & 31));
	}
	return filter;
}
