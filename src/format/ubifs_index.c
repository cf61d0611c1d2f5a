/* ubifs_index.c - which nodes count. The master leads to the root of a tree of branches, whose
 * leaves are the nodes as of the last commit; what was written since stands in the journal. Where
 * the tree is torn, all nodes are read instead: then names and blocks that were deleted long ago
 * may come back, which is said. */
#include "format/ubifs.h"

#define BRANCH       20 /* an authenticated file system has a hash behind each */
#define DEEPEST      64
#define LOG          3 /* first LEB of the log */
#define INSIDE_GROUP 1 /* more nodes of one change follow */

struct collector {
	const struct ubifs *fs;
	struct listing *l;
	struct ubifs_records *records;
	uint8_t *seen; /* a bit for each eight bytes: index nodes; then a byte for each bud */
	bool is_torn;
	struct fault why;
};

static bool torn(struct collector *c, uint64_t at, const char *what, uint64_t got, uint64_t limit)
{
	if (!c->is_torn)
		c->why = fault_at(FAULT_BROKEN, at, what, got, limit);
	c->is_torn = true;
	return false;
}

/* Whether the node stands where the branch says, and is the one it means. */
static bool leads_to(const struct ubifs *fs, struct span branch, struct ubifs_node *n)
{
	return ubifs_node(fs, span_u32(branch, 0, false), span_u32(branch, 4, false), n) &&
	       n->bytes.n == span_u32(branch, 8, false) &&
	       span_u64(n->bytes, 24, false) == span_u64(branch, 12, false);
}

/* A branch of the lowest level. Blocks of files are checked when they are loaded: of one that is
 * torn the file says so, instead of having a hole. */
static void add_leaf(struct collector *c, struct span branch)
{
	struct ubifs_node n = { 0 };
	bool there = leads_to(c->fs, branch, &n);
	struct ubifs_record r = {
		.sqnum = there ? n.sqnum : 0,
		.at = span_u32(branch, 0, false) * (uint64_t)c->fs->leb_size +
		      span_u32(branch, 4, false),
		.inode = span_u32(branch, 12, false),
		.word = span_u32(branch, 16, false),
	};

	if (ubifs_record_type(&r) == UBIFS_DATA && r.inode)
		ubifs_records_put(c->records, &r);
	else if (!there || !ubifs_node_holds(&n) || !ubifs_records_add(c->records, &n))
		listing_fault(c->l, fault_at(FAULT_BROKEN, r.at, "node that the index leads to",
					     r.inode, 0));
}

static bool first_visit(struct collector *c, uint64_t at)
{
	uint8_t bit = (uint8_t)(1u << (at / 8 % 8));
	bool first = at % 8 == 0 && !(c->seen[at / 64] & bit);

	if (first)
		c->seen[at / 64] |= bit;
	return first;
}

/* Each node of the tree is read once, and lies one level below the one that leads to it. */
static bool walk_index(struct collector *c, uint64_t leb, uint64_t from, int level)
{
	struct ubifs_node n;
	uint64_t at = leb * c->fs->leb_size + from;
	uint16_t children, own;
	uint64_t stride;

	if (!ubifs_node(c->fs, leb, from, &n) || n.type != UBIFS_INDEX || !ubifs_node_holds(&n))
		return torn(c, at, "index node", leb, c->fs->lebs);
	if (!first_visit(c, at))
		return torn(c, at, "index node met twice", leb, 0);
	children = span_u16(n.bytes, 24, false);
	own = span_u16(n.bytes, 26, false);
	stride = children ? (n.bytes.n - 28) / children : 0;
	if (stride < BRANCH || own > DEEPEST || (level >= 0 && own != level))
		return torn(c, at, "level of an index node", own,
			    level < 0 ? DEEPEST : (uint64_t)level);
	for (uint16_t i = 0; i < children && !c->is_torn; i++) {
		struct span b = span_sub(n.bytes, 28 + i * stride, BRANCH);

		if (own == 0)
			add_leaf(c, b);
		else
			walk_index(c, span_u32(b, 0, false), span_u32(b, 4, false), own - 1);
	}
	return !c->is_torn;
}

