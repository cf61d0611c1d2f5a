/* android.c - Android boot images, headers 0 to 4, and vendor boot images, 3 and 4. Source: AOSP
 * system/tools/mkbootimg include/bootimg/bootimg.h.
 *
 * A header in whole pages, then the parts one behind the other, each filled up to a page. In the
 * field that became the version a device tree's length could stand: no version is that large. */
#include <stdio.h>

#include "base/cursor.h"
#include "format/parts.h"

#define BOOT        "ANDROID!"
#define VENDOR      "VNDRBOOT"
#define NEW_PAGE    4096
#define LEAST_PAGE  512
#define MOST_PAGE   131072
#define MOST_PARTS  7
#define NAME_SIZE   32 /* of a vendor ramdisk */
#define RECORD_SIZE 108

struct part {
	const char *name;
	uint64_t at, length;
};

struct boot {
	struct span in;
	bool vendor;
	uint32_t version, page, os, records, record_size;
	struct part parts[MOST_PARTS];
	uint32_t count;
	uint64_t end;
};

/* Where a field stands that gives the length of a part. */
struct field {
	const char *name;
	uint16_t at;
	uint8_t from; /* version of the header */
};

static const struct field old_parts[] = { { "kernel", 8, 0 },  { "ramdisk", 16, 0 },
					  { "second", 24, 0 }, { "recovery dtbo", 1632, 1 },
					  { "dtb", 1648, 2 },  { NULL, 0, 0 } };
static const struct field new_parts[] = {
	{ "kernel", 8, 3 }, { "ramdisk", 12, 3 }, { "signature", 1580, 4 }, { NULL, 0, 0 }
};
static const struct field vendor_parts[] = { { "vendor ramdisk", 24, 3 },
					     { "dtb", 2100, 3 },
					     { "ramdisk table", 2112, 4 },
					     { "bootconfig", 2124, 4 },
					     { NULL, 0, 0 } };

/* Length of the header itself, by version. */
static const uint16_t boot_header[] = { 1632, 1648, 1660, 1580, 1584 };
static const uint16_t vendor_header[] = { 0, 0, 0, 2112, 2128 };

/* The first tools that wrote version 3 had counted otherwise, over the same fields. */
enum { BOOT_PREVIEW = 1596, VENDOR_PREVIEW = 2108 };

static void add_part(struct boot *b, const char *name, uint64_t length)
{
	uint64_t pages = (length + b->page - 1) / b->page;

	if (length)
		b->parts[b->count++] = (struct part){ name, b->end, length };
	b->end += pages * b->page;
}

static void add_parts(struct boot *b, const struct field *f)
{
	for (; f->name; f++)
		if (b->version >= f->from)
			add_part(b, f->name, span_u32(b->in, f->at, false));
}

static struct fault check_page(const struct boot *b, uint64_t at)
{
	if (b->page < LEAST_PAGE || b->page > MOST_PAGE || b->page & (b->page - 1))
		return fault_at(FAULT_BROKEN, at, "page size", b->page, MOST_PAGE);
	return fine;
}

static struct fault read_vendor(struct boot *b)
{
	struct fault bad;
	uint32_t length = span_u32(b->in, 2096, false);

	b->version = span_u32(b->in, 8, false);
	b->page = span_u32(b->in, 12, false);
	bad = check_page(b, 12);
	if (bad.kind)
		return bad;
	if (b->version < 3 || b->version > 4)
		return fault_at(FAULT_UNKNOWN, 8, "header version", b->version, 4);
	if (length != vendor_header[b->version] && (b->version != 3 || length != VENDOR_PREVIEW))
		return fault_at(FAULT_BROKEN, 2096, "header size", length,
				vendor_header[b->version]);
	b->end = (length + b->page - 1) / b->page * b->page;
	if (b->version == 4) {
		b->records = span_u32(b->in, 2116, false);
		b->record_size = span_u32(b->in, 2120, false);
	}
	add_parts(b, vendor_parts);
	return fine;
}

static struct fault read_boot(struct boot *b)
{
	uint32_t word = span_u32(b->in, 40, false), tree = 0;
	struct fault bad;

	b->version = word <= 4 ? word : 0;
	tree = word <= 4 ? 0 : word;
	b->page = b->version >= 3 ? NEW_PAGE : span_u32(b->in, 36, false);
	b->os = span_u32(b->in, b->version >= 3 ? 16 : 44, false);
	bad = check_page(b, 36);
	if (bad.kind)
		return bad;
	if (b->version) {
		uint64_t at = b->version >= 3 ? 20 : 1644;
		uint32_t length = span_u32(b->in, at, false);

		if (length != boot_header[b->version] &&
		    (b->version != 3 || length != BOOT_PREVIEW))
			return fault_at(FAULT_BROKEN, at, "header size", length,
					boot_header[b->version]);
	}
	b->end = b->page >= boot_header[b->version]
			 ? b->page
			 : (boot_header[b->version] + b->page - 1u) / b->page * b->page;
	add_parts(b, b->version >= 3 ? new_parts : old_parts);
	add_part(b, "device tree", tree);
	return fine;
}

