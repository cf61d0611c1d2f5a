/* zip.c - zip archives by their central directory, zip64 included; without one (a download or flash
 * partition that was cut) by their local headers. Source: PKWARE APPNOTE 6.3.10. */
#include <stdio.h>

#include "base/hash.h"
#include "format/zip.h"

#define LOCAL          0x04034b50u
#define LOCAL_ALTERED  0x04034844u /* "DH": Dahua's updates for cameras, the first or all */
#define CENTRAL        0x02014b50u
#define END            0x06054b50u
#define END64          0x06064b50u
#define LOCATOR64      0x07064b50u
#define LOCAL_SIZE     30
#define CENTRAL_SIZE   46
#define END_SIZE       22
#define LONGEST_TARGET 4096

enum { METHOD_STORED = 0, METHOD_AES = 99 }; /* the others: zip_data.c */
enum { HOST_UNIX = 3, HOST_DARWIN = 19 };

/* The end record that belongs to an archive which begins at 0: its directory stands right before it
 * and its first entry leads to that beginning. Offsets may count from earlier, where a program that
 * unpacks itself begins. */
static bool end_holds(struct span in, uint64_t at, struct zip_end *e)
{
	uint64_t count = span_u16(in, at + 10, false), size = span_u32(in, at + 12, false),
		 offset = span_u32(in, at + 16, false), behind = at;
	uint64_t comment = span_u16(in, at + 20, false);

	if (at >= 20 && span_u32(in, at - 20, false) == LOCATOR64) {
		uint64_t place = span_u64(in, at - 12, false);

		if (span_u32(in, place < in.n ? place : UINT64_MAX, false) != END64)
			return false;
		count = span_u64(in, place + 32, false);
		size = span_u64(in, place + 40, false);
		offset = span_u64(in, place + 48, false);
		behind = place;
	}
	if (size > behind || offset < behind - size || comment > in.n - at - END_SIZE)
		return false;
	e->directory = behind - size;
	e->shift = offset - e->directory;
	e->size = size;
	e->count = count;
	e->end = at + END_SIZE + comment;
	if (count == 0)
		return e->directory == 0;
	return span_u32(in, e->directory, false) == CENTRAL &&
	       (e->shift == 0 || span_u32(in, e->directory + 42, false) == e->shift);
}

bool zip_find_end(struct span in, struct zip_end *e)
{
	static const struct span mark = { (const uint8_t *)"PK\x05\x06", 4 };
	size_t at = span_find(in, 0, mark);

	/* The first that fits: a later one may belong to another archive behind this. */
	for (int i = 0; at != SIZE_MAX && i < 65536; i++) {
		if (in.n - at >= END_SIZE && end_holds(in, at, e))
			return true;
		at = span_find(in, at + 4, mark);
	}
	return false;
}

bool zip_local(struct span in, uint64_t at, struct zip_member *m)
{
	struct cursor c = { .in = span_from(in, at), .at = 4 };
	uint16_t name, extra;

	if (span_u32(c.in, 0, false) != LOCAL && span_u32(c.in, 0, false) != LOCAL_ALTERED)
		return false;
	cursor_skip(&c, 2);
	m->flags = cursor_le16(&c);
	m->method = cursor_le16(&c);
	cursor_skip(&c, 4);
	m->crc = cursor_le32(&c);
	m->packed = cursor_le32(&c);
	m->plain = cursor_le32(&c);
	name = cursor_le16(&c);
	extra = cursor_le16(&c);
	m->name = cursor_span(&c, name);
	m->extra = cursor_span(&c, extra);
	m->data = at + c.at;
	return !c.ran_out && m->method <= METHOD_AES && name > 0;
}

static struct fault probe(struct span in, struct found *f)
{
	bool altered = span_u32(in, 0, false) == LOCAL_ALTERED;
	struct zip_member m = { 0 };
	struct zip_end e;

