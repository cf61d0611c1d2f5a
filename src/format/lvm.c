/* lvm.c - LVM2 physical volumes: each logical volume is one entry, its segments joined. Sources:
 * LVM2 lib/format_text/layout.h, lib/label/label.h; libvslvm documentation/Logical Volume Manager
 * (LVM) format.asciidoc.
 *
 * A label in one of the first four sectors leads to areas in which the group's metadata stand as
 * text, each version behind the one before it in a ring. Segments that lie on another physical
 * volume end the content of their logical volume: what is given is never made up. The parts of
 * mirrors, RAIDs and pools are logical volumes of their own and are opened as such. */
#include <stdio.h>
#include <stdlib.h>

#include "base/text.h"
#include "format/lvm.h"
#include "format/marks.h"
#include "format/parts.h"

#define SECTOR       512u
#define LARGEST_UNIT (1ull << 40) /* a stripe */
#define MOST_USES    2 /* of a byte, by all volumes: while one is moved, two of them have it */

/* A stretch of a logical volume: stretches of `length` bytes each, at `stripes` places, which take
 * turns. */
struct part {
	uint64_t extents, length, chunk;
	uint64_t *places;
	uint32_t stripes;
};

struct parts {
	struct part *p;
	uint32_t count;
	uint64_t size;
};

/* What load() needs. */
struct opened {
	struct parts *volumes;
	uint32_t count;
	uint64_t left; /* bytes that volumes may still share out */
};

static struct fault probe(struct span in, struct found *f)
{
	struct lvm_volume v;
	struct fault bad = lvm_label_read(in, &v);

	if (bad.kind)
		return bad;
	f->len = part_bound(v.size, in);
	f->proof = PROOF_CHECKSUM;
	snprintf(f->label, sizeof(f->label), "device of %llu", (unsigned long long)v.size);
	return fine;
}

/* What a segment is, other than a plain or striped one. */
static const char *kind_of_segment(struct span type)
{
	static const struct {
		const char *type, *says;
	} kinds[] = {
		{ "snapshot", "snapshot over another volume" },
		{ "thin", "thin volume" },
		{ "thin-pool", "pool of thin volumes" },
		{ "mirror", "mirrored volume" },
		{ "raid", "RAID volume" },
		{ "cache", "cached volume" },
		{ "writecache", "cached volume" },
		{ "vdo", "VDO volume" },
		{ "integrity", "volume with integrity data" },
	};

	for (size_t i = sizeof(kinds) / sizeof(kinds[0]); i-- > 0;)
		if (span_starts(type, span_text(kinds[i].type)))
			return kinds[i].says;
	return "type of logical volume";
}

/* One stripe: a physical volume and the first of its extents. */
static struct fault read_place(const struct lvm_group *g, struct span *list, uint64_t at,
			       uint64_t extents, uint64_t *place)
{
	struct span disk, number = { 0 };
	uint64_t first = 0;
	size_t used;

	if (!lvm_list_next(list, &disk) || !lvm_list_next(list, &number) ||
	    !span_number(number, 10, &first, &used))
		return fault_at(FAULT_BROKEN, at, "stripes", 0, 0);
	if (!span_equal(disk, g->disk))
		return fault_at(FAULT_SHORT, at, "segment on another physical volume", 0, 0);
	if (first > g->extents || extents > g->extents - first)
		return fault_at(FAULT_BROKEN, at, "extent", first, g->extents);
	*place = g->start + first * g->extent;
	return fine;
}

/* Charges the bytes of a part to what all volumes may share out; what the image does not hold of
 * any stripe is cut off from all. */
static struct fault charge(struct listing *l, uint64_t *left, uint64_t at, struct part *p)
{
	struct fault bad = fine;
	uint64_t length = p->length;

	for (uint32_t i = 0; i < p->stripes; i++) {
		struct span there = span_head(span_from(l->in, p->places[i]), p->length);

		if (there.n < length)
			length = there.n;
	}
	if (length < p->length)
		bad = fault_at(FAULT_SHORT, at, "extents", length, p->length);
	p->length = length;
	if (length > *left / p->stripes) {
		p->length = 0;
		return fault_at(FAULT_LIMIT, at, "extents used more than once", length, *left);
	}
	*left -= length * p->stripes;
	return bad;
}

