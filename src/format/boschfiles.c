/* boschfiles.c - files of Bosch's cameras, one behind the other. A head has a mark, where the next
 * head is, a name and a length; big-endian, padded to 16 bytes. */
#include <stdio.h>

#include "base/cursor.h"
#include "format/bosch.h"
#include "format/decrypt.h"
#include "format/parts.h"

#define MARK 0xdeadaffeu

bool bosch_read_file(struct span in, uint64_t at, uint8_t code, struct bosch_file *f)
{
	struct span raw = span_sub(in, at, BOSCH_FILE_HEAD);
	uint8_t head[BOSCH_FILE_HEAD];
	const struct span s = { head, raw.n };

	for (size_t i = 0; i < raw.n; i++)
		head[i] = raw.p[i] ^ code;
	if (raw.n == 0 || span_u32(s, 0, true) != MARK || !is_padded_text(s, 8, sizeof(f->name)) ||
	    head[8 + sizeof(f->name) - 1])
		return false;
	f->next = span_u32(s, 4, true);
	f->length = span_u32(s, 40, true);
	memcpy(f->name, head + 8, sizeof(f->name));
	return f->next >= BOSCH_FILE_HEAD && f->length <= f->next - BOSCH_FILE_HEAD;
}

static void add_file(struct listing *l, uint64_t at, const struct bosch_file *f, uint8_t code,
		     const char *before)
{
	uint64_t from = at + BOSCH_FILE_HEAD, left = l->in.n - from;
	struct entry e;
	char name[64];

	snprintf(name, sizeof(name), "%s%s", before, (const char *)f->name);
	e = entry_new(KIND_FILE, arena_copy(l->arena, span_text(name)));
	e.size = f->length;
	e.order = e.key[0] = e.offset = from;
	e.key[1] = e.length = f->length < left ? f->length : left;
	e.key[2] = code;
	e.stored = code == 0;
	if (f->length > left)
		e.fault = fault_at(FAULT_SHORT, at + 40, "length", left, f->length);
	listing_add(l, &e);
}

void bosch_list_files(struct listing *l, uint64_t from, uint64_t end, uint8_t code,
		      const char *before)
{
	struct bosch_file f;

	while (from < end && l->fault.kind != FAULT_LIMIT &&
	       bosch_read_file(l->in, from, code, &f)) {
		add_file(l, from, &f, code, before);
		from += f.next;
	}
	if (from > l->in.n || l->in.n - from < BOSCH_FILE_HEAD)
		listing_fault(l, fault_at(FAULT_SHORT, from, "head of a file", l->in.n, from));
	else if (from < end && !is_filled(l->in, from, BOSCH_FILE_HEAD, code))
		listing_fault(l, fault_at(FAULT_BROKEN, from, "head of a file",
					  span_u32(l->in, from, true), MARK));
}

struct fault bosch_load(const struct listing *l, const struct entry *e, struct sink *out)
{
	uint8_t code = (uint8_t)e->key[2];

	return xor_into(out, (struct span){ &code, 1 }, span_sub(l->in, e->key[0], e->key[1]))
		       ? fine
		       : out->fault;
}

/* Behind the first file stands another, or zeros. */
static struct fault probe(struct span in, struct found *f)
{
	struct bosch_file file, other;
	uint64_t pos = 0;

	if (!bosch_read_file(in, 0, 0, &file))
		return fault_at(FAULT_BROKEN, 0, "head of a file", 0, MARK);
	if (file.next + BOSCH_FILE_HEAD <= in.n && !bosch_read_file(in, file.next, 0, &other) &&
	    !is_filled(in, file.next, BOSCH_FILE_HEAD, 0))
		return fault_at(FAULT_BROKEN, file.next, "head of a file", 0, MARK);
	while (pos < in.n && bosch_read_file(in, pos, 0, &file))
		pos += file.next;
	f->len = part_bound(pos + BOSCH_FILE_HEAD, in);
	f->proof = PROOF_STRUCTURE;
	return fine;
}

static struct fault list(struct listing *l)
{
	bosch_list_files(l, 0, l->in.n, 0, "");
	return fine;
}

const struct format format_boschfiles = {
	.name = "bosch-romfs",
	.says = "files of a Bosch camera (RomFS)",
	.domain = DOMAIN_DEVICE,
	.spec = "anvilventures/BoschFirmwareTool CLI/FileHeader.cs",
	.where = WHERE_ANCHORED,
	.shape = SHAPE_CONTAINER,
	.magic = { { 0, 4, "\xde\xad\xaf\xfe" } },
	.probe = probe,
	.list = list,
};
