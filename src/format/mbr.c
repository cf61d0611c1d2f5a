/* mbr.c - partition table of the first sector, with logical partitions through the chain of
 * extended ones. Sources: UEFI 2.10, section 5.2; kernel block/partitions/msdos.c.
 *
 * Two bytes of magic prove nothing, and boot sectors of file systems bear them too: the four
 * entries must make sense together, and what is a volume, a GUID partition table or an ISO image by
 * better marks is no disk with partitions. */
#include <stdio.h>
#include <stdlib.h>

#include "base/cursor.h"
#include "format/fat.h"
#include "format/own.h"

#define SECTOR       512u
#define TABLE        446
#define IDENTIFIER   440 /* of the disk, behind the boot code */
#define SIGNATURE    0xaa55
#define MOST_LOGICAL 128

struct slot {
	uint8_t status, type;
	uint64_t first, count; /* sectors */
};

struct partition {
	struct slot slot;
	uint64_t at; /* of its entry */
	uint32_t number;
};

struct table {
	struct partition parts[4 + MOST_LOGICAL];
	uint64_t links[MOST_LOGICAL]; /* sectors of extended tables */
	uint32_t count, link_count;
};

static struct slot read_slot(struct span in, uint64_t sector, uint32_t i)
{
	struct span e = span_sub(in, sector * SECTOR + TABLE + i * 16, 16);

	return (struct slot){ (uint8_t)span_byte(e, 0), (uint8_t)span_byte(e, 4),
			      span_u32(e, 8, false), span_u32(e, 12, false) };
}

static bool is_extended(const struct slot *s)
{
	return s->type == 0x05 || s->type == 0x0f || s->type == 0x85;
}

static bool is_used(const struct slot *s)
{
	return s->type != 0 && s->count != 0;
}

static bool overlap(const struct slot *a, const struct slot *b)
{
	return is_used(a) && is_used(b) && a->first < b->first + b->count &&
	       b->first < a->first + a->count;
}

/* What says better than two bytes what it is. */
static bool is_other(struct span in)
{
	struct fat volume;

	return span_is(span_sub(in, 3, 8), "NTFS    ") || span_is(span_sub(in, 3, 8), "EXFAT   ") ||
	       span_is(span_sub(in, SECTOR, 8), "EFI PART") ||
	       span_is(span_sub(in, 4096, 8), "EFI PART") ||
	       span_is(span_sub(in, 0x8001, 5), "CD001") ||
	       fat_boot(in, &volume).kind == FAULT_NONE;
}

static struct fault check_slots(struct span in, struct slot slots[4])
{
	uint32_t inside = 0;

	for (uint32_t i = 0; i < 4; i++) {
		uint64_t at = TABLE + i * 16;
		struct slot *s = &slots[i];

		*s = read_slot(in, 0, i);
		if (s->status & 0x7f)
			return fault_at(FAULT_BROKEN, at, "partition status", s->status, 0x80);
		if (!is_used(s))
			continue;
		if (s->first == 0)
			return fault_at(FAULT_BROKEN, at + 8, "first sector", 0, 1);
		for (uint32_t k = 0; k < i; k++)
			if (overlap(s, &slots[k]))
				return fault_at(FAULT_BROKEN, at + 8, "partitions overlap",
						s->first, slots[k].first);
		inside += s->first < in.n / SECTOR;
	}
	return inside ? fine : fault_at(FAULT_UNKNOWN, TABLE, "partitions", 0, 1);
}

static struct fault read_slots(struct span in, struct slot slots[4])
{
	if (in.n < 2 * SECTOR || span_u16(in, 510, false) != SIGNATURE)
		return fault_at(FAULT_UNKNOWN, 510, "boot signature", span_u16(in, 510, false),
				SIGNATURE);
	if (is_other(in))
		return fault_at(FAULT_UNKNOWN, 0, "no master boot record", 0, 0);
	return check_slots(in, slots);
}

