/* zynos.c - objects of ZyNOS, the operating system of ZyXEL's and many TrendChip devices: 48 bytes
 * with "SIG" in the middle, big-endian, then the object, packed with LZMA or bzip2 if a flag says
 * so. What the boot extension loads lies in one object of type 3, with a memory map in which the
 * objects inside have names; it is found by the address that the header gives, at a multiple of
 * 256.
 *
 * Sums are 16 bits of big-endian words, each carry added again. Some devices want three zero bytes
 * in front of LZMA, which the packed size leaves out. */
#include <stdio.h>

#include "base/cursor.h"
#include "codec/codec.h"
#include "format/parts.h"

#define HEADER      48
#define FLAGS       18
#define PLAIN_SUM   20
#define PACKED_SUM  22
#define VERSION     24
#define VERSION_LEN 15
#define MAP_ADDRESS 39
#define IS_PACKED   0x80
#define HAS_PLAIN   0x40
#define HAS_PACKED  0x20
#define LARGEST     (256u << 20)
#define TYPE_IMAGE  1
#define TYPE_BOOT   3
#define TYPE_MAP    7
#define IN_MEMORY   0x80
#define MAP_HEAD    24
#define MAP_ENTRY   24
#define MAP_STEP    256
#define MOST_SUMS   4 /* maps whose sum is worth taking */

struct object {
	uint8_t type, flags;
	uint32_t plain, packed;
	uint64_t content, length; /* where its bytes stand; as the header says */
};

static uint16_t carry_sum(struct span s)
{
	struct cursor c = { .in = s };
	uint64_t sum = 0;

	while (cursor_left(&c) >= 2)
		sum += cursor_be16(&c);
	if (cursor_left(&c))
		sum += (uint64_t)cursor_u8(&c) << 8;
	while (sum > 0xffff)
		sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)sum;
}

static struct object read_object(struct span in)
{
	struct object o = { .type = (uint8_t)span_byte(in, 9),
			    .flags = (uint8_t)span_byte(in, FLAGS),
			    .plain = span_u32(in, 10, true),
			    .packed = span_u32(in, 14, true),
			    .content = HEADER };

	if (o.flags & IS_PACKED && is_filled(in, HEADER, 3, 0))
		o.content += 3;
	o.length = o.flags & IS_PACKED ? o.packed : o.plain;
	return o;
}

static struct fault probe(struct span in, struct found *f)
{
	struct object o = read_object(in);
	struct span version = field_text(in, VERSION, VERSION_LEN);

	if (in.n <= HEADER)
		return fault_at(FAULT_SHORT, 0, "header", in.n, HEADER);
	if (o.type == 0 || o.type > TYPE_MAP || o.flags & 0x1f)
		return fault_at(FAULT_UNKNOWN, 9, "type", o.type, TYPE_MAP);
	if (o.plain == 0 || o.plain > LARGEST || o.length == 0 || o.length > LARGEST)
		return fault_at(FAULT_BROKEN, 10, "size", o.plain, LARGEST);
	if (span_byte(in, 19) != 0 || !is_filled(in, 43, 5, 0) ||
	    (version.n ? !is_padded_text(in, VERSION, VERSION_LEN)
		       : !is_filled(in, VERSION, VERSION_LEN, 0)))
		return fault_at(FAULT_BROKEN, VERSION, "version", 0, 0);
	f->len = part_bound(o.content + o.length, in);
	f->proof = PROOF_STRUCTURE;
	snprintf(f->label, sizeof(f->label), "type %u%s", o.type,
		 o.flags & IS_PACKED ? ", packed" : "");
	if (version.n)
		label_add(f->label, ", ", version);
	return fine;
}

/* Where the memory map stands whose header agrees with its own address; 0 if nowhere. */
static uint64_t find_map(struct span in)
{
	uint32_t address = span_u32(in, MAP_ADDRESS, true);
	unsigned sums = 0;

	for (uint64_t at = MAP_STEP; at + MAP_HEAD <= in.n && sums < MOST_SUMS; at += MAP_STEP) {
		uint32_t entries = span_u16(in, at, true), end = span_u32(in, at + 6, true);
		uint32_t head = (entries + 1) * MAP_ENTRY;

		if (entries == 0 || span_u32(in, at + 2, true) - head != address ||
		    end - address < head || end - address > in.n - at)
			continue;
		sums++;
		if (carry_sum(span_sub(in, at + MAP_HEAD, end - address - MAP_HEAD)) ==
		    span_u16(in, at + 10, true))
			return at;
	}
	return 0;
}

