/* bosch.c - Bosch's updates for cameras (.fw): headers of 1 KiB, each with target, version, length,
 * signature and an encrypted key. A first one for target 0x10 has only others behind it. What
 * follows a header is under XOR with one byte, or AES where there is a key: one image (type 1), or
 * files. Nothing is published of what its sum covers. Big-endian. */
#include <stdio.h>

#include "base/cursor.h"
#include "format/bosch.h"
#include "format/parts.h"

#define MARK         0x10122003u
#define HEADER       1024
#define NESTED       0x10
#define KEY_AT       588
#define KEY          256
#define ONE_IMAGE    1
#define CODE         0x42
#define BLOCK        16 /* of AES */
#define MOST_HEADERS 64

struct image {
	uint64_t from, length; /* what follows the header */
	uint32_t target, type;
	bool is_encrypted;
};

static bool read_image(struct span in, uint64_t at, struct image *m)
{
	struct span head = span_sub(in, at, HEADER);

	*m = (struct image){ at + HEADER, span_u32(head, 16, true), span_u32(head, 4, true),
			     span_u32(head, 28, true), !is_filled(head, KEY_AT, KEY, 0) };
	return head.n > 0 && span_u32(head, 0, true) == MARK && m->length > 0;
}

static bool is_nested(struct span in)
{
	struct image m;

	return read_image(in, 0, &m) && m.target == NESTED;
}

/* Files begin with a head. Of what has none, the length must fit. */
static struct fault check_image(struct span in, const struct image *m)
{
	struct bosch_file f;

	if (m->type != ONE_IMAGE && !m->is_encrypted)
		return bosch_read_file(in, m->from, CODE, &f)
			       ? fine
			       : fault_at(FAULT_BROKEN, m->from, "head of a file", 0, 0);
	if (m->length > in.n - m->from)
		return fault_at(FAULT_SHORT, 16, "length", in.n - m->from, m->length);
	if (m->is_encrypted && m->length % BLOCK)
		return fault_at(FAULT_BROKEN, 16, "length", m->length, BLOCK);
	return fine;
}

static struct fault probe(struct span in, struct found *f)
{
	bool nested = is_nested(in);
	uint64_t pos = nested ? HEADER : 0;
	struct image m;
	struct fault bad;

	if (!read_image(in, pos, &m) || m.target == NESTED)
		return fault_at(FAULT_BROKEN, pos, "header", m.length, in.n);
	bad = check_image(in, &m);
	if (bad.kind)
		return bad;
	for (int i = 0; i < (nested ? MOST_HEADERS : 1) && read_image(in, pos, &m); i++)
		pos = part_bound(m.from + m.length, in);
	f->len = pos;
	f->proof = PROOF_STRUCTURE;
	snprintf(f->label, sizeof(f->label), "version %u.%02u", span_byte(in, 14),
		 span_byte(in, 15));
	return fine;
}

static void list_image(struct listing *l, const struct image *m)
{
	uint64_t left = l->in.n - m->from;
	char name[16];
	struct entry e;

	snprintf(name, sizeof(name), "%X/", m->target);
	if (m->length > left)
		listing_fault(
			l, fault_at(FAULT_SHORT, m->from - HEADER + 16, "length", left, m->length));
	if (m->type != ONE_IMAGE && !m->is_encrypted) {
		bosch_list_files(l, m->from, m->from + m->length, CODE, name);
		return;
	}
	name[strlen(name) - 1] = 0;
	e = entry_new(KIND_FILE, arena_copy(l->arena, span_text(name)));
	e.size = m->length;
	e.encrypted = m->is_encrypted;
	e.order = e.key[0] = m->from;
	e.key[1] = m->length < left ? m->length : left;
	e.key[2] = CODE;
	listing_add(l, &e);
}

static struct fault list(struct listing *l)
{
	bool nested = is_nested(l->in);
	uint64_t pos = nested ? HEADER : 0;
	struct image m;

	for (int i = 0; i < (nested ? MOST_HEADERS : 1) && read_image(l->in, pos, &m); i++) {
		list_image(l, &m);
		pos = part_bound(m.from + m.length, l->in);
	}
	return fine;
}

const struct format format_bosch = {
	.name = "bosch-fw",
	.says = "Bosch camera update (.fw)",
	.domain = DOMAIN_DEVICE,
	.spec = "anvilventures/BoschFirmwareTool CLI/FirmwareHeader.cs, BoschFirmware.cs",
	.shape = SHAPE_CONTAINER,
	.magic = { { 0, 4, "\x10\x12\x20\x03" } },
	.probe = probe,
	.list = list,
	.load = bosch_load,
};
