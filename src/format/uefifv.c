/* uefifv.c - firmware volumes of UEFI: a header that names the file system by a GUID, states the
 * volume's length, which its block map repeats, and whose 16-bit words add up to zero. Volumes with
 * a file system of firmware files list them, each with its GUID and a sum of its header. */
#include <stdio.h>

#include "base/cursor.h"
#include "format/parts.h"

#define LEAST_HEADER 72
#define MOST_HEADER  4096
#define FILE_HEADER  24
#define LARGE_HEADER 32
#define LARGE_FILE   0x01
#define GUID_TEXT    37
#define MOST_FILES   100000

static const struct {
	uint8_t guid[16];
	const char *name;
	bool has_files;
} systems[] = {
	{ { 0x78, 0xe5, 0x8c, 0x8c, 0x3d, 0x8a, 0x1c, 0x4f, 0x99, 0x35, 0x89, 0x61, 0x85, 0xc3,
	    0x2d, 0xd3 },
	  "FFS2",
	  true },
	{ { 0x7a, 0xc0, 0x73, 0x54, 0xcb, 0x3d, 0xca, 0x4d, 0xbd, 0x6f, 0x1e, 0x96, 0x89, 0xe7,
	    0x34, 0x9a },
	  "FFS3",
	  true },
	{ { 0xd9, 0x54, 0x93, 0x7a, 0x68, 0x04, 0x4a, 0x44, 0x81, 0xce, 0x0b, 0xf6, 0x17, 0xd8,
	    0x90, 0xdf },
	  "FFS1",
	  true },
	{ { 0x8d, 0x2b, 0xf1, 0xff, 0x96, 0x76, 0x8b, 0x4c, 0xa9, 0x85, 0x27, 0x47, 0x07, 0x5b,
	    0x4f, 0x50 },
	  "NVRAM",
	  false },
};

struct volume {
	uint64_t length;
	uint16_t header, extra;
	bool has_files;
	const char *name;
};

static uint16_t sum_of_le16(struct span s)
{
	uint16_t sum = 0;

	for (size_t i = 0; i + 2 <= s.n; i += 2)
		sum = (uint16_t)(sum + span_u16(s, i, false));
	return sum;
}

/* Blocks times their sizes, up to the pair of zeros that ends the header. */
static uint64_t mapped(struct span header)
{
	uint64_t sum = 0;

	for (uint64_t at = 56; at + 8 <= header.n; at += 8)
		sum += (uint64_t)span_u32(header, at, false) * span_u32(header, at + 4, false);
	return sum;
}

static struct fault read_header(struct span in, struct volume *v)
{
	struct cursor c = { .in = in, .at = 32 };
	struct span header;

	v->length = cursor_le64(&c);
	cursor_skip(&c, 8);
	v->header = cursor_le16(&c);
	cursor_skip(&c, 2);
	v->extra = cursor_le16(&c);
	header = span_sub(in, 0, v->header);
	if (in.n < LEAST_HEADER || header.n != v->header)
		return fault_at(FAULT_SHORT, 0, "header", in.n, v->header);
	if (v->header < LEAST_HEADER || v->header > MOST_HEADER || v->header % 8 ||
	    v->length < v->header || in.p[55] < 1 || in.p[55] > 2)
		return fault_at(FAULT_BROKEN, 48, "length of the header", v->header, MOST_HEADER);
	if (sum_of_le16(header) != 0)
		return fault_at(FAULT_BROKEN, 50, "header checksum", sum_of_le16(header), 0);
	if (mapped(header) != v->length)
		return fault_at(FAULT_BROKEN, 56, "block map", mapped(header), v->length);
	v->name = NULL;
	for (size_t i = 0; i < sizeof(systems) / sizeof(systems[0]); i++)
		if (memcmp(in.p + 16, systems[i].guid, 16) == 0) {
			v->name = systems[i].name;
			v->has_files = systems[i].has_files;
		}
	return fine;
}

