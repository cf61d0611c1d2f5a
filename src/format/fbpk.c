/* fbpk.c - boot loaders of Pixel phones in one file, "FBPK". Version 1: 84 bytes of header, then 56
 * bytes in front of each part, which say where the next one begins. Version 2: a table with place
 * and length of each part. The checksums of both are of no kind that is published. */
#include <stdio.h>

#include "base/cursor.h"
#include "format/table.h"

#define HEADER_1   84
#define ENTRY_1    56
#define HEADER_2   112
#define ENTRY_2    104
#define MOST_PARTS 128

struct fbpk {
	uint32_t version, header, entry, count, total;
};

static struct fault read_header(struct span in, struct fbpk *b)
{
	b->version = span_u32(in, 4, false);
	if (b->version == 1)
		*b = (struct fbpk){ 1, HEADER_1, ENTRY_1, span_u32(in, 76, false),
				    span_u32(in, 80, false) };
	else if (b->version == 2)
		*b = (struct fbpk){ 2, span_u32(in, 8, false), span_u32(in, 12, false),
				    span_u32(in, 104, false), span_u32(in, 108, false) };
	else
		return fault_at(FAULT_UNKNOWN, 4, "version", b->version, 2);
	if (in.n < HEADER_2)
		return fault_at(FAULT_SHORT, 0, "header", in.n, HEADER_2);
	if (b->count == 0 || b->count > MOST_PARTS || b->header < HEADER_1 || b->header > 4096 ||
	    b->entry < ENTRY_1 || b->entry > 1024 || b->total < b->header + b->entry ||
	    (b->version == 2 && (b->entry < ENTRY_2 || b->header < HEADER_2)))
		return fault_at(FAULT_BROKEN, 76, "parts", b->count, MOST_PARTS);
	return fine;
}

/* Version 1: the entry at *at, which goes to the next. */
static struct table_part read_next(struct span in, uint64_t *at)
{
	struct table_part p = { .name = field_text(in, *at + 4, 32),
				.field = *at + 40,
				.from = *at + ENTRY_1,
				.length = span_u32(in, *at + 40, false) };
	uint32_t next = span_u32(in, *at + 48, false);

	*at = next > p.from ? next : UINT64_MAX;
	return p;
}

static struct table_part read_entry(struct span in, const struct fbpk *b, uint32_t i)
{
	uint64_t at = b->header + (uint64_t)i * b->entry;

	return (struct table_part){ .name = field_text(in, at + 4, 36),
				    .field = at + 80,
				    .from = span_u64(in, at + 80, false),
				    .length = span_u64(in, at + 88, false) };
}

static size_t read_parts(struct span in, const struct fbpk *b, struct table_part parts[MOST_PARTS])
{
	uint64_t at = b->header;
	size_t n = 0;

	for (; n < b->count && at < in.n; n++)
		parts[n] = b->version == 1 ? read_next(in, &at) : read_entry(in, b, (uint32_t)n);
	return n;
}

static struct fault probe(struct span in, struct found *f)
{
	struct table_part parts[MOST_PARTS];
	struct fbpk b;
	struct fault bad = read_header(in, &b);

	if (bad.kind)
		return bad;
	if (read_parts(in, &b, parts) == 0 || parts[0].name.n == 0 || parts[0].from > b.total)
		return fault_at(FAULT_BROKEN, b.header, "part", parts[0].from, b.total);
	f->len = part_bound(b.total, in);
	f->proof = PROOF_STRUCTURE;
	snprintf(f->label, sizeof(f->label), "version %u", b.version);
	label_add(f->label, " ", b.version == 1 ? field_text(in, 8, 68) : field_text(in, 32, 64));
	return fine;
}

static struct fault list(struct listing *l)
{
	struct table_part parts[MOST_PARTS];
	struct fbpk b;
	struct fault bad = read_header(l->in, &b);

	if (bad.kind)
		return bad;
	table_list(l, HEADER_1, parts, read_parts(l->in, &b, parts));
	if (b.total > l->in.n)
		listing_fault(l, fault_at(FAULT_SHORT, 80, "length", l->in.n, b.total));
	return fine;
}

const struct format format_fbpk = {
	.name = "fbpk",
	.says = "boot loaders of Pixel phones",
	.domain = DOMAIN_DEVICE,
	.spec = "AOSP bootloader/tools/pixel/fw_unpack fbpack.py",
	.shape = SHAPE_CONTAINER,
	.magic = { { 0, 4, "FBPK" } },
	.probe = probe,
	.list = list,
};
