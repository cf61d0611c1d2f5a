/* unisoc.c - what phones with Spreadtrum's chips are flashed from. A PAC: texts in UTF-16, length
 * in two halves, number and place of the files' headers, each with its own length: name of the
 * part, name of the file, length and place in two halves. And the head of 512 bytes in front of a
 * signed part, "DHTB", with a SHA-256 of what follows. */
#include <stdio.h>

#include "base/cursor.h"
#include "base/hash.h"
#include "format/table.h"
#include "format/utf16.h"

#define HEADER     2124
#define MAGIC_AT   2116
#define MAGIC      0xfffafffau
#define FILE_SIZE  2580
#define MOST_FILES 256
#define NAME       512

static uint64_t two_halves(struct span in, uint64_t high, uint64_t low)
{
	return (uint64_t)span_u32(in, high, false) << 32 | span_u32(in, low, false);
}

static struct fault probe(struct span in, struct found *f)
{
	uint64_t length = two_halves(in, 44, 48);
	uint32_t count = span_u32(in, 1076, false), at = span_u32(in, 1080, false);

	if (in.n < HEADER)
		return fault_at(FAULT_SHORT, 0, "header", in.n, HEADER);
	if (span_u32(in, MAGIC_AT, false) != MAGIC || count == 0 || count > MOST_FILES ||
	    at < HEADER || length < at + (uint64_t)count * FILE_SIZE || length > 1ull << 40)
		return fault_at(FAULT_BROKEN, 1076, "files", count, MOST_FILES);
	f->len = part_bound(length, in);
	f->proof = PROOF_STRUCTURE;
	utf16_label(f->label, span_sub(in, 564, 80));
	return fine;
}

/* Up to its NUL. */
static struct span units(struct span in, uint64_t at)
{
	struct span field = span_sub(in, at, NAME);
	size_t n = 0;

	while (n + 2 <= field.n && span_u16(field, n, false))
		n += 2;
	return span_head(field, n);
}

static struct table_part read_file(struct listing *l, uint64_t at)
{
	return (struct table_part){ .name = utf16_name(l->arena, units(l->in, at + 4)),
				    .field = at + 1552,
				    .from = two_halves(l->in, at + 1536, at + 1552),
				    .length = two_halves(l->in, at + 1532, at + 1540) };
}

static struct fault list(struct listing *l)
{
	uint32_t count = span_u32(l->in, 1076, false);
	uint64_t at = span_u32(l->in, 1080, false);
	uint64_t length = two_halves(l->in, 44, 48);
	struct table_part parts[MOST_FILES];
	size_t n = 0;

	for (; n < count && n < MOST_FILES; n++) {
		if (span_u32(l->in, at, false) != FILE_SIZE) {
			listing_fault(l, fault_at(FAULT_BROKEN, at, "header of a file",
						  span_u32(l->in, at, false), FILE_SIZE));
			break;
		}
		parts[n] = read_file(l, at);
		at += FILE_SIZE;
	}
	table_list(l, HEADER, parts, n);
	if (length > l->in.n)
		listing_fault(l, fault_at(FAULT_SHORT, 48, "length", l->in.n, length));
	return fine;
}

const struct format format_pac = {
	.name = "pac",
	.says = "firmware of phones with Spreadtrum's chips",
	.domain = DOMAIN_DEVICE,
	.spec = "divinebird/pacextractor; BP_R2.0.1 headers of Unisoc's tools",
	.shape = SHAPE_CONTAINER,
	.magic = { { 0, 8, "B\x00P\x00_\x00R\x00" } },
	.probe = probe,
	.list = list,
};

#define HEAD 512

static struct fault probe_dhtb(struct span in, struct found *f)
{
	uint32_t length = span_u32(in, 48, false);

	if (in.n <= HEAD || length == 0 || !is_filled(in, 40, 8, 0))
		return fault_at(FAULT_BROKEN, 48, "length", length, in.n);
	f->len = part_bound((uint64_t)HEAD + length, in);
	f->proof = PROOF_STRUCTURE;
	return fine;
}

static struct fault list_dhtb(struct listing *l)
{
	uint32_t length = span_u32(l->in, 48, false);
	struct span data = span_sub(l->in, HEAD, length);
	uint8_t digest[SHA256_SIZE];

	l->kind = LISTING_REGIONS;
	part_list(l, 48, HEAD, length, "");
	sha256_of(data, digest);
	if (data.n &&
	    !span_equal(span_sub(l->in, 8, SHA256_SIZE), (struct span){ digest, SHA256_SIZE }))
		listing_fault(l, fault_at(FAULT_BROKEN, 8, "SHA-256", 0, 0));
	return fine;
}

const struct format format_dhtb = {
	.name = "dhtb",
	.says = "signed part of phones with Spreadtrum's chips",
	.domain = DOMAIN_DEVICE,
	.spec = "osm0sis/dhtbsign",
	.shape = SHAPE_CONTAINER,
	.magic = { { 0, 8, "DHTB\x01\x00\x00\x00" } },
	.probe = probe_dhtb,
	.list = list_dhtb,
};
