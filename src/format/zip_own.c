/* zip_own.c - headers and directory of a zip archive. A field is structure where it says what the
 * entry says or what its counterpart says; times of MS-DOS must be times. */
#include "base/hash.h"
#include "format/date.h"
#include "format/own.h"
#include "format/zip.h"

#define LOCAL_SIZE   30
#define CENTRAL_SIZE 46
#define END_SIZE     22
#define END64_SIZE   56
#define KNOWN_FLAGS  0x080fu /* encrypted, levels, sizes behind the data, UTF-8 */
#define SIZES_LATER  0x0008u

enum { EXTRA_ZIP64 = 0x0001, EXTRA_TIMES = 0x5455, EXTRA_OWNER = 0x7875 };

/* Fields of a header, in their order; the archive's bytes do not move. */
struct fields {
	struct own_list *out;
	struct span in;
	uint64_t at;
	const struct entry *e;
	uint8_t times; /* which the local header says there are */
};

static void field(struct fields *f, uint64_t size, bool holds, enum own own, const char *name)
{
	own_add(f->out, f->at, size, own_if(holds, own), name);
	f->at += size;
}

static uint32_t peek(const struct fields *f, uint64_t ahead, unsigned size)
{
	return size == 4 ? span_u32(f->in, f->at + ahead, false)
			 : span_u16(f->in, f->at + ahead, false);
}

static void dos_field(struct fields *f)
{
	uint32_t stamp = peek(f, 0, 4);
	int64_t seconds = 0;

	if (stamp == 0 || (dos_is_time(stamp) && dos_time(stamp, &seconds)))
		own_time(f->out, f->at, 4, "time", seconds);
	else
		own_add(f->out, f->at, 4, OWN_DATA, "time");
	f->at += 4;
}

/* Times of Unix behind a byte that says which there are. */
static void times_field(struct fields *f, uint64_t size, bool is_central)
{
	uint64_t end = f->at + size;
	uint8_t which = (uint8_t)span_byte(f->in, f->at);
	unsigned count = (which & 1u) + (which >> 1 & 1u) + (which >> 2 & 1u);
	bool holds = which <= 7 && (is_central ? which == f->times : size == 1 + 4 * count);

	f->times = which;
	field(f, 1, holds, OWN_STRUCTURE, "extra field");
	while (end - f->at >= 4) {
		int32_t time = (int32_t)peek(f, 0, 4);

		if (f->e->has_mtime && f->e->mtime == time)
			own_add(f->out, f->at, 4, OWN_STRUCTURE, "extra field");
		else
			own_time(f->out, f->at, 4, "time", time);
		f->at += 4;
	}
	field(f, end - f->at, false, OWN_DATA, "extra field");
}

static uint32_t id_at(struct span s, uint64_t at, int size)
{
	return size == 4 ? span_u32(s, at, false) : span_u16(s, at, false);
}

/* Version 1, and two numbers that are those of the entry. */
static bool owner_holds(struct span s, const struct entry *e)
{
	int size = span_byte(s, 1);

	if ((size != 2 && size != 4) || s.n != 3 + 2 * (size_t)size || !e->has_owner)
		return false;
	return span_byte(s, 0) == 1 && span_byte(s, 2 + (uint64_t)size) == size &&
	       id_at(s, 2, size) == e->uid && id_at(s, 3 + (uint64_t)size, size) == e->gid;
}

/* Numbers beyond 32 bits: as many as say UINT32_MAX, the values that were read. */
static bool zip64_holds(struct span s, const struct zip_member *m, bool is_central)
{
	uint64_t at = 0;
	const uint64_t values[] = { m->plain, m->packed, m->offset };

	for (size_t i = 0; at < s.n && i < (is_central ? 3 : 2); i++)
		if (span_u64(s, at, false) == values[i])
			at += 8;
	return at == s.n;
}

static void extra_fields(struct fields *f, uint64_t length, const struct zip_member *m,
			 bool is_central)
{
	uint64_t end = f->at + length;

	while (end - f->at >= 4) {
		uint32_t id = peek(f, 0, 2), size = peek(f, 2, 2);
		struct span body = span_sub(f->in, f->at + 4, size);

		if (size > end - f->at - 4)
			break;
		if (id == EXTRA_TIMES && size) {
			field(f, 4, true, OWN_STRUCTURE, "extra field");
			times_field(f, size, is_central);
		} else {
			bool holds = (id == EXTRA_OWNER && owner_holds(body, f->e)) ||
				     (id == EXTRA_ZIP64 && zip64_holds(body, m, is_central)) ||
				     (id == EXTRA_OWNER && size == 0);

			field(f, 4ull + size, holds, OWN_STRUCTURE, "extra field");
		}
	}
	field(f, end - f->at, false, OWN_DATA, "extra field");
}

