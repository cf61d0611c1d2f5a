/* vxworks.c - images of VxWorks without a header: known by the banner of its kernel, "WIND
 * version", beside the name. Where the image has a symbol table for its shell, the records stand
 * one behind the other (Wind River, symLib and symbol.h): a link, addresses of name and value,
 * in 6.x a word more, group, type and a zero byte. The address to which the image is loaded stands
 * nowhere: it is the one by which the names of sixty-four records begin where strings begin. Names
 * and addresses become a text, and the bytes before and behind the table stand beside it. */
#include <stdio.h>

#include "base/cursor.h"
#include "base/text.h"
#include "format/marks.h"
#include "format/parts.h"

#define KERNEL       "WIND version "
#define NAME         "VxWorks"
#define LEAST_RUN    100
#define TRIED        64 /* names that must fit */
#define MOST_HITS    64
#define LONGEST_NAME 512
#define NAME_AT      4
#define VALUE_AT     8

struct layout {
	uint8_t record, type_at;
	const char *release;
	const char *types; /* type and letter as nm has it, one after the other */
};

static const struct layout layouts[] = {
	{ 16, 14, "5",
	  "\x03"
	  "A\x04t\x05T\x06"
	  "d\x07"
	  "D\x08"
	  "b\x09"
	  "B\x12"
	  "c\x13"
	  "C\x40s\x41S\x80s\x81S" },
	{ 20, 18, "6",
	  "\x03"
	  "A\x04t\x05T\x08"
	  "d\x09"
	  "D\x10"
	  "b\x11"
	  "B\x20"
	  "c\x21"
	  "C\x40s\x41S" },
};

struct symbols {
	const struct layout *layout;
	uint64_t at, count;
	bool big;
	uint32_t load; /* where the image's first byte is loaded */
};

static bool is_digit(int c)
{
	return c >= '0' && c <= '9';
}

/* Digits and points. */
static struct span number_at(struct span in, uint64_t at)
{
	struct span rest = span_head(span_from(in, at), 16);
	size_t n = 0;

	while (n < rest.n && (is_digit(rest.p[n]) || rest.p[n] == '.'))
		n++;
	return n && is_digit(rest.p[0]) ? span_head(rest, n) : (struct span){ 0 };
}

/* The number behind one of the first places where `before` stands. */
static struct span version_behind(struct span in, const char *before)
{
	struct span version = { 0 };
	size_t hit = span_find(in, 0, span_text(before));

	for (int i = 0; i < MOST_HITS && hit != SIZE_MAX && version.n == 0; i++) {
		uint64_t at = hit + strlen(before);

		version = number_at(in, at + (span_byte(in, at) == ' '));
		hit = span_find(in, hit + 1, span_text(before));
	}
	return version;
}

/* Some shells say which other release they can behave like: a banner has nothing behind it. */
static struct fault probe(struct span in, struct found *f)
{
	struct span kernel = version_behind(in, KERNEL), version = version_behind(in, NAME);

	if (looks_like_text(span_head(in, 4096)) || kernel.n == 0 ||
	    span_find(in, 0, span_text(NAME)) == SIZE_MAX)
		return fault_at(FAULT_UNKNOWN, 0, "banner of a kernel", 0, 0);
	f->len = in.n;
	f->proof = PROOF_STRUCTURE;
	label_add(f->label, version.n ? "VxWorks " : "VxWorks", version);
	label_add(f->label, ", WIND ", kernel);
	return fine;
}

static char letter_of(const struct layout *y, int type)
{
	for (const char *p = y->types; *p; p += 2)
		if ((uint8_t)*p == type)
			return p[1];
	return 0;
}

static bool is_record(struct span in, uint64_t at, const struct layout *y)
{
	struct span r = span_sub(in, at, y->record);

	return r.n && r.p[y->type_at + 1] == 0 && span_u16(r, y->type_at - 2, true) == 0 &&
	       span_u32(r, NAME_AT, true) != 0 && letter_of(y, r.p[y->type_at]);
}

/* The longest run of records, on any word. */
static void find_run(struct span in, const struct layout *y, struct symbols *s)
{
	for (uint64_t phase = 0; phase < y->record; phase += 4) {
		uint64_t run = 0;

		for (uint64_t at = phase; at < in.n; at += y->record) {
			run = is_record(in, at, y) ? run + 1 : 0;
			if (run > s->count)
				*s = (struct symbols){ y, at + y->record - run * y->record, run,
						       false, 0 };
		}
	}
}

static uint32_t field(struct span in, const struct symbols *s, uint64_t i, uint64_t at)
{
	return span_u32(in, s->at + i * s->layout->record + at, s->big);
}

/* Names stand in the image: their addresses span no more than that. In the wrong byte order they
 * lie anywhere. */
static bool names_are_near(struct span in, const struct symbols *s)
{
	uint32_t least = UINT32_MAX, most = 0;

	for (uint64_t i = 0; i < s->count; i++) {
		uint32_t name = field(in, s, i, NAME_AT);

		least = name < least ? name : least;
		most = name > most ? name : most;
	}
	return most - least < in.n;
}

