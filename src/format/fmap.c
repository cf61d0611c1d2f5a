/* fmap.c - the map of a flash as coreboot and ChromeOS firmware carry it somewhere inside: names,
 * places and flags of areas, which nest. The flash begins somewhere before the map; its areas are
 * found there by their own headers, here they are named. Source: coreboot/coreboot
 * util/cbfstool/flashmap/fmap.h. */
#include <stdio.h>

#include "base/cursor.h"
#include "format/parts.h"

#define HEADER     56
#define AREA       42
#define NAME       32
#define MOST_AREAS 1000

static struct fault probe(struct span in, struct found *f)
{
	uint64_t size = span_u32(in, 18, false), count = span_u16(in, 54, false);

	if (in.n < HEADER)
		return fault_at(FAULT_SHORT, 0, "header", in.n, HEADER);
	if (in.p[8] != 1)
		return fault_at(FAULT_UNKNOWN, 8, "version", in.p[8], 1);
	if (count == 0 || count > MOST_AREAS || !is_padded_text(in, 22, NAME))
		return fault_at(FAULT_BROKEN, 54, "areas", count, MOST_AREAS);
	for (uint64_t i = 0; i < count && HEADER + (i + 1) * AREA <= in.n; i++) {
		uint64_t at = HEADER + i * AREA, from = span_u32(in, at, false);

		if (from > size || span_u32(in, at + 4, false) > size - from ||
		    !is_padded_text(in, at + 8, NAME))
			return fault_at(FAULT_BROKEN, at, "area", from, size);
	}
	f->len = part_bound(HEADER + count * AREA, in);
	f->proof = PROOF_STRUCTURE;
	snprintf(f->label, sizeof(f->label), "%u areas, flash of %u bytes ", (unsigned)count,
		 (unsigned)size);
	label_add(f->label, "", field_text(in, 22, NAME));
	return fine;
}

static struct span flags_text(struct arena *a, uint16_t flags)
{
	static const char *const names[] = { "static", "compressed", "read-only", "preserved" };
	char text[64] = "";

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (flags >> i & 1)
			label_add(text, text[0] ? "," : "", span_text(names[i]));
	return arena_copy(a, span_text(text));
}

static void add_area(struct listing *l, uint64_t at)
{
	struct entry e = entry_new(KIND_DIRECTORY, field_text(l->in, at + 8, NAME));
	char text[48];

	snprintf(text, sizeof(text), "0x%x+0x%x", span_u32(l->in, at, false),
		 span_u32(l->in, at + 4, false));
	entry_note(l->arena, &e, "fmap.place", arena_copy(l->arena, span_text(text)));
	entry_note(l->arena, &e, "fmap.flags",
		   flags_text(l->arena, span_u16(l->in, at + 40, false)));
	listing_add(l, &e);
}

static struct fault list(struct listing *l)
{
	uint64_t count = span_u16(l->in, 54, false);

	for (uint64_t i = 0; i < count; i++) {
		if (HEADER + (i + 1) * AREA > l->in.n)
			return fault_at(FAULT_SHORT, 54, "areas", i, count);
		add_area(l, HEADER + i * AREA);
	}
	return fine;
}

const struct format format_fmap = {
	.name = "fmap",
	.says = "map of a flash, coreboot and ChromeOS",
	.domain = DOMAIN_IT,
	.spec = "coreboot/coreboot util/cbfstool/flashmap/fmap.h",
	.shape = SHAPE_CONTAINER,
	.magic = { { 0, 8, "__FMAP__" } },
	.probe = probe,
	.list = list,
};
