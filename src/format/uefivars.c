/* uefivars.c - stores of UEFI variables: a header that states the size, then a record a variable,
 * written one behind the other into erased flash. A record is never changed: clearing bits of its
 * state says that a newer one replaced it. Live ones are entries, the others are counted. Sources:
 * tianocore/edk2 MdeModulePkg/Include/Guid/VariableFormat.h; for the older stores with a mark of
 * four letters LongSoft/UEFITool common/nvram.h. */
#include <stdio.h>

#include "base/cursor.h"
#include "base/hash.h"
#include "base/names.h"
#include "format/date.h"
#include "format/uefi.h"
#include "format/utf16.h"

#define GUID_HEADER   28
#define MARK_HEADER   16
#define PLAIN_HEADER  32
#define SIGNED_HEADER 60
#define INTEL_HEADER  28
#define FORMATTED     0x5a
#define HEALTHY       0xfe
#define START         0x55aa
#define STATE_ADDED   0x3f
#define STATE_OLD     0x3e /* added, and about to be replaced */
#define STATE_INTEL   0xfc
#define ERASED        0xff
#define HAS_SUM       0x80000000u /* attribute: Apple's CRC-32 of the data ends the header */
#define MOST_NAME     1024        /* bytes, where only its NUL ends it */

/* How the fields of a record stand. */
enum layout { LAYOUT_SIGNED, LAYOUT_PLAIN, LAYOUT_INTEL, LAYOUTS };

struct store {
	uint64_t header, size;
	uint64_t align;
	bool is_signed; /* every record has the longer header */
	const char *name;
};

struct variable {
	uint64_t at, header, name_size, data_size;
	uint32_t attributes, key_index;
	uint64_t count;
	struct span time, guid, sum;
	uint8_t state;
};

static const char *const attribute_names[] = {
	"nv", "bs", "rt", "hr", "aw", "at", "append",
};

static struct fault read_store(struct span in, struct store *s)
{
	bool marked = span_byte(in, 0) == '$';

	*s = (struct store){ .header = marked ? MARK_HEADER : GUID_HEADER,
			     .size = span_u32(in, marked ? 4 : GUID_SIZE, false),
			     .align = marked ? 1 : 4,
			     .name = marked ? "of an older form" : "plain" };
	if (guid_is(in, 0, "aaf32c78-947b-439a-a180-2e144ec37792")) {
		s->is_signed = true;
		s->name = "authenticated";
	}
	if (in.n < s->header)
		return fault_at(FAULT_SHORT, 0, "header", in.n, s->header);
	if (in.p[marked ? 8 : 20] != FORMATTED || in.p[marked ? 9 : 21] != HEALTHY)
		return fault_at(FAULT_BROKEN, marked ? 8 : 20, "state of the store",
				in.p[marked ? 8 : 20], FORMATTED);
	if (s->size < s->header)
		return fault_at(FAULT_BROKEN, marked ? 4 : 16, "size", s->size, s->header);
	return fine;
}

static void read_fields(struct cursor *c, enum layout layout, struct variable *v)
{
	v->attributes = cursor_le32(c);
	if (layout == LAYOUT_INTEL) {
		uint64_t total = cursor_le32(c);

		v->guid = cursor_span(c, GUID_SIZE);
		v->data_size = total > INTEL_HEADER ? total - INTEL_HEADER : 0;
		return;
	}
	if (layout == LAYOUT_SIGNED) {
		v->count = cursor_le64(c);
		v->time = cursor_span(c, 16);
		v->key_index = cursor_le32(c);
	}
	v->name_size = cursor_le32(c);
	v->data_size = cursor_le32(c);
	v->guid = cursor_span(c, GUID_SIZE);
	if (layout == LAYOUT_PLAIN && v->attributes & HAS_SUM) {
		v->sum = cursor_span(c, 4);
		v->header += v->sum.n;
	}
}

/* Intel's records have one size for name and data: the name ends with its NUL. */
static void split_name(struct span in, struct variable *v)
{
	struct span both = span_head(span_sub(in, v->at + v->header, v->data_size), MOST_NAME);
	uint64_t n = 0;

	while (n + 2 <= both.n && span_u16(both, n, false))
		n += 2;
	v->name_size = n + 2 <= both.n ? n + 2 : 0;
	v->data_size -= v->name_size;
}