static bool begins_string(struct span in, uint64_t at)
{
	int c = span_byte(in, at);

	return span_byte(in, at - 1) == 0 && c > ' ' && c < 0x7f;
}

/* Whether the names of so many records begin where strings do, if the first one's is at `at`. */
static bool names_fit(struct span in, const struct symbols *s, uint64_t at)
{
	uint32_t first = field(in, s, 0, NAME_AT);

	for (uint64_t i = 1; i < TRIED; i++) {
		uint32_t name = field(in, s, i * s->count / TRIED, NAME_AT);
		uint64_t place = at + name - first;

		if (place == 0 || place >= in.n || !begins_string(in, place))
			return false;
	}
	return true;
}

static bool find_load(struct span in, struct symbols *s)
{
	for (uint64_t at = 1; at < in.n; at++)
		if (begins_string(in, at) && names_fit(in, s, at)) {
			s->load = field(in, s, 0, NAME_AT) - (uint32_t)at;
			return true;
		}
	return false;
}

static bool find_symbols(struct span in, struct symbols *s)
{
	*s = (struct symbols){ .count = LEAST_RUN - 1 };
	for (size_t i = 0; i < sizeof(layouts) / sizeof(layouts[0]); i++)
		find_run(in, &layouts[i], s);
	for (int big = 0; s->layout && big < 2; big++) {
		s->big = big;
		if (names_are_near(in, s) && find_load(in, s))
			return true;
	}
	return false;
}

static void add_bytes(struct listing *l, const char *name, uint64_t from, uint64_t length)
{
	struct entry e = entry_new(KIND_FILE, span_text(name));

	e.stored = true;
	e.offset = from;
	e.length = e.size = length;
	if (length)
		listing_add(l, &e);
}

static void list_symbols(struct listing *l, const struct symbols *s)
{
	struct entry e = entry_new(KIND_FILE, span_text("symbols"));
	uint64_t end = s->at + s->count * s->layout->record;

	e.key[0] = (uint64_t)(s->layout - layouts);
	e.key[1] = s->at;
	e.key[2] = s->count;
	e.key[3] = (uint64_t)s->big << 32 | s->load;
	listing_add(l, &e);
	add_bytes(l, "image", 0, s->at);
	add_bytes(l, "image behind the symbols", end, l->in.n - end);
}

static struct fault list(struct listing *l)
{
	struct found f = { 0 };
	struct symbols s;

	probe(l->in, &f);
	if (find_symbols(l->in, &s)) {
		snprintf(l->label, sizeof(l->label), "%.28s, %llu symbols, at 0x%08x", f.label,
			 (unsigned long long)s.count, s.load);
		list_symbols(l, &s);
		return fine;
	}
	l->kind = LISTING_REGIONS;
	listing_owned(l, 0, l->in.n, (struct span){ 0 });
	return fine;
}

static struct span name_of(struct span in, const struct symbols *s, uint64_t i)
{
	uint64_t at = (uint32_t)(field(in, s, i, NAME_AT) - s->load);
	struct span rest = span_head(span_from(in, at), LONGEST_NAME);

	return rest.n ? span_head(rest, strnlen((const char *)rest.p, rest.n)) : rest;
}

/* A line a symbol, as nm writes it. All names together are no longer than the image, unless they
 * share their bytes. */
static struct fault load(const struct listing *l, const struct entry *e, struct sink *out)
{
	const struct symbols s = { &layouts[e->key[0]], e->key[1], e->key[2], e->key[3] >> 32,
				   (uint32_t)e->key[3] };
	uint64_t left = l->in.n;

	for (uint64_t i = 0; i < s.count; i++) {
		struct span name = name_of(l->in, &s, i);
		int type = span_byte(l->in, s.at + i * s.layout->record + s.layout->type_at);
		char head[16];
		int n = snprintf(head, sizeof(head), "%08x %c ", field(l->in, &s, i, VALUE_AT),
				 letter_of(s.layout, type));

		if (!budget_take(&left, name.n))
			return fault_at(FAULT_LIMIT, s.at, "names", l->in.n, l->in.n);
		if (!sink_put(out, (struct span){ (uint8_t *)head, (size_t)n }) ||
		    !sink_put(out, name) || !sink_put(out, span_text("\n")))
			return out->fault;
	}
	return fine;
}

const struct format format_vxworks = {
	.name = "vxworks",
	.says = "VxWorks image, with its symbol table",
	.domain = DOMAIN_TELECOM,
	.spec = "Wind River, VxWorks symbol.h; PAGalaxyLab/vxhunter firmware_tools",
	.shape = SHAPE_CONTAINER,
	.magic = { { MAGIC_ANYWHERE, 13, KERNEL } },
	.probe = probe,
	.list = list,
	.load = load,
};