static void put_guid(struct span s, uint64_t at, char text[GUID_TEXT])
{
	snprintf(text, GUID_TEXT, "%08x-%04x-%04x-%04x-%04x%08x", span_u32(s, at, false),
		 span_u16(s, at + 4, false), span_u16(s, at + 6, false), span_u16(s, at + 8, true),
		 span_u16(s, at + 10, true), span_u32(s, at + 12, true));
}

static struct fault probe(struct span in, struct found *f)
{
	struct volume v = { 0 };
	struct fault bad = read_header(in, &v);
	char guid[GUID_TEXT];

	if (bad.kind)
		return bad;
	put_guid(in, 16, guid);
	f->len = part_bound(v.length, in);
	f->proof = PROOF_CHECKSUM;
	snprintf(f->label, sizeof(f->label), "%s%s%s", v.name ? v.name : "", v.name ? " " : "",
		 guid);
	return fine;
}

/* Where the first file begins: behind an extended header, if there is one, at a multiple of 8. */
static uint64_t first_file(struct span in, const struct volume *v)
{
	uint64_t at = v->header;

	if (v->extra >= v->header)
		at = (uint64_t)v->extra + span_u32(in, (uint64_t)v->extra + 16, false);
	return (at + 7) / 8 * 8;
}

/* The length of the file at `at`, 0 for none: free space or damage. */
static uint64_t file_length(struct span in, uint64_t at, uint64_t *header)
{
	struct span h = span_sub(in, at, FILE_HEADER);
	uint64_t length = (uint64_t)span_u16(h, 20, false) | (uint64_t)(h.n ? h.p[22] : 0) << 16;
	uint32_t sum = 0;

	*header = FILE_HEADER;
	if (h.n && h.p[19] & LARGE_FILE) {
		*header = LARGE_HEADER;
		length = span_u64(in, at + FILE_HEADER, false);
		h = span_sub(in, at, LARGE_HEADER);
	}
	for (size_t i = 0; i < h.n; i++)
		if (i != 17 && i != 23)
			sum += h.p[i];
	return h.n && length >= *header && (sum & 0xff) == 0 ? length : 0;
}

static void list_files(struct listing *l, uint64_t at)
{
	uint64_t header, length;

	for (int i = 0; i < MOST_FILES && at + FILE_HEADER <= l->in.n; i++) {
		char *name = NULL;

		if (is_filled(l->in, at, FILE_HEADER, 0xff))
			return;
		length = file_length(l->in, at, &header);
		if (length == 0) {
			listing_fault(l, fault_at(FAULT_BROKEN, at, "header of a file", 0, 0));
			return;
		}
		if (!(name = arena_take(l->arena, GUID_TEXT, 1)))
			return;
		put_guid(l->in, at, name);
		part_owned(l, at, header, "file");
		part_list(l, at + 20, at + header, length - header, name);
		if (length > l->in.n - at)
			return;
		at = (at + length + 7) / 8 * 8;
	}
}

static struct fault list(struct listing *l)
{
	struct volume v = { 0 };
	struct fault bad = read_header(l->in, &v);

	if (bad.kind)
		return bad;
	l->kind = LISTING_REGIONS;
	if (v.has_files)
		list_files(l, first_file(l->in, &v));
	else
		part_rest(l, v.header, "");
	if (v.length > l->in.n)
		listing_fault(l, fault_at(FAULT_SHORT, 32, "length", l->in.n, v.length));
	return fine;
}

const struct format format_uefifv = {
	.name = "uefi-fv",
	.says = "UEFI firmware volume",
	.domain = DOMAIN_IT,
	.spec = "UEFI Platform Initialization 1.8, volume 3, sections 2 and 3",
	.shape = SHAPE_CONTAINER,
	.magic = { { 40, 4, "_FVH" } },
	.probe = probe,
	.list = list,
};
