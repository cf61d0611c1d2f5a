/* titan.c - TI's NSP images for AR7 and Titan: a header of 12 words ("CDTM" little-endian, sizes,
 * where its tables stand), names, and a table of sections with the POSIX cksum of each. TI's tools
 * also put a mark and the cksum of everything before it behind a file, as AVM does (there it covers
 * bytes before this object and is not checked here). */
#include <stdio.h>

#include "base/cursor.h"
#include "format/parts.h"
#include "format/sums.h"

#define HEADER        48
#define LARGEST       4096
#define SECTION       40
#define MOST_SECTIONS 16
#define NAME_AT       24
#define NAME          16
#define RELEASE       64
#define MARK          8

struct table {
	uint64_t at, size;
	uint32_t count;
};

static struct fault read_table(struct span in, struct table *t)
{
	uint32_t header = span_u32(in, 16, false), info = span_u32(in, 40, false);

	t->size = span_u32(in, 32, false);
	t->count = span_u32(in, info, false);
	t->at = span_u32(in, (uint64_t)info + 8, false);
	if (in.n < HEADER || in.n < header)
		return fault_at(FAULT_SHORT, 16, "header", in.n, header);
	if (header > LARGEST || info > header - 12 || header < HEADER + 12)
		return fault_at(FAULT_BROKEN, 40, "table of sections", info, header);
	if (t->count == 0 || t->count > MOST_SECTIONS ||
	    span_u32(in, (uint64_t)info + 4, false) != SECTION || t->at > header ||
	    header - t->at < (uint64_t)t->count * SECTION)
		return fault_at(FAULT_BROKEN, info, "number of sections", t->count, MOST_SECTIONS);
	return fine;
}

static uint64_t section_end(struct span in, const struct table *t, uint32_t i)
{
	uint64_t at = t->at + (uint64_t)i * SECTION;

	return (uint64_t)span_u32(in, at, false) + span_u32(in, at + 8, false);
}

/* Sections stand in the order of the table, so that no two share their bytes. */
static uint64_t end_of(struct span in, const struct table *t)
{
	uint64_t end = span_u32(in, 16, false);

	for (uint32_t i = 0; i < t->count; i++) {
		if (span_u32(in, t->at + (uint64_t)i * SECTION, false) < end)
			return 0;
		end = section_end(in, t, i);
	}
	return end;
}

static struct fault probe(struct span in, struct found *f)
{
	struct table t = { 0 };
	struct fault bad = read_table(in, &t);
	uint32_t names = span_u32(in, 36, false);

	if (bad.kind)
		return bad;
	if (end_of(in, &t) == 0)
		return fault_at(FAULT_BROKEN, t.at, "section", 0, 0);
	f->len = part_bound(end_of(in, &t) > t.size ? end_of(in, &t) : t.size, in);
	f->proof = PROOF_STRUCTURE;
	label_add(f->label, "", field_text(in, names, RELEASE));
	if (!f->label[0]) /* the name of the file instead */
		label_add(f->label, "", field_text(in, (uint64_t)names + RELEASE, RELEASE));
	return fine;
}

static struct fault list(struct listing *l)
{
	struct table t = { 0 };
	struct fault bad = read_table(l->in, &t);

	if (bad.kind)
		return bad;
	l->kind = LISTING_REGIONS;
	for (uint32_t i = 0; i < t.count; i++) {
		uint64_t at = t.at + (uint64_t)i * SECTION;
		uint32_t from = span_u32(l->in, at, false), length = span_u32(l->in, at + 8, false);
		struct span bytes = span_sub(l->in, from, length);

		part_list_named(l, at + 8, from, length, field_text(l->in, at + NAME_AT, NAME));
		part_sum(l, at + 16, "cksum of a section", cksum_of(&bytes, 1),
			 span_u32(l->in, at + 16, false));
	}
	if (t.size > l->in.n)
		listing_fault(l, fault_at(FAULT_SHORT, 32, "length", l->in.n, t.size));
	return fine;
}

/* Behind it a file ends, or flash is empty. */
static struct fault probe_mark(struct span in, struct found *f)
{
	int next = span_byte(in, MARK);

	if (in.n < MARK)
		return fault_at(FAULT_SHORT, 0, "mark", in.n, MARK);
	if (next > 0 && next != 0xff)
		return fault_at(FAULT_BROKEN, MARK, "filler", (uint64_t)next, 0xff);
	f->len = MARK;
	f->proof = PROOF_STRUCTURE;
	snprintf(f->label, sizeof(f->label), "%08x", span_u32(in, 4, false));
	return fine;
}

const struct format format_titan = {
	.name = "titan",
	.says = "TI NSP image (AR7, Titan)",
	.domain = DOMAIN_BROADBAND,
	.spec = "openwrt/firmware-utils src/mktitanimg.h, mktitanimg.c",
	.shape = SHAPE_CONTAINER,
	.magic = { { 0, 4, "CDTM" } },
	.probe = probe,
	.list = list,
};

const struct format format_ticksum = {
	.name = "ti-cksum",
	.says = "mark and cksum behind images of TI AR7 and AVM",
	.domain = DOMAIN_BROADBAND,
	.spec = "openwrt/firmware-utils src/mktitanimg.c",
	.shape = SHAPE_LEAF,
	.magic = { { 0, 4, "\x23\xde\x53\xc4" } },
	.probe = probe_mark,
};
