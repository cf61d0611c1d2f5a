/* pumauimg.c - images for cable modems with Intel's (later MaxLinear's) Puma 7 (.uimg): a
 * big-endian header with date, CRC-32 of itself, of all parts and of each, then the parts one after
 * the other. Version 2 has room for ten parts, version 3 for twenty. What signs an update stands in
 * front, in DER, and is an object of its own. */
#include <stdio.h>

#include "base/cursor.h"
#include "base/hash.h"
#include "format/parts.h"
#include "format/sums.h"

#define SIZE_AT   36
#define COUNT_AT  40
#define SUM_AT    44
#define SUM_DATA  48
#define TABLES_AT 52

struct uimg {
	uint32_t count, header;
	uint64_t sums, sizes, types; /* tables, one after the other */
	uint64_t end;
};

static struct fault read_header(struct span in, struct uimg *h)
{
	bool old = span_byte(in, 3) == '2';
	uint32_t room = old ? 10 : 20;

	*h = (struct uimg){ .count = span_u32(in, COUNT_AT, true), .header = old ? 160 : 252 };
	h->sums = TABLES_AT;
	h->sizes = h->sums + 4 * (uint64_t)room;
	h->types = h->sizes + 4 * (uint64_t)room;
	h->end = h->header;
	if (in.n <= h->header)
		return fault_at(FAULT_SHORT, 0, "header", in.n, h->header);
	if (h->count == 0 || h->count > room)
		return fault_at(FAULT_BROKEN, COUNT_AT, "number of parts", h->count, room);
	for (uint32_t i = 0; i < h->count; i++)
		h->end += span_u32(in, h->sizes + 4 * i, true);
	if (h->end == h->header)
		return fault_at(FAULT_BROKEN, (uint64_t)h->sizes, "length of the parts", 0, 1);
	return fine;
}

static uint32_t sum_of_header(struct span in, const struct uimg *h)
{
	return crc32_around(0, span_head(in, h->header), SUM_AT);
}

static struct fault probe(struct span in, struct found *f)
{
	struct uimg h;
	struct fault bad = read_header(in, &h);

	if (bad.kind)
		return bad;
	f->len = part_bound(h.end, in);
	f->proof = sum_of_header(in, &h) == span_u32(in, SUM_AT, true) ? PROOF_CHECKSUM
								       : PROOF_STRUCTURE;
	snprintf(f->label, sizeof(f->label), "version %c", span_byte(in, 3));
	return fine;
}

/* What the boot loaders call the partitions. */
static struct span part_name(struct listing *l, int type)
{
	static const char *const names[] = { [2] = "atom-kernel",
					     [3] = "atom-rootfs",
					     [8] = "arm-kernel",
					     [9] = "arm-rootfs",
					     [10] = "gateway-fs" };
	char name[16];

	if (type >= 0 && type < (int)(sizeof(names) / sizeof(names[0])) && names[type])
		return span_text(names[type]);
	snprintf(name, sizeof(name), "part-%d", type);
	return arena_copy(l->arena, span_text(name));
}

static void list_parts(struct listing *l, const struct uimg *h)
{
	uint64_t from = h->header;

	for (uint32_t i = 0; i < h->count; i++) {
		uint64_t field = h->sizes + 4 * i, sum = h->sums + 4 * i;
		uint32_t length = span_u32(l->in, field, true);

		if (length == 0)
			continue;
		part_list_named(l, field, from, length,
				part_name(l, span_byte(l->in, h->types + i)));
		part_sum(l, sum, "CRC-32 of a part", crc32_of(span_sub(l->in, from, length)),
			 span_u32(l->in, sum, true));
		from += length;
	}
}

/* Whether the length counts the header is not known of version 2. */
static struct fault list(struct listing *l)
{
	struct uimg h;
	struct fault bad = read_header(l->in, &h);
	uint32_t length = span_u32(l->in, SIZE_AT, true);
	struct span data;

	if (bad.kind)
		return bad;
	l->kind = LISTING_REGIONS;
	part_sum(l, SUM_AT, "CRC-32 of the header", sum_of_header(l->in, &h),
		 span_u32(l->in, SUM_AT, true));
	list_parts(l, &h);
	data = span_sub(l->in, h.header, h.end - h.header);
	part_sum(l, SUM_DATA, "CRC-32 of all parts", crc32_of(data),
		 span_u32(l->in, SUM_DATA, true));
	if (length != h.end && length != h.end - h.header)
		listing_fault(l, fault_at(FAULT_BROKEN, SIZE_AT, "length", length, h.end));
	return fine;
}

const struct format format_pumauimg = {
	.name = "puma-uimg",
	.says = "unified image of Intel and MaxLinear Puma 7 cable modems",
	.domain = DOMAIN_BROADBAND,
	.spec = "fesc2000/uimg-tool uimg.h; fkie-cad/fact_extractor maxlinear_uimage.py",
	.shape = SHAPE_CONTAINER,
	.magic = { { 0, 23, "VER2Intel_Unified_Image" }, { 0, 23, "VER3Intel_Unified_Image" } },
	.probe = probe,
	.list = list,
};
