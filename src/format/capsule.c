/* capsule.c - UEFI capsules: a GUID that says what is inside, the size of the header, flags, the
 * size of all. Those for the firmware's own update protocol hold drivers and images, each image
 * with the GUID of what it is for and, most often, a signature before it. Sources: UEFI
 * specification 2.10, sections 8.5.3 and 23.3; LongSoft/UEFITool common/ffs.h for the GUIDs and
 * headers of vendors. */
#include "base/cursor.h"
#include "format/uefi.h"

#define HEADER       28
#define MOST_HEADER  65536
#define APTIO        32
#define KNOWN_FLAGS  0x0007ffffu
#define ITEMS        8 /* where their offsets stand behind the header */
#define IMAGE_HEADER 32u
#define MOST_ITEMS   1024
#define SIGNED       32          /* count, header and GUID before a signature */
#define CERTIFICATE  0x0ef10200u /* WIN_CERT_TYPE_EFI_GUID, revision 2.0 */

enum layout { LAYOUT_EFI, LAYOUT_FMP, LAYOUT_TOSHIBA, LAYOUT_APTIO };

static const struct {
	const char *guid, *name;
	enum layout layout;
} kinds[] = {
	{ "6dcbd5ed-e82d-4c44-bda1-7194199ad92a", "FMP", LAYOUT_FMP },
	{ "3b6686bd-0d76-4030-b70e-b5519e2fc5a0", "EFI", LAYOUT_EFI },
	{ "4a3ca68b-7723-48fb-803d-578cc1fec44d", "Aptio, signed", LAYOUT_APTIO },
	{ "14eebb90-890a-43db-aed1-5d3c4588a418", "Aptio", LAYOUT_APTIO },
	{ "539182b9-abb5-4391-b69a-e3a943f72fcc", "Intel", LAYOUT_EFI },
	{ "e20bafd3-9914-4f4f-9537-3129e090eb3c", "Lenovo", LAYOUT_EFI },
	{ "25b5fe76-8243-4a5c-a9bd-7ee3246198b5", "Lenovo", LAYOUT_EFI },
	{ "3be07062-1d51-45d2-832b-f093257ed461", "Toshiba", LAYOUT_TOSHIBA },
};

#define KINDS (sizeof(kinds) / sizeof(kinds[0]))

struct capsule {
	uint64_t header, length;
	size_t kind;
};

static struct fault read_header(struct span in, struct capsule *s)
{
	uint32_t first = span_u32(in, 20, false), second = span_u32(in, 24, false), flags = first;

	*s = (struct capsule){ .header = span_u32(in, 16, false), .length = second };
	while (s->kind < KINDS && !guid_is(in, 0, kinds[s->kind].guid))
		s->kind++;
	if (in.n < HEADER)
		return fault_at(FAULT_SHORT, 0, "header", in.n, HEADER);
	if (s->kind == KINDS)
		return fault_at(FAULT_UNKNOWN, 0, "GUID", in.p[0], 0);
	if (kinds[s->kind].layout == LAYOUT_TOSHIBA) {
		s->length = first;
		flags = second;
	}
	if (kinds[s->kind].layout == LAYOUT_APTIO)
		s->header = span_u16(in, HEADER, false);
	if (s->header < HEADER || s->header > MOST_HEADER || s->header >= s->length)
		return fault_at(FAULT_BROKEN, 16, "size of the header", s->header, s->length);
	if (flags & ~KNOWN_FLAGS)
		return fault_at(FAULT_BROKEN, 20, "flags", flags, KNOWN_FLAGS);
	return fine;
}

/* Version, drivers, images; then their offsets, counted from here. */
static uint64_t count_items(struct span in, const struct capsule *s)
{
	return (uint64_t)span_u16(in, s->header + 4, false) + span_u16(in, s->header + 6, false);
}

static struct fault probe(struct span in, struct found *f)
{
	struct capsule s;
	struct fault bad = read_header(in, &s);

	if (bad.kind)
		return bad;
	if (kinds[s.kind].layout == LAYOUT_FMP &&
	    (span_u32(in, s.header, false) != 1 || count_items(in, &s) > MOST_ITEMS))
		return fault_at(FAULT_BROKEN, s.header, "version of the payload",
				span_u32(in, s.header, false), 1);
	f->len = part_bound(s.length, in);
	f->proof = PROOF_STRUCTURE;
	label_add(f->label, "", span_text(kinds[s.kind].name));
	return fine;
}

