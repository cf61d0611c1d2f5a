/* ar.c - UNIX archives; Debian packages and older opkg packages are such, their parts are found by
 * descent. Source: ar(5), GNU and BSD long names. */
#include <stdio.h>

#include "base/cursor.h"
#include "base/text.h"
#include "format/format.h"

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

const struct format format_ar = {
	.name = "ar",
	.says = "ar archive, Debian and opkg package",
	.spec = "ar(5); deb(5)",
	.shape = SHAPE_CONTAINER,
	.magic = { { 0, 8, "!<arch>\n" } },
	.probe = probe,
	.list = list,
};