static struct fault read_stripes(struct listing *l, const struct lvm_group *g, uint32_t item,
				 struct part *p)
{
	struct span list = lvm_value(&g->text, item, "stripes");
	uint64_t at = lvm_place(g, item), count, sectors;
	struct fault bad = fine;

	lvm_number(&g->text, item, "extent_count", &p->extents);
	lvm_number(&g->text, item, "stripe_size", &sectors);
	if (!lvm_number(&g->text, item, "stripe_count", &count) || count == 0 ||
	    count > list.n / 4 || p->extents % count)
		return fault_at(FAULT_BROKEN, at, "stripe count", count, list.n / 4);
	if (count > 1 && (sectors == 0 || sectors > LARGEST_UNIT / SECTOR))
		return fault_at(FAULT_BROKEN, at, "stripe size", sectors, LARGEST_UNIT / SECTOR);
	p->places = arena_take(l->arena, count, sizeof(*p->places));
	if (!p->places)
		return fault_at(FAULT_MEMORY, at, "stripes", count, 0);
	for (uint32_t i = 0; bad.kind == FAULT_NONE && i < count; i++)
		bad = read_place(g, &list, at, p->extents / count, &p->places[i]);
	if (bad.kind)
		return bad;
	p->stripes = (uint32_t)count;
	p->length = p->extents / count * g->extent;
	p->chunk = count > 1 ? sectors * SECTOR : p->length;
	return fine;
}

struct segment {
	uint32_t item;
	uint64_t first;
};

static int by_first(const void *left, const void *right)
{
	const struct segment *a = left, *b = right;

	if (a->first != b->first)
		return a->first < b->first ? -1 : 1;
	return (a->item > b->item) - (a->item < b->item);
}

static bool is_segment(const struct lvm_item *item)
{
	return item->is_section && span_starts(item->key, span_text("segment"));
}

/* The segments of a logical volume in the order of its extents. */
static struct segment *find_segments(struct arena *a, const struct lvm_group *g, uint32_t volume,
				     uint32_t *count)
{
	struct segment *found;
	uint32_t room = 0, n = 0;

	for (uint32_t i = g->text.items[volume].child; i != LVM_NONE; i = g->text.items[i].next)
		room += is_segment(&g->text.items[i]);
	found = arena_take(a, room, sizeof(*found));
	*count = found ? room : 0;
	for (uint32_t i = g->text.items[volume].child; found && i != LVM_NONE;
	     i = g->text.items[i].next) {
		if (!is_segment(&g->text.items[i]))
			continue;
		found[n].item = i;
		lvm_number(&g->text, i, "start_extent", &found[n++].first);
	}
	if (n > 1)
		qsort(found, n, sizeof(*found), by_first);
	return found;
}

/* Plain stretches that follow each other on the disk too are one. */
static void add_part(struct parts *parts, const struct part *p)
{
	struct part *last = parts->count ? &parts->p[parts->count - 1] : NULL;

	parts->size += p->length * p->stripes;
	if (last && last->stripes == 1 && p->stripes == 1 &&
	    last->places[0] + last->length == p->places[0]) {
		last->length += p->length;
		last->chunk = last->length;
	} else if (p->length) {
		parts->p[parts->count++] = *p;
	}
}

/* The content up to the first segment that cannot be given, and why that one cannot. */
static struct fault read_segments(struct listing *l, const struct lvm_group *g, uint32_t volume,
				  struct parts *parts)
{
	struct opened *o = l->state;
	uint32_t count;
	struct segment *s = find_segments(l->arena, g, volume, &count);
	struct fault bad = fine;
	uint64_t next = 0;