static struct fault probe(struct span in, struct found *f)
{
	struct slot slots[4];
	struct fault bad = read_slots(in, slots);
	uint64_t end = 0, last = 0;
	uint32_t used = 0;

	if (bad.kind)
		return bad;
	for (uint32_t i = 0; i < 4; i++) {
		if (!is_used(&slots[i]))
			continue;
		if (slots[i].first > last)
			last = slots[i].first;
		if (slots[i].first + slots[i].count > end)
			end = slots[i].first + slots[i].count;
		used++;
	}
	f->len = end * SECTOR < in.n ? end * SECTOR : in.n;
	/* Of an image that is cut, some may begin behind its end. */
	f->proof = last < in.n / SECTOR ? PROOF_STRUCTURE : PROOF_PLAUSIBLE;
	snprintf(f->label, sizeof(f->label), "%u partition%s, disk 0x%08x", used,
		 used == 1 ? "" : "s", span_u32(in, 440, false));
	return fine;
}

static bool met_before(const struct table *t, uint64_t sector)
{
	for (uint32_t i = 0; i < t->link_count; i++)
		if (t->links[i] == sector)
			return true;
	return false;
}

/* A chain of tables: the first entry counts from its own, the second, the link, from the first. */
static struct fault read_logical(struct span in, const struct slot *extended, struct table *t)
{
	uint64_t sector = extended->first;

	for (;;) {
		uint64_t at = sector * SECTOR;
		struct slot part, link;

		if (sector >= in.n / SECTOR)
			return fault_at(FAULT_SHORT, at, "extended table", in.n, at + SECTOR);
		if (span_u16(in, at + 510, false) != SIGNATURE)
			return fault_at(FAULT_BROKEN, at + 510, "extended table's signature",
					span_u16(in, at + 510, false), SIGNATURE);
		if (met_before(t, sector))
			return fault_at(FAULT_BROKEN, at, "extended table met twice", sector, 0);
		if (t->link_count == MOST_LOGICAL)
			return fault_at(FAULT_LIMIT, at, "logical partitions", MOST_LOGICAL,
					MOST_LOGICAL);
		t->links[t->link_count++] = sector;
		part = read_slot(in, sector, 0);
		link = read_slot(in, sector, 1);
		part.first += sector;
		if (is_used(&part) && !is_extended(&part))
			t->parts[t->count++] =
				(struct partition){ part, at + TABLE, 4 + t->link_count };
		if (!is_used(&link) || !is_extended(&link))
			return fine;
		sector = extended->first + link.first;
	}
}

static int by_start(const void *a, const void *b)
{
	const struct entry *x = a, *y = b;

	return (x->offset > y->offset) - (x->offset < y->offset);
}

static void add_partition(struct listing *l, const struct partition *p)
{
	uint64_t from = p->slot.first, count = p->slot.count, sectors = l->in.n / SECTOR;
	char name[40];
	int n = snprintf(name, sizeof(name), "partition %u type 0x%02x", p->number, p->slot.type);

	if (from >= sectors || count > sectors - from) {
		listing_fault(l, fault_at(FAULT_SHORT, p->at, "partition", sectors, from + count));
		if (from >= sectors)
			return;
		count = sectors - from;
	}
	listing_region(l, from * SECTOR, count * SECTOR,
		       arena_copy(l->arena, (struct span){ (const uint8_t *)name, (size_t)n }));
}

/* In the order of the disk; what overlaps its neighbour is said and left out by the walk. */
static struct fault list(struct listing *l)
{
	struct table *t = arena_take(l->arena, 1, sizeof(*t));
	struct slot slots[4];
	struct fault bad = read_slots(l->in, slots);

