/* lvm_group.c - see lvm.h. Sources: LVM2 lib/format_text/layout.h, lib/label/label.h, lib/device/
 * dev-type.c; libvslvm documentation/Logical Volume Manager (LVM) format.asciidoc. */
#include "base/cursor.h"
#include "base/hash.h"
#include "base/text.h"
#include "format/lvm.h"

#define SECTOR        512u
#define LABEL_SECTORS 4
#define CRC_SEED      0xf597a6cfu
#define AREA_HEADER   512u
#define AREA_MAGIC    " LVM2 x[5A%r0N*>"
#define ID_SIZE       32
#define MOST_TEXT     (64u << 20)
#define LARGEST_DISK  (1ull << 60)
#define LARGEST_UNIT  (1ull << 40) /* an extent, a stripe */

static uint32_t crc_of(struct span s)
{
	return ~crc32_update(~CRC_SEED, s);
}

/* As LVM itself: what has partitions is no physical volume, whatever was left behind them. */
static bool has_partitions(struct span in)
{
	bool found = false;

	if (span_u16(in, 510, true) != 0x55aa)
		return false;
	for (uint64_t at = 446; at < 510; at += 16) {
		if (span_byte(in, at) & 0x7f)
			return false;
		found |= span_u32(in, at + 12, false) != 0;
	}
	return found;
}

/* Data areas, then metadata areas; each list ends with an offset of zero. */
static void read_areas(struct cursor *c, struct lvm_volume *v)
{
	uint64_t at, size;

	for (int list = 0; list < 2; list++) {
		while ((at = cursor_le64(c)) != 0) {
			size = cursor_le64(c);
			if (list == 1 && v->area_count < LVM_AREAS)
				v->areas[v->area_count++] = (struct lvm_range){ at, size };
		}
		cursor_skip(c, 8);
	}
}

static struct fault read_label(struct span in, uint64_t at, struct lvm_volume *v)
{
	struct span sector = span_sub(in, at, SECTOR);
	struct cursor c = { .in = sector, .at = 8 };
	uint32_t crc, header;

	*v = (struct lvm_volume){ .in = in, .label = at };
	if (!span_starts(sector, span_text("LABELONE")) || cursor_le64(&c) != at / SECTOR)
		return fault_at(FAULT_UNKNOWN, at, "label", in.n, SECTOR);
	crc = cursor_le32(&c);
	header = cursor_le32(&c);
	if (!span_starts(span_from(sector, c.at), span_text("LVM2 001")))
		return fault_at(FAULT_UNKNOWN, at + 24, "type of label", 0, 0);
	if (crc_of(span_from(sector, 20)) != crc)
		return fault_at(FAULT_BROKEN, at + 16, "label CRC-32",
				crc_of(span_from(sector, 20)), crc);
	c.at = header < SECTOR ? header : SECTOR;
	v->id = cursor_span(&c, ID_SIZE);
	v->size = cursor_le64(&c);
	if (c.ran_out || v->size < at + SECTOR || v->size > LARGEST_DISK)
		return fault_at(FAULT_BROKEN, at + header, "device size", v->size, LARGEST_DISK);
	read_areas(&c, v);
	return fine;
}

struct fault lvm_label_read(struct span in, struct lvm_volume *v)
{
	struct fault bad = fine;

	if (has_partitions(in))
		return fault_at(FAULT_UNKNOWN, 510, "partition table", 0, 0);
	for (uint64_t i = 0; i < LABEL_SECTORS; i++) {
		bad = read_label(in, i * SECTOR, v);
		if (bad.kind != FAULT_UNKNOWN)
			break;
	}
	return bad;
}

/* A place of the text in the image: behind the area's end the ring goes on behind its header. */
static uint64_t place_in_ring(const struct lvm_group *g, uint64_t at)
{
	at += g->offset;
	if (at >= g->area.size)
		at = at - g->area.size + AREA_HEADER;
	return g->area.at + at;
}

uint64_t lvm_place(const struct lvm_group *g, uint32_t item)
{
	return place_in_ring(g, span_place(g->bytes, g->text.items[item].key));
}

/* The bytes of the text, joined where the ring begins anew; empty where any are cut off. */
static struct span take_text(struct arena *a, struct span area, const struct lvm_group *g,
			     uint64_t size)
{
	uint64_t before = g->area.size - g->offset; /* the ring's end */
	struct span head = span_sub(area, g->offset, size < before ? size : before);
	struct span tail = span_sub(area, AREA_HEADER, size - head.n);
	uint8_t *joined;

	if (head.n == 0 || head.n == size)
		return head;
	joined = arena_take(a, size, 1);
	if (!joined || tail.n == 0)
		return (struct span){ 0 };
	memcpy(joined, head.p, head.n);
	memcpy(joined + head.n, tail.p, tail.n);
	return (struct span){ joined, (size_t)size };
}

/* The header of an area, and the text that it says is valid. An area without one is `fine`. */
static struct fault read_area(struct arena *a, const struct lvm_volume *v, struct lvm_group *g)
{
	struct span area = span_head(span_from(v->in, g->area.at), g->area.size);
	struct span header = span_sub(area, 0, AREA_HEADER);
	struct cursor c = { .in = header, .at = 20 };
	uint64_t start, size;
	uint32_t crc, flags;

