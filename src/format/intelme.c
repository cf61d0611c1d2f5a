/* intelme.c - firmware of Intel's management engine: a table of partitions, and in newer ones
 * directories of modules, which begin with a signed manifest. Modules are packed with Huffman
 * tables that lie in the chip, or with LZMA; they are named and measured. Sources:
 * LongSoft/UEFITool common/me.h and common/ffs.h; coreboot util/me_cleaner. */
#include <stdio.h>
#include <stdlib.h>

#include "base/cursor.h"
#include "format/parts.h"
#include "format/sums.h"

#define BYPASS       16 /* code before the table, in most */
#define ENTRY        32
#define MOST_ENTRIES 64
#define HEADER       32
#define SUMMED       0x20 /* newest version whose header has a sum of bytes */
#define INVALID      0xff

struct part {
	uint64_t from, length;
	struct span name;
};

struct table {
	uint64_t mark, header, count, end;
};

/* By place; of two that begin together the shorter first: the longer holds it. */
static int by_place(const void *a, const void *b)
{
	const struct part *x = a, *y = b;

	if (x->from != y->from)
		return x->from < y->from ? -1 : 1;
	return (x->length > y->length) - (x->length < y->length);
}

/* Those who count the code before the table to the header sum it, too. */
static bool adds_up(struct span in, uint64_t mark, uint8_t length)
{
	uint64_t from = length > HEADER ? 0 : mark;

	return (sum_of_bytes(span_sub(in, from, mark + HEADER - from)) & 0xff) == 0;
}

static struct fault read_table(struct span in, struct table *t)
{
	uint8_t length;

	t->mark = span_u32(in, BYPASS, true) == 0x24465054 ? BYPASS : 0;
	t->count = span_u32(in, t->mark + 4, false);
	t->header = HEADER;
	if (in.n < t->mark + HEADER)
		return fault_at(FAULT_SHORT, 0, "header", in.n, HEADER);
	length = in.p[t->mark + 10];
	if (t->count == 0 || t->count > MOST_ENTRIES)
		return fault_at(FAULT_BROKEN, t->mark + 4, "partitions", t->count, MOST_ENTRIES);
	if (length != HEADER && length != HEADER + BYPASS)
		return fault_at(FAULT_BROKEN, t->mark + 10, "header", length, HEADER);
	if (in.p[t->mark + 8] <= SUMMED && !adds_up(in, t->mark, length))
		return fault_at(FAULT_BROKEN, t->mark + 11, "checksum of the header",
				in.p[t->mark + 11], 0);
	return fine;
}

/* One partition; false for a slot that is not used. */
static bool read_part(struct span in, const struct table *t, uint64_t i, struct part *p)
{
	uint64_t at = t->mark + t->header + i * ENTRY;
	uint64_t head = t->mark + t->header + t->count * ENTRY;

	*p = (struct part){ span_u32(in, at + 8, false), span_u32(in, at + 12, false),
			    field_text(in, at, 4) };
	return p->name.n && p->length && p->from >= head && p->from != UINT32_MAX &&
	       p->length != UINT32_MAX && span_byte(in, at + 31) != INVALID;
}

static struct fault probe(struct span in, struct found *f)
{
	struct table t = { 0 };
	struct fault bad = read_table(in, &t);
	struct part p;
	unsigned used = 0;

	if (bad.kind)
		return bad;
	for (uint64_t i = 0; i < t.count; i++) {
		if (!read_part(in, &t, i, &p))
			continue;
		used++;
		if (p.from + p.length > t.end)
			t.end = p.from + p.length;
	}
	if (used == 0)
		return fault_at(FAULT_BROKEN, t.mark + t.header, "partitions", 0, t.count);
	f->len = part_bound(t.end, in);
	f->proof = PROOF_STRUCTURE;
	snprintf(f->label, sizeof(f->label), "%u partitions", used);
	return fine;
}

/* The manifest of the first partition that has one tells the version of all. */
static void label_version(struct listing *l, uint64_t from)
{
	struct span rest = span_from(l->in, from);
	size_t at = span_find(rest, 0, span_text("$MN2"));

	if (at == SIZE_MAX)
		at = span_find(rest, 0, span_text("$MAN"));
	if (at != SIZE_MAX)
		snprintf(l->label, sizeof(l->label), "version %u.%u.%u.%u",
			 span_u16(rest, at + 8, false), span_u16(rest, at + 10, false),
			 span_u16(rest, at + 12, false), span_u16(rest, at + 14, false));
}

