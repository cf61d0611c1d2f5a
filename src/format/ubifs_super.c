/* ubifs_super.c - nodes, the superblock and the master node. */
#include "base/hash.h"
#include "format/ubifs.h"

#define HEADER        24
#define SUPER_SIZE    4096
#define MASTER_SIZE   512
#define FIXED         (1 + 2) /* LEBs of superblock and masters */
#define SMALLEST_LEB  (15u << 10)
#define LARGEST_LEB   (64u << 20)
#define LARGEST_INDEX 65536
#define STRETCH       512
#define WORK          4 /* LEBs that may be summed up in vain for one */

static const uint8_t magic[4] = { 0x31, 0x18, 0x10, 0x06 };

/* What the fields of each type need, and what it may have at the most. */
static const struct {
	uint32_t least, most;
} sizes[] = {
	[UBIFS_INODE] = { 160, 160 + 4096 },
	[UBIFS_DATA] = { 48, 48 + 4096 },
	[UBIFS_DENTRY] = { 58, 56 + 256 },
	[UBIFS_XENTRY] = { 58, 56 + 256 },
	[UBIFS_TRUNCATION] = { 56, 56 },
	[UBIFS_PADDING] = { 28, 28 },
	[UBIFS_SUPER] = { SUPER_SIZE, SUPER_SIZE },
	[UBIFS_MASTER] = { MASTER_SIZE, MASTER_SIZE },
	[UBIFS_REFERENCE] = { 64, 64 },
	[UBIFS_INDEX] = { 28, LARGEST_INDEX },
	[UBIFS_COMMIT] = { 32, 32 },
	[UBIFS_ORPHANS] = { 32, LARGEST_INDEX },
};

#define TYPES (sizeof(sizes) / sizeof(sizes[0]))

bool ubifs_node(const struct ubifs *fs, uint64_t leb, uint64_t from, struct ubifs_node *n)
{
	struct cursor c = { 0 };
	uint32_t length;

	if (leb >= fs->lebs || from > fs->leb_size)
		return false;
	*n = (struct ubifs_node){ .at = leb * fs->leb_size + from };
	c.in = span_head(span_from(fs->in, n->at), fs->leb_size - from);
	if (!span_starts(c.in, (struct span){ magic, 4 }))
		return false;
	c.at = 8;
	n->sqnum = cursor_le64(&c);
	length = cursor_le32(&c);
	n->type = cursor_u8(&c);
	n->group = cursor_u8(&c);
	if (c.ran_out || n->type >= TYPES || length < sizes[n->type].least ||
	    length > sizes[n->type].most)
		return false;
	n->bytes = span_sub(c.in, 0, length);
	return n->bytes.n > 0;
}

bool ubifs_node_holds(const struct ubifs_node *n)
{
	return crc32_open(span_from(n->bytes, 8)) == span_u32(n->bytes, 4, false);
}

/* Bytes from `at` on that are erased, or hold the byte which fills what is too small for a padding
 * node: 0, 8 or, as most of an image is erased, a stretch. */
static size_t filler(struct span in, uint64_t at)
{
	struct span stretch = span_sub(in, at, STRETCH);
	uint64_t eight = span_u64(in, at, false);

	if (eight != UINT64_MAX)
		return eight == 0xcececececececece ? 8 : 0;
	return stretch.n && memcmp(stretch.p, stretch.p + 8, STRETCH - 8) == 0 ? STRETCH : 8;
}

/* A padding node goes on for as many bytes as it says. */
static uint64_t behind(const struct ubifs_node *n)
{
	uint64_t padding = n->type == UBIFS_PADDING ? span_u32(n->bytes, 24, false) : 0;

	return (n->bytes.n + padding + 7) / 8 * 8;
}