/* A name of UTF-16 with its NUL, and data, in the bytes that are there. */
static bool is_sane(struct span in, const struct variable *v)
{
	uint64_t left = in.n - v->at - v->header;

	return v->name_size >= 4 && v->name_size % 2 == 0 && v->name_size <= left &&
	       v->data_size <= left - v->name_size &&
	       span_u16(in, v->at + v->header + v->name_size - 2, false) == 0 &&
	       span_u16(in, v->at + v->header, false) != 0;
}

static bool read_as(struct span in, uint64_t at, enum layout layout, struct variable *v)
{
	static const uint8_t headers[LAYOUTS] = { SIGNED_HEADER, PLAIN_HEADER, INTEL_HEADER };
	struct cursor c = { .in = in, .at = (size_t)at };

	*v = (struct variable){ .at = at, .header = headers[layout] };
	if (cursor_le16(&c) != START)
		return false;
	v->state = cursor_u8(&c);
	cursor_skip(&c, 1);
	read_fields(&c, layout, v);
	if (c.ran_out)
		return false;
	if (layout == LAYOUT_INTEL)
		split_name(in, v);
	return is_sane(in, v);
}

static bool read_variable(struct span in, const struct store *s, uint64_t at, struct variable *v)
{
	enum layout last = s->is_signed ? LAYOUT_SIGNED : LAYOUTS - 1;

	for (enum layout layout = LAYOUT_SIGNED; layout <= last; layout++)
		if (read_as(in, at, layout, v))
			return true;
	return false;
}

static uint64_t next_variable(const struct store *s, const struct variable *v)
{
	uint64_t end = v->at + v->header + v->name_size + v->data_size;

	return (end + s->align - 1) / s->align * s->align;
}

/* Free space, or a record: no store holds anything else first. */
static bool begins_well(struct span in, const struct store *s)
{
	struct variable v;

	if (in.n - s->header < 4)
		return in.n == s->header || is_filled(in, s->header, in.n - s->header, ERASED);
	return is_filled(in, s->header, 4, ERASED) || read_variable(in, s, s->header, &v);
}

static struct fault probe(struct span in, struct found *f)
{
	struct store s;
	struct fault bad = read_store(in, &s);

	if (bad.kind)
		return bad;
	f->len = part_bound(s.size, in);
	f->proof = PROOF_STRUCTURE;
	snprintf(f->label, sizeof(f->label), "%s", s.name);
	if (!begins_well(span_head(in, f->len), &s))
		return fault_at(FAULT_BROKEN, s.header, "first variable",
				span_u16(in, s.header, false), START);
	return fine;
}

/* EFI_TIME; a variable that was not written with a time has zeros. */
static void take_time(struct entry *e, struct span time)
{
	uint32_t year = span_u16(time, 0, false);

	if (time.n < 16 || year < 1970 || time.p[2] < 1 || time.p[2] > 12 || time.p[3] < 1)
		return;
	e->has_mtime = true;
	e->mtime = days_of(year, time.p[2], time.p[3]) * 86400 + time.p[4] * 3600ll +
		   time.p[5] * 60ll + time.p[6];
	e->mtime_ns = span_u32(time, 8, false) % 1000000000;
}

static struct span attributes_text(struct arena *a, uint32_t attributes)
{
	char text[64] = "";

	for (size_t i = 0; i < sizeof(attribute_names) / sizeof(attribute_names[0]); i++)
		if (attributes >> i & 1)
			label_add(text, text[0] ? "," : "", span_text(attribute_names[i]));
	return arena_copy(a, span_text(text));
}

static struct span number_text(struct arena *a, uint64_t number)
{
	char text[24] = "";

	if (number)
		snprintf(text, sizeof(text), "%llu", (unsigned long long)number);
	return arena_copy(a, span_text(text));
}

static struct fault check_sum(struct span in, const struct variable *v)
{
	uint64_t data = v->at + v->header + v->name_size;
	uint32_t sum = v->sum.n ? crc32_of(span_sub(in, data, v->data_size)) : 0;

	if (v->sum.n == 0 || sum == span_u32(v->sum, 0, false))
		return fine;
	return fault_at(FAULT_BROKEN, v->at + v->header - 4, "CRC-32 of a variable", sum,
			span_u32(v->sum, 0, false));
}

