/* tar_own.c - headers and records of a tar archive. A header is structure where its numbers are
 * numbers to their last byte, what it does not use is zero, and what records override agrees. */
#include "base/base64.h"
#include "format/own.h"
#include "format/tar.h"

#define MAGIC_AT     257
#define NAMES_AT     265 /* of owner and group */
#define DEVICE_AT    329
#define LONGEST_NAME 100
#define REST_AT      345

struct member {
	struct tar_header h;
	uint64_t header, data, stored;
	struct span block;
};

/* Blanks, octal digits, and behind them only blanks and NUL; or a binary number. */
static bool is_number(struct span field)
{
	size_t i = 0;

	if (field.n == 0 || field.p[0] & 0x80)
		return field.n > 0;
	while (i < field.n && field.p[i] == ' ')
		i++;
	while (i < field.n && field.p[i] >= '0' && field.p[i] <= '7')
		i++;
	for (; i < field.n; i++)
		if (field.p[i] != 0 && field.p[i] != ' ')
			return false;
	return true;
}

/* A text, and zeros behind it. */
static bool is_text(struct span block, uint64_t at, uint64_t size)
{
	struct span field = span_sub(block, at, size);

	return field.n && is_zero(span_from(field, strnlen((const char *)field.p, field.n)));
}

static bool is_used(uint64_t value, bool overridden, uint64_t shown)
{
	return overridden ? value == shown || value == 0 : value == shown;
}

static bool numbers_hold(const struct member *m)
{
	static const uint16_t fields[][2] = { { 100, 8 },  { 108, 8 },  { 116, 8 },
					      { 124, 12 }, { 136, 12 }, { 148, 8 } };

	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++)
		if (!is_number(span_sub(m->block, fields[i][0], fields[i][1])))
			return false;
	return m->h.mode <= 0177777;
}

/* The magic of POSIX, that of GNU, or none; what stands behind it belongs to that. */
static bool dialect_holds(const struct member *m, const struct entry *e)
{
	struct span magic = span_sub(m->block, MAGIC_AT, 8);
	bool is_device = e && (e->kind == KIND_CHAR_DEVICE || e->kind == KIND_BLOCK_DEVICE);

	/* GNU tar writes the numbers of no device for the oldest dialect, too. */
	if (is_zero(magic))
		return is_zero(span_sub(m->block, MAGIC_AT, DEVICE_AT - MAGIC_AT)) &&
		       is_number(span_sub(m->block, DEVICE_AT, 8)) &&
		       is_number(span_sub(m->block, DEVICE_AT + 8, 8)) &&
		       (is_device || (m->h.major == 0 && m->h.minor == 0)) &&
		       is_zero(span_from(m->block, REST_AT));
	if (!is_text(m->block, NAMES_AT, 32) || !is_text(m->block, NAMES_AT + 32, 32) ||
	    !is_number(span_sub(m->block, DEVICE_AT, 8)) ||
	    !is_number(span_sub(m->block, DEVICE_AT + 8, 8)) ||
	    (!is_device && (m->h.major || m->h.minor)))
		return false;
	if (span_equal(magic, (struct span){ (const uint8_t *)"ustar  ", 8 }))
		return is_zero(span_from(m->block, REST_AT));
	return span_equal(magic, (struct span){ (const uint8_t *)"ustar\00000", 8 }) &&
	       is_text(m->block, REST_AT, 155) && is_zero(span_from(m->block, 500));
}

/* Without the "./" or "/" that all names of an archive have, and the "/" behind a directory's. */
static struct span bare(struct span name)
{
	if (span_starts(name, span_text("./")))
		name = span_from(name, 2);
	else if (span_byte(name, 0) == '/')
		name = span_from(name, 1);
	if (name.n && name.p[name.n - 1] == '/')
		name.n--;
	return span_is(name, ".") ? (struct span){ 0 } : name;
}

