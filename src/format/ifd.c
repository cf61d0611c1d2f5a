/* ifd.c - the descriptor with which flash of Intel platforms begins: where the regions for
 * firmware, management engine and network stand, and who may read and write which. Regions are
 * names with addresses; they need not cover the flash. Sources: coreboot util/ifdtool;
 * LongSoft/UEFITool common/descriptor.h. */
#include <stdio.h>

#include "base/cursor.h"
#include "format/parts.h"

#define DESCRIPTOR  4096
#define REGIONS     16
#define OLD_REGIONS 5
#define REGION_BIOS 1
#define BLOCK       4096
#define UNUSED_BASE 0x7fff
#define OLD_READ    0  /* read clock of the first version: 20 MHz */
#define MAPS        32 /* behind the mark and the map of tables */
#define LEAST_TABLE 0x20
#define MOST_TABLE  (DESCRIPTOR - 64)

static const char *const names[REGIONS] = {
	"descriptor", "bios", "me",          "gbe", "platform data", "expansion", "bios 2",
	"microcode",  "ec",   "expansion 2", "ie",  "10gbe 1",       "10gbe 2",   "reserved 1",
	"reserved 2", "ptt",
};

struct region {
	uint64_t from, to;
	unsigned number;
};

struct descriptor {
	uint64_t regions, masters;
	bool is_old;
	struct region region[REGIONS]; /* in the order of their places */
	unsigned count;
	uint64_t end;
	uint32_t read, write; /* bits: what the host may */
};

static void read_region(struct span in, struct descriptor *d, unsigned number)
{
	uint32_t field = span_u32(in, d->regions + 4 * number, false);
	uint64_t base = field & 0x7fff, limit = field >> 16 & 0x7fff;
	struct region r = { base * BLOCK, (limit + 1) * BLOCK, number };
	unsigned i = d->count;

	if (limit < base || base == UNUSED_BASE || (number && limit == 0))
		return;
	for (; i > 0 && d->region[i - 1].from > r.from; i--)
		d->region[i] = d->region[i - 1];
	d->region[i] = r;
	d->count++;
	if (r.to > d->end)
		d->end = r.to;
}

static void read_rights(struct span in, struct descriptor *d)
{
	uint32_t host = span_u32(in, d->masters, false);

	d->read = d->is_old ? host >> 16 & 0xff : host >> 8 & 0xfff;
	d->write = d->is_old ? host >> 24 : host >> 20;
}

static bool overlaps(const struct descriptor *d)
{
	for (unsigned i = 1; i < d->count; i++)
		if (d->region[i].from < d->region[i - 1].to)
			return true;
	return false;
}

static struct fault read_descriptor(struct span in, struct descriptor *d)
{
	uint64_t mark = span_u32(in, 16, false) == 0x0ff0a55a ? 16 : 0;
	uint32_t map0 = span_u32(in, mark + 4, false), map1 = span_u32(in, mark + 8, false);
	uint64_t components = (uint64_t)(map0 & 0xff) << 4;

	if (in.n < DESCRIPTOR)
		return fault_at(FAULT_SHORT, 0, "descriptor", in.n, DESCRIPTOR);
	d->regions = (uint64_t)(map0 >> 16 & 0xff) << 4;
	d->masters = (uint64_t)(map1 & 0xff) << 4;
	if (components < LEAST_TABLE || d->regions < LEAST_TABLE || d->masters < LEAST_TABLE ||
	    d->regions > MOST_TABLE || d->masters > MOST_TABLE)
		return fault_at(FAULT_BROKEN, mark + 4, "tables", d->regions, DESCRIPTOR);
	d->is_old = (span_u32(in, components, false) >> 17 & 7) == OLD_READ;
	for (unsigned i = 0; i < (d->is_old ? OLD_REGIONS : REGIONS); i++)
		read_region(in, d, i);
	read_rights(in, d);
	if (d->count < 2 || d->region[0].number != 0 || d->region[0].from != 0)
		return fault_at(FAULT_BROKEN, d->regions, "region of the descriptor", d->count, 2);
	if (overlaps(d))
		return fault_at(FAULT_BROKEN, d->regions, "regions overlap", d->count, 0);
	return fine;
}

static struct fault probe(struct span in, struct found *f)
{
	struct descriptor d = { 0 };
	struct fault bad = read_descriptor(in, &d);

	if (bad.kind)
		return bad;
	f->len = part_bound(d.end, in);
	f->proof = PROOF_STRUCTURE;
	snprintf(f->label, sizeof(f->label), "version %u, %u regions", d.is_old ? 1 : 2, d.count);
	return fine;
}

/* "me (host: read)": what software on the main processor may do with the region. */
static struct span region_name(struct arena *a, const struct descriptor *d, unsigned number)
{
	static const char *const rights[] = { "no access", "read", "write", "read, write" };
	unsigned may = (d->read >> number & 1) | (d->write >> number & 1) << 1;
	char text[64];

	/* The first version grants bits to eight regions at most, the host its own always. */
	if (number == REGION_BIOS)
		may = 3;
	snprintf(text, sizeof(text), "%s (host: %s)", names[number], rights[may]);
	return arena_copy(a, span_text(text));
}

static struct fault list(struct listing *l)
{
	struct descriptor d = { 0 };
	struct fault bad = read_descriptor(l->in, &d);

	if (bad.kind)
		return bad;
	l->kind = LISTING_REGIONS;
	for (unsigned i = 0; i < d.count; i++) {
		const struct region *r = &d.region[i];
		struct span name = region_name(l->arena, &d, r->number);

		if (r->number == 0)
			listing_owned(l, MAPS, part_bound(r->to, l->in) - MAPS, name);
		else
			part_list_named(l, d.regions + 4 * r->number, r->from, r->to - r->from,
					name);
	}
	return fine;
}

const struct format format_ifd = {
	.name = "intel-flash",
	.says = "flash with an Intel descriptor",
	.domain = DOMAIN_IT,
	.spec = "coreboot/coreboot util/ifdtool/ifdtool.h",
	.shape = SHAPE_CONTAINER,
	.magic = { { 16, 4, "\x5a\xa5\xf0\x0f" }, { 0, 4, "\x5a\xa5\xf0\x0f" } },
	.probe = probe,
	.list = list,
};
