/* uefi_section.c - sections, of which files of a firmware volume are made: a length of 24 bits, a
 * type, contents; the next at a multiple of four. Some hold sections themselves, packed or signed:
 * what they unpack to is again a row of sections, which the format here opens. */
#include "base/cursor.h"
#include "format/uefi.h"
#include "format/utf16.h"

#define HEADER       4
#define LARGE_HEADER 8
#define LARGE        0xffffff
#define MOST_PROBED  8192 /* headers that a probe reads: 64 KiB */

/* What sections are called whose contents are no sections. */
static const struct {
	uint8_t type;
	const char *name;
} leaves[] = {
	{ 0x10, "pe32" },     { 0x11, "pic" },      { 0x12, "te" },        { 0x13, "dxe-depex" },
	{ 0x14, "version" },  { 0x15, "name" },     { 0x16, "16-bit" },    { 0x17, "volume" },
	{ 0x18, "freeform" }, { 0x19, "raw" },      { 0x1b, "pei-depex" }, { 0x1c, "mm-depex" },
	{ 0x20, "postcode" }, { 0xf0, "postcode" },
};

static const char *leaf_name(uint8_t type)
{
	for (size_t i = 0; i < sizeof(leaves) / sizeof(leaves[0]); i++)
		if (leaves[i].type == type)
			return leaves[i].name;
	return NULL;
}

static bool holds_sections(uint8_t type)
{
	return type >= 1 && type <= 3;
}

bool section_read(struct span in, uint64_t at, struct section *s)
{
	struct cursor c = { .in = span_from(in, at) };
	uint32_t head = cursor_le32(&c);

	*s = (struct section){ at, HEADER, head & LARGE, (uint8_t)(head >> 24) };
	if (s->length == LARGE) {
		s->header = LARGE_HEADER;
		s->length = cursor_le32(&c);
	}
	return !c.ran_out && s->length >= s->header &&
	       (holds_sections(s->type) || leaf_name(s->type));
}

static uint64_t next_section(const struct section *s)
{
	return (s->at + s->length + 3) / 4 * 4;
}

bool sections_fill(struct span in)
{
	struct section s;
	uint64_t at = 0;

	for (int i = 0; i < MOST_PROBED && at < in.n; i++) {
		if (!section_read(in, at, &s) || s.length > in.n - at)
			return false;
		at = next_section(&s);
	}
	return at > 0 && at >= in.n;
}

struct span sections_text(struct arena *a, struct span in, enum section_type type)
{
	const uint64_t skip = type == SECTION_VERSION ? 2 : 0;
	struct section s;
	struct span text;

	for (uint64_t at = 0; section_read(in, at, &s); at = next_section(&s)) {
		if (s.type != type || s.length - s.header < skip)
			continue;
		text = span_sub(in, at + s.header + skip, s.length - s.header - skip);
		while (text.n >= 2 && span_u16(text, text.n - 2, false) == 0)
			text.n -= 2;
		return utf16_name(a, text);
	}
	return (struct span){ 0 };
}

static void add_stored(struct listing *l, uint32_t parent, struct span name, uint64_t at,
		       uint64_t length)
{
	struct entry e = entry_new(KIND_FILE, name);

	e.parent = parent;
	e.stored = true;
	e.offset = e.order = at;
	e.length = e.size = length;
	listing_add(l, &e);
}

/* The contents of a section that holds sections: what a method packed is unpacked by load. */
static void add_packed(struct listing *l, uint32_t parent, const struct section *s)
{
	struct packed p = section_packed(l->in, s);
	struct entry e = entry_new(KIND_FILE, span_text(p.name));

	if (p.signature)
		add_stored(l, parent, span_text("signature"), p.at - p.signature, p.signature);
	e.parent = parent;
	e.order = e.offset = p.at;
	e.length = p.length;
	e.stored = p.packing == PACKED_NOT || p.packing >= PACKED_BROTLI;
	e.size = e.stored ? p.length : p.plain;
	e.fault = p.fault;
	e.key[0] = p.packing;
	listing_add(l, &e);
}

static void add_leaf(struct listing *l, uint32_t parent, const struct section *s)
{
	struct span name = span_text(leaf_name(s->type));
	uint64_t at = s->at + s->header, length = s->length - s->header;

	if (s->type == SECTION_FREEFORM && length >= GUID_SIZE) {
		name = guid_entry_name(l->arena, name, l->in, at);
		at += GUID_SIZE;
		length -= GUID_SIZE;
	}
	add_stored(l, parent, name, at, length);
}

void sections_list(struct listing *l, uint32_t parent, uint64_t from, uint64_t length)
{
	const struct span in = span_sub(l->in, from, length);
	uint64_t at = 0;

	while (at < in.n) {
		struct section s;

		if (!section_read(in, at, &s)) {
			if (!is_filled(in, at, in.n - at, 0xff) && !is_filled(in, at, in.n - at, 0))
				listing_fault(l, fault_at(FAULT_BROKEN, from + at, "section",
							  s.length, in.n - at));
			break;
		}
		if (s.length > in.n - at) {
			listing_fault(l, fault_at(FAULT_SHORT, from + at, "length of a section",
						  in.n - at, s.length));
			s.length = in.n - at;
		}
		at = next_section(&s);
		s.at += from;
		if (s.length < s.header)
			break;
		if (holds_sections(s.type))
			add_packed(l, parent, &s);
		else if (s.type != SECTION_NAME && s.type != SECTION_VERSION)
			add_leaf(l, parent, &s);
	}
	if (at < in.n)
		part_unlisted(l, parent, from + at, in.n - at, span_byte(in, at) ? 0xff : 0);
}

static struct fault probe(struct span in, struct found *f)
{
	struct section s;

	if (!section_read(in, 0, &s) || !sections_fill(in))
		return fault_at(FAULT_BROKEN, 0, "section", in.n, 0);
	f->len = in.n;
	f->proof = PROOF_STRUCTURE;
	return fine;
}

static struct fault list(struct listing *l)
{
	struct span name = sections_text(l->arena, l->in, SECTION_NAME);
	struct span version = sections_text(l->arena, l->in, SECTION_VERSION);

	label_add(l->label, "", name);
	if (version.n)
		label_add(l->label, name.n ? " " : "", version);
	sections_list(l, NO_ENTRY, 0, l->in.n);
	return fine;
}

const struct format format_uefisections = {
	.name = "uefi-sections",
	.says = "sections of a UEFI firmware file",
	.domain = DOMAIN_IT,
	.spec = "UEFI Platform Initialization 1.8, volume 3, section 3.2.4",
	.where = WHERE_ANCHORED,
	.shape = SHAPE_CONTAINER,
	.magic = { { 3, 1, "\x01" },
		   { 3, 1, "\x02" },
		   { 3, 1, "\x03" },
		   { 3, 1, "\x10" },
		   { 3, 1, "\x11" },
		   { 3, 1, "\x12" },
		   { 3, 1, "\x13" },
		   { 3, 1, "\x14" },
		   { 3, 1, "\x15" },
		   { 3, 1, "\x16" },
		   { 3, 1, "\x17" },
		   { 3, 1, "\x18" },
		   { 3, 1, "\x19" },
		   { 3, 1, "\x1b" },
		   { 3, 1, "\x1c" },
		   { 3, 1, "\x20" },
		   { 3, 1, "\xf0" } },
	.probe = probe,
	.list = list,
	.load = section_load,
};
