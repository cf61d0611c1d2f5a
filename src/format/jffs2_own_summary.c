/* jffs2_own_summary.c - what sumtool writes at the end of an erase block: a record for each node in
 * it, in their order, and behind them where the summary begins. A kernel that reads summaries looks
 * at no node of the block, so each record has to say what its node does. */
#include "base/hash.h"
#include "format/jffs2.h"
#include "format/own.h"

#define HEADER      32
#define MARKER      8
#define MAGIC       0x02851885u
#define CLEANMARKER 0x2003
#define PADDING     0x2004

struct summary {
	struct span in, bytes; /* the image; the node of the summary */
	uint64_t block, at;    /* where the erase block begins; the summary */
	bool big;
};

static bool sums_hold(const struct summary *s)
{
	struct span records = span_from(s->bytes, HEADER);

	return records.n >= MARKER && crc32_bare(records) == span_u32(s->bytes, 24, s->big) &&
	       crc32_bare(span_head(s->bytes, HEADER - 8)) == span_u32(s->bytes, 28, s->big);
}

static bool says_inode(const struct summary *s, struct cursor *c, const struct jffs2_node *n)
{
	struct jffs2_inode i;
	uint32_t ino = cursor_u32(c, s->big), version = cursor_u32(c, s->big);
	uint32_t offset = cursor_u32(c, s->big), length = cursor_u32(c, s->big);

	return jffs2_inode_read(n, s->big, &i) && i.ino == ino && i.version == version &&
	       offset == n->at - s->block && length == n->length;
}

static bool says_name(const struct summary *s, struct cursor *c, const struct jffs2_node *n)
{
	struct jffs2_dirent d;
	uint32_t length = cursor_u32(c, s->big), offset = cursor_u32(c, s->big);
	uint32_t parent = cursor_u32(c, s->big), version = cursor_u32(c, s->big);
	uint32_t ino = cursor_u32(c, s->big);
	uint8_t size = cursor_u8(c), type = cursor_u8(c);
	struct span name = cursor_span(c, size);

	return jffs2_dirent_read(n, s->big, &d) && d.parent == parent && d.version == version &&
	       d.ino == ino && d.type == type && span_equal(d.name, name) &&
	       offset == n->at - s->block && length == n->length;
}

static bool says_value(const struct summary *s, struct cursor *c, const struct jffs2_node *n)
{
	struct jffs2_xattr x;
	uint32_t xid = cursor_u32(c, s->big), version = cursor_u32(c, s->big);
	uint32_t offset = cursor_u32(c, s->big), length = cursor_u32(c, s->big);

	return jffs2_xattr_read(n, s->big, &x) && x.xid == xid && x.version == version &&
	       offset == n->at - s->block && length == n->length;
}

/* The record of one node; none is needed for what fills. */
static bool says(const struct summary *s, struct cursor *c, const struct jffs2_node *n)
{
	if (cursor_u16(c, s->big) != n->type || n->obsolete)
		return false;
	switch (n->type) {
	case JFFS2_INODE:
		return says_inode(s, c, n);
	case JFFS2_DIRENT:
		return says_name(s, c, n);
	case JFFS2_XATTR:
		return says_value(s, c, n);
	case JFFS2_XREF:
		return cursor_u32(c, s->big) == n->at - s->block;
	default:
		return false;
	}
}

/* All nodes from the block's begin to the summary; *end is behind their records. */
static bool says_all(const struct summary *s, uint64_t *end)
{
	struct cursor c = { .in = s->bytes, .at = HEADER };
	struct jffs2_walk w = jffs2_begin(s->in);
	uint32_t left = span_u32(s->bytes, 12, s->big), marker = 0;
	struct jffs2_node n;

	w.at = w.end = s->block;
	w.big = s->big;
	while (jffs2_next(&w, &n) && n.at < s->at) {
		if (n.type == CLEANMARKER && n.at == s->block)
			marker = n.length;
		if (n.type == CLEANMARKER || n.type == PADDING)
			continue;
		if (left-- == 0 || !says(s, &c, &n))
			return false;
	}
	*end = c.at;
	return !c.ran_out && left == 0 && w.foreign == UINT64_MAX &&
	       span_u32(s->bytes, 16, s->big) == marker && span_u32(s->bytes, 20, s->big) == 0;
}

void jffs2_own_summary(const struct jffs2 *fs, struct own_list *out, const struct jffs2_node *n,
		       uint64_t *after)
{
	struct summary s = { .in = fs->in, .bytes = n->bytes, .at = n->at, .big = fs->big };
	uint64_t tail = n->bytes.n >= HEADER + MARKER ? n->bytes.n - MARKER : 0, end = 0;
	uint32_t offset = span_u32(n->bytes, tail, s.big);
	bool holds = tail && span_u32(n->bytes, tail + 4, s.big) == MAGIC && offset <= n->at &&
		     sums_hold(&s);

	s.block = holds ? n->at - offset : n->at;
	holds = holds && s.block >= *after && says_all(&s, &end) && end <= tail;
	*after = n->at + n->bytes.n;
	if (!holds) {
		own_add(out, n->at, n->bytes.n, OWN_DATA, "summary");
		return;
	}
	own_add(out, n->at, end, OWN_STRUCTURE, "summary");
	own_add(out, n->at + end, tail - end, OWN_FILL, "behind a summary");
	own_add(out, n->at + tail, MARKER, OWN_STRUCTURE, "summary");
}