/* An image may be signed: a count against replay, the signature, then what is signed. */
static void list_image(struct listing *l, uint64_t field, uint64_t at, uint64_t length)
{
	uint64_t signature = span_u32(l->in, at + 8, false) + 8ull;

	if (span_u32(l->in, at + 12, false) != CERTIFICATE || signature <= SIGNED ||
	    signature > length) {
		part_list(l, field, at, length, "image");
		return;
	}
	part_list(l, field, at + SIGNED, signature - SIGNED, "signature");
	part_list(l, field, at + signature, length - signature, "image");
}

/* Versions 2 and 3 of an image's header have one field of eight bytes more each. */
static void list_item(struct listing *l, uint64_t at)
{
	uint32_t version = span_u32(l->in, at, false);
	uint64_t image = span_u32(l->in, at + 24, false), code = span_u32(l->in, at + 28, false);
	uint64_t head = IMAGE_HEADER + (version > 1 ? 8u : 0) + (version > 2 ? 8u : 0);
	char guid[GUID_TEXT];

	guid_text(l->in, at + 4, guid);
	if (!l->label[0])
		label_add(l->label, "FMP for ", span_text(guid));
	if (version < 1 || version > 3) {
		listing_fault(l, fault_at(FAULT_UNKNOWN, at, "version of an image", version, 3));
		return;
	}
	part_owned(l, at, head, "header of an image");
	list_image(l, at + 24, at + head, image);
	if (code)
		part_list(l, at + 28, at + head + image, code, "vendor code");
}

/* Where item i begins; behind the last one, the end. */
static uint64_t item_place(struct span in, const struct capsule *s, uint64_t i, uint64_t count)
{
	uint64_t offset = span_u64(in, s->header + ITEMS + 8 * i, false);

	return i == count || offset > in.n - s->header ? in.n : s->header + offset;
}

/* Drivers come first; they have no header. */
static void list_items(struct listing *l, const struct capsule *s)
{
	uint64_t drivers = span_u16(l->in, s->header + 4, false), count = count_items(l->in, s);
	uint64_t least = s->header + ITEMS + 8 * count;

	for (uint64_t i = 0; i < count; i++) {
		uint64_t field = s->header + ITEMS + 8 * i;
		uint64_t at = item_place(l->in, s, i, count);
		uint64_t end = item_place(l->in, s, i + 1, count);

		if (at < least || at >= end) {
			listing_fault(l, fault_at(FAULT_BROKEN, field, "offset", at, end));
			return;
		}
		if (i < drivers)
			part_list(l, field, at, end - at, "driver");
		else
			list_item(l, at);
		least = at + 1;
	}
}

static struct fault list(struct listing *l)
{
	struct capsule s;
	struct fault bad = read_header(l->in, &s);

	if (bad.kind)
		return bad;
	l->kind = LISTING_REGIONS;
	if (s.length > l->in.n)
		listing_fault(l, fault_at(FAULT_SHORT, 24, "size", l->in.n, s.length));
	if (kinds[s.kind].layout == LAYOUT_FMP)
		list_items(l, &s);
	else
		part_rest(l, s.header, "image");
	return fine;
}

const struct format format_capsule = {
	.name = "uefi-capsule",
	.says = "UEFI capsule, firmware update",
	.domain = DOMAIN_IT,
	.spec = "UEFI specification 2.10, sections 8.5.3 and 23.3",
	.shape = SHAPE_CONTAINER,
	.magic = { { 0, 16, "\xed\xd5\xcb\x6d\x2d\xe8\x44\x4c\xbd\xa1\x71\x94\x19\x9a\xd9\x2a" },
		   { 0, 16, "\xbd\x86\x66\x3b\x76\x0d\x30\x40\xb7\x0e\xb5\x51\x9e\x2f\xc5\xa0" },
		   { 0, 16, "\x8b\xa6\x3c\x4a\x23\x77\xfb\x48\x80\x3d\x57\x8c\xc1\xfe\xc4\x4d" },
		   { 0, 16, "\x90\xbb\xee\x14\x0a\x89\xdb\x43\xae\xd1\x5d\x3c\x45\x88\xa4\x18" },
		   { 0, 16, "\xb9\x82\x91\x53\xb5\xab\x91\x43\xb6\x9a\xe3\xa9\x43\xf7\x2f\xcc" },
		   { 0, 16, "\xd3\xaf\x0b\xe2\x14\x99\x4f\x4f\x95\x37\x31\x29\xe0\x90\xeb\x3c" },
		   { 0, 16, "\x76\xfe\xb5\x25\x43\x82\x5c\x4a\xa9\xbd\x7e\xe3\x24\x61\x98\xb5" },
		   { 0, 16, "\x62\x70\xe0\x3b\x51\x1d\xd2\x45\x83\x2b\xf0\x93\x25\x7e\xd4\x61" } },
	.probe = probe,
	.list = list,
};
