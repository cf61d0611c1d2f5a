/* gpt.c - GUID partition tables: a protective MBR, the header with its CRC in the second sector,
 * entries with theirs (UEFI 2.10, section 5.3). Partitions are listed in the order of their first
 * sector. */
#include <stdio.h>
#include <stdlib.h>

#include "base/cursor.h"
#include "base/hash.h"
#include "format/own.h"

#define MOST_ENTRIES 1024

struct gpt {
	uint32_t sector;
	uint64_t own, backup, first, last, table;
	uint32_t count, size, table_crc;
};

static bool read_header(struct span in, uint64_t at, struct gpt *g)
{
	struct cursor c = { .in = span_sub(in, at, 92), .at = 12 };
	uint32_t size = cursor_le32(&c), crc = cursor_le32(&c);
	uint8_t copy[512];
	struct span header = span_sub(in, at, size);

	if (!span_starts(c.in, span_text("EFI PART")) || size < 92 || size > sizeof(copy) ||
	    header.n != size)
		return false;
	memcpy(copy, header.p, size);
	memset(copy + 16, 0, 4);
	cursor_skip(&c, 4);
	g->own = cursor_le64(&c);
	g->backup = cursor_le64(&c);
	g->first = cursor_le64(&c);
	g->last = cursor_le64(&c);
	cursor_skip(&c, 16);
	g->table = cursor_le64(&c);
	g->count = cursor_le32(&c);
	g->size = cursor_le32(&c);
	g->table_crc = cursor_le32(&c);
	return crc32_of((struct span){ copy, size }) == crc && g->size >= 128 && g->size <= 4096 &&
	       g->count > 0 && g->count <= MOST_ENTRIES && g->first > 1 && g->first <= g->last &&
	       g->last < UINT64_MAX / 8192 && g->backup < UINT64_MAX / 8192;
}

static struct fault find(struct span in, struct gpt *g)
{
	static const uint32_t sectors[] = { 512, 4096 };

	for (int i = 0; i < 2; i++) {
		g->sector = sectors[i];
		if (read_header(in, g->sector, g) && g->own == 1)
			return fine;
	}
	return fault_at(FAULT_BROKEN, 512, "GPT header CRC-32", 0, 0);
}

static struct fault probe(struct span in, struct found *f)
{
	struct gpt g = { 0 };
	struct fault bad = find(in, &g);
	uint64_t end;

	if (bad.kind)
		return bad;
	end = ((g.backup > g.last ? g.backup : g.last) + 1) * g.sector;
	f->len = end < in.n ? end : in.n;
	f->proof = PROOF_CHECKSUM;
	snprintf(f->label, sizeof(f->label), "sectors of %u", g.sector);
	return fine;
}

struct partition {
	uint64_t from, length;
	struct span name;
};

static int by_start(const void *a, const void *b)
{
	const struct partition *x = a, *y = b;

	return (x->from > y->from) - (x->from < y->from);
}

/* Names are UTF-16LE; what is not ASCII becomes "?". */
static struct span read_name(struct arena *a, struct span raw)
{
	uint8_t *name = arena_take(a, 36, 1);
	size_t n = 0;

	for (size_t i = 0; name && i + 1 < raw.n && n < 36; i += 2) {
		uint16_t unit = span_u16(raw, i, false);

		if (unit == 0)
			break;
		name[n++] = unit < 0x7f ? (uint8_t)unit : '?';
	}
	return (struct span){ name, n };
}

/* The second header stands in the last sector and points back to the first; its table, before it.
 */
static struct fault read_backup(struct span in, const struct gpt *g, struct gpt *second)
{
	uint64_t at = g->backup * g->sector;

	if (at >= in.n || in.n - at < g->sector)
		return fault_at(FAULT_SHORT, 32, "backup header", in.n, at + g->sector);
	if (!read_header(in, at, second) || second->backup != g->own || second->count != g->count ||
	    second->table_crc != g->table_crc || second->table >= g->backup)
		return fault_at(FAULT_BROKEN, at, "backup header", 0, 0);
	return fine;
}

/* Partitions in the order of the table, those that are used and lie where they may. */
static size_t read_partitions(struct listing *l, const struct gpt *g, struct span table,
			      struct partition *parts)
{
	size_t n = 0;

	for (uint32_t i = 0; i < g->count; i++) {
		struct span e = span_sub(table, (uint64_t)i * g->size, g->size);
		uint64_t first = span_u64(e, 32, false), last = span_u64(e, 40, false);
		uint64_t at = g->table * g->sector + (uint64_t)i * g->size;

		if (span_u64(e, 0, false) == 0 && span_u64(e, 8, false) == 0)
			continue;
		if (first < g->first || last < first || last > g->last) {
			listing_fault(l, fault_at(FAULT_BROKEN, at, "partition", last, g->last));
			continue;
		}
		if (last >= l->in.n / g->sector) {
			listing_fault(l, fault_at(FAULT_SHORT, at, "partition", l->in.n / g->sector,
						  last));
			if (first >= l->in.n / g->sector)
				continue;
			last = l->in.n / g->sector - 1;
		}
		parts[n++] = (struct partition){ first * g->sector, (last - first + 1) * g->sector,
						 read_name(l->arena, span_sub(e, 56, 72)) };
	}
	return n;
}

