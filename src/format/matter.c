/* matter.c - over-the-air images of Matter: a mark, the length of all and of a header in TLV
 * (elements of control octet, tag, value), then the payload. The header has vendor, product,
 * version and the digest of the payload. Little-endian. */
#include <stdio.h>

#include "base/cursor.h"
#include "base/hash.h"
#include "format/parts.h"

#define FIXED        16
#define MOST_HEADER  4096
#define STRUCTURE    0x15
#define END_OF_TLV   0x18
#define TAG_IN_BYTE  1
#define LAST_NUMBERS 0x07
#define LAST_TEXTS   0x13

enum { VENDOR, PRODUCT, VERSION, VERSION_TEXT, PAYLOAD, OLDEST, NEWEST, NOTES, KIND, DIGEST, TAGS };

struct field {
	uint64_t at, number;
	struct span text;
	bool is_there;
};

struct matter {
	uint64_t total, payload; /* where it begins */
	struct field field[TAGS];
};

/* One element in the structure. Numbers and texts have a width or the width of their length in the
 * two lowest bits; nothing else stands in this header. */
static bool read_element(struct cursor *c, struct matter *m)
{
	uint8_t control = cursor_u8(c), type = control & 0x1f, tag = cursor_u8(c);
	struct field f = { .at = c->at, .is_there = true };
	unsigned width = 1u << (control & 3);

	if (control >> 5 != TAG_IN_BYTE || type > LAST_TEXTS || (type >= 8 && type < 12))
		return false;
	for (unsigned i = 0; i < width; i++)
		f.number |= (uint64_t)cursor_u8(c) << 8 * i;
	if (type > LAST_NUMBERS)
		f.text = cursor_span(c, f.number);
	if (tag < TAGS && !m->field[tag].is_there)
		m->field[tag] = f;
	return !c->ran_out;
}

static struct fault read_header(struct span in, struct matter *m)
{
	uint32_t length = span_u32(in, 12, false);
	struct cursor c = { .in = span_sub(in, FIXED, length) };

	*m = (struct matter){ .total = span_u64(in, 4, false),
			      .payload = FIXED + (uint64_t)length };
	if (length > MOST_HEADER || c.in.n == 0)
		return fault_at(FAULT_SHORT, 12, "header", length, MOST_HEADER);
	if (cursor_u8(&c) != STRUCTURE)
		return fault_at(FAULT_BROKEN, FIXED, "structure", 0, STRUCTURE);
	while (cursor_left(&c) > 0 && span_byte(c.in, c.at) != END_OF_TLV)
		if (!read_element(&c, m))
			return fault_at(FAULT_BROKEN, FIXED + c.at, "element", c.at, length);
	if (c.at + 1 != length || !m->field[VENDOR].is_there || !m->field[PRODUCT].is_there ||
	    !m->field[DIGEST].is_there)
		return fault_at(FAULT_BROKEN, FIXED, "elements", c.at, length);
	if (m->total < m->payload || m->total - m->payload != m->field[PAYLOAD].number ||
	    m->total == m->payload)
		return fault_at(FAULT_BROKEN, 4, "length", m->total, m->payload);
	return fine;
}

static struct fault probe(struct span in, struct found *f)
{
	struct matter m;
	struct fault bad = read_header(in, &m);

	if (bad.kind)
		return bad;
	f->len = part_bound(m.total, in);
	f->proof = PROOF_STRUCTURE;
	snprintf(f->label, sizeof(f->label), "vendor %04x product %04x version %u ",
		 (unsigned)m.field[VENDOR].number & 0xffff,
		 (unsigned)m.field[PRODUCT].number & 0xffff, (unsigned)m.field[VERSION].number);
	label_add(f->label, "", m.field[VERSION_TEXT].text);
	return fine;
}

/* The algorithms by number in the registry of RFC 6920; 2 to 6 are the first bytes of SHA-256. */
static size_t digest_of(uint64_t kind, struct span in, uint8_t digest[SHA512_SIZE])
{
	static const uint8_t sizes[] = { 0, 32, 16, 15, 12, 8, 4, SHA384_SIZE, SHA512_SIZE };

	if (kind >= sizeof(sizes))
		return 0;
	if (kind == 7)
		sha384_of(in, digest);
	else if (kind == 8)
		sha512_of(in, digest);
	else
		sha256_of(in, digest);
	return sizes[kind];
}

static struct fault list(struct listing *l)
{
	uint8_t digest[SHA512_SIZE];
	struct matter m;
	struct fault bad = read_header(l->in, &m);
	struct field *want = &m.field[DIGEST], *kind = &m.field[KIND];
	size_t size;

	if (bad.kind)
		return bad;
	l->kind = LISTING_REGIONS;
	part_list(l, 4, m.payload, m.field[PAYLOAD].number, "payload");
	size = digest_of(kind->number, span_from(l->in, m.payload), digest);
	if (size == 0)
		listing_fault(l, fault_at(FAULT_UNKNOWN, FIXED + kind->at, "kind of digest",
					  kind->number, 8));
	else if (l->in.n == m.total && !span_equal(want->text, (struct span){ digest, size }))
		listing_fault(l, fault_at(FAULT_BROKEN, FIXED + want->at, "digest of the payload",
					  span_u32((struct span){ digest, size }, 0, true),
					  span_u32(want->text, 0, true)));
	return fine;
}

const struct format format_matter = {
	.name = "matter-ota",
	.says = "Matter over-the-air image",
	.domain = DOMAIN_DEVICE,
	.spec = "Matter Core Specification 1.3, section 11.21 and appendix A; RFC 6920",
	.shape = SHAPE_CONTAINER,
	.magic = { { 0, 4, "\x1e\xf1\xee\x1b" } },
	.probe = probe,
	.list = list,
};