	if (span_u32(in, 0, false) == END && span_byte(in, 4) == 0 && zip_find_end(in, &e) &&
	    e.count == 0) {
		f->len = e.end;
		f->proof = PROOF_STRUCTURE;
		return fine;
	}
	if (!zip_local(in, 0, &m) || (span_u16(in, 4, false) & 0xff) > 63)
		return fault_at(FAULT_UNKNOWN, 0, "local header", m.method, 99);
	if (zip_find_end(in, &e)) {
		f->len = e.end;
		f->proof = PROOF_STRUCTURE;
		snprintf(f->label, sizeof(f->label), "%llu entries%s", (unsigned long long)e.count,
			 altered ? ", altered mark" : "");
		return fine;
	}
	if (altered)
		return fault_at(FAULT_SHORT, in.n, "central directory", 0, 0);
	/* Cut before its directory: only what the first header promises can be believed. */
	f->len = in.n;
	f->proof = PROOF_PLAUSIBLE;
	snprintf(f->label, sizeof(f->label), "without central directory");
	return fine;
}

/* Sizes beyond 32 bits stand in extra field 1, in a fixed order, only those that are needed. */
static void read_zip64(struct zip_member *m, struct span extra)
{
	struct cursor c = { .in = extra };

	while (!c.ran_out && cursor_left(&c) >= 4) {
		uint16_t id = cursor_le16(&c), size = cursor_le16(&c);
		struct cursor field = { .in = cursor_span(&c, size) };

		if (id != 1)
			continue;
		if (m->plain == UINT32_MAX)
			m->plain = cursor_le64(&field);
		if (m->packed == UINT32_MAX)
			m->packed = cursor_le64(&field);
		if (m->offset == UINT32_MAX)
			m->offset = cursor_le64(&field);
	}
}

bool zip_central(struct cursor *c, struct zip_member *m)
{
	uint16_t name, extra, comment;

	if (cursor_le32(c) != CENTRAL)
		return false;
	cursor_skip(c, 1);
	m->host = cursor_u8(c);
	cursor_skip(c, 2);
	m->flags = cursor_le16(c);
	m->method = cursor_le16(c);
	cursor_skip(c, 4); /* a local time of no known zone */
	m->crc = cursor_le32(c);
	m->packed = cursor_le32(c);
	m->plain = cursor_le32(c);
	name = cursor_le16(c);
	extra = cursor_le16(c);
	comment = cursor_le16(c);
	cursor_skip(c, 4);
	m->attributes = cursor_le32(c);
	m->offset = cursor_le32(c);
	m->name = cursor_span(c, name);
	m->extra = cursor_span(c, extra);
	cursor_skip(c, comment);
	read_zip64(m, m->extra);
	return !c->ran_out;
}

/* Extra fields: extended timestamp (0x5455) and Info-ZIP's owner (0x7875). */
static void read_extra(struct entry *e, struct span extra)
{
	struct cursor c = { .in = extra };

	while (!c.ran_out && cursor_left(&c) >= 4) {
		uint16_t id = cursor_le16(&c), size = cursor_le16(&c);
		struct cursor field = { .in = cursor_span(&c, size) };

		if (id == 0x5455 && cursor_u8(&field) & 1) {
			e->mtime = (int32_t)cursor_le32(&field);
			e->has_mtime = !field.ran_out;
		} else if (id == 0x7875 && cursor_u8(&field) == 1) {
			uint8_t n = cursor_u8(&field);
			struct span uid = cursor_span(&field, n);
			struct span gid = cursor_span(&field, cursor_u8(&field));

			e->uid = (uint32_t)(uid.n == 2 ? span_u16(uid, 0, false)
						       : span_u32(uid, 0, false));
			e->gid = (uint32_t)(gid.n == 2 ? span_u16(gid, 0, false)
						       : span_u32(gid, 0, false));
			e->has_owner = !field.ran_out;
		}
	}
}

static enum kind kind_of(const struct zip_member *m, uint32_t mode)
{
	return span_byte(m->name, m->name.n - 1) == '/' ? KIND_DIRECTORY : kind_of_mode(mode);
}

/* DOS names part folders with backslashes. */
static struct span slashes(struct listing *l, const struct zip_member *m)
{
	struct span copy;

	if (m->host == HOST_UNIX || span_find(m->name, 0, span_text("\\")) == SIZE_MAX ||
	    span_find(m->name, 0, span_text("/")) != SIZE_MAX)
		return m->name;
	copy = arena_copy(l->arena, m->name);
	for (size_t i = 0; i < copy.n; i++)
		if (copy.p[i] == '\\')
			((uint8_t *)(uintptr_t)copy.p)[i] = '/';
	return copy;
}

