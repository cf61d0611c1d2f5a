/* ubifs_record.c - the nodes of all inodes in one sorted array. A file system that only appends
 * says by sequence numbers what counts: the newest node of a key; a directory entry that leads to
 * inode 0 and an inode without links delete; a truncation deletes older blocks behind it. */
#include <stdlib.h>

#include "format/ubifs.h"

static bool fits(const struct ubifs_node *n)
{
	uint32_t inode = span_u32(n->bytes, 24, false), type = span_u32(n->bytes, 28, false) >> 29;
	bool is_named = n->type == UBIFS_DENTRY || n->type == UBIFS_XENTRY;

	if (n->type > UBIFS_TRUNCATION || inode == 0)
		return false;
	if (n->type != UBIFS_TRUNCATION && type != n->type)
		return false;
	return !is_named || (span_u16(n->bytes, 50, false) > 0 &&
			     span_u16(n->bytes, 50, false) <= n->bytes.n - 57);
}

/* Whole blocks that a truncation leaves, as its key has no place for anything else. */
static uint32_t truncation_word(const struct ubifs_node *n)
{
	uint64_t size = span_u64(n->bytes, 48, false);
	uint64_t blocks = size / UBIFS_BLOCK + (size % UBIFS_BLOCK != 0);

	return (uint32_t)UBIFS_TRUNCATION << 29 |
	       (blocks < UBIFS_BLOCKS ? (uint32_t)blocks : UBIFS_BLOCKS - 1);
}

bool ubifs_records_put(struct ubifs_records *rs, const struct ubifs_record *r)
{
	uint32_t room = rs->room ? rs->room * 2 : 1024;
	struct ubifs_record *more;

	if (rs->is_full)
		return false;
	if (rs->count == rs->room) {
		more = room > rs->room ? realloc(rs->p, (size_t)room * sizeof(*more)) : NULL;
		rs->is_full = !more;
		if (!more)
			return false;
		rs->p = more;
		rs->room = room;
	}
	rs->p[rs->count++] = *r;
	return true;
}

bool ubifs_records_add(struct ubifs_records *rs, const struct ubifs_node *n)
{
	struct ubifs_record r = {
		.sqnum = n->sqnum,
		.at = n->at,
		.inode = span_u32(n->bytes, 24, false),
		.word = n->type == UBIFS_TRUNCATION ? truncation_word(n)
						    : span_u32(n->bytes, 28, false),
	};

	return fits(n) && ubifs_records_put(rs, &r);
}

struct span ubifs_name(const struct ubifs *fs, const struct ubifs_record *r)
{
	struct span node = span_from(fs->in, r->at);

	return span_sub(node, 56, span_u16(node, 50, false));
}

static int by_number(uint64_t a, uint64_t b)
{
	return (a > b) - (a < b);
}

static bool is_named(const struct ubifs_record *r)
{
	return ubifs_record_type(r) == UBIFS_DENTRY || ubifs_record_type(r) == UBIFS_XENTRY;
}

/* Names of one hash are told apart by themselves. Truncations of a file stay together. */
static int by_key(const struct ubifs *fs, const struct ubifs_record *a,
		  const struct ubifs_record *b)
{
	int order = by_number(a->inode, b->inode);

	order = order ? order : by_number(ubifs_record_type(a), ubifs_record_type(b));
	if (order || ubifs_record_type(a) == UBIFS_TRUNCATION)
		return order;
	order = by_number(a->word, b->word);
	return order || !is_named(a) ? order : span_compare(ubifs_name(fs, a), ubifs_name(fs, b));
}

static int newest_first(const void *left, const void *right, void *ctx)
{
	const struct ubifs_record *a = left, *b = right;
	int order = by_key(ctx, a, b);

	order = order ? order : by_number(b->sqnum, a->sqnum);
	return order ? order : by_number(a->at, b->at);
}

