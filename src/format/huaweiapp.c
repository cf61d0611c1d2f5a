/* huaweiapp.c - Huawei's UPDATE.APP of phones and the firmware of Balong modems, which share their
 * records: 55 AA 5A A5, length of the header, compatibility, code, length of the data, date, time,
 * a text, CRC-16 of the header, block size; a CRC-16 of each block of the data; the data, filled up
 * to four bytes. In a phone's file the text names the part; in a modem's it is the version, and the
 * code names the part. 92 bytes in front of the first record hold at most a modem's number of the
 * kind of firmware, by which tools tell what to expect; an updater for Windows has its program in
 * front of them. The CRC-16 is that of X.25. */
#include <stdio.h>

#include "base/cursor.h"
#include "format/parts.h"
#include "format/sums.h"

#define MAGIC        "\x55\xaa\x5a\xa5"
#define PREFIX       92
#define HEADER       98
#define TEXT         60
#define TEXT_SIZE    32
#define MOST_HEADER  (64u << 20)
#define MOST_BLOCK   (16u << 20)
#define MOST_RECORDS 512 /* the probe reads 98 bytes of each */
#define MOST_KIND    15

struct record {
	uint64_t at, header, length;
	uint32_t code, block;
	bool sum_holds;
	struct span name;
};

/* Codes of a modem's parts; those of later chips have 0x1f0000 or R11 in their names. */
static const struct {
	uint32_t code;
	const char *name;
} parts[] = {
	{ 0x66, "Nvimage_R1" },      { 0x100, "Ptable_R1" },       { 0x101, "Bootloader_R1" },
	{ 0x102, "Bootrom_R1" },     { 0x104, "Fastboot_R1" },     { 0x105, "Kernel_R1" },
	{ 0x107, "System_R1" },      { 0x109, "APP_R1" },          { 0x113, "WEBUI_R1" },
	{ 0x10000, "Ptable" },       { 0x20000, "M3Boot" },        { 0x30000, "Kernel" },
	{ 0x40000, "VxWorks" },      { 0x50000, "M3Image" },       { 0x60000, "DSP" },
	{ 0x70000, "Nvdload" },      { 0x80000, "Nvimg" },         { 0x90000, "Kernel_R11" },
	{ 0xa0000, "Oeminfo" },      { 0xb0000, "CDROMISO" },      { 0x100000, "System" },
	{ 0x110000, "Fastboot" },    { 0x130000, "Logo" },         { 0x170000, "Wimaxcfg" },
	{ 0x180000, "Wimaxcrf" },    { 0x190000, "Userdata" },     { 0x1a0000, "Oeminfo" },
	{ 0x1b0000, "Online" },      { 0x200000, "M3Boot_R11" },   { 0x220000, "VxWorks_R11" },
	{ 0x230000, "M3Image_R11" }, { 0x240000, "DSP_R11" },      { 0x250000, "Nvdload_R11" },
	{ 0x270000, "DTS_R11" },     { 0x280000, "HIFI_R11" },     { 0x450000, "APP_EXT_A" },
	{ 0x460000, "APP_EXT_B" },   { 0x480000, "Ptable_ext_A" }, { 0x490000, "Ptable_ext_B" },
	{ 0x510000, "Oeminfo" },     { 0x550000, "Oeminfo" },      { 0x550103, "VxWorks_R1" },
	{ 0x560000, "WEBUI" },       { 0x570000, "APP" },          { 0x590000, "System" },
	{ 0x5a0000, "APP" },         { 0x5b0000, "WEBUI" },        { 0x5d0000, "Online" },
	{ 0x5e0000, "Online" },
};

static const char *part_of(uint32_t code)
{
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
		if (parts[i].code == code)
			return parts[i].name;
	return NULL;
}

/* A version has points and colons, a name of a part has not. */
static bool is_name(struct span text)
{
	for (size_t i = 0; i < text.n; i++) {
		uint8_t c = text.p[i], letter = c | 0x20;

		if ((letter < 'a' || letter > 'z') && (c < '0' || c > '9') && c != '_' && c != '-')
			return false;
	}
	return text.n > 0;
}

static bool header_sum_holds(struct span in, uint64_t at)
{
	static const uint8_t none[2] = { 0 };
	const struct span sum = span_sub(in, at + PREFIX, 2);
	uint16_t crc = crc16_x25(0, span_sub(in, at, PREFIX));

	crc = crc16_x25(crc, (struct span){ none, 2 });
	return crc16_x25(crc, span_sub(in, at + 94, 4)) == span_u16(sum, 0, false);
}

/* Whether a record begins here: its checksum holds, or its table is as long as its data ask. */
static struct fault read_record(struct span in, uint64_t at, struct record *r)
{
	struct cursor c = { .in = span_sub(in, at, HEADER), .at = 4 };
	uint64_t sums;