static bool name_holds(const struct member *m, const struct tar_extra *x, const struct entry *e)
{
	struct span name = bare(m->h.name), prefix = bare(m->h.prefix), whole = e->name;

	if (!is_text(m->block, 0, 100))
		return false;
	if (x->sparse_name.n)
		return false;
	if (x->path.n)
		return span_starts(bare(x->path), name) || span_ends(bare(x->path), name);
	if (prefix.n == 0)
		return span_equal(name, whole);
	return whole.n == prefix.n + 1 + name.n && span_starts(whole, prefix) &&
	       span_ends(whole, name) && whole.p[prefix.n] == '/';
}

static bool link_holds(const struct member *m, const struct tar_extra *x, const struct entry *e)
{
	bool is_link = e->kind == KIND_SYMLINK || e->kind == KIND_HARDLINK;

	if (!is_text(m->block, 157, 100))
		return false;
	if (!is_link)
		return m->h.link.n == 0;
	if (x->link.n)
		return span_starts(x->link, m->h.link) || span_ends(x->link, m->h.link);
	return e->kind == KIND_SYMLINK ? span_equal(m->h.link, e->target)
				       : span_equal(bare(m->h.link), e->target);
}

static bool header_holds(const struct member *m, const struct tar_extra *x, const struct entry *e)
{
	static const uint8_t types[] = {
		[KIND_FILE] = '0',     [KIND_DIRECTORY] = '5',   [KIND_SYMLINK] = '2',
		[KIND_HARDLINK] = '1', [KIND_CHAR_DEVICE] = '3', [KIND_BLOCK_DEVICE] = '4',
		[KIND_FIFO] = '6'
	};

	if (e->kind > KIND_FIFO || (m->h.type != types[e->kind] && m->h.type != 0))
		return false;
	return numbers_hold(m) && dialect_holds(m, e) && name_holds(m, x, e) &&
	       link_holds(m, x, e) && is_used(m->h.uid, x->uid.n, e->uid) &&
	       is_used(m->h.gid, x->gid.n, e->gid) &&
	       is_used((uint64_t)m->h.mtime, x->mtime.n, (uint64_t)e->mtime) &&
	       is_used(m->h.size, x->size.n, m->stored);
}

/* The first user and group are called so everywhere: their name says no more than the number. No
 * name leaves it to the number, too. */
static bool names_root(const struct member *m, uint64_t at, uint64_t id)
{
	struct span name = span_sub(m->block, at, 32);

	return is_zero(name) ||
	       (id == 0 && span_starts(name, span_text("root")) && is_zero(span_from(name, 4)));
}

static void own_member(struct own_list *out, const struct member *m, const struct tar_extra *x,
		       const struct entry *e)
{
	enum own own = own_if(e && header_holds(m, x, e), OWN_STRUCTURE);

	own_add(out, m->header, MAGIC_AT, own, "header");
	own_add(out, m->header + MAGIC_AT, NAMES_AT - MAGIC_AT,
		own == OWN_STRUCTURE ? OWN_PACKING : OWN_DATA, "dialect");
	own_add(out, m->header + NAMES_AT, 32, own_if(names_root(m, NAMES_AT, e ? e->uid : 1), own),
		"names of owner and group");
	own_add(out, m->header + NAMES_AT + 32, 32,
		own_if(names_root(m, NAMES_AT + 32, e ? e->gid : 1), own),
		"names of owner and group");
	own_add(out, m->header + NAMES_AT + 64, TAR_BLOCK - NAMES_AT - 64, own, "header");
	if (e && e->kind == KIND_FILE && !e->stored) /* a map of holes before the content */
		own_add(out, m->data, e->offset - m->data, OWN_DATA, "map of holes");
}

/* -- records for the next member -- */

static const char *const shown[] = { "path", "linkpath", "size",  "mtime",
				     "uid",  "gid",      "atime", "ctime" };