	if (bad.kind || !t)
		return bad.kind ? bad : fault_at(FAULT_MEMORY, 0, "partitions", 0, 0);
	l->kind = LISTING_REGIONS;
	for (uint32_t i = 0; i < 4; i++)
		if (is_used(&slots[i]) && is_extended(&slots[i]))
			listing_fault(l, read_logical(l->in, &slots[i], t));
		else if (is_used(&slots[i]))
			t->parts[t->count++] =
				(struct partition){ slots[i], TABLE + i * 16ull, i + 1 };
	for (uint32_t i = 0; i < t->count; i++)
		add_partition(l, &t->parts[i]);
	for (uint32_t i = 0; i < t->link_count; i++)
		listing_owned(l, t->links[i] * SECTOR, SECTOR, span_text("extended table"));
	if (l->count)
		qsort(l->entries, l->count, sizeof(*l->entries), by_start);
	return fine;
}

/* The oldest form of a place: cylinder, head and sector of a disk with 255 heads and 63 sectors, or
 * the last there is. */
static bool is_geometry(struct span in, uint64_t at, uint64_t sector)
{
	uint32_t cylinder = (uint32_t)(sector / (255 * 63)), head = (uint32_t)(sector / 63 % 255);
	uint32_t low = (uint32_t)(sector % 63 + 1) | (cylinder >> 2 & 0xc0);

	if (sector / (255 * 63) > 1023)
		return (span_byte(in, at) | 1) == 0xff && span_u16(in, at + 1, false) == 0xffff;
	return (uint32_t)span_byte(in, at) == head && (uint32_t)span_byte(in, at + 1) == low &&
	       (uint32_t)span_byte(in, at + 2) == (cylinder & 0xff);
}

/* Entries say where the regions are; status and kind say more, and so may cylinders, heads,
 * sectors where they are not the same place again. */
static void own_slot(struct own_list *out, struct span in, uint64_t at, uint64_t sector,
		     uint32_t number)
{
	struct slot s = read_slot(in, sector, number);
	uint64_t first = span_u32(in, at + 8, false), size = span_u32(in, at + 12, false);
	bool shown = is_used(&s) ? !is_extended(&s) : is_zero(span_sub(in, at + 8, 8));
	bool begins = shown && size && is_geometry(in, at + 1, sector + first);
	bool ends = shown && size && is_geometry(in, at + 5, sector + first + size - 1);

	own_add(out, at, 1, OWN_DATA, "status of partition");
	own_add(out, at + 1, 3, own_if(begins, OWN_STRUCTURE), "first cylinder, head, sector");
	own_add(out, at + 4, 1, OWN_DATA, "kind of partition");
	own_add(out, at + 5, 3, own_if(ends, OWN_STRUCTURE), "last cylinder, head, sector");
	own_add(out, at + 8, 8, own_if(shown, OWN_STRUCTURE), "place of partition");
}

static void own_table(struct own_list *out, struct span in, uint64_t at)
{
	own_add(out, at, IDENTIFIER, OWN_DATA, "boot code");
	own_add(out, at + IDENTIFIER, 4, at ? OWN_DATA : OWN_IDENTIFIER, "disk identifier");
	own_add(out, at + IDENTIFIER + 4, 2, OWN_DATA, "write protection");
	for (uint32_t i = 0; i < 4; i++)
		own_slot(out, in, at + TABLE + i * 16ull, at / SECTOR, i);
	own_add(out, at + 510, 2, OWN_STRUCTURE, "magic");
}

static void own(const struct listing *l, struct own_list *out)
{
	struct own_map map = { .out = out };

	own_table(out, l->in, 0);
	for (uint32_t i = 0; i < l->count; i++)
		if (!l->entries[i].owned)
			own_content(&map, l->entries[i].offset, l->entries[i].length);
		else
			own_table(out, l->in, l->entries[i].offset);
	own_finish(&map, l->in.n, "unused");
}

const struct format format_mbr = {
	.name = "mbr",
	.says = "partition table of the first sector, logical partitions",
	.domain = DOMAIN_IT,
	.spec = "UEFI 2.10, section 5.2; kernel block/partitions/msdos.c",
	.where = WHERE_ANCHORED,
	.shape = SHAPE_CONTAINER,
	.magic = { { 510, 2, "\x55\xaa" } },
	.probe = probe,
	.list = list,
	.own = own,
};