static struct fault list(struct listing *l)
{
	struct gpt g = { 0 }, second = { 0 };
	struct fault bad = find(l->in, &g);
	struct span table;
	struct partition *parts;
	uint64_t end = 0;
	size_t n;

	if (bad.kind)
		return bad;
	l->kind = LISTING_REGIONS;
	table = span_sub(l->in, g.table < l->in.n ? g.table * g.sector : UINT64_MAX,
			 (uint64_t)g.count * g.size);
	parts = arena_take(l->arena, g.count, sizeof(*parts));
	if (table.n == 0 || !parts)
		return fault_at(FAULT_SHORT, g.table, "partition entries", l->in.n, 0);
	if (crc32_of(table) != g.table_crc)
		listing_fault(l, fault_at(FAULT_BROKEN, 88, "entries CRC-32", crc32_of(table),
					  g.table_crc));
	n = read_partitions(l, &g, table, parts);
	qsort(parts, n, sizeof(*parts), by_start);
	for (size_t i = 0; i < n; i++) {
		listing_region(l, parts[i].from, parts[i].length, parts[i].name);
		end = parts[i].from + parts[i].length;
	}
	bad = read_backup(l->in, &g, &second);
	listing_fault(l, bad);
	if (bad.kind == FAULT_NONE && second.table * g.sector >= end)
		listing_owned(l, second.table * g.sector, l->in.n - second.table * g.sector,
			      span_text("backup"));
	return fine;
}

/* -- what its own bytes are -- */

static void own_header_of(struct own_list *out, struct span in, const struct gpt *g, uint64_t at,
			  bool places_hold)
{
	uint32_t size = span_u32(in, at + 12, false);
	struct span table = span_sub(in, g->table < in.n ? g->table * g->sector : UINT64_MAX,
				     (uint64_t)g->count * g->size);

	own_add(out, at, 12, OWN_DATA, "magic and revision");
	own_add(out, at + 12, 4, OWN_STRUCTURE, "header size");
	own_add(out, at + 16, 4, OWN_CHECKSUM, "header CRC32");
	own_add(out, at + 20, 4, OWN_FILL, "unused");
	own_add(out, at + 24, 16, own_if(places_hold, OWN_STRUCTURE), "places of headers");
	own_add(out, at + 40, 16, OWN_DATA, "usable sectors");
	own_add(out, at + 56, 16, OWN_IDENTIFIER, "disk GUID");
	own_add(out, at + 72, 8, own_if(places_hold, OWN_STRUCTURE), "place of entries");
	own_add(out, at + 80, 8, OWN_PACKING, "entries");
	own_add(out, at + 88, 4, own_if(table.n && crc32_of(table) == g->table_crc, OWN_CHECKSUM),
		"entries CRC32");
	own_add(out, at + 92, size - 92, OWN_FILL, "unused");
	own_add(out, at + size, g->sector - size, OWN_FILL, "unused");
}

/* An entry: kind and attributes mean something, its place is the region's, its GUID a number. */
static void own_entries(struct own_list *out, struct span in, const struct gpt *g)
{
	for (uint32_t i = 0; i < g->count; i++) {
		uint64_t at = g->table * g->sector + (uint64_t)i * g->size;
		struct span e = span_sub(in, at, g->size);

		if (e.n == 0)
			return;
		if (is_zero(span_head(e, 16))) {
			own_add(out, at, g->size, OWN_FILL, "unused entry");
			continue;
		}
		own_add(out, at, 16, OWN_DATA, "kind of partition");
		own_add(out, at + 16, 16, OWN_IDENTIFIER, "partition GUID");
		own_add(out, at + 32, 16, OWN_STRUCTURE, "place of partition");
		own_add(out, at + 48, 80, OWN_DATA, "attributes and name");
		own_add(out, at + 128, g->size - 128, OWN_FILL, "unused");
	}
}

/* The protective MBR: code for the boot of older machines, and one partition that covers the disk.
 * The second copy is a region of its own, and named here too. */
static void own(const struct listing *l, struct own_list *out)
{
	struct own_map map = { .out = out };
	struct gpt g = { 0 }, second = { 0 };
	struct span in = l->in;

	if (find(in, &g).kind)
		return;
	own_add(out, 0, 440, OWN_DATA, "boot code");
	own_add(out, 440, 4, OWN_IDENTIFIER, "disk signature");
	own_add(out, 444, 68, OWN_DATA, "protective partition");
	own_add(out, 512, g.sector - 512u, OWN_FILL, "unused");
	own_header_of(out, in, &g, g.sector, g.table * g.sector < in.n);
	own_entries(out, in, &g);
	second.sector = g.sector;
	if (read_backup(in, &g, &second).kind == FAULT_NONE) {
		own_header_of(out, in, &second, g.backup * g.sector, second.own == g.backup);
		own_entries(out, in, &second);
	}
	for (uint32_t i = 0; i < l->count; i++)
		if (!l->entries[i].owned)
			own_content(&map, l->entries[i].offset, l->entries[i].length);
	own_finish(&map, in.n, "unused");
}

const struct format format_gpt = {
	.name = "gpt",
	.says = "GUID partition table",
	.domain = DOMAIN_IT,
	.spec = "UEFI 2.10, section 5.3",
	.shape = SHAPE_CONTAINER,
	.magic = { { 512, 8, "EFI PART" }, { 4096, 8, "EFI PART" } },
	.probe = probe,
	.list = list,
	.own = own,
};
