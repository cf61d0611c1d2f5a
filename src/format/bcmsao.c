/* bcmsao.c - objects of Broadcom's cable modems (SAO), one after the other: a big-endian header of
 * 64 bytes with its own CRC-32, four letters that say what follows (META, DTBB, KRNL, RTFS), a
 * length, an address and the CRC-32 of what follows. Objects may be encrypted, which nothing in the
 * header says. */
#include "base/cursor.h"
#include "base/hash.h"
#include "format/parts.h"

#define MARK         0x534f424au
#define HEADER       64
#define SUM_AT       4
#define SUMMED       8 /* the header's CRC begins here */
#define TYPE_AT      8
#define LENGTH_AT    16
#define DATA_SUM_AT  52
#define MOST_OBJECTS 256

struct object {
	uint64_t at, length;
	bool holds; /* the header's CRC */
};

/* The object at `at`, by its CRC or, as the length stands there twice, by that. */
static bool read_object(struct span in, uint64_t at, struct object *o)
{
	struct span head = span_sub(in, at, HEADER);

	*o = (struct object){ .at = at, .length = span_u32(head, LENGTH_AT, true) };
	if (head.n == 0 || span_u32(head, 0, true) != MARK || o->length == 0 ||
	    !is_padded_text(head, TYPE_AT, 4))
		return false;
	o->holds = crc32_of(span_from(head, SUMMED)) == span_u32(head, SUM_AT, true);
	return o->holds || o->length == span_u32(head, LENGTH_AT + 4, true);
}

static uint64_t end_of(struct span in, const struct object *o)
{
	return part_bound(o->at + HEADER + o->length, in);
}

/* A header alone is no object: the container lists each of the later ones as its own. */
static struct fault probe(struct span in, struct found *f)
{
	struct object o, next;

	if (in.n <= HEADER)
		return fault_at(FAULT_SHORT, 0, "header", in.n, HEADER);
	if (!read_object(in, 0, &o))
		return fault_at(FAULT_BROKEN, SUM_AT, "CRC-32 of a header", 0, o.length);
	f->len = end_of(in, &o);
	f->proof = o.holds ? PROOF_CHECKSUM : PROOF_STRUCTURE;
	if (!o.holds && !read_object(in, f->len, &next))
		return fault_at(FAULT_BROKEN, f->len, "next object", 0, 0);
	for (int i = 1; i < MOST_OBJECTS && read_object(in, f->len, &o); i++)
		f->len = end_of(in, &o);
	return fine;
}

static void list_object(struct listing *l, const struct object *o)
{
	struct span data = span_sub(l->in, o->at + HEADER, o->length);
	uint64_t sum = o->at + DATA_SUM_AT;

	if (o->at > 0)
		listing_owned(l, o->at, HEADER, span_text("header"));
	part_list_named(l, o->at + LENGTH_AT, o->at + HEADER, o->length,
			field_text(l->in, o->at + TYPE_AT, 4));
	if (!o->holds)
		listing_fault(l, fault_at(FAULT_BROKEN, o->at + SUM_AT, "CRC-32 of a header", 0,
					  span_u32(l->in, o->at + SUM_AT, true)));
	part_sum(l, sum, "CRC-32 of an object", crc32_of(data), span_u32(l->in, sum, true));
}

static struct fault list(struct listing *l)
{
	struct object o;
	uint64_t pos = 0;

	l->kind = LISTING_REGIONS;
	for (int i = 0; i < MOST_OBJECTS && read_object(l->in, pos, &o); i++) {
		list_object(l, &o);
		pos = end_of(l->in, &o);
	}
	return fine;
}

const struct format format_bcmsao = {
	.name = "bcm-sao",
	.says = "objects of Broadcom's cable modems (SAO, SOBJ)",
	.domain = DOMAIN_BROADBAND,
	.spec = "fkie-cad/fact_extractor broadcom_sao.py; sums as found in its sample",
	.shape = SHAPE_CONTAINER,
	.magic = { { 0, 4, "SOBJ" } },
	.probe = probe,
	.list = list,
};
