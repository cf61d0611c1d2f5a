/* fpkg.c - packages of D-Link's DFL firewalls: "FPKG" or "CPKG", 1, where the first file stands; a
 * file is a header of 28 bytes (its length, type, length of the data, name) and its data. FPKG
 * names the model. All big-endian; it ends where no file follows. */
#include "base/cursor.h"
#include "format/parts.h"

#define HEADER      12
#define NAMED       20
#define FILE_HEADER 28
#define NAME_AT     12
#define NAME        16
#define LAST_TYPE   0x103
#define FIRST_TYPE  0x100
#define MOST        1024

static bool is_file(struct span in, uint64_t at)
{
	struct span h = span_sub(in, at, FILE_HEADER);
	uint16_t type = span_u16(h, 4, true);

	return span_u32(h, 0, true) == FILE_HEADER && type >= FIRST_TYPE && type <= LAST_TYPE &&
	       is_padded_text(h, NAME_AT, NAME);
}

static uint64_t data_end(struct span in, uint64_t at)
{
	return part_bound(at + FILE_HEADER + span_u32(in, at + 8, true), in);
}

static struct fault probe(struct span in, struct found *f)
{
	uint64_t at = span_u32(in, 8, true);
	uint32_t files = 0;

	if (at < HEADER || !is_file(in, at))
		return fault_at(FAULT_BROKEN, 8, "first file", at, in.n);
	if (span_byte(in, 0) == 'F')
		label_add(f->label, "", field_text(in, NAMED, span_u32(in, 16, true)));
	for (; files < MOST && is_file(in, at); files++)
		at = data_end(in, at);
	f->len = at;
	f->proof = PROOF_STRUCTURE;
	return fine;
}

static bool add_file(struct listing *l, uint64_t at)
{
	struct entry e = entry_new(KIND_FILE, field_text(l->in, at + NAME_AT, NAME));
	uint32_t length = span_u32(l->in, at + 8, true);

	e.stored = true;
	e.offset = at + FILE_HEADER;
	e.length = data_end(l->in, at) - e.offset;
	e.size = length;
	e.order = at;
	if (e.length < length) {
		e.fault = fault_at(FAULT_SHORT, at + 8, "length", e.length, length);
		listing_fault(l, e.fault);
	}
	return listing_add(l, &e) != NO_ENTRY;
}

static struct fault list(struct listing *l)
{
	uint64_t at = span_u32(l->in, 8, true);

	for (int i = 0; i < MOST && is_file(l->in, at) && add_file(l, at); i++)
		at = data_end(l->in, at);
	return fine;
}

const struct format format_fpkg = {
	.name = "fpkg",
	.says = "package of D-Link DFL firewalls (FPKG, CPKG)",
	.domain = DOMAIN_BROADBAND,
	.spec = "onekey-sec/unblob handlers/archive/dlink/fpkg.py",
	.shape = SHAPE_CONTAINER,
	.magic = { { 0, 8, "FPKG\x01\x00\x00\x00" }, { 0, 8, "CPKG\x01\x00\x00\x00" } },
	.probe = probe,
	.list = list,
};
