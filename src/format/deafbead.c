/* deafbead.c - archive in images of D-Link's DSL-500G and DSL-504G: "DE AF BE AD", then records,
 * little-endian: 86 a directory (length of the name, name), 87 a file (the same, length, gzip
 * stream). Names use backslashes. It ends where no record follows. */
#include <stdio.h>

#include "base/cursor.h"
#include "codec/codec.h"
#include "format/parts.h"

#define HEADER    4
#define DIRECTORY 0x86
#define REGULAR   0x87
#define MOST_NAME 1024
#define LEAST     18   /* of a gzip stream */
#define MOST      1024 /* records; images of these devices have 2 MiB */

struct record {
	int kind;
	struct span name;
	uint32_t length;
	uint64_t data, next;
	bool cut;
};

static bool is_name(struct span name)
{
	return name.n > 0 && name.n <= MOST_NAME && is_padded_text(name, 0, name.n) &&
	       span_byte(name, name.n - 1) > 0;
}

static bool read_record(struct span in, uint64_t at, struct record *r)
{
	struct cursor c = { .in = span_from(in, at) };

	r->kind = cursor_u8(&c);
	r->name = cursor_span(&c, cursor_le16(&c));
	r->length = r->kind == REGULAR ? cursor_le32(&c) : 0;
	r->data = at + c.at;
	if (c.ran_out || !is_name(r->name))
		return false;
	r->cut = r->length > in.n - r->data;
	r->next = r->cut ? in.n : r->data + r->length;
	if (r->kind == DIRECTORY)
		return true;
	return r->kind == REGULAR && r->length >= LEAST && span_u16(in, r->data, true) == 0x1f8b;
}

static struct fault probe(struct span in, struct found *f)
{
	struct record r;
	uint64_t at = HEADER;
	uint32_t files = 0;

	for (int i = 0; i < MOST && at < in.n && read_record(in, at, &r); i++) {
		files += r.kind == REGULAR;
		at = r.next;
	}
	if (files == 0)
		return fault_at(FAULT_BROKEN, HEADER, "record", 0, 0);
	f->len = at;
	f->proof = PROOF_STRUCTURE;
	snprintf(f->label, sizeof(f->label), "%u files", files);
	return fine;
}

static struct span with_slashes(struct arena *a, struct span name)
{
	char *text = arena_text(a, name);

	for (char *c = text; c && *c; c++)
		if (*c == '\\')
			*c = '/';
	return text ? span_text(text) : (struct span){ 0 };
}

static bool add_record(struct listing *l, const struct record *r)
{
	enum kind kind = r->kind == DIRECTORY ? KIND_DIRECTORY : KIND_FILE;
	struct entry e = entry_new(kind, with_slashes(l->arena, r->name));

	e.key[0] = r->data;
	e.key[1] = r->next - r->data;
	e.order = r->data;
	if (r->kind == REGULAR && !r->cut)
		e.size = span_u32(l->in, r->next - 4, false);
	if (r->cut)
		e.fault = fault_at(FAULT_SHORT, r->data, "length", e.key[1], r->length);
	return listing_add(l, &e) != NO_ENTRY;
}

static struct fault list(struct listing *l)
{
	struct record r;
	uint64_t at = HEADER;

	for (int i = 0; i < MOST && at < l->in.n; i++, at = r.next) {
		if (!read_record(l->in, at, &r) || !add_record(l, &r))
			break;
		if (r.cut)
			listing_fault(
				l, fault_at(FAULT_SHORT, at, "length", l->in.n - r.data, r.length));
	}
	return fine;
}

static struct fault load(const struct listing *l, const struct entry *e, struct sink *out)
{
	return inflate_gzip(span_sub(l->in, e->key[0], e->key[1]), PLAIN_UNKNOWN, out).fault;
}

const struct format format_deafbead = {
	.name = "deafbead",
	.says = "archive of D-Link DSL-500G images",
	.domain = DOMAIN_BROADBAND,
	.spec = "onekey-sec/unblob handlers/archive/dlink/deafbead.py",
	.shape = SHAPE_CONTAINER,
	.magic = { { 0, 5, "\xde\xaf\xbe\xad\x86" }, { 0, 5, "\xde\xaf\xbe\xad\x87" } },
	.probe = probe,
	.list = list,
	.load = load,
};