/* The address at which the image begins: its header stands in front of the boot extension. */
static bool find_base(struct span in, uint64_t map, uint32_t entries, uint32_t *base)
{
	for (uint64_t i = 0; i < entries; i++) {
		struct span e = span_sub(in, map + MAP_HEAD + i * MAP_ENTRY, MAP_ENTRY);

		if (span_byte(e, 0) == TYPE_IMAGE && span_starts(e, span_text("\x01"
									      "BootExt"))) {
			*base = span_u32(e, 10, true) - HEADER;
			return true;
		}
	}
	return false;
}

/* Objects in flash, in the order of the map; those in memory have no bytes here. */
static bool list_map(struct listing *l)
{
	uint64_t map = find_map(l->in), pos = HEADER;
	uint32_t entries = span_u16(l->in, map, true), base = 0;

	if (!map || !find_base(l->in, map, entries, &base))
		return false;
	for (uint64_t i = 0; i < entries; i++) {
		uint64_t field = map + MAP_HEAD + i * MAP_ENTRY;
		struct span e = span_sub(l->in, field, MAP_ENTRY);
		uint64_t from = span_u32(e, 10, true) - base, length = span_u32(e, 16, true);

		if (span_byte(e, 0) & IN_MEMORY || from < pos || from >= l->in.n)
			continue;
		if (span_byte(e, 0) == TYPE_MAP)
			part_owned(l, from, length, "MemMapT");
		else
			part_list_named(l, field + 16, from, length, field_text(e, 1, 8));
		pos = from + length;
	}
	return l->count > 0;
}

static void check(struct listing *l, const struct object *o)
{
	struct span content = span_sub(l->in, o->content, o->length);
	bool packed = o->flags & IS_PACKED;
	uint64_t field = packed ? PACKED_SUM : PLAIN_SUM;

	if (content.n < o->length)
		listing_fault(l, fault_at(FAULT_SHORT, packed ? 14 : 10, "size",
					  l->in.n - o->content, o->length));
	else if (o->flags & (packed ? HAS_PACKED : HAS_PLAIN))
		part_sum(l, field, "sum of the object", carry_sum(content),
			 span_u16(l->in, field, true));
}

static struct fault list(struct listing *l)
{
	struct object o = read_object(l->in);
	struct entry e = entry_new(KIND_FILE, span_text("object"));

	if (o.flags & IS_PACKED) {
		e.size = o.plain;
		listing_add(l, &e);
	} else {
		l->kind = LISTING_REGIONS;
		if (o.type != TYPE_BOOT || !list_map(l))
			part_rest(l, HEADER, "");
	}
	check(l, &o);
	return fine;
}

/* LZMA with the plain size as 64 bits, little-endian, as everywhere, or as 32 bits, big-endian. */
static struct decoded unpack_lzma(struct span in, uint32_t plain, struct sink *out)
{
	struct lzma_properties p;
	uint64_t head = span_u32(in, 5, true) == plain ? 9 : 13;

	if (!lzma_properties_from((uint8_t)span_byte(in, 0), span_u32(in, 1, false), &p))
		return (struct decoded){ 0, fault_at(FAULT_UNKNOWN, 0, "LZMA properties", 0, 0) };
	return lzma_raw_decode(span_from(in, head), &p, plain, out);
}

static struct fault load(const struct listing *l, const struct entry *e, struct sink *out)
{
	struct object o = read_object(l->in);
	struct span packed = span_head(span_from(l->in, o.content), o.length);
	struct decoded d;

	(void)e;
	if (span_starts(packed, span_text("BZh")))
		d = bzip2_decode(packed, o.plain, out);
	else if (span_u16(packed, 1, true) == 0)
		d = unpack_lzma(packed, o.plain, out);
	else
		return fault_at(FAULT_UNKNOWN, o.content, "compression", span_u32(packed, 0, true),
				0);
	if (d.fault.kind == FAULT_NONE && o.flags & HAS_PLAIN &&
	    carry_sum(sink_span(out)) != span_u16(l->in, PLAIN_SUM, true))
		return fault_at(FAULT_BROKEN, PLAIN_SUM, "sum of the plain bytes",
				carry_sum(sink_span(out)), span_u16(l->in, PLAIN_SUM, true));
	d.fault.at += o.content;
	return d.fault;
}

const struct format format_zynos = {
	.name = "zynos",
	.says = "object of ZyNOS: image, boot extension, packed code",
	.domain = DOMAIN_BROADBAND,
	.spec = "openwrt/firmware-utils src/zynos.h, mkzynfw.c; dev-zzo/router-tools zynos.py",
	.shape = SHAPE_CONTAINER,
	.magic = { { 6, 4, "SIG\x01" },
		   { 6, 4, "SIG\x02" },
		   { 6, 4, "SIG\x03" },
		   { 6, 4, "SIG\x04" },
		   { 6, 4, "SIG\x05" },
		   { 6, 4, "SIG\x06" },
		   { 6, 4, "SIG\x07" } },
	.probe = probe,
	.list = list,
	.load = load,
};