/* Version, flags, method, time: the same in both headers. */
static void common(struct fields *f, uint16_t method)
{
	field(f, 2, peek(f, 0, 2) <= 63, OWN_PACKING, "version");
	field(f, 2, (peek(f, 0, 2) & ~KNOWN_FLAGS) == 0, OWN_PACKING, "flags");
	field(f, 2, peek(f, 0, 2) == method, OWN_PACKING, "method");
	dos_field(f);
}

/* The sum is computed where the content stands unpacked; load() does it for all others. */
static bool sum_holds(struct span in, const struct zip_member *m)
{
	struct span data = span_sub(in, m->data, m->packed);

	return (m->packed && m->method != 0) || m->flags & 1 || crc32_of(data) == m->crc;
}

/* Gives which times its extra fields say there are. */
static uint8_t own_local(struct own_list *out, struct span in, const struct zip_member *m,
			 const struct zip_member *local, const struct entry *e, uint64_t at)
{
	struct fields f = { out, in, at, e, 0 };
	bool later = local->flags & SIZES_LATER;
	bool is_zero_later = later && local->crc == 0 && local->packed == 0 && local->plain == 0;
	uint64_t size = UINT32_MAX;

	field(&f, 4, span_byte(in, f.at) == 'P', OWN_STRUCTURE, "local header");
	common(&f, m->method);
	field(&f, 4, is_zero_later || local->crc == m->crc, OWN_CHECKSUM, "CRC32");
	field(&f, 4, is_zero_later || local->packed == m->packed || local->packed == size,
	      OWN_STRUCTURE, "local header");
	field(&f, 4, is_zero_later || local->plain == m->plain || local->plain == size,
	      OWN_STRUCTURE, "local header");
	field(&f, 4, true, OWN_STRUCTURE, "local header");
	field(&f, local->name.n, span_equal(local->name, m->name), OWN_STRUCTURE, "local header");
	extra_fields(&f, local->extra.n, m, false);
	f.at = m->data + m->packed;
	if (!later)
		return f.times;
	if (peek(&f, 0, 4) == 0x08074b50)
		field(&f, 4, true, OWN_STRUCTURE, "sizes");
	if (peek(&f, 0, 4) == m->crc && peek(&f, 4, 4) == (uint32_t)m->packed &&
	    peek(&f, 8, 4) == (uint32_t)m->plain)
		field(&f, 12, true, OWN_STRUCTURE, "sizes");
	return f.times;
}

static bool attributes_hold(const struct zip_member *m, const struct entry *e)
{
	uint32_t type = m->attributes >> 28, dos = m->attributes & 0xffff;
	bool is_directory = e->kind == KIND_DIRECTORY;

	if (dos & ~0x31u || (dos & 0x10 && !is_directory) ||
	    (dos & 1 && m->attributes >> 16 & 0200))
		return false;
	if (m->host != 3 && m->host != 19)
		return m->attributes >> 16 == 0;
	switch (type) {
	case 0:
		return m->attributes >> 16 == 0 || e->kind == KIND_FILE;
	case 4:
		return is_directory;
	case 8:
		return e->kind == KIND_FILE;
	case 10:
		return e->kind == KIND_SYMLINK;
	default:
		return false;
	}
}

static void own_central(struct own_list *out, struct span in, const struct zip_member *m,
			const struct entry *e, uint8_t times, uint64_t at)
{
	struct fields f = { out, in, at, e, times };
	uint64_t comment = span_u16(in, at + 32, false);

	field(&f, 4, true, OWN_STRUCTURE, "central header");
	field(&f, 2, span_byte(in, at + 4) <= 63 && m->host <= 19, OWN_PACKING, "made by");
	common(&f, m->method);
	field(&f, 4, sum_holds(in, m), OWN_CHECKSUM, "CRC32");
	field(&f, 14, true, OWN_STRUCTURE, "central header");
	field(&f, 2, peek(&f, 0, 2) == 0, OWN_STRUCTURE, "central header");
	field(&f, 2, peek(&f, 0, 2) <= 1, OWN_PACKING, "is text");
	field(&f, 4, attributes_hold(m, e), OWN_STRUCTURE, "central header");
	field(&f, 4, true, OWN_STRUCTURE, "central header");
	field(&f, m->name.n, true, OWN_STRUCTURE, "central header");
	extra_fields(&f, m->extra.n, m, true);
	field(&f, comment, false, OWN_DATA, "comment");
}

