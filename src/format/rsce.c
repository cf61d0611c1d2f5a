/* rsce.c - Rockchip's resources, device trees and pictures for the boot loader: blocks of 512
 * bytes; a header with sizes and places in blocks, then a block or more a file: "ENTR", name, place
 * in blocks, length. */
#include <stdio.h>

#include "base/cursor.h"
#include "format/parts.h"

#define BLOCK      512
#define NAME_AT    4
#define NAME       220 /* newer tools keep a hash behind it */
#define PLACE_AT   260
#define MOST_FILES 4096

struct rsce {
	uint32_t table, entry, count; /* bytes, bytes, files */
};

static struct fault read_header(struct span in, struct rsce *r)
{
	r->table = (uint32_t)span_byte(in, 9) * BLOCK;
	r->entry = (uint32_t)span_byte(in, 10) * BLOCK;
	r->count = span_u32(in, 12, false);
	if (in.n < 2 * BLOCK)
		return fault_at(FAULT_SHORT, 0, "header", in.n, 2 * BLOCK);
	if (span_byte(in, 8) == 0 || r->table == 0 || r->entry == 0 || r->count == 0 ||
	    r->count > MOST_FILES)
		return fault_at(FAULT_BROKEN, 12, "files", r->count, MOST_FILES);
	return fine;
}

/* Where the file of this entry stands. */
static bool read_file(struct span in, const struct rsce *r, uint32_t i, uint64_t *from,
		      uint32_t *length)
{
	struct span e = span_sub(in, r->table + (uint64_t)i * r->entry, BLOCK);

	*from = (uint64_t)span_u32(e, PLACE_AT, false) * BLOCK;
	*length = span_u32(e, PLACE_AT + 4, false);
	return span_starts(e, span_text("ENTR")) && field_text(e, NAME_AT, NAME).n > 0;
}

static struct fault probe(struct span in, struct found *f)
{
	struct rsce r;
	struct fault bad = read_header(in, &r);
	uint64_t from, end;
	uint32_t length;

	if (bad.kind)
		return bad;
	end = r.table + (uint64_t)r.count * r.entry;
	for (uint32_t i = 0; i < r.count; i++) {
		if (!read_file(in, &r, i, &from, &length)) {
			if (i == 0)
				return fault_at(FAULT_BROKEN, r.table, "file", i, r.count);
			break;
		}
		end = from + length > end ? from + length : end;
	}
	f->len = part_bound(end, in);
	f->proof = PROOF_STRUCTURE;
	snprintf(f->label, sizeof(f->label), "%u files", r.count);
	return fine;
}

static struct fault list(struct listing *l)
{
	struct rsce r;
	struct fault bad = read_header(l->in, &r);

	if (bad.kind)
		return bad;
	for (uint32_t i = 0; i < r.count; i++) {
		uint64_t at = r.table + (uint64_t)i * r.entry, from, left;
		struct entry e = entry_new(KIND_FILE, field_text(l->in, at + NAME_AT, NAME));
		uint32_t length;

		if (!read_file(l->in, &r, i, &from, &length)) {
			listing_fault(l, fault_at(FAULT_BROKEN, at, "file", i, r.count));
			break;
		}
		left = from < l->in.n ? l->in.n - from : 0;
		e.stored = true;
		e.size = length;
		e.offset = left ? from : 0;
		e.length = length < left ? length : left;
		if (length > left)
			e.fault = fault_at(FAULT_SHORT, at + PLACE_AT, "length", left, length);
		listing_fault(l, e.fault);
		listing_add(l, &e);
	}
	return fine;
}

const struct format format_rsce = {
	.name = "rsce",
	.says = "resources of Rockchip's boot loader",
	.domain = DOMAIN_DEVICE,
	.spec = "armijnhemel/binaryanalysis-ng rockchip_resource.ksy; u-boot resource_img.c",
	.shape = SHAPE_CONTAINER,
	.magic = { { 0, 4, "RSCE" } },
	.probe = probe,
	.list = list,
};