static void note_waste(struct collector *c, const struct ubifs_scan *s)
{
	if (s->wasted)
		listing_fault(c->l, fault_at(FAULT_BROKEN, s->wasted_at, "nodes of a LEB",
					     s->wasted * 8, 0));
}

/* The nodes of a bud from `from` on. Of a group whose end was not written, nothing counts. */
static void read_bud(struct collector *c, uint64_t leb, uint64_t from)
{
	struct ubifs_scan s = { .fs = c->fs, .leb = leb, .at = from };
	uint32_t whole = c->records->count;
	struct ubifs_node n;

	if (leb < c->fs->main_first || leb > c->fs->in.n / c->fs->leb_size || from % 8 ||
	    c->seen[leb])
		return;
	c->seen[leb] = 1;
	while (ubifs_scan_next(&s, &n)) {
		ubifs_records_add(c->records, &n);
		if (n.group != INSIDE_GROUP)
			whole = c->records->count;
	}
	c->records->count = whole;
	note_waste(c, &s);
}

/* One LEB of the log; false where the journal of this commit ends. */
static bool read_log(struct collector *c, const struct ubifs_master *m, uint64_t leb,
		     uint64_t *since)
{
	struct ubifs_scan s = { .fs = c->fs, .leb = leb };
	struct ubifs_node n;
	bool any = false;

	while (ubifs_scan_next(&s, &n)) {
		if (n.type == UBIFS_COMMIT && span_u64(n.bytes, 24, false) != m->commit)
			return false;
		if (n.type == UBIFS_COMMIT)
			*since = n.sqnum;
		if (n.type == UBIFS_REFERENCE && *since && n.sqnum > *since)
			read_bud(c, span_u32(n.bytes, 24, false), span_u32(n.bytes, 28, false));
		any = true;
	}
	return any && *since;
}

static void read_journal(struct collector *c, const struct ubifs_master *m)
{
	uint64_t since = 0;

	if (m->log < LOG || m->log >= LOG + c->fs->log_lebs)
		return;
	for (uint32_t i = 0; i < c->fs->log_lebs; i++)
		if (!read_log(c, m, LOG + (m->log - LOG + (uint64_t)i) % c->fs->log_lebs, &since))
			return;
}

static void read_all(struct collector *c)
{
	const struct ubifs *fs = c->fs;
	uint64_t end = fs->in.n / fs->leb_size + (fs->in.n % fs->leb_size != 0);

	listing_fault(c->l, c->why);
	for (uint64_t leb = fs->main_first; leb < fs->lebs && leb < end; leb++) {
		struct ubifs_scan s = { .fs = fs, .leb = leb };
		struct ubifs_node n;

		while (ubifs_scan_next(&s, &n))
			ubifs_records_add(c->records, &n);
		note_waste(c, &s);
	}
}

void ubifs_collect(const struct ubifs *fs, struct listing *l, struct ubifs_records *rs)
{
	struct collector c = { .fs = fs, .l = l, .records = rs };
	struct ubifs_master m = { 0 };

	/* Marks for index nodes; LEBs, which are larger than 64 bytes, have room in them too. */
	c.seen = arena_take(l->arena, fs->in.n / 64 + 1, 1);
	if (!c.seen) {
		listing_fault(l, fault_at(FAULT_MEMORY, 0, "index", fs->in.n, 0));
		return;
	}
	if (!ubifs_master(fs, &m))
		torn(&c, fs->leb_size, "master node", 0, 1);
	else
		walk_index(&c, m.root_leb, m.root_at, -1);
	if (c.is_torn) {
		rs->count = 0;
		read_all(&c);
		return;
	}
	memset(c.seen, 0, fs->in.n / 64 + 1);
	read_journal(&c, &m);
}
