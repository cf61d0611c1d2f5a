/* ar.c - UNIX archives; Debian packages and older opkg packages are such, their parts are found by
 * descent. Source: ar(5), GNU and BSD long names. */
#include <stdio.h>

#include "base/cursor.h"
#include "base/text.h"
#include "format/own.h"

#define MAGIC  8
#define HEADER 60
/* Bounds what names that share their text cost. */
#define LONGEST_NAME 4096

struct member {
	struct span name;
	uint64_t mtime, uid, gid, mode, size, data, next;
};

static struct span trimmed(struct span field)
{
	while (field.n && field.p[field.n - 1] == ' ')
		field.n--;
	return field;
}

/* Digits and blanks; empty fields (members "/" and "//") count as 0. */
static bool number(struct cursor *c, size_t width, unsigned base, uint64_t *value)
{
	struct span field = trimmed(cursor_span(c, width));
	size_t used = 0;

	*value = 0;
	return field.n == 0 || (span_number(field, base, value, &used) && used == field.n);
}

static struct fault read_member(struct span in, uint64_t at, struct member *m)
{
	struct cursor c = { .in = span_sub(in, at, HEADER) };

	if (c.in.n == 0)
		return fault_at(FAULT_SHORT, at, "ar header", at < in.n ? in.n - at : 0, HEADER);
	m->name = trimmed(cursor_span(&c, 16));
	if (!number(&c, 12, 10, &m->mtime) || !number(&c, 6, 10, &m->uid) ||
	    !number(&c, 6, 10, &m->gid) || !number(&c, 8, 8, &m->mode) ||
	    !number(&c, 10, 10, &m->size) || cursor_be16(&c) != 0x600a)
		return fault_at(FAULT_BROKEN, at, "ar header", 0, 0);
	m->data = at + HEADER;
	m->next = m->data + m->size + (m->size & 1);
	return fine;
}

static uint64_t find_end(struct span in)
{
	uint64_t at = MAGIC;
	struct member m;

	while (at < in.n && read_member(in, at, &m).kind == FAULT_NONE && m.next > at)
		at = m.next;
	return at < in.n ? at : in.n;
}

static struct fault probe(struct span in, struct found *f)
{
	struct member m = { 0 };
	struct fault bad = in.n == MAGIC ? fine : read_member(in, MAGIC, &m);

	if (bad.kind)
		return bad;
	f->len = find_end(in);
	f->proof = PROOF_STRUCTURE;
	snprintf(f->label, sizeof(f->label), "%s",
		 span_starts(m.name, span_text("debian-binary")) ? "Debian package" : "");
	return fine;
}

/* GNU: "/123" points into the member "//", where names end with "/\n"; short names end with "/".
 * BSD:
 * "#1/20" puts the name before the content. */
static struct span whole_name(struct span in, struct member *m, struct span names)
{
	uint64_t n;
	size_t used;

	if (span_starts(m->name, span_text("#1/")) &&
	    span_number(span_from(m->name, 3), 10, &n, &used) && n <= m->size) {
		struct span name = span_sub(in, m->data, n);

		m->data += n;
		m->size -= n;
		return (struct span){ name.p, name.p ? strnlen((const char *)name.p, name.n) : 0 };
	}
	if (span_byte(m->name, 0) == '/' && span_number(span_from(m->name, 1), 10, &n, &used)) {
		struct span rest = span_head(span_from(names, n), LONGEST_NAME);
		size_t end = span_find(rest, 0, span_text("\n"));
		struct span name = span_sub(rest, 0, end < rest.n ? end : rest.n);

		return span_byte(name, name.n - 1) == '/' ? span_sub(name, 0, name.n - 1) : name;
	}
	if (m->name.n > 1 && m->name.p[m->name.n - 1] == '/')
		return span_sub(m->name, 0, m->name.n - 1);
	return m->name;
}

static struct fault list(struct listing *l)
{
	struct span names = { 0 };
	uint64_t at = MAGIC;

	while (at < l->in.n) {
		struct member m;
		struct fault bad = read_member(l->in, at, &m);
		struct entry e;

		if (bad.kind) {
			listing_fault(l, bad);
			break;
		}
		if (m.size > l->in.n - m.data)
			listing_fault(l, fault_at(FAULT_SHORT, at + 48, "member size",
						  l->in.n - m.data, m.size));
		at = m.next;
		if (span_is(m.name, "//")) {
			names = span_sub(l->in, m.data, m.size);
			continue;
		}
		if (span_is(m.name, "/") || span_is(m.name, "/SYM64/"))
			continue; /* the linker's index */
		e = entry_new(KIND_FILE, whole_name(l->in, &m, names));
		e.mode = (uint32_t)m.mode & 07777;
		e.uid = (uint32_t)m.uid;
		e.gid = (uint32_t)m.gid;
		e.mtime = (int64_t)m.mtime;
		e.has_mode = e.has_owner = e.has_mtime = true;
		e.stored = true;
		e.offset = e.order = m.data;
		e.length = e.size = m.size;
		if (listing_add(l, &e) == NO_ENTRY)
			break;
	}
	return fine;
}

/* Whether a field holds a number as writers put it, and blanks. */
static bool is_canonical(struct span field, unsigned base, uint64_t value)
{
	char text[24];
	int n = snprintf(text, sizeof(text), base == 8 ? "%llo" : "%llu",
			 (unsigned long long)value);

	if (trimmed(field).n == 0)
		return value == 0;
	return span_equal(trimmed(field), span_head(span_text(text), (uint64_t)n));
}

