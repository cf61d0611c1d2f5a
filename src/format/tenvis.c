/* tenvis.c - updates of Tenvis cameras (.pk2): a header with type of camera, time and version, then
 * sections. FILE holds a path and a file, CMD a command that the camera runs; both are under XOR
 * with eight bytes that are the same for all. An MD5 of the plain section stands in front of it.
 * Little-endian. */
#include <stdio.h>

#include "base/cursor.h"
#include "base/hash.h"
#include "format/decrypt.h"
#include "format/parts.h"

#define HEADER        28
#define SECTION       24
#define MOST_SECTIONS 4096
#define LONGEST_NAME  1024
#define MD5           16

struct section {
	uint64_t md5, name, name_length;
	uint64_t from, length; /* what is under XOR */
	uint64_t end;
	bool is_file;
};

/* The section at pos. A file's lengths add up to the section's. */
static bool read_section(struct span in, uint64_t pos, struct section *s)
{
	uint64_t room, length = span_u32(in, pos + 20, false);
	struct span head = span_sub(in, pos, SECTION);

	*s = (struct section){ .md5 = pos + 4, .from = pos + SECTION, .length = length };
	s->end = s->from + length;
	s->is_file = span_starts(head, span_text("FILE"));
	if (head.n == 0 || length == 0)
		return false;
	if (!s->is_file)
		return span_starts(head, (struct span){ (const uint8_t *)"CMD", 4 });
	s->name = s->from + 4;
	s->name_length = span_u32(in, s->from, false);
	room = 8 + s->name_length;
	s->from += room;
	s->length = span_u32(in, s->from - 4, false);
	return s->name_length > 0 && s->name_length <= LONGEST_NAME && room <= length &&
	       s->length <= length - room;
}

static struct fault probe(struct span in, struct found *f)
{
	uint64_t count = span_u32(in, 24, false), pos = HEADER;
	struct section s;

	if (count == 0 || count > MOST_SECTIONS)
		return fault_at(FAULT_BROKEN, 24, "sections", count, MOST_SECTIONS);
	if (!read_section(in, pos, &s))
		return fault_at(FAULT_BROKEN, pos, "section", s.length, in.n);
	for (uint64_t i = 0; i < count && pos < in.n && read_section(in, pos, &s); i++)
		pos = part_bound(s.end, in);
	f->len = pos;
	f->proof = PROOF_STRUCTURE;
	snprintf(f->label, sizeof(f->label), "camera %u, %u sections", span_u32(in, 4, false),
		 (unsigned)count);
	return fine;
}

static void add_section(struct listing *l, const struct section *s, uint64_t number)
{
	struct span left = span_from(l->in, s->from), name;
	struct entry e;
	char text[32];

	snprintf(text, sizeof(text), "command-%llu", (unsigned long long)number);
	name = s->is_file ? field_text(l->in, s->name, s->name_length)
			  : arena_copy(l->arena, span_text(text));
	e = entry_new(KIND_FILE, name);
	e.size = s->length;
	e.order = e.key[0] = s->from;
	e.key[1] = s->length < left.n ? s->length : left.n;
	e.key[2] = s->md5;
	if (s->length > left.n)
		e.fault = fault_at(FAULT_SHORT, s->md5 + MD5, "section", left.n, s->length);
	listing_add(l, &e);
}

static struct fault list(struct listing *l)
{
	uint64_t count = span_u32(l->in, 24, false), pos = HEADER;
	struct section s;

	for (uint64_t i = 0; i < count; i++) {
		if (!read_section(l->in, pos, &s)) {
			listing_fault(l, fault_at(pos < l->in.n ? FAULT_BROKEN : FAULT_SHORT, pos,
						  "section", i, count));
			break;
		}
		add_section(l, &s, i);
		if (s.end > l->in.n)
			listing_fault(l, fault_at(FAULT_SHORT, pos + 20, "section", l->in.n - pos,
						  s.end - pos));
		pos = part_bound(s.end, l->in);
	}
	return fine;
}

static struct fault load(const struct listing *l, const struct entry *e, struct sink *out)
{
	static const uint8_t key[] = { 0xa1, 0x83, 0x24, 0x78, 0xb3, 0x41, 0x43, 0x56 };
	struct span in = span_sub(l->in, e->key[0], e->key[1]);
	uint64_t head = e->key[2] + MD5 + 4;
	struct span parts[2] = { span_sub(l->in, head, e->key[0] - head) };
	uint8_t digest[MD5];

	if (!xor_into(out, (struct span){ key, sizeof(key) }, in))
		return out->fault;
	parts[1] = sink_span(out);
	md5_of_parts(parts, 2, digest);
	if (out->n == e->size &&
	    !span_equal(span_sub(l->in, e->key[2], MD5), (struct span){ digest, MD5 }))
		return fault_at(FAULT_BROKEN, e->key[2], "MD5", 0, 0);
	return fine;
}

const struct format format_tenvis = {
	.name = "tenvis-pk2",
	.says = "Tenvis camera update (.pk2)",
	.domain = DOMAIN_DEVICE,
	.spec = "fkie-cad/fact_extractor tenvis_pk2.py; MD5 as found in its sample",
	.shape = SHAPE_CONTAINER,
	.magic = { { 0, 4, "PK2\x00" } },
	.probe = probe,
	.list = list,
	.load = load,
};