	parts->p = arena_take(l->arena, count, sizeof(*parts->p));
	if (!s || !parts->p)
		return fault_at(FAULT_MEMORY, lvm_place(g, volume), "segments", count, 0);
	for (uint32_t i = 0; bad.kind == FAULT_NONE && i < count; i++) {
		uint64_t at = lvm_place(g, s[i].item);
		struct span type = lvm_value(&g->text, s[i].item, "type");
		struct part p = { 0 };

		if (s[i].first != next)
			return fault_at(FAULT_BROKEN, at, "first extent", s[i].first, next);
		if (!span_is(type, "striped") && !span_is(type, "linear"))
			return fault_at(FAULT_UNKNOWN, at, kind_of_segment(type), 0, 0);
		bad = read_stripes(l, g, s[i].item, &p);
		if (bad.kind)
			return bad;
		bad = charge(l, &o->left, at, &p);
		add_part(parts, &p);
		next += p.extents;
	}
	return bad;
}

static void add_volume(struct listing *l, const struct lvm_group *g, uint32_t volume)
{
	struct opened *o = l->state;
	struct parts *parts = &o->volumes[o->count];
	struct entry e = entry_new(KIND_FILE, g->text.items[volume].key);

	e.fault = read_segments(l, g, volume, parts);
	e.size = parts->size;
	e.key[0] = o->count++;
	if (parts->count)
		e.order = parts->p[0].places[0];
	if (parts->count == 1 && parts->p[0].stripes == 1) {
		e.stored = true;
		e.offset = parts->p[0].places[0];
		e.length = parts->size;
	}
	listing_add(l, &e);
}

static struct fault list(struct listing *l)
{
	struct opened *o = arena_take(l->arena, 1, sizeof(*o));
	struct lvm_group g = { 0 };
	struct lvm_volume v;
	struct fault bad = lvm_label_read(l->in, &v);
	uint32_t first, count = 0;

	if (bad.kind || !o)
		return bad.kind ? bad : fault_at(FAULT_MEMORY, 0, "volumes", 0, 0);
	l->state = o;
	if (v.size > l->in.n)
		listing_fault(l, fault_at(FAULT_SHORT, v.label, "device size", l->in.n, v.size));
	if (!lvm_group_find(l, &v, &g)) {
		snprintf(l->label, sizeof(l->label), "no volume group");
		return fine;
	}
	label_add(l->label, "volume group ", g.name);
	bad = lvm_disk_find(&v, &g);
	if (bad.kind)
		return bad;
	first = lvm_find(&g.text, g.section, "logical_volumes");
	first = first == LVM_NONE ? first : g.text.items[first].child;
	for (uint32_t i = first; i != LVM_NONE; i = g.text.items[i].next)
		count++;
	o->left = (uint64_t)l->in.n * MOST_USES;
	o->volumes = arena_take(l->arena, count, sizeof(*o->volumes));
	for (uint32_t i = first; o->volumes && i != LVM_NONE; i = g.text.items[i].next)
		if (g.text.items[i].is_section)
			add_volume(l, &g, i);
	return fine;
}

/* A chunk of each stripe in turn. */
static bool put_part(struct span in, const struct part *p, struct sink *out)
{
	for (uint64_t done = 0; done < p->length; done += p->chunk) {
		uint64_t n = p->length - done < p->chunk ? p->length - done : p->chunk;

		for (uint32_t i = 0; i < p->stripes; i++)
			if (!sink_put(out, span_sub(in, p->places[i] + done, n)))
				return false;
	}
	return true;
}

static struct fault load(const struct listing *l, const struct entry *e, struct sink *out)
{
	const struct opened *o = l->state;
	const struct parts *parts = &o->volumes[e->key[0]];

	for (uint32_t i = 0; i < parts->count; i++)
		if (!put_part(l->in, &parts->p[i], out))
			return out->fault;
	return fine;
}

const struct format format_lvm = {
	.name = "lvm",
	.says = "LVM2 physical volume, with its logical volumes",
	.domain = DOMAIN_IT,
	.spec = "LVM2 lib/format_text/layout.h, lib/label/label.h",
	.shape = SHAPE_CONTAINER,
	.magic = { { 0, 8, "LABELONE" },
		   { 512, 8, "LABELONE" },
		   { 1024, 8, "LABELONE" },
		   { 1536, 8, "LABELONE" } },
	.probe = probe,
	.list = list,
	.load = load,
};