bool ubifs_scan_next(struct ubifs_scan *s, struct ubifs_node *n)
{
	const struct ubifs *fs = s->fs;
	struct span left = span_head(span_from(fs->in, s->leb * fs->leb_size), fs->leb_size);

	while (s->at < left.n && s->work <= (uint64_t)WORK * fs->leb_size) {
		size_t skip = filler(left, s->at);

		if (skip == 0 && ubifs_node(fs, s->leb, s->at, n)) {
			if (ubifs_node_holds(n)) {
				s->at += behind(n);
				return true;
			}
			s->work += n->bytes.n;
		}
		if (skip == 0 && s->wasted++ == 0)
			s->wasted_at = s->leb * fs->leb_size + s->at;
		s->at += skip ? skip : 8;
	}
	return false;
}

static void read_master(const struct ubifs_node *n, struct ubifs_master *m)
{
	struct cursor c = { .in = n->bytes, .at = 32 };

	m->sqnum = n->sqnum;
	m->commit = cursor_le64(&c);
	cursor_skip(&c, 4);
	m->log = cursor_le32(&c);
	m->root_leb = cursor_le32(&c);
	m->root_at = cursor_le32(&c);
	m->root_length = cursor_le32(&c);
}

bool ubifs_master(const struct ubifs *fs, struct ubifs_master *m)
{
	struct ubifs_node n;
	bool any = false;

	for (uint64_t leb = 1; leb <= 2; leb++) {
		struct ubifs_scan s = { .fs = fs, .leb = leb };

		while (ubifs_scan_next(&s, &n))
			if (n.type == UBIFS_MASTER && (!any || n.sqnum > m->sqnum)) {
				read_master(&n, m);
				any = true;
			}
	}
	return any;
}

static bool starts_with_master(const struct ubifs *fs, uint64_t leb)
{
	struct ubifs_node n;

	return ubifs_node(fs, leb, 0, &n) && n.type == UBIFS_MASTER && ubifs_node_holds(&n);
}

static struct fault check_layout(const struct ubifs *fs, uint64_t first)
{
	if (fs->leb_size < SMALLEST_LEB || fs->leb_size > LARGEST_LEB || fs->leb_size % 8)
		return fault_at(FAULT_BROKEN, 36, "LEB size", fs->leb_size, LARGEST_LEB);
	if (fs->min_io < 8 || fs->min_io > fs->leb_size || fs->min_io & (fs->min_io - 1))
		return fault_at(FAULT_BROKEN, 32, "unit of input and output", fs->min_io,
				fs->leb_size);
	if (fs->log_lebs < 2 || first >= fs->lebs)
		return fault_at(FAULT_BROKEN, 40, "LEBs", fs->lebs, first);
	return fine;
}

struct fault ubifs_super(struct span in, struct ubifs *fs)
{
	struct cursor c = { .in = in, .at = 32 };
	struct ubifs_node n;
	uint64_t first;
	struct fault bad;

	*fs = (struct ubifs){ .in = in, .leb_size = SUPER_SIZE, .lebs = 1 };
	if (!ubifs_node(fs, 0, 0, &n) || n.type != UBIFS_SUPER)
		return fault_at(FAULT_UNKNOWN, 20, "superblock node", n.type, UBIFS_SUPER);
	fs->is_torn = !ubifs_node_holds(&n);
	fs->min_io = cursor_le32(&c);
	fs->leb_size = cursor_le32(&c);
	fs->lebs = cursor_le32(&c);
	cursor_skip(&c, 12);
	fs->log_lebs = cursor_le32(&c);
	first = FIXED + (uint64_t)fs->log_lebs;
	first += cursor_le32(&c); /* LEB properties */
	first += cursor_le32(&c); /* orphans */
	cursor_skip(&c, 12);
	fs->version = cursor_le32(&c);
	fs->compressor = cursor_le16(&c);
	bad = check_layout(fs, first);
	if (bad.kind)
		return bad;
	fs->main_first = (uint32_t)first;
	if (fs->is_torn && !starts_with_master(fs, 1) && !starts_with_master(fs, 2))
		return fault_at(FAULT_BROKEN, 4, "superblock checksum", span_u32(n.bytes, 4, false),
				0);
	return fine;
}