static void add_member(struct listing *l, struct zip_member *m)
{
	bool unix_mode = m->host == HOST_UNIX || m->host == HOST_DARWIN;
	uint32_t mode = unix_mode ? m->attributes >> 16 : 0;
	struct entry e = entry_new(kind_of(m, mode), slashes(l, m));

	e.has_mode = unix_mode && mode;
	e.mode = mode & 07777;
	read_extra(&e, m->extra);
	e.size = m->plain;
	e.order = m->data;
	e.key[0] = m->data;
	e.key[1] = m->packed;
	e.key[2] = m->method;
	e.key[3] = m->crc;
	e.encrypted = m->flags & 1 || m->method == METHOD_AES;
	if (m->method == METHOD_STORED && e.kind == KIND_FILE && !e.encrypted) {
		e.stored = true;
		e.offset = m->data;
		e.length = m->packed;
	}
	if (e.kind == KIND_SYMLINK && !e.encrypted) {
		struct sink target;

		sink_init(&target, NULL, LONGEST_TARGET);
		e.fault = zip_content(l, &e, &target);
		e.target = arena_copy(l->arena, sink_span(&target));
		sink_free(&target);
	}
	listing_add(l, &e);
}

static struct fault list_central(struct listing *l, const struct zip_end *end)
{
	struct cursor c = { .in = span_head(l->in, end->directory + end->size),
			    .at = (size_t)end->directory };
	uint64_t covered = 0;

	for (uint64_t i = 0; i < end->count && l->fault.kind != FAULT_LIMIT; i++) {
		struct zip_member m = { 0 }, local = { 0 };

		if (!zip_central(&c, &m)) {
			listing_fault(l, fault_at(FAULT_BROKEN, c.at, "central directory", i,
						  end->count));
			break;
		}
		if (m.offset < end->shift || !zip_local(l->in, m.offset - end->shift, &local)) {
			listing_fault(l, fault_at(FAULT_BROKEN, m.offset, "local header", 0, 0));
			continue;
		}
		m.data = local.data;
		if (m.extra.n == 0 || local.extra.n > m.extra.n)
			m.extra = local.extra; /* owners stand only there */
		/* Entries that share bytes make bombs: together they may not be larger than the
		 * archive. */
		covered += m.packed;
		if (m.packed > l->in.n || covered > l->in.n) {
			listing_fault(l, fault_at(FAULT_BROKEN, m.offset, "overlapping entries",
						  covered, l->in.n));
			break;
		}
		add_member(l, &m);
	}
	return fine;
}

/* One local header after the other. A member whose size is not known before its data (flag 3) ends
 * the walk behind it, as its end is known only after decoding. */
static struct fault list_local(struct listing *l)
{
	uint64_t at = 0;

	listing_fault(l, fault_at(FAULT_SHORT, l->in.n, "central directory", 0, 0));
	while (l->fault.kind != FAULT_LIMIT) {
		struct zip_member m = { .host = HOST_UNIX };

		if (!zip_local(l->in, at, &m))
			break;
		read_zip64(&m, m.extra);
		if (m.flags & 8 || m.packed > l->in.n - m.data)
			m.packed = l->in.n - m.data;
		if (m.flags & 8)
			m.plain = 0;
		add_member(l, &m);
		at = m.data + m.packed;
	}
	return fine;
}

static struct fault list(struct listing *l)
{
	struct zip_end e;

	return zip_find_end(l->in, &e) ? list_central(l, &e) : list_local(l);
}

const struct format format_zip = {
	.name = "zip",
	.says = "zip archive, zip64, also without its central directory",
	.spec = "PKWARE APPNOTE 6.3.10",
	.shape = SHAPE_CONTAINER,
	.magic = { { 0, 4, "PK\x03\x04" }, { 0, 6, "PK\x05\x06\x00\x00" }, { 0, 4, "DH\x03\x04" } },
	.probe = probe,
	.list = list,
	.load = zip_content,
	.own = zip_own,
	.stored = zip_stored,
};