/* A record that the entry shows; no key twice. */
static bool record_holds(struct span key, struct span value, unsigned *seen)
{
	uint64_t number;
	size_t used;

	for (unsigned i = 0; i < sizeof(shown) / sizeof(shown[0]); i++) {
		if (!span_is(key, shown[i]))
			continue;
		if (*seen >> i & 1)
			return false;
		*seen |= 1u << i;
		if (i < 2)
			return value.n > 0;
		if (i == 3 && span_byte(value, 0) == '-') /* before 1970 */
			value = span_from(value, 1);
		if (!span_number(value, 10, &number, &used))
			return false;
		if ((i == 3 || i > 5) && used < value.n && value.p[used] == '.' &&
		    value.n - used <= 10) {
			struct span rest = span_from(value, used + 1);

			return span_number(rest, 10, &number, &used) && used == rest.n;
		}
		return used == value.n;
	}
	return false;
}

/* libarchive leaves out what fills base64 up; its last character has only one form. */
static bool is_base64_of(struct span text, struct span value)
{
	struct text whole = { 0 };
	struct span one;
	bool holds;

	base64_write(&whole, value);
	one = text_span(&whole);
	while (one.n && one.p[one.n - 1] == '=')
		one.n--;
	holds = span_equal(one, text);
	text_free(&whole);
	return holds;
}

/* An attribute that the entry has, with that value: its name may come again, and the last one
 * wins. */
static bool attribute_holds(struct arena *a, struct span record, struct span line,
			    const struct entry *e)
{
	struct span text = span_from(line, span_find(line, 0, span_text("=")) + 1);
	bool is_packed = span_starts(line, span_text("LIBARCHIVE."));
	struct tar_extra x = { 0 };
	bool holds = false;

	tar_pax_read(a, record, &x);
	text_free(&x.old_map);
	for (uint32_t i = 0; x.xattr_count == 1 && i < e->xattr_count; i++)
		if (span_equal(e->xattrs[i].name, x.xattrs[0].name))
			holds = span_equal(e->xattrs[i].value, x.xattrs[0].value) &&
				(!is_packed || is_base64_of(text, e->xattrs[i].value));
	return holds;
}

static void own_record(struct own_list *out, uint64_t at, struct span record, struct span line,
		       bool holds)
{
	uint64_t time;
	size_t digits;

	if (holds &&
	    (span_starts(line, span_text("atime=")) || span_starts(line, span_text("ctime="))) &&
	    span_number(span_from(line, 6), 10, &time, &digits) && time < INT64_MAX)
		own_time(out, at, record.n, "time of records", (int64_t)time);
	else
		own_add(out, at, record.n, own_if(holds, OWN_STRUCTURE), "records");
}

static void own_records(struct own_list *out, uint64_t at, struct span records,
			const struct entry *e)
{
	unsigned seen = 0;

	while (records.n) {
		uint64_t length = 0;
		size_t used = 0, equals;
		struct span line, record, key;
		bool holds;

		if (!span_number(records, 10, &length, &used) || length <= used + 3 ||
		    length > records.n)
			break;
		record = span_head(records, length);
		line = span_sub(records, used + 1, length - used - 2);
		equals = span_find(line, 0, span_text("="));
		key = span_sub(line, 0, equals == SIZE_MAX ? 0 : equals);
		holds = equals != SIZE_MAX && records.p[used] == ' ' &&
			records.p[length - 1] == '\n' &&
			(record_holds(key, span_from(line, equals + 1), &seen) ||
			 (e && e->xattr_count && attribute_holds(out->arena, record, line, e)));
		own_record(out, at, record, line, holds);
		at += length;
		records = span_from(records, length);
	}
	own_add(out, at, records.n, OWN_DATA, "records");
}

/* Where the name of a header of records goes on behind "PaxHeader/", "PaxHeaders/" or
 * "PaxHeaders.123/" at `at`; 0: it is none of these. */