/* Each truncation says from now on what it and all newer ones leave. */
static void join_truncations(struct ubifs_record *p, uint32_t from, uint32_t to)
{
	for (uint32_t i = from + 1; i < to; i++)
		if (p[i].word > p[i - 1].word)
			p[i].word = p[i - 1].word;
}

/* Whether a newer truncation of [from, to) leaves the block out. */
static bool is_cut_off(const struct ubifs_record *p, uint32_t from, uint32_t to,
		       const struct ubifs_record *block)
{
	uint32_t low = from, high = to;

	while (low < high) {
		uint32_t mid = low + (high - low) / 2;

		if (p[mid].sqnum > block->sqnum)
			low = mid + 1;
		else
			high = mid;
	}
	return low > from && ubifs_record_low(block) >= ubifs_record_low(&p[low - 1]);
}

static bool is_deleted(const struct ubifs *fs, const struct ubifs_record *r)
{
	struct span node = span_from(fs->in, r->at);

	if (ubifs_record_type(r) == UBIFS_INODE)
		return span_u32(node, 92, false) == 0; /* links */
	return is_named(r) && span_u64(node, 40, false) == 0;
}

/* The records [from, to) of one inode: those that count go to *kept on. */
static void settle_inode(struct ubifs_records *rs, const struct ubifs *fs, uint32_t from,
			 uint32_t to, uint32_t *kept)
{
	struct ubifs_record *p = rs->p;
	uint32_t truncations = to;
	const struct ubifs_record *last = NULL;

	while (truncations > from && ubifs_record_type(&p[truncations - 1]) == UBIFS_TRUNCATION)
		truncations--;
	join_truncations(p, truncations, to);
	if (ubifs_record_type(&p[from]) == UBIFS_INODE && is_deleted(fs, &p[from]))
		return;
	for (uint32_t i = from; i < truncations; i++) {
		struct ubifs_record r = p[i];
		bool is_older = last && by_key(fs, last, &r) == 0;
		struct ubifs_record *to_place = &p[*kept];

		if (is_older)
			continue;
		last = &p[i];
		if (is_deleted(fs, &r) ||
		    (ubifs_record_type(&r) == UBIFS_DATA && is_cut_off(p, truncations, to, &r)))
			continue;
		*to_place = r;
		++*kept;
	}
}

bool ubifs_records_settle(struct ubifs_records *rs, const struct ubifs *fs, struct arena *a)
{
	struct ubifs_record *copy;
	uint32_t kept = 0;

	if (rs->count)
		qsort_r(rs->p, rs->count, sizeof(*rs->p), newest_first, (void *)(uintptr_t)fs);
	for (uint32_t i = 0, end; i < rs->count; i = end) {
		for (end = i + 1; end < rs->count && rs->p[end].inode == rs->p[i].inode;)
			end++;
		settle_inode(rs, fs, i, end, &kept);
	}
	copy = rs->is_full ? NULL : arena_take(a, kept, sizeof(*copy));
	if (copy && kept)
		memcpy(copy, rs->p, kept * sizeof(*copy));
	free(rs->p);
	rs->p = copy;
	rs->count = rs->room = copy ? kept : 0;
	return copy != NULL;
}

/* The first record that does not come before that inode and type. */
static uint32_t lower_bound(const struct ubifs_records *rs, uint32_t inode, uint32_t type)
{
	uint32_t low = 0, high = rs->count;

	while (low < high) {
		uint32_t mid = low + (high - low) / 2;
		const struct ubifs_record *r = &rs->p[mid];

		if (r->inode < inode || (r->inode == inode && r->word >> 29 < type))
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

uint32_t ubifs_records_of(const struct ubifs_records *rs, uint32_t inode, enum ubifs_type type,
			  uint32_t *from)
{
	*from = lower_bound(rs, inode, (uint32_t)type);
	return lower_bound(rs, inode, (uint32_t)type + 1);
}
