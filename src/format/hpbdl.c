/* hpbdl.c - updates of HP's printers: a BDL is a header with texts and a table of places and
 * lengths; there stand packages that HP calls IPKG (no relation to those of Linux), each with a
 * table of names, places, lengths and a sum. Who published the layout did not try that sum, so it
 * is not tried here. Little-endian. */
#include <stdio.h>

#include "base/cursor.h"
#include "format/table.h"

#define TEXTS_AT   32
#define TEXT       256
#define BDL_ENTRY  16
#define IPKG_ENTRY 276
#define MOST_PARTS 2048

struct toc {
	uint64_t at, count, entry;
};

/* The table must be there; the longest reach of its entries is the object's end. */
static struct fault read_toc(struct span in, uint64_t entry, struct toc *t, uint64_t *end)
{
	*t = (struct toc){ span_u32(in, 8, false), span_u32(in, 16, false), entry };
	if (t->count == 0 || t->count > MOST_PARTS)
		return fault_at(FAULT_BROKEN, 16, "entries", t->count, MOST_PARTS);
	if (t->at < TEXTS_AT + 3 * TEXT || t->at > in.n || t->count > (in.n - t->at) / entry)
		return fault_at(FAULT_SHORT, 8, "table", in.n, t->at);
	*end = t->at + t->count * entry;
	for (uint64_t i = 0; i < t->count; i++) {
		uint64_t field = t->at + i * entry + (entry == IPKG_ENTRY ? TEXT : 0);
		uint64_t from = span_u64(in, field, false), length = span_u64(in, field + 8, false);

		if (length == 0)
			continue;
		if (from < t->at + t->count * entry || length > UINT64_MAX - from)
			return fault_at(FAULT_BROKEN, field, "place of an entry", from, in.n);
		*end = from + length > *end ? from + length : *end;
	}
	return fine;
}

static struct fault probe_as(struct span in, uint64_t entry, struct found *f)
{
	struct toc t;
	uint64_t end = 0;
	struct fault bad = read_toc(in, entry, &t, &end);

	if (bad.kind)
		return bad;
	f->len = part_bound(end, in);
	f->proof = PROOF_STRUCTURE;
	for (unsigned i = 0; i < 3; i++) {
		struct span text = field_text(in, TEXTS_AT + i * TEXT, TEXT);

		if (text.n)
			label_add(f->label, f->label[0] ? ", " : "", text);
	}
	return fine;
}

static struct fault probe_bdl(struct span in, struct found *f)
{
	return probe_as(in, BDL_ENTRY, f);
}

static struct fault list_bdl(struct listing *l)
{
	struct table_part *parts = arena_take(l->arena, MOST_PARTS, sizeof(*parts));
	struct toc t;
	uint64_t end = 0;
	struct fault bad = read_toc(l->in, BDL_ENTRY, &t, &end);

	if (bad.kind || !parts)
		return bad.kind ? bad : fault_at(FAULT_MEMORY, t.at, "table", t.count, 0);
	for (uint64_t i = 0; i < t.count; i++) {
		uint64_t field = t.at + i * BDL_ENTRY;

		parts[i].field = field;
		parts[i].from = span_u64(l->in, field, false);
		parts[i].length = span_u64(l->in, field + 8, false);
	}
	table_list(l, t.at + t.count * BDL_ENTRY, parts, t.count);
	return fine;
}

const struct format format_hpbdl = {
	.name = "hp-bdl",
	.says = "HP printer update (BDL)",
	.domain = DOMAIN_IT,
	.spec = "onekey-sec/unblob archive/hp/bdl.py; tylerwhall/hpbdl",
	.shape = SHAPE_CONTAINER,
	.magic = { { 0, 8, "ibdl\x01\x00\x01\x00" } },
	.probe = probe_bdl,
	.list = list_bdl,
};

static struct fault probe_ipkg(struct span in, struct found *f)
{
	return probe_as(in, IPKG_ENTRY, f);
}

/* Files that share bytes would let a small package unpack to a large one. */
static struct fault list_ipkg(struct listing *l)
{
	struct toc t;
	uint64_t end = 0, covered = 0;
	struct fault bad = read_toc(l->in, IPKG_ENTRY, &t, &end);

	for (uint64_t i = 0; !bad.kind && i < t.count; i++) {
		uint64_t field = t.at + i * IPKG_ENTRY + TEXT;
		uint64_t length = span_u64(l->in, field + 8, false);

		part_file(l, field + 8, span_u64(l->in, field, false), length,
			  field_text(l->in, field - TEXT, TEXT));
		covered += length < l->in.n ? length : l->in.n;
		if (covered > l->in.n) {
			listing_fault(l, fault_at(FAULT_BROKEN, field, "overlapping files", covered,
						  l->in.n));
			break;
		}
	}
	return bad;
}

const struct format format_hpipkg = {
	.name = "hp-ipkg",
	.says = "package in an HP printer update (IPKG)",
	.domain = DOMAIN_IT,
	.spec = "onekey-sec/unblob archive/hp/ipkg.py; tylerwhall/hpbdl",
	.shape = SHAPE_CONTAINER,
	.magic = { { 0, 8, "ipkg\x01\x00\x03\x00" } },
	.probe = probe_ipkg,
	.list = list_ipkg,
};