static size_t behind_marker(struct span name, size_t at)
{
	struct span rest = span_from(name, at);
	size_t n = strlen("PaxHeader");

	if (!span_starts(rest, span_text("PaxHeader")))
		return 0;
	n += span_byte(rest, n) == 's';
	if (span_byte(rest, n) == '.')
		for (n++; span_byte(rest, n) >= '0' && span_byte(rest, n) <= '9';)
			n++;
	return span_byte(rest, n) == '/' ? at + n + 1 : 0;
}

/* Where there was no room for the folder, or only for its beginning. */
static bool is_cut_name(struct span name, struct span whole)
{
	size_t n = 0;

	if (name.n != LONGEST_NAME)
		return false;
	if (span_starts(name, span_text("./")))
		name = span_from(name, 2);
	while (n < name.n && n < whole.n && name.p[n] == whole.p[n])
		n++;
	return span_starts(span_text("PaxHeaders/"), span_from(name, n));
}

/* Packers call it as the member whose records it has, with a folder put in, and cut what is too
 * long. */
static bool is_records_name(struct span name, const struct entry *e)
{
	size_t at = 0, rest = 0;
	struct span folder, whole = e->name;

	if (span_is(name, "././@PaxHeader"))
		return true;
	while (at < name.n && !(rest = behind_marker(name, at))) {
		while (at < name.n && name.p[at] != '/')
			at++;
		at++;
	}
	if (rest == 0)
		return is_cut_name(name, e->name);
	folder = span_head(name, at);
	if (span_starts(folder, span_text("./")))
		folder = span_from(folder, 2);
	name = span_from(name, rest);
	if (e->name.n == 0)
		return folder.n == 0 && (span_is(name, ".") || span_is(name, "currentdir"));
	return span_starts(whole, folder) && span_starts(span_from(whole, folder.n), bare(name));
}

static bool records_hold(const struct member *m, const struct entry *e)
{
	return e && numbers_hold(m) && is_text(m->block, 0, 100) && is_records_name(m->h.name, e) &&
	       m->h.prefix.n == 0 && dialect_holds(m, NULL) && is_text(m->block, 157, 100) &&
	       m->h.link.n == 0 && (m->h.uid == 0 || m->h.uid == e->uid) &&
	       (m->h.gid == 0 || m->h.gid == e->gid) && names_root(m, NAMES_AT, e->uid) &&
	       names_root(m, NAMES_AT + 32, e->gid) &&
	       (m->h.mode == 0 || m->h.mode == 0644 || (m->h.mode & 07777) == e->mode);
}

static bool long_name_holds(const struct member *m)
{
	return numbers_hold(m) && span_is(m->h.name, "././@LongLink") && dialect_holds(m, NULL) &&
	       is_text(m->block, 0, 100) && m->h.uid == 0 && m->h.gid == 0 && m->h.mtime == 0 &&
	       m->h.link.n == 0 && is_text(m->block, 157, 100);
}

/* Records, or a long name; `e` is the member behind it, NULL where that is not known. */
static void own_extra(struct own_list *out, struct span in, const struct member *m,
		      const struct entry *e)
{
	struct span content = span_sub(in, m->data, m->stored);
	bool is_name = m->h.type == 'L' || m->h.type == 'K';
	bool holds = is_name ? long_name_holds(m) : m->h.type == 'x' && records_hold(m, e);

	own_add(out, m->header, 136, own_if(holds, OWN_STRUCTURE), "header of records");
	if (is_number(span_sub(m->block, 136, 12)))
		own_time(out, m->header + 136, 12, "time of records", m->h.mtime);
	else
		own_add(out, m->header + 136, 12, OWN_DATA, "time of records");
	own_add(out, m->header + 148, 8,
		own_if(is_number(span_sub(m->block, 148, 8)), OWN_CHECKSUM), "checksum of records");
	own_add(out, m->header + 156, TAR_BLOCK - 156, own_if(holds, OWN_STRUCTURE),
		"header of records");
	if (is_name)
		own_add(out, m->data, content.n,
			own_if(content.n &&
				       strnlen((const char *)content.p, content.n) + 1 >= content.n,
			       OWN_STRUCTURE),
			"records");
	else if (m->h.type == 'x')
		own_records(out, m->data, content, e);
	else
		own_add(out, m->data, content.n, OWN_DATA, "records");
}