static struct fault read_header(struct span in, struct boot *b)
{
	struct fault bad;

	*b = (struct boot){ .in = in, .vendor = span_starts(in, span_text(VENDOR)) };
	if (!b->vendor && !span_starts(in, span_text(BOOT)))
		return fault_at(FAULT_UNKNOWN, 0, "boot magic", 0, 0);
	if (in.n < vendor_header[4])
		return fault_at(FAULT_SHORT, 0, "header", in.n, vendor_header[4]);
	bad = b->vendor ? read_vendor(b) : read_boot(b);
	if (bad.kind == FAULT_NONE && b->count == 0)
		return fault_at(FAULT_BROKEN, 8, "parts", 0, 1);
	return bad;
}

/* Android's version and the month of its patches share a word. */
static size_t put_version(char *text, size_t size, uint32_t os)
{
	if (os == 0)
		return 0;
	return (size_t)snprintf(text, size, ", Android %u.%u.%u, patches of %u-%02u", os >> 25,
				os >> 18 & 127, os >> 11 & 127, 2000 + (os >> 4 & 127), os & 15);
}

static struct fault probe(struct span in, struct found *f)
{
	char version[48] = "";
	struct boot b;
	struct fault bad = read_header(in, &b);

	if (bad.kind)
		return bad;
	f->len = b.end < in.n ? b.end : in.n;
	/* The magic is long, but a first part behind the space is no image that was cut. */
	f->proof = b.parts[0].at < in.n ? PROOF_STRUCTURE : PROOF_PLAUSIBLE;
	put_version(version, sizeof(version), b.os);
	snprintf(f->label, sizeof(f->label), "%sheader %u%s", b.vendor ? "vendor, " : "", b.version,
		 version);
	return fine;
}

/* The ramdisks of a vendor one behind the other, by a table; false where it contradicts itself. */
static bool list_ramdisks(struct listing *l, const struct boot *b, const struct part *all,
			  struct span table)
{
	uint64_t pos = 0;

	if (b->record_size < RECORD_SIZE || b->records == 0 ||
	    b->records > table.n / b->record_size)
		return false;
	for (int pass = 0; pass < 2; pass++) {
		pos = 0;
		for (uint32_t i = 0; i < b->records; i++) {
			struct span r = span_sub(table, (uint64_t)i * b->record_size, RECORD_SIZE);
			struct span name = span_sub(r, 12, NAME_SIZE);
			struct part one = { "vendor ramdisk", span_u32(r, 4, false),
					    span_u32(r, 0, false) };

			if (one.at < pos || one.at > all->length ||
			    one.length > all->length - one.at)
				return false;
			pos = one.at + one.length;
			one.at += all->at;
			name.n = strnlen((const char *)name.p, name.n);
			if (pass == 1)
				part_list_named(l, one.at, one.at, one.length,
						name.n ? name : span_text(one.name));
		}
	}
	return true;
}

static struct span table_of(const struct boot *b)
{
	for (uint32_t i = 0; i < b->count; i++)
		if (b->records && strcmp(b->parts[i].name, "ramdisk table") == 0)
			return span_sub(b->in, b->parts[i].at, b->parts[i].length);
	return (struct span){ 0 };
}

static struct fault list(struct listing *l)
{
	struct boot b;
	struct fault bad = read_header(l->in, &b);
	struct span table;

	if (bad.kind)
		return bad;
	l->kind = LISTING_REGIONS;
	table = table_of(&b);
	for (uint32_t i = 0; i < b.count; i++) {
		const struct part *p = &b.parts[i];
		bool own = table.n && span_place(l->in, table) == p->at;

		if (own)
			part_owned(l, p->at, p->length, p->name);
		else if (i > 0 || table.n == 0 || !list_ramdisks(l, &b, p, table))
			part_list(l, p->at, p->at, p->length, p->name);
	}
	return fine;
}

const struct format format_android = {
	.name = "android",
	.says = "Android boot and vendor boot image, headers 0 to 4",
	.domain = DOMAIN_DEVICE,
	.spec = "AOSP system/tools/mkbootimg include/bootimg/bootimg.h",
	.shape = SHAPE_CONTAINER,
	.magic = { { 0, 8, BOOT }, { 0, 8, VENDOR } },
	.probe = probe,
	.list = list,
};