static void own_end(struct own_list *out, struct span in, const struct zip_end *e, uint64_t at)
{
	struct fields f = { out, in, at, NULL, 0 };
	bool has_64 = at > e->directory + e->size;

	if (has_64) {
		uint64_t end = e->directory + e->size;
		bool holds = at - end == END64_SIZE + 20 && span_u64(in, end + 4, false) == 44 &&
			     span_u64(in, end + 24, false) == e->count &&
			     is_zero(span_sub(in, end + 16, 8)) &&
			     span_u16(in, end + 12, false) <= 0x33f &&
			     span_u16(in, end + 14, false) <= 63 &&
			     is_zero(span_sub(in, at - 16, 4)) && span_u32(in, at - 4, false) == 1;

		own_add(out, end, 12, own_if(holds, OWN_STRUCTURE), "end of directory");
		own_add(out, end + 12, 4, own_if(holds, OWN_PACKING), "versions");
		own_add(out, end + 16, at - end - 16, own_if(holds, OWN_STRUCTURE),
			"end of directory");
	}
	field(&f, 4, true, OWN_STRUCTURE, "end of directory");
	field(&f, 4, peek(&f, 0, 4) == 0, OWN_STRUCTURE, "end of directory");
	field(&f, 4,
	      (peek(&f, 0, 2) == e->count || (has_64 && peek(&f, 0, 2) == UINT16_MAX)) &&
		      peek(&f, 2, 2) == peek(&f, 0, 2),
	      OWN_STRUCTURE, "end of directory");
	field(&f, 8,
	      !has_64 ||
		      ((peek(&f, 0, 4) == e->size || peek(&f, 0, 4) == UINT32_MAX) &&
		       (peek(&f, 4, 4) == e->directory + e->shift || peek(&f, 4, 4) == UINT32_MAX)),
	      OWN_STRUCTURE, "end of directory");
	field(&f, 2, true, OWN_STRUCTURE, "end of directory");
	field(&f, e->end - f.at, false, OWN_DATA, "comment");
}

/* Where the end record stands: its comment ends the archive. */
static uint64_t end_record(struct span in, const struct zip_end *e)
{
	uint64_t at = e->directory + e->size;

	if (span_u32(in, at, false) == 0x06064b50)
		at += 12 + span_u64(in, at + 4, false) + 20;
	return at;
}

void zip_own(const struct listing *l, struct own_list *out)
{
	struct own_map map = { .out = out };
	struct zip_end end;
	struct cursor c = { .in = l->in };
	const struct entry *e;
	uint32_t index = 0;
	uint8_t times;

	if (!zip_find_end(l->in, &end) || l->fault.kind || end.count != l->count) {
		own_add(out, 0, l->in.n, OWN_DATA, "archive");
		return;
	}
	cursor_seek(&c, end.directory);
	for (uint64_t i = 0; i < end.count; i++) {
		struct zip_member m = { 0 }, local = { 0 };
		uint64_t at = c.at;

		if (!zip_central(&c, &m) || m.offset < end.shift ||
		    !zip_local(l->in, m.offset - end.shift, &local))
			break;
		m.data = local.data;
		e = &l->entries[index++];
		times = own_local(out, l->in, &m, &local, e, m.offset - end.shift);
		own_central(out, l->in, &m, e, times, at);
		if (e->kind == KIND_FILE)
			own_content(&map, m.data, m.packed);
		else if (e->kind == KIND_SYMLINK)
			own_add(out, m.data, m.packed,
				own_if(m.method == 0 && e->target.n == m.packed, OWN_STRUCTURE),
				"link target");
	}
	own_end(out, l->in, &end, end_record(l->in, &end));
	own_finish(&map, l->in.n, "unused");
}

bool zip_stored(const struct listing *l, const struct entry *e, struct storage *out)
{
	struct span data = span_sub(l->in, e->key[0], e->key[1]);

	if (e->kind != KIND_FILE || e->encrypted || e->fault.kind || data.n != e->key[1])
		return false;
	storage_text(out, "zip");
	storage_number(out, e->key[2]);
	storage_number(out, e->key[3]);
	storage_number(out, e->size);
	storage_add(out, data);
	return true;
}
