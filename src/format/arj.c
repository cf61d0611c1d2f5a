/* arj.c - ARJ archives: headers with a CRC-32 each, up to one of no length. What is stored is
 * opened; what is packed is listed and says so. Source: ARJ technical note, TECHNOTE.TXT of 1993.
 */
#include <stdio.h>

#include "base/cursor.h"
#include "base/hash.h"
#include "format/parts.h"

#define LEAST_HEADER 30u
#define MOST_HEADER  2600u
#define MOST_EXTRA   64 /* further headers of a member, of which none is known in the wild */

enum { FLAG_GARBLED = 1 };
enum { TYPE_MAIN = 2, TYPE_DIRECTORY = 3, TYPE_LABEL = 4 };
enum { HOST_UNIX = 2, METHOD_STORED = 0 };

struct member {
	struct span name;
	uint64_t data, packed, next; /* next 0: the end of the archive */
	uint8_t host, flags, method, type;
	uint16_t mode;
	uint32_t time, crc; /* of Unix where the host is it; of the plain content */
};

/* The header at `at` and those that go on with it. */
static struct fault read_member(struct span in, uint64_t at, struct member *m)
{
	uint32_t size = span_u16(in, at + 2, false);
	struct span h = span_sub(in, at + 4, size);
	uint64_t end = at + 4 + size + 4;

	*m = (struct member){ .next = 0 };
	if (span_sub(in, at, 4).n == 0)
		return fault_at(FAULT_SHORT, at, "header", in.n, at + 4);
	if (span_u16(in, at, true) != 0x60ea)
		return fault_at(FAULT_BROKEN, at, "header", span_u16(in, at, true), 0x60ea);
	if (size == 0)
		return fine;
	if (size < LEAST_HEADER || size > MOST_HEADER || h.n == 0)
		return fault_at(h.n ? FAULT_BROKEN : FAULT_SHORT, at + 2, "header size", size,
				MOST_HEADER);
	if (crc32_of(h) != span_u32(in, at + 4 + size, false))
		return fault_at(FAULT_BROKEN, at + 4 + size, "header CRC-32", crc32_of(h),
				span_u32(in, at + 4 + size, false));
	for (int i = 0; i < MOST_EXTRA && span_u16(in, end, false); i++)
		end += 2 + span_u16(in, end, false) + 4ull;
	m->host = (uint8_t)span_byte(h, 3);
	m->flags = (uint8_t)span_byte(h, 4);
	m->method = (uint8_t)span_byte(h, 5);
	m->type = (uint8_t)span_byte(h, 6);
	m->packed = m->type == TYPE_MAIN ? 0 : span_u32(h, 12, false);
	m->time = span_u32(h, 8, false);
	m->crc = span_u32(h, 20, false);
	m->mode = span_u16(h, 26, false);
	m->name = span_from(h, (uint8_t)span_byte(h, 0));
	m->name.n = m->name.n ? strnlen((const char *)m->name.p, m->name.n) : 0;
	m->data = end + 2;
	m->next = m->data + m->packed;
	return fine;
}

/* From the main header to the one of no length. */
static struct fault probe(struct span in, struct found *f)
{
	struct member m;
	struct fault bad = read_member(in, 0, &m);
	uint64_t at = 0;
	uint32_t members = 0;

	if (bad.kind || m.type != TYPE_MAIN || m.next == 0)
		return fault_at(FAULT_UNKNOWN, 6, "main header", m.type, TYPE_MAIN);
	while (bad.kind == FAULT_NONE && m.next && m.next < in.n) {
		at = m.next;
		bad = read_member(in, at, &m);
		members += bad.kind == FAULT_NONE && m.next;
	}
	f->len =
		bad.kind == FAULT_NONE && m.next == 0 ? at + 4 : part_bound(m.next ? in.n : at, in);
	f->proof = PROOF_CHECKSUM;
	snprintf(f->label, sizeof(f->label), "%u files%s", members,
		 bad.kind == FAULT_NONE && m.next == 0 ? "" : ", ends early");
	return fine;
}

static void add_member(struct listing *l, const struct member *m)
{
	struct entry e = entry_new(m->type == TYPE_DIRECTORY ? KIND_DIRECTORY : KIND_FILE, m->name);
	struct span content = span_sub(l->in, m->data, m->packed);

	e.has_mode = e.has_mtime = m->host == HOST_UNIX;
	e.mtime = m->time;
	e.mode = m->mode & 07777u;
	e.encrypted = m->flags & FLAG_GARBLED;
	e.order = m->data;
	if (e.kind == KIND_FILE) {
		e.stored = true;
		if (m->method == METHOD_STORED) {
			e.offset = m->data;
			e.length = e.size = m->packed;
			if (content.n && !e.encrypted && crc32_of(content) != m->crc)
				e.fault = fault_at(FAULT_BROKEN, m->data, "content CRC-32",
						   crc32_of(content), m->crc);
		} else {
			e.fault = fault_at(FAULT_UNKNOWN, m->data, "compression", m->method,
					   METHOD_STORED);
		}
	}
	if (m->type != TYPE_LABEL)
		listing_add(l, &e);
}

static struct fault list(struct listing *l)
{
	struct member m;
	struct fault bad = read_member(l->in, 0, &m);

	while (bad.kind == FAULT_NONE && m.next && m.next < l->in.n) {
		bad = read_member(l->in, m.next, &m);
		if (bad.kind == FAULT_NONE && m.next)
			add_member(l, &m);
	}
	if (bad.kind == FAULT_NONE && m.next > l->in.n)
		return fault_at(FAULT_SHORT, m.data, "member", l->in.n, m.next);
	/* Where the chain breaks, the archive ends: what stands there is why. */
	if (bad.kind == FAULT_NONE && m.next)
		return read_member(l->beyond, m.next, &m);
	return bad;
}

const struct format format_arj = {
	.name = "arj",
	.says = "ARJ archive; what is stored in it is opened",
	.spec = "ARJ TECHNOTE.TXT",
	.where = WHERE_ANCHORED,
	.shape = SHAPE_CONTAINER,
	.magic = { { 0, 2, "\x60\xea" } },
	.probe = probe,
	.list = list,
};