	r->at = at;
	r->header = cursor_le32(&c);
	cursor_skip(&c, 12);
	r->code = cursor_le32(&c);
	r->length = cursor_le32(&c);
	cursor_seek(&c, 94);
	r->block = cursor_le32(&c);
	if (!span_starts(span_from(in, at), span_text(MAGIC)))
		return fault_at(FAULT_UNKNOWN, at, "record", 0, 0);
	if (c.ran_out)
		return fault_at(FAULT_SHORT, at, "record", in.n, at + HEADER);
	if (r->header < HEADER || r->header > MOST_HEADER || r->block == 0 || r->block > MOST_BLOCK)
		return fault_at(FAULT_BROKEN, at + 4, "record", r->header, MOST_HEADER);
	r->sum_holds = header_sum_holds(in, at);
	sums = (r->length + r->block - 1) / r->block * 2;
	if (!r->sum_holds && r->header - HEADER != sums)
		return fault_at(FAULT_BROKEN, at + 4, "table of checksums", r->header - HEADER,
				sums);
	r->name = field_text(in, at + TEXT, TEXT_SIZE);
	return fine;
}

static uint64_t end_of(const struct record *r)
{
	return r->at + r->header + r->length;
}

/* The record behind r, if one begins there. */
static struct fault next_record(struct span in, struct record *r)
{
	return read_record(in, (end_of(r) + 3) & ~(uint64_t)3, r);
}

/* Where the first record stands. */
static uint64_t first_at(struct span in)
{
	return span_starts(in, span_text(MAGIC)) ? 0 : PREFIX;
}

static struct fault probe(struct span in, struct found *f)
{
	struct record r;
	uint64_t from = first_at(in);
	struct fault bad = read_record(in, from, &r);
	uint32_t count = 1;
	bool sums;

	if (bad.kind)
		return bad;
	if (r.length == 0 || from + r.header >= in.n) /* a header alone, as list() gives it */
		return fault_at(FAULT_SHORT, from + 24, "data", in.n, r.length);
	if (from && (span_u32(in, 0, false) > MOST_KIND || !is_filled(in, 4, PREFIX - 4, 0)))
		return fault_at(FAULT_BROKEN, 0, "kind of firmware", span_u32(in, 0, false),
				MOST_KIND);
	if (!is_name(r.name))
		label_add(f->label, "", r.name);
	sums = r.sum_holds;
	f->len = end_of(&r);
	for (; count < MOST_RECORDS && !(bad = next_record(in, &r)).kind; count++) {
		sums &= r.sum_holds;
		f->len = end_of(&r);
	}
	f->len = bad.kind == FAULT_SHORT ? in.n : part_bound(f->len, in);
	f->proof = sums ? PROOF_CHECKSUM : PROOF_STRUCTURE;
	snprintf(f->label + strlen(f->label), sizeof(f->label) - strlen(f->label), "%s%u parts",
		 f->label[0] ? ", " : "", count);
	return fine;
}

static void check_blocks(struct listing *l, const struct record *r)
{
	struct span table = span_sub(l->in, r->at + HEADER, r->header - HEADER);
	struct span data = span_sub(l->in, r->at + r->header, r->length);

	for (uint64_t i = 0; i < table.n / 2 && i * r->block < data.n; i++) {
		struct span block = span_head(span_from(data, i * r->block), r->block);
		uint16_t crc = crc16_x25(0, block), want = span_u16(table, i * 2, false);

		if (crc != want) {
			listing_fault(l, fault_at(FAULT_BROKEN, r->at + HEADER + i * 2,
						  "CRC-16 of a block", crc, want));
			return;
		}
	}
}

static struct span name_of(struct listing *l, const struct record *r)
{
	const char *known = part_of(r->code);
	char *name;

	if (is_name(r->name))
		return r->name;
	if (known)
		return span_text(known);
	name = arena_take(l->arena, 16, 1);
	if (name)
		snprintf(name, 16, "U%08x", r->code);
	return name ? span_text(name) : (struct span){ 0 };
}

static void list_record(struct listing *l, const struct record *r)
{
	uint64_t sums = (r->length + r->block - 1) / r->block * 2;

	if (r->at > PREFIX)
		part_owned(l, r->at, r->header, "header");
	part_list_named(l, r->at + 24, r->at + r->header, r->length, name_of(l, r));
	if (!r->sum_holds)
		listing_fault(l,
			      fault_at(FAULT_BROKEN, r->at + PREFIX, "CRC-16 of the header", 0, 0));
	if (r->header - HEADER != sums)
		listing_fault(l, fault_at(FAULT_BROKEN, r->at + 4, "table of checksums",
					  r->header - HEADER, sums));
	check_blocks(l, r);
}

static struct fault list(struct listing *l)
{
	struct record r;
	struct fault bad = read_record(l->in, first_at(l->in), &r);

	if (bad.kind)
		return bad;
	l->kind = LISTING_REGIONS;
	for (uint32_t i = 0; i < MOST_RECORDS; i++) {
		list_record(l, &r);
		bad = next_record(l->in, &r);
		if (bad.kind)
			break;
	}
	return bad.kind == FAULT_SHORT ? bad : fine;
}

const struct format format_huaweiapp = {
	.name = "huawei-app",
	.says = "Huawei UPDATE.APP and firmware of Balong modems",
	.domain = DOMAIN_TELECOM,
	.spec = "forth32/balongflash ptable.h; worstenbrood/HuaweiUpdateLibrary",
	.shape = SHAPE_CONTAINER,
	.magic = { { 0, 4, MAGIC }, { PREFIX, 4, MAGIC } },
	.probe = probe,
	.list = list,
};
