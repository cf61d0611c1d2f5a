/* jffs2.c - JFFS2, the log-structured file system of NOR and small NAND flash. See jffs2.h. */
#include <stdio.h>

#include "format/jffs2.h"

#define SMALLEST_GAP   4096
#define SMALLEST_BLOCK (4u << 10)
#define LARGEST_BLOCK  (4u << 20)
#define XATTR_ROOM     (16u << 20)

/* A second node: behind the first, at once or behind a little erased flash, or at the start of the
 * next erase block. A wrong start costs no more than this. */
static bool second_node(struct span in, bool big, const struct jffs2_node *first)
{
	struct jffs2_node n;
	uint64_t at = ((uint64_t)first->length + 3) / 4 * 4, near = at + SMALLEST_GAP;

	while (at < near && span_byte(in, at) == 0xff)
		at += 4;
	if (jffs2_node_at(in, at, big, &n))
		return true;
	for (uint64_t block = SMALLEST_BLOCK; block <= LARGEST_BLOCK; block *= 2)
		if (block >= first->length && jffs2_node_at(in, block, big, &n))
			return true;
	return false;
}

/* Names seen so far: within a file system no two have the same directory and version. */
#define SEEN 2048

struct seen {
	struct jffs2_dirent names[SEEN];
	bool taken[SEEN];
};

enum sight { SIGHT_NEW, SIGHT_AGAIN, SIGHT_CONTRADICTS };

/* Whether a name was seen, or contradicts one that was. Names of low directories, which every file
 * system has, are kept when room is short. */
static enum sight look_at(struct seen *s, const struct jffs2_dirent *d)
{
	uint32_t slot = (d->parent * 31 + d->version) % SEEN;
	const struct jffs2_dirent *have = &s->names[slot];

	if (s->taken[slot] && have->parent == d->parent && have->version == d->version)
		return have->ino == d->ino && span_equal(have->name, d->name) ? SIGHT_AGAIN
									      : SIGHT_CONTRADICTS;
	if (!s->taken[slot] || d->parent < have->parent) {
		s->names[slot] = *d;
		s->taken[slot] = true;
	}
	return SIGHT_NEW;
}

/* Names that are there again behind a gap. */
struct again {
	uint64_t gap;
	uint32_t names, before, same, other;
};

#define LEAST_AGAIN 16

/* Whether what began behind a gap is a second copy: half of the names before it have come again,
 * with few others between. A block that the garbage collector has copied repeats less. */
static bool is_copy(struct again *a, enum sight sight, uint64_t gap)
{
	a->names++;
	if (a->gap == 0 && sight == SIGHT_AGAIN && gap)
		*a = (struct again){ .gap = gap, .names = a->names, .before = a->names };
	if (a->gap == 0)
		return false;
	a->same += sight == SIGHT_AGAIN;
	a->other += sight == SIGHT_NEW;
	if (a->other > 4 + a->same / 2)
		a->gap = a->same = a->other = 0;
	return a->gap && a->same >= LEAST_AGAIN && a->same * 2 >= a->before;
}

/* Behind the last node. Where two file systems follow each other, the names of the second
 * contradict those of the first or are all of them once more; it begins behind a gap. */
static uint64_t find_end(struct span in)
{
	struct jffs2_walk w = jffs2_begin(in);
	struct seen seen = { 0 };
	struct again again = { 0 };
	struct jffs2_dirent d;
	struct jffs2_node n;
	uint64_t end = 0, gap = 0;

	while (jffs2_next(&w, &n)) {
		enum sight sight;

		if (n.at - end >= SMALLEST_GAP && n.at > 0)
			gap = end;
		end = w.end;
		if (n.type != JFFS2_DIRENT || n.obsolete || !jffs2_dirent_read(&n, w.big, &d))
			continue;
		sight = look_at(&seen, &d);
		if (is_copy(&again, sight, gap))
			return again.gap;
		if (sight == SIGHT_CONTRADICTS && gap)
			return gap;
	}
	return end;
}

/* The length is nowhere stated: the chain of nodes is followed. What is accepted is not probed
 * again inside, so this stays linear. */
static struct fault probe(struct span in, struct found *f)
{
	bool big = jffs2_begin(in).big;
	struct jffs2_node first;

	if (!jffs2_node_at(in, 0, big, &first))
		return fault_at(FAULT_BROKEN, 0, "node header", 0, 0);
	if (!second_node(in, big, &first))
		return fault_at(FAULT_BROKEN, first.length, "second node", 0, 0);
	f->len = find_end(in);
	f->proof = PROOF_CHECKSUM;
	snprintf(f->label, sizeof(f->label), "%s-endian", big ? "big" : "little");
	return fine;
}