/* What records say, as far as headers must agree. Attributes are not needed here. */
static void read_extra(struct arena *a, struct span in, const struct member *m, struct tar_extra *x)
{
	struct span content = span_sub(in, m->data, m->stored);
	size_t n = content.p ? strnlen((const char *)content.p, content.n) : 0;

	if (m->h.type == 'L')
		x->path = span_head(content, n);
	else if (m->h.type == 'K')
		x->link = span_head(content, n);
	else if (m->h.type == 'x' || m->h.type == 'X' || m->h.type == 'g')
		tar_pax_read(a, content, x);
}

/* The next member; false at the end. */
static bool next_member(struct span in, struct member *m, const struct tar_extra *x)
{
	uint64_t size;
	size_t used;

	if (tar_header_read(in, m->header, &m->h).kind)
		return false;
	m->block = span_sub(in, m->header, TAR_BLOCK);
	m->data = m->header + TAR_BLOCK;
	m->stored = m->h.size;
	if (span_number(x->size, 10, &size, &used) && used == x->size.n)
		m->stored = size;
	if (m->h.type >= '1' && m->h.type <= '6')
		m->stored = 0;
	return m->stored <= in.n - m->data;
}

void tar_own(const struct listing *l, struct own_list *out)
{
	struct own_map map = { .out = out };
	struct tar_extra x = { 0 };
	struct member m = { 0 }, records = { 0 }; /* of which the member comes later */
	uint32_t index = 0;

	while (m.header < l->in.n && next_member(l->in, &m, &x)) {
		bool is_extra = m.h.type && strchr("xXgLKVMN", m.h.type);

		if (is_extra) {
			if (records.data && m.h.type == 'x')
				own_extra(out, l->in, &records, NULL);
			if (m.h.type == 'x')
				records = m;
			else
				own_extra(out, l->in, &m, NULL);
			read_extra(out->arena, l->in, &m, &x);
		} else {
			const struct entry *e = index < l->count ? &l->entries[index++] : NULL;

			if (records.data)
				own_extra(out, l->in, &records, e);
			records.data = 0;
			own_member(out, &m, &x, e);
			if (e && e->kind == KIND_FILE && !e->stored)
				own_content(&map, e->offset, e->length);
			text_free(&x.old_map);
			x = (struct tar_extra){ 0 };
		}
		m.header = m.data + (m.stored + TAR_BLOCK - 1) / TAR_BLOCK * TAR_BLOCK;
		if (m.h.type == 'S')
			m.header += tar_map_blocks(l->in, m.data) * TAR_BLOCK;
	}
	text_free(&x.old_map);
	if (records.data)
		own_extra(out, l->in, &records, NULL);
	if (l->fault.kind)
		own_add(out, m.header, m.header < l->in.n ? l->in.n - m.header : 0, OWN_DATA,
			"not read");
	own_contents(&map, l);
	own_finish(&map, l->in.n, "padding");
}

/* The content of a sparse member: its pieces, and where they belong. */
bool tar_stored(const struct listing *l, const struct entry *e, struct storage *out)
{
	const struct tar_sparse *s = (const struct tar_sparse *)(uintptr_t)e->key[0];
	uint64_t at = e->offset;

	if (e->kind != KIND_FILE || e->stored || !s || e->fault.kind)
		return false;
	storage_text(out, "sparse");
	storage_number(out, s->size);
	for (uint32_t i = 0; i < s->count; i++) {
		struct span piece = span_sub(l->in, at, s->pieces[i].length);

		if (piece.n != s->pieces[i].length)
			return false;
		storage_number(out, s->pieces[i].at);
		storage_number(out, s->pieces[i].length);
		storage_add(out, piece);
		at += piece.n;
	}
	return true;
}