static void list_in_order(struct listing *l, uint64_t field, struct part *parts, size_t count)
{
	uint64_t pos = 0;

	qsort(parts, count, sizeof(*parts), by_place);
	for (size_t i = 0; i < count; i++) {
		if (parts[i].from < pos || parts[i].from >= l->in.n)
			continue;
		part_list_named(l, field, parts[i].from, parts[i].length, parts[i].name);
		pos = parts[i].from + parts[i].length;
	}
}

static struct fault list(struct listing *l)
{
	struct part parts[MOST_ENTRIES];
	struct table t = { 0 };
	struct fault bad = read_table(l->in, &t);
	size_t n = 0;

	if (bad.kind)
		return bad;
	l->kind = LISTING_REGIONS;
	for (uint64_t i = 0; i < t.count; i++)
		n += read_part(l->in, &t, i, &parts[n]);
	label_version(l, t.mark + t.header + t.count * ENTRY);
	list_in_order(l, t.mark, parts, n);
	return fine;
}

const struct format format_intelme = {
	.name = "intel-me",
	.says = "firmware of Intel's management engine",
	.domain = DOMAIN_IT,
	.spec = "LongSoft/UEFITool common/me.h",
	.shape = SHAPE_CONTAINER,
	.magic = { { 16, 4, "$FPT" }, { 0, 4, "$FPT" } },
	.probe = probe,
	.list = list,
};

#define CPD_ENTRY    24
#define CPD_OLD      16
#define CPD_NEW      20
#define MOST_MODULES 256
#define OFFSET_BITS  0x01ffffff

static struct fault read_directory(struct span in, struct table *t)
{
	t->count = span_u32(in, 4, false);
	t->header = span_byte(in, 10) < 0 ? 0 : in.p[10];
	if (in.n < CPD_NEW + CPD_ENTRY)
		return fault_at(FAULT_SHORT, 0, "header", in.n, CPD_NEW + CPD_ENTRY);
	if (t->count == 0 || t->count > MOST_MODULES)
		return fault_at(FAULT_BROKEN, 4, "modules", t->count, MOST_MODULES);
	if (t->header != CPD_OLD && t->header != CPD_NEW)
		return fault_at(FAULT_BROKEN, 10, "header", t->header, CPD_NEW);
	return fine;
}

/* Lengths are those of plain bytes: a packed module ends where the next one begins. */
static bool read_module(struct span in, const struct table *t, uint64_t i, struct part *p)
{
	uint64_t at = t->header + i * CPD_ENTRY, head = t->header + t->count * CPD_ENTRY;
	uint32_t place = span_u32(in, at + 12, false);

	*p = (struct part){ place & OFFSET_BITS, span_u32(in, at + 16, false),
			    field_text(in, at, 12) };
	return p->length > 0 && p->from >= head && is_padded_text(in, at, 12);
}

static struct fault probe_directory(struct span in, struct found *f)
{
	struct table t = { 0 };
	struct fault bad = read_directory(in, &t);
	struct part p;

	if (bad.kind)
		return bad;
	for (uint64_t i = 0; i < t.count; i++) {
		if (!is_padded_text(in, t.header + i * CPD_ENTRY, 12))
			return fault_at(FAULT_BROKEN, t.header + i * CPD_ENTRY, "name", i, t.count);
		if (read_module(in, &t, i, &p) && p.from + p.length > t.end)
			t.end = p.from + p.length;
	}
	if (t.end == 0)
		return fault_at(FAULT_BROKEN, t.header, "modules", 0, t.count);
	f->len = part_bound(t.end, in);
	f->proof = PROOF_STRUCTURE;
	label_add(f->label, "", field_text(in, 12, 4));
	return fine;
}

static struct fault list_directory(struct listing *l)
{
	struct part parts[MOST_MODULES];
	struct table t = { 0 };
	struct fault bad = read_directory(l->in, &t);
	size_t n = 0;

	if (bad.kind)
		return bad;
	l->kind = LISTING_REGIONS;
	for (uint64_t i = 0; i < t.count; i++)
		n += read_module(l->in, &t, i, &parts[n]);
	qsort(parts, n, sizeof(*parts), by_place);
	for (size_t i = 0; i + 1 < n; i++)
		if (parts[i + 1].from - parts[i].from < parts[i].length)
			parts[i].length = parts[i + 1].from - parts[i].from;
	list_in_order(l, 4, parts, n);
	return fine;
}

const struct format format_intelcpd = {
	.name = "intel-cpd",
	.says = "directory of modules of Intel's management engine",
	.domain = DOMAIN_IT,
	.spec = "LongSoft/UEFITool common/ffs.h",
	.shape = SHAPE_CONTAINER,
	.magic = { { 0, 4, "$CPD" } },
	.probe = probe_directory,
	.list = list_directory,
};
