/* uefifv.c - firmware volumes of UEFI: a header that names the file system by a GUID, states the
 * volume's length, which its block map bears out (that of ARM virtual machines maps the whole
 * flash), and whose 16-bit words add up to zero. Volumes with a file system of firmware files list
 * them, each with its GUID and a sum of its header. Bits of a file's state are cleared one by one
 * as flash allows, so that the highest one tells what is true: deleted files are counted, not
 * listed. */
#include <stdio.h>

#include "base/cursor.h"
#include "format/sums.h"
#include "format/uefi.h"

#define LEAST_HEADER   72
#define MOST_HEADER    4096
#define FILE_HEADER    24
#define LARGE_HEADER   32
#define LENOVO_HEADER  28 /* large files in volumes of version 2, which have none by the book */
#define LARGE_FILE     0x01
#define HAS_CHECKSUM   0x40
#define TYPE_RAW       0x01
#define TYPE_PAD       0xf0
#define STATE_DELETED  0x30 /* or with an invalid header */
#define STATE_VALID    0x06 /* header and data */
#define ERASE_POLARITY 0x800

enum files { FILES_NONE, FILES_V1, FILES_V2, FILES_V3 };

static const struct {
	const char *guid, *name;
	enum files files;
} systems[] = {
	{ "8c8ce578-8a3d-4f1c-9935-896185c32dd3", "FFS2", FILES_V2 },
	{ "5473c07a-3dcb-4dca-bd6f-1e9689e7349a", "FFS3", FILES_V3 },
	{ "7a9354d9-0468-444a-81ce-0bf617d890df", "FFS1", FILES_V1 },
	{ "04adeead-61ff-4d31-b6ba-64f8bf901f5a", "FFS2 Apple", FILES_V2 },
	{ "bd001b8c-6a71-487b-a14f-0c2a2dcf7a5d", "FFS2 Apple", FILES_V2 },
	{ "ad3fffff-d28b-44c4-9f13-9ea98a97f9f0", "FFS2 Intel", FILES_V2 },
	{ "d6a1cd70-4b33-4994-a6ea-375f2ccc5437", "FFS2 Intel", FILES_V2 },
	{ "4f494156-aed6-4d64-a537-b8a5557bceec", "FFS2 Sony", FILES_V2 },
	{ "fff12b8d-7696-4c8b-a985-2747075b4f50", "NVRAM", FILES_NONE },
	{ "00504624-8a59-4eeb-bd0f-6b36e96128e0", "NVRAM", FILES_NONE },
};

#define SYSTEMS (sizeof(systems) / sizeof(systems[0]))

struct volume {
	uint64_t length;
	uint32_t attributes;
	uint16_t header, extra;
	uint8_t revision;
	uint8_t erased; /* what a byte of free space is */
	enum files files;
	const char *name;
};

struct file {
	uint64_t at, header, length;
	uint8_t type, attributes, state;
};