static void add_variable(struct listing *l, const struct variable *v)
{
	struct span name = span_sub(l->in, v->at + v->header, v->name_size - 2);
	struct entry e = entry_new(KIND_FILE, (struct span){ 0 });

	e.name = guid_entry_name(l->arena, utf16_name(l->arena, name), v->guid, 0);
	e.stored = true;
	e.offset = e.order = v->at + v->header + v->name_size;
	e.length = e.size = v->data_size;
	take_time(&e, v->time);
	e.fault = check_sum(l->in, v);
	entry_note(l->arena, &e, "uefi.attributes", attributes_text(l->arena, v->attributes));
	entry_note(l->arena, &e, "uefi.count", number_text(l->arena, v->count));
	entry_note(l->arena, &e, "uefi.key-index", number_text(l->arena, v->key_index));
	listing_add(l, &e);
}

/* GUID and name stand apart; together they tell variables from each other. */
static struct span identity(struct listing *l, const struct variable *v)
{
	uint8_t *p = arena_take(l->arena, GUID_SIZE + v->name_size, 1);
	struct span name = span_sub(l->in, v->at + v->header, v->name_size);

	if (!p || v->guid.n != GUID_SIZE)
		return (struct span){ 0 };
	memcpy(p, v->guid.p, GUID_SIZE);
	memcpy(p + GUID_SIZE, name.p, name.n);
	return (struct span){ p, GUID_SIZE + name.n };
}

struct walk {
	struct listing *l;
	const struct store *s;
	struct names live;
	unsigned live_count, dead, waiting;
	bool old; /* second pass: those about to be replaced, where nothing replaced them */
};

static void visit(struct walk *w, const struct variable *v)
{
	bool is_live =
		v->state == STATE_ADDED || (v->header == INTEL_HEADER && v->state == STATE_INTEL);
	struct name *known;

	if (!w->old && !is_live) {
		w->waiting += v->state == STATE_OLD;
		w->dead += v->state != STATE_OLD;
		return;
	}
	if (w->old && v->state != STATE_OLD)
		return;
	known = names_add(&w->live, identity(w->l, v));
	if (w->old && known && known->number) {
		w->dead++;
		return;
	}
	if (known)
		known->number++;
	w->live_count++;
	add_variable(w->l, v);
}

/* Bytes that are no record, up to the next one. */
static uint64_t skip_gap(struct walk *w, uint64_t at)
{
	const struct span in = w->l->in;
	struct variable v;
	uint64_t next = at;

	if (is_filled(in, at, in.n - at, ERASED))
		return in.n;
	while (next < in.n && !read_variable(in, w->s, next, &v))
		next += w->s->align;
	next = next < in.n ? next : in.n;
	if (w->old)
		return next;
	listing_fault(w->l, fault_at(FAULT_BROKEN, at, "variable", next - at, 0));
	part_unlisted(w->l, NO_ENTRY, at, next - at, ERASED);
	return next;
}

static void walk(struct walk *w)
{
	struct variable v;

	for (uint64_t at = w->s->header; at < w->l->in.n;) {
		if (!read_variable(w->l->in, w->s, at, &v)) {
			at = skip_gap(w, at);
			continue;
		}
		visit(w, &v);
		at = next_variable(w->s, &v);
	}
}

static struct fault list(struct listing *l)
{
	struct store s;
	struct fault bad = read_store(l->in, &s);
	struct walk w = { .l = l, .s = &s, .live = { .arena = l->arena } };

	if (bad.kind)
		return bad;
	if (s.size > l->in.n)
		listing_fault(l, fault_at(FAULT_SHORT, 16, "size", l->in.n, s.size));
	walk(&w);
	w.old = true;
	if (w.waiting)
		walk(&w);
	snprintf(l->label, sizeof(l->label), "%s, %u variables, %u replaced or deleted", s.name,
		 w.live_count, w.dead);
	return fine;
}

const struct format format_uefivars = {
	.name = "uefi-vars",
	.says = "store of UEFI variables",
	.domain = DOMAIN_IT,
	.spec = "tianocore/edk2 MdeModulePkg/Include/Guid/VariableFormat.h",
	.shape = SHAPE_CONTAINER,
	.magic = { { 0, 16, "\x78\x2c\xf3\xaa\x7b\x94\x9a\x43\xa1\x80\x2e\x14\x4e\xc3\x77\x92" },
		   { 0, 16, "\x16\x36\xcf\xdd\x75\x32\x64\x41\x98\xb6\xfe\x85\x70\x7f\xfe\x7d" },
		   { 0, 16, "\x17\x36\xcf\xdd\x75\x32\x64\x41\x98\xb6\xfe\x85\x70\x7f\xfe\x7d" },
		   { 0, 4, "$VSS" },
		   { 0, 4, "$SVS" },
		   { 0, 4, "$NSS" } },
	.probe = probe,
	.list = list,
};