	if (header.n == 0)
		return fault_at(FAULT_SHORT, g->area.at, "metadata area", v->in.n, g->area.size);
	cursor_skip(&c, 4);
	start = cursor_le64(&c);
	g->area.size = cursor_le64(&c);
	g->offset = cursor_le64(&c);
	size = cursor_le64(&c);
	crc = cursor_le32(&c);
	flags = cursor_le32(&c);
	if (!span_starts(span_from(header, 4), span_text(AREA_MAGIC)) || start != g->area.at)
		return fault_at(FAULT_BROKEN, g->area.at, "metadata area header", start,
				g->area.at);
	if (g->offset == 0 || size == 0 || flags & 1)
		return fine;
	if (size > MOST_TEXT)
		return fault_at(FAULT_LIMIT, g->area.at + 48, "metadata", size, MOST_TEXT);
	if (g->offset < AREA_HEADER || g->offset >= g->area.size ||
	    size > g->area.size - AREA_HEADER)
		return fault_at(FAULT_BROKEN, g->area.at + 40, "place of the metadata", g->offset,
				g->area.size);
	area = span_head(span_from(v->in, g->area.at), g->area.size);
	g->bytes = take_text(a, area, g, size);
	if (g->bytes.n == 0)
		return fault_at(FAULT_SHORT, place_in_ring(g, 0), "metadata", area.n, size);
	if (crc_of(g->bytes) != crc)
		return fault_at(FAULT_BROKEN, place_in_ring(g, 0), "metadata CRC-32",
				crc_of(g->bytes), crc);
	if (crc_of(span_from(header, 4)) != span_u32(header, 0, false))
		return fault_at(FAULT_BROKEN, g->area.at, "metadata area CRC-32",
				crc_of(span_from(header, 4)), span_u32(header, 0, false));
	return fine;
}

/* The one section of the text is the group; its name is the key. */
static void read_group(struct arena *a, const struct lvm_volume *v, struct lvm_group *g)
{
	struct fault bad;
	uint32_t i;

	g->fault = read_area(a, v, g);
	if (g->bytes.n == 0)
		return;
	bad = lvm_text_read(a, g->bytes, &g->text);
	bad.at = place_in_ring(g, bad.at);
	if (g->fault.kind == FAULT_NONE)
		g->fault = bad;
	i = g->text.count ? g->text.items[0].child : LVM_NONE;
	while (i != LVM_NONE && !g->text.items[i].is_section)
		i = g->text.items[i].next;
	g->section = i;
	if (i == LVM_NONE)
		return;
	g->name = g->text.items[i].key;
	lvm_number(&g->text, i, "seqno", &g->sequence);
}

static bool is_better(const struct lvm_group *a, const struct lvm_group *b)
{
	if ((a->fault.kind == FAULT_NONE) != (b->fault.kind == FAULT_NONE))
		return a->fault.kind == FAULT_NONE;
	return a->sequence > b->sequence;
}

bool lvm_group_find(struct listing *l, const struct lvm_volume *v, struct lvm_group *best)
{
	bool found = false;

	for (uint32_t i = 0; i < v->area_count; i++) {
		struct lvm_group g = { .area = v->areas[i], .section = LVM_NONE };

		read_group(l->arena, v, &g);
		listing_fault(l, g.fault);
		if (g.section == LVM_NONE || (found && !is_better(&g, best)))
			continue;
		*best = g;
		found = true;
	}
	return found;
}

/* An identifier is written with "-" between its groups of letters. */
static bool same_id(struct span written, struct span id)
{
	size_t n = 0;

	for (size_t i = 0; i < written.n; i++)
		if (written.p[i] != '-' && span_byte(id, n++) != written.p[i])
			return false;
	return n == id.n;
}

struct fault lvm_disk_find(const struct lvm_volume *v, struct lvm_group *g)
{
	uint32_t i = lvm_find(&g->text, g->section, "physical_volumes");
	uint64_t start, sectors;

	i = i == LVM_NONE ? i : g->text.items[i].child;
	while (i != LVM_NONE && !same_id(lvm_value(&g->text, i, "id"), v->id))
		i = g->text.items[i].next;
	if (i == LVM_NONE)
		return fault_at(FAULT_BROKEN, lvm_place(g, g->section),
				"physical volume in its group", 0, 0);
	g->disk = g->text.items[i].key;
	if (!lvm_number(&g->text, g->section, "extent_size", &sectors) || sectors == 0 ||
	    sectors > LARGEST_UNIT / SECTOR)
		return fault_at(FAULT_BROKEN, lvm_place(g, g->section), "extent size", sectors,
				LARGEST_UNIT / SECTOR);
	if (!lvm_number(&g->text, i, "pe_start", &start) || start > v->size / SECTOR)
		return fault_at(FAULT_BROKEN, lvm_place(g, i), "start of extents", start,
				v->size / SECTOR);
	lvm_number(&g->text, i, "pe_count", &g->extents);
	g->start = start * SECTOR;
	g->extent = sectors * SECTOR;
	if (g->extents > (v->size - g->start) / g->extent)
		return fault_at(FAULT_BROKEN, lvm_place(g, i), "extents", g->extents,
				(v->size - g->start) / g->extent);
	return fine;
}