/* What file types are called (PI 1.8, volume 3, table 3-3). */
static const char *const types[] = {
	NULL,     "raw",     "freeform",      "security-core",      "pei-core", "dxe-core",
	"peim",   "driver",  "peim-driver",   "application",        "mm",       "volume",
	"mm-dxe", "mm-core", "mm-standalone", "mm-core-standalone",
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

static void name_system(struct span in, struct volume *v)
{
	for (size_t i = 0; i < SYSTEMS; i++)
		if (guid_is(in, 16, systems[i].guid)) {
			v->name = systems[i].name;
			v->files = systems[i].files;
		}
}

static struct fault read_header(struct span in, struct volume *v)
{
	struct cursor c = { .in = in, .at = 32 };
	struct span header;

	v->length = cursor_le64(&c);
	cursor_skip(&c, 4);
	v->attributes = cursor_le32(&c);
	v->header = cursor_le16(&c);
	cursor_skip(&c, 2);
	v->extra = cursor_le16(&c);
	cursor_skip(&c, 1);
	v->revision = cursor_u8(&c);
	v->erased = v->attributes & ERASE_POLARITY ? 0xff : 0;
	header = span_sub(in, 0, v->header);
	if (in.n < LEAST_HEADER || header.n != v->header)
		return fault_at(FAULT_SHORT, 0, "header", in.n, v->header);
	if (v->header < LEAST_HEADER || v->header > MOST_HEADER || v->header % 8 ||
	    v->length < v->header || v->revision < 1 || v->revision > 2)
		return fault_at(FAULT_BROKEN, 48, "length of the header", v->header, MOST_HEADER);
	if (sum_of_le16(header) != 0)
		return fault_at(FAULT_BROKEN, 50, "header checksum", sum_of_le16(header), 0);
	if (mapped(header) < v->length)
		return fault_at(FAULT_BROKEN, 56, "block map", mapped(header), v->length);
	name_system(in, v);
	return fine;
}

/* The extended header names the volume; only revision 2 has one. */
static uint64_t extra_header(struct span in, const struct volume *v)
{
	return v->revision == 2 && v->extra >= v->header && v->extra + 20ull <= in.n ? v->extra : 0;
}

static struct fault probe(struct span in, struct found *f)
{
	struct volume v = { 0 };
	struct fault bad = read_header(in, &v);
	char guid[GUID_TEXT];

	if (bad.kind)
		return bad;
	f->len = part_bound(v.length, in);
	f->proof = PROOF_CHECKSUM;
	guid_text(in, v.name && extra_header(in, &v) ? v.extra : 16, guid);
	if (!v.name || extra_header(in, &v))
		snprintf(f->label, sizeof(f->label), "%s%s%s", v.name ? v.name : "",
			 v.name ? " " : "", guid);
	else
		snprintf(f->label, sizeof(f->label), "%s", v.name);
	return fine;
}

/* Where the first file begins: behind an extended header, if there is one, at a multiple of 8. */
static uint64_t first_file(struct span in, const struct volume *v)
{
	uint64_t at = extra_header(in, v);

	at = at ? at + span_u32(in, at + GUID_SIZE, false) : v->header;
	return (at + 7) / 8 * 8;
}

/* The sum covers neither the file's own sum nor its state. */
static bool header_sum_holds(struct span header)
{
	uint32_t sum = sum_of_bytes(header) - header.p[17] - header.p[23];

	return (sum & 0xff) == 0;
}

/* A header whose own sum and length hold; false for free space or damage. */
static bool read_file(struct span in, const struct volume *v, uint64_t at, struct file *f)
{
	struct span h = span_sub(in, at, FILE_HEADER);

	if (h.n == 0)
		return false;
	*f = (struct file){ .at = at,
			    .header = FILE_HEADER,
			    .length = (uint64_t)span_u16(h, 20, false) | (uint64_t)h.p[22] << 16,
			    .type = h.p[18],
			    .attributes = h.p[19],
			    .state = h.p[23] ^ v->erased };
	if (f->attributes & LARGE_FILE && v->files == FILES_V3) {
		f->header = LARGE_HEADER;
		f->length = span_u64(in, at + FILE_HEADER, false);
	} else if (f->attributes & LARGE_FILE && v->files == FILES_V2 && f->length == 0) {
		f->header = LENOVO_HEADER;
		f->length = span_u32(in, at + FILE_HEADER, false);
	}
	h = span_sub(in, at, f->header);
	return h.n && f->length >= f->header && header_sum_holds(h);
}

/* Behind damage a header must also make sense by its state and fit into the volume. */
static bool resumes(struct span in, const struct volume *v, uint64_t at)
{
	struct file f;

	return read_file(in, v, at, &f) && (f.state & STATE_VALID) == STATE_VALID &&
	       f.state < 0x40 && f.length <= in.n - at;
}

static struct fault check_data(struct span in, const struct volume *v, const struct file *f)
{
	struct span data = span_sub(in, f->at + f->header, f->length - f->header);
	uint8_t fixed = v->files == FILES_V1 ? 0x5a : 0xaa, stated = in.p[f->at + 17];
	uint8_t want = f->attributes & HAS_CHECKSUM ? (uint8_t)-sum_of_bytes(data) : fixed;

	if (data.n != f->length - f->header || stated == want)
		return fine;
	return fault_at(FAULT_BROKEN, f->at + 17, "checksum of the file", stated, want);
}

static struct span type_name(struct arena *a, uint8_t type)
{
	char text[8];

	if (type < sizeof(types) / sizeof(types[0]) && types[type])
		return span_text(types[type]);
	snprintf(text, sizeof(text), "0x%02x", type);
	return arena_copy(a, span_text(text));
}

/* A file of sections is a directory of them; any other is its content. */
static void add_file(struct listing *l, const struct volume *v, const struct file *f)
{
	uint64_t from = f->at + f->header;
	uint64_t length = part_bound(f->length, span_from(l->in, f->at)) - f->header;
	struct span data = span_sub(l->in, from, length);
	struct section first;
	bool has_sections =
		f->type != TYPE_RAW && section_read(data, 0, &first) && first.length <= data.n;
	struct entry e = entry_new(has_sections ? KIND_DIRECTORY : KIND_FILE, (struct span){ 0 });
	struct span name = { 0 };
	uint32_t index;

	if (has_sections) {
		name = sections_text(l->arena, data, SECTION_NAME);
		entry_note(l->arena, &e, "uefi.version",
			   sections_text(l->arena, data, SECTION_VERSION));
	} else {
		e.stored = true;
		e.offset = e.order = from;
		e.length = e.size = length;
	}
	entry_note(l->arena, &e, "uefi.type", type_name(l->arena, f->type));
	e.name = guid_entry_name(l->arena, name, l->in, f->at);
	e.fault = check_data(l->in, v, f);
	index = listing_add(l, &e);
	if (index != NO_ENTRY && has_sections)
		sections_list(l, index, from, length);
}

/* Free space, or damage: the bytes up to the next file, or to the end, and where that is. */
static uint64_t skip_gap(struct listing *l, const struct volume *v, uint64_t at)
{
	uint64_t next = at;

	if (is_filled(l->in, at, l->in.n - at, v->erased))
		return l->in.n;
	while (next < l->in.n && !resumes(l->in, v, next))
		next += 8;
	if (next > l->in.n)
		next = l->in.n;
	if (!is_filled(l->in, at, FILE_HEADER, v->erased))
		listing_fault(l, fault_at(FAULT_BROKEN, at, "header of a file", next - at, 0));
	part_unlisted(l, NO_ENTRY, at, next - at, v->erased);
	return next;
}

static void list_files(struct listing *l, const struct volume *v)
{
	unsigned deleted = 0;
	uint64_t at = first_file(l->in, v);
	struct file f;

	while (at < l->in.n) {
		if (!read_file(l->in, v, at, &f)) {
			at = skip_gap(l, v, at);
			continue;
		}
		if (f.length > l->in.n - at)
			listing_fault(l, fault_at(FAULT_SHORT, at + 20, "length of a file",
						  l->in.n - at, f.length));
		if (f.state & STATE_DELETED)
			deleted++;
		else if (f.type == TYPE_PAD)
			part_unlisted(l, NO_ENTRY, at + f.header,
				      part_bound(f.length, span_from(l->in, at)) - f.header,
				      v->erased);
		else
			add_file(l, v, &f);
		at = f.length > l->in.n - at ? l->in.n : (at + f.length + 7) / 8 * 8;
	}
	if (deleted)
		snprintf(l->label, sizeof(l->label), "%s, %u deleted files", v->name, deleted);
}

static struct fault list(struct listing *l)
{
	struct volume v = { 0 };
	struct fault bad = read_header(l->in, &v);

	if (bad.kind)
		return bad;
	if (v.length > l->in.n)
		listing_fault(l, fault_at(FAULT_SHORT, 32, "length", l->in.n, v.length));
	if (v.files != FILES_NONE) {
		list_files(l, &v);
		return fine;
	}
	l->kind = LISTING_REGIONS;
	part_rest(l, v.header, "");
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
	.load = section_load,
};