static bool header_holds(struct span h, const struct member *m)
{
	uint64_t size;
	size_t used;

	return is_canonical(span_sub(h, 16, 12), 10, m->mtime) &&
	       is_canonical(span_sub(h, 28, 6), 10, m->uid) &&
	       is_canonical(span_sub(h, 34, 6), 10, m->gid) &&
	       is_canonical(span_sub(h, 40, 8), 8, m->mode) &&
	       (m->mode <= 07777 || m->mode >> 12 == 010) &&
	       span_number(span_sub(h, 48, 10), 10, &size, &used) &&
	       is_canonical(span_sub(h, 48, 10), 10, size);
}

/* A name says what the entry's says: as it is, with "/" behind it, as a place in the table of
 * names, or before the content. */
static bool name_holds(struct span in, const struct member *m, struct span names)
{
	struct member copy = *m;
	struct span name = whole_name(in, &copy, names), field = m->name;
	uint64_t n;
	size_t used;

	if (span_starts(field, span_text("#1/")))
		return span_number(span_from(field, 3), 10, &n, &used) && used == field.n - 3 &&
		       is_zero(span_sub(in, m->data + name.n, n - name.n));
	if (span_byte(field, 0) == '/')
		return span_number(span_from(field, 1), 10, &n, &used) && used == field.n - 1 &&
		       is_canonical(span_from(field, 1), 10, n);
	return span_equal(field, name) ||
	       (field.n == name.n + 1 && span_starts(field, name) && field.p[name.n] == '/');
}

/* The linker's index: a count, where the members begin, and the symbols. Which symbols there are
 * is the members' matter, but nothing shows it. */
static void own_index(struct own_list *out, struct span in, const struct member *m)
{
	struct span body = span_sub(in, m->data, m->size);
	uint64_t count = span_u32(body, 0, true), last = 0;
	bool holds = m->size >= 4 && count <= (m->size - 4) / 4 && m->name.n == 1;

	for (uint64_t i = 0; holds && i < count; i++) {
		uint64_t at = span_u32(body, 4 + 4 * i, true);

		holds = at >= last && span_u16(in, at + HEADER - 2, true) == 0x600a;
		last = at;
	}
	if (!holds)
		count = 0;
	own_add(out, m->data, holds ? 4 + 4 * count : 0, OWN_STRUCTURE, "index");
	own_add(out, m->data + (holds ? 4 + 4 * count : 0), m->size - (holds ? 4 + 4 * count : 0),
		OWN_DATA, "symbols");
}

/* All of the table of names is names of members. */
static bool names_hold(const struct listing *l, const struct member *table)
{
	uint64_t at = MAGIC, next = 0;
	struct member m;

	while (at < l->in.n && read_member(l->in, at, &m).kind == FAULT_NONE) {
		struct span names = span_sub(l->in, table->data, table->size);
		uint64_t n;
		size_t used;

		if (span_byte(m.name, 0) == '/' &&
		    span_number(span_from(m.name, 1), 10, &n, &used)) {
			size_t end = span_find(names, n, span_text("\n"));

			if (n != next || end == SIZE_MAX)
				return false;
			next = end + 1;
		}
		at = m.next;
	}
	return next == table->size ||
	       (next + 1 == table->size && span_byte(l->in, table->data + next) == '\n');
}

static void own_member(const struct listing *l, struct own_list *out, uint64_t at, struct member *m,
		       struct span *names)
{
	struct span h = span_sub(l->in, at, HEADER);
	bool is_index = span_is(m->name, "/") || span_is(m->name, "/SYM64/");
	bool is_names = span_is(m->name, "//");
	bool holds = header_holds(h, m);

	if (!is_index && !is_names)
		holds &= name_holds(l->in, m, *names);
	own_add(out, at, HEADER, own_if(holds, OWN_STRUCTURE), "header");
	if (is_index) {
		own_index(out, l->in, m);
	} else if (is_names) {
		*names = span_sub(l->in, m->data, m->size);
		own_add(out, m->data, m->size, own_if(names_hold(l, m), OWN_STRUCTURE), "names");
	} else if (span_starts(m->name, span_text("#1/"))) {
		uint64_t data = m->data;

		whole_name(l->in, m, *names);
		own_add(out, data, m->data - data, own_if(holds, OWN_STRUCTURE), "names");
	}
}

static void own(const struct listing *l, struct own_list *out)
{
	struct own_map map = { .out = out };
	struct span names = { 0 };
	uint64_t at = MAGIC;
	uint32_t tables = 0;

	own_add(out, 0, MAGIC, own_if(span_starts(l->in, span_text("!<arch>\n")), OWN_STRUCTURE),
		"magic");
	while (at < l->in.n && tables <= 1) {
		struct member m;
		uint64_t next;

		if (read_member(l->in, at, &m).kind || m.size > l->in.n - m.data)
			break;
		tables += span_is(m.name, "//");
		next = m.next;
		if (next > m.data + m.size) /* ar(5): members stand at even places */
			own_add(out, m.data + m.size, next - m.data - m.size,
				own_if(span_byte(l->in, m.data + m.size) == '\n', OWN_STRUCTURE),
				"alignment");
		own_member(l, out, at, &m, &names);
		at = next;
	}
	if (at < l->in.n)
		own_add(out, at, l->in.n - at, OWN_DATA, "not read");
	own_contents(&map, l);
	own_finish(&map, l->in.n, "unused");
}

const struct format format_ar = {
	.name = "ar",
	.says = "ar archive, Debian and opkg package",
	.spec = "ar(5); deb(5)",
	.shape = SHAPE_CONTAINER,
	.magic = { { 0, 8, "!<arch>\n" } },
	.probe = probe,
	.list = list,
	.own = own,
};
