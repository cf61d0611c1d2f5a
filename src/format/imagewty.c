/* imagewty.c - Allwinner's firmware: "IMAGEWTY", header of 1024 bytes, then one of as many a file:
 * two names of the kind, the file's name, stored and plain length, place. The two versions of the
 * header have them at different places. */
#include <stdio.h>

#include "base/cursor.h"
#include "format/table.h"

#define HEADER     1024
#define MOST_FILES 128
#define NAME       256

struct layout {
	uint32_t version;
	uint16_t count, name, stored, offset; /* of the header; of a file's */
};

static const struct layout layouts[] = { { 0x100, 56, 52, 36, 44 }, { 0x300, 60, 36, 292, 308 } };

static const struct layout *layout_of(struct span in)
{
	uint32_t version = span_u32(in, 8, false);

	for (size_t i = 0; i < sizeof(layouts) / sizeof(layouts[0]); i++)
		if (layouts[i].version == version)
			return &layouts[i];
	return NULL;
}

static struct table_part read_file(struct span in, const struct layout *y, uint32_t i)
{
	uint64_t at = HEADER + (uint64_t)i * HEADER;

	return (struct table_part){ .name = field_text(in, at + y->name, NAME),
				    .field = at + y->offset,
				    .from = span_u32(in, at + y->offset, false),
				    .length = span_u32(in, at + y->stored, false) };
}

/* Of the tables only the first page is looked at: they take 1 KiB a file. */
static struct fault probe(struct span in, struct found *f)
{
	const struct layout *y = layout_of(in);
	uint32_t length = span_u32(in, 24, false), count = y ? span_u32(in, y->count, false) : 0;
	struct table_part first;

	if (!y || span_u32(in, 20, false) != 0x100234)
		return fault_at(FAULT_UNKNOWN, 8, "version", span_u32(in, 8, false), 0x300);
	if (in.n < 2 * HEADER || count == 0 || count > MOST_FILES ||
	    length < HEADER + (uint64_t)count * HEADER)
		return fault_at(FAULT_BROKEN, y->count, "files", count, MOST_FILES);
	first = read_file(in, y, 0);
	if (span_u32(in, HEADER + 4, false) != HEADER || first.name.n == 0 || first.from > length)
		return fault_at(FAULT_BROKEN, HEADER + 4, "header of a file", first.from, length);
	f->len = part_bound(length, in);
	f->proof = PROOF_STRUCTURE;
	snprintf(f->label, sizeof(f->label), "header %x, %u files", y->version, count);
	return fine;
}

static struct fault list(struct listing *l)
{
	const struct layout *y = layout_of(l->in);
	uint32_t count = span_u32(l->in, y->count, false);
	struct table_part parts[MOST_FILES];

	for (uint32_t i = 0; i < count && i < MOST_FILES; i++)
		parts[i] = read_file(l->in, y, i);
	table_list(l, HEADER + (uint64_t)count * HEADER, parts, count);
	if (span_u32(l->in, 24, false) > l->in.n)
		listing_fault(l, fault_at(FAULT_SHORT, 24, "length", l->in.n,
					  span_u32(l->in, 24, false)));
	return fine;
}

const struct format format_imagewty = {
	.name = "imagewty",
	.says = "Allwinner firmware",
	.domain = DOMAIN_DEVICE,
	.spec = "Ithamar/awutils imagewty.h",
	.shape = SHAPE_CONTAINER,
	.magic = { { 0, 8, "IMAGEWTY" } },
	.probe = probe,
	.list = list,
};
