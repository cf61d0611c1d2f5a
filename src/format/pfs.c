/* pfs.c - PFS/0.9, the files of web servers (DrayTek, Conexant): count, then name, a number, offset
 * and length a file; offsets count from the end of the table. Names take 32 or 40 bytes, with "\"
 * for directories; numbers are little-endian, on some devices big-endian. DrayTek packs files and
 * gives the same table to its modules (DLM/1.0), which are encrypted with XTEA. */
#include <stdio.h>

#include "base/cursor.h"
#include "codec/codec.h"
#include "format/draytek.h"
#include "format/parts.h"

#define HEADER     16
#define COUNT      14
#define NUMBERS    12 /* behind a name */
#define MOST_FILES 4096
#define LZO_END    "\x11\x00\x00"

struct layout {
	uint32_t name; /* bytes of a name */
	bool big;
};

static const struct layout layouts[] = { { 32, false }, { 40, false }, { 32, true }, { 40, true } };

struct table {
	const struct layout *layout;
	uint32_t count;
	uint64_t data, end; /* where contents begin, where the last ends */
};

static struct span record(struct span in, const struct table *t, uint64_t i)
{
	uint64_t size = t->layout->name + NUMBERS;

	return span_sub(in, HEADER + i * size, size);
}

static uint64_t offset_of(struct span r, const struct layout *o)
{
	return span_u32(r, o->name + 4, o->big);
}

static uint64_t length_of(struct span r, const struct layout *o)
{
	return span_u32(r, o->name + 8, o->big);
}

/* Text without control characters, then zeros. */
static bool is_name(struct span r, uint32_t size)
{
	struct span name = field_text(r, 0, size);

	for (size_t i = 0; i < name.n; i++)
		if (name.p[i] < 0x20 || name.p[i] == 0x7f)
			return false;
	return name.n > 0 && is_filled(r, name.n, size - name.n, 0);
}

/* Files stand in the order of the table, so that no two share their bytes. */
static bool read_table(struct span in, const struct layout *o, struct table *t)
{
	uint64_t end = 0;

	*t = (struct table){ .layout = o, .count = span_u16(in, COUNT, o->big) };
	t->data = HEADER + (uint64_t)t->count * (o->name + NUMBERS);
	if (t->count == 0 || t->count > MOST_FILES || t->data > in.n)
		return false;
	for (uint64_t i = 0; i < t->count; i++) {
		struct span r = record(in, t, i);

		if (!is_name(r, o->name) || offset_of(r, o) < end)
			return false;
		end = offset_of(r, o) + length_of(r, o);
	}
	t->end = t->data + end;
	return true;
}

static bool find_table(struct span in, struct table *t)
{
	for (size_t i = 0; i < sizeof(layouts) / sizeof(layouts[0]); i++)
		if (read_table(in, &layouts[i], t))
			return true;
	return false;
}

static bool holds_modules(struct span in)
{
	return span_byte(in, 0) == 'D';
}

static struct fault probe(struct span in, struct found *f)
{
	struct table t;

	if (!find_table(in, &t))
		return fault_at(FAULT_BROKEN, COUNT, "table of files", span_u16(in, COUNT, false),
				MOST_FILES);
	f->len = part_bound(t.end, in);
	f->proof = PROOF_STRUCTURE;
	snprintf(f->label, sizeof(f->label), "%u files%s", t.count,
		 holds_modules(in) ? ", XTEA" : "");
	return fine;
}

/* DOS separates directories by "\". */
static struct span with_slashes(struct arena *a, struct span name)
{
	uint8_t *p = arena_take(a, name.n, 1);

	for (size_t i = 0; p && i < name.n; i++)
		p[i] = name.p[i] == '\\' ? '/' : name.p[i];
	return (struct span){ p, p ? name.n : 0 };
}

/* LZO has no head, but an end mark; pictures and texts stand as they are. */
static bool is_packed(struct span content)
{
	return draytek_is_lz4(content) ||
	       span_ends(content, (struct span){ (const uint8_t *)LZO_END, 3 });
}

static void add_file(struct listing *l, const struct table *t, uint64_t i)
{
	struct span r = record(l->in, t, i), content;
	struct entry e =
		entry_new(KIND_FILE, with_slashes(l->arena, field_text(r, 0, t->layout->name)));
	uint64_t length = length_of(r, t->layout), left;

	e.offset = t->data + offset_of(r, t->layout);
	left = e.offset < l->in.n ? l->in.n - e.offset : 0;
	e.size = e.length = length < left ? length : left;
	content = span_sub(l->in, e.offset, e.length);
	if (length > left) {
		e.fault = fault_at(FAULT_SHORT, e.offset, "length", left, length);
		listing_fault(l, e.fault);
		e.offset = left ? e.offset : 0;
	}
	e.encrypted = holds_modules(l->in);
	e.stored = !is_packed(content);
	e.key[0] = e.offset;
	e.key[1] = e.length;
	listing_add(l, &e);
}

static struct fault list(struct listing *l)
{
	struct table t;

	if (!find_table(l->in, &t))
		return fault_at(FAULT_BROKEN, COUNT, "table of files", 0, 0);
	listing_expect(l, t.count);
	for (uint64_t i = 0; i < t.count; i++)
		add_file(l, &t, i);
	return fine;
}

/* What only looked like LZO is given as it is. */
static struct fault load(const struct listing *l, const struct entry *e, struct sink *out)
{
	struct span content = span_sub(l->in, e->key[0], e->key[1]);
	struct fault bad = draytek_unpack(content, out);

	if (bad.kind == FAULT_NONE || bad.kind == FAULT_LIMIT || bad.kind == FAULT_MEMORY)
		return bad;
	if (draytek_is_lz4(content)) {
		bad.at += e->key[0];
		return bad;
	}
	sink_reset(out, out->limit);
	return sink_put(out, content) ? fine : out->fault;
}

const struct format format_pfs = {
	.name = "pfs",
	.says = "files of web servers, PFS/0.9 (DrayTek)",
	.domain = DOMAIN_BROADBAND,
	.spec = "armijnhemel/binaryanalysis-ng filesystem/pfs; infobyte/draytek-arsenal fs.py",
	.shape = SHAPE_CONTAINER,
	.magic = { { 0, 14, "PFS/0.9\x00\x00\x00\x00\x00\x00\x00" }, { 0, 8, "DLM/1.0\x00" } },
	.probe = probe,
	.list = list,
	.load = load,
};