static struct fault list(struct listing *l)
{
	struct jffs2 *fs = arena_take(l->arena, 1, sizeof(*fs));
	struct fault bad;

	if (!fs)
		return fault_at(FAULT_MEMORY, 0, "nodes", 0, 0);
	*fs = (struct jffs2){ .in = l->in,
			      .big = jffs2_begin(l->in).big,
			      .arena = l->arena,
			      .xattr_room = XATTR_ROOM + l->in.n };
	l->state = fs;
	bad = jffs2_collect(fs, l);
	if (bad.kind == FAULT_NONE)
		bad = jffs2_map(fs);
	if (bad.kind == FAULT_NONE)
		jffs2_tree(fs, l);
	return bad;
}

/* One visible part of a node. What does not unpack reads as zeros, so that the rest keeps its
 * place. */
static struct fault put_part(const struct jffs2 *fs, const struct jffs2_part *p, struct sink *page,
			     struct sink *out)
{
	struct jffs2_inode i;
	struct fault bad;
	struct span plain;
	uint64_t skip;

	if (!jffs2_inode_at(fs, p->at, &i))
		return fault_at(FAULT_BROKEN, p->at, "inode node", 0, 0);
	skip = p->from - i.offset;
	if (i.method == JFFS2_METHOD_ZERO) {
		sink_zero(out, p->length);
		return fine;
	}
	sink_reset(page, JFFS2_LARGEST_PLAIN);
	bad = jffs2_is_plain(&i) ? fine : jffs2_unpack(&i, page);
	plain = span_head(span_from(jffs2_is_plain(&i) ? i.data : sink_span(page), skip),
			  p->length);
	if (bad.kind == FAULT_NONE && plain.n < p->length)
		bad = fault_at(FAULT_BROKEN, p->at, "plain size of node", plain.n, p->length);
	sink_put(out, plain);
	sink_zero(out, p->length - plain.n);
	bad.at = bad.kind ? p->at : 0;
	return bad;
}

static struct fault load(const struct listing *l, const struct entry *e, struct sink *out)
{
	const struct jffs2 *fs = l->state;
	const struct jffs2_part *p = &fs->parts[e->key[0]];
	struct fault first = fine;
	struct sink page;
	uint64_t pos = 0;

	sink_init(&page, NULL, JFFS2_LARGEST_PLAIN);
	for (uint64_t i = 0; i < e->key[1] && out->fault.kind == FAULT_NONE; i++, p++) {
		struct fault bad;

		if (p->from > pos && !sink_zero(out, p->from - pos))
			break;
		bad = put_part(fs, p, &page, out);
		first = first.kind ? first : bad;
		pos = (uint64_t)p->from + p->length;
	}
	if (out->fault.kind == FAULT_NONE)
		sink_zero(out, e->size - pos);
	sink_free(&page);
	return out->fault.kind ? out->fault : first;
}

const struct format format_jffs2 = {
	.name = "jffs2",
	.says = "JFFS2 of both byte orders, every compressor and OpenWrt's LZMA",
	.domain = DOMAIN_BROADBAND,
	.spec = "kernel include/uapi/linux/jffs2.h, fs/jffs2",
	.shape = SHAPE_CONTAINER,
	.magic = { { 0, 4, "\x85\x19\x01\xe0" }, { 0, 4, "\x85\x19\x02\xe0" },
		   { 0, 4, "\x85\x19\x03\x20" }, { 0, 4, "\x85\x19\x04\x20" },
		   { 0, 4, "\x85\x19\x06\x20" }, { 0, 4, "\x85\x19\x08\xe0" },
		   { 0, 4, "\x85\x19\x09\xe0" }, { 0, 4, "\x85\x19\x01\xc0" },
		   { 0, 4, "\x85\x19\x02\xc0" }, { 0, 4, "\x85\x19\x03\x00" },
		   { 0, 4, "\x19\x85\xe0\x01" }, { 0, 4, "\x19\x85\xe0\x02" },
		   { 0, 4, "\x19\x85\x20\x03" }, { 0, 4, "\x19\x85\x20\x04" },
		   { 0, 4, "\x19\x85\x20\x06" }, { 0, 4, "\x19\x85\xe0\x08" },
		   { 0, 4, "\x19\x85\xe0\x09" }, { 0, 4, "\x19\x85\xc0\x01" },
		   { 0, 4, "\x19\x85\xc0\x02" }, { 0, 4, "\x19\x85\x00\x03" } },
	.probe = probe,
	.list = list,
	.load = load,
	.own = jffs2_own,
	.stored = jffs2_stored,
};
