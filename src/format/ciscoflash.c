/* ciscoflash.c - the file systems of Cisco's flash, classes B and A: headers and files one behind
 * the other, each header on a boundary of four bytes, big-endian. 64 bytes (BAD00B1Eh): length,
 * sum, flags whose zeros say what holds, date, name. 128 bytes (07158805h): number, name, length,
 * place, CRC, kind, date, flags. What was deleted stands there still, and is given under "deleted".
 */
#include <stdio.h>

#include "base/cursor.h"
#include "format/parts.h"

#define MAGIC_B     0xbad00b1eu
#define MAGIC_A     0x07158805u
#define HEADER_B    64
#define HEADER_A    128
#define DELETED_B   0x0001 /* a zero says so */
#define HASDATE_B   0x0002
#define DELETED_A   0xfffeffffu
#define MOST_FILES  4096
#define LEAST_PROOF 2 /* files by which a chain proves itself */

struct file {
	uint64_t at, head, length;
	struct span name;
	int64_t date;
	bool deleted, has_date;
};

static bool read_file(struct span in, uint64_t at, struct file *f)
{
	bool b = span_u32(in, at, true) == MAGIC_B;
	uint64_t name_at = at + (b ? 16 : 8), name_size = b ? 48 : 64;

	if (!b && span_u32(in, at, true) != MAGIC_A)
		return false;
	f->at = at;
	f->head = b ? HEADER_B : HEADER_A;
	f->length = span_u32(in, at + (b ? 4 : 72), true);
	f->name = field_text(in, name_at, name_size);
	f->date = span_u32(in, at + (b ? 12 : 88), true);
	f->has_date = b ? !(span_u16(in, at + 10, true) & HASDATE_B) : f->date != 0;
	f->deleted = b ? !(span_u16(in, at + 10, true) & DELETED_B)
		       : span_u32(in, at + 100, true) == DELETED_A;
	return in.n - at >= f->head && is_padded_text(in, name_at, name_size);
}

static uint64_t next_at(const struct file *f)
{
	return (f->at + f->head + f->length + 3) & ~(uint64_t)3;
}

/* Up to the last header; reads no more than those. */
static struct fault probe(struct span in, struct found *found)
{
	uint64_t at = 0;
	uint32_t n = 0;
	struct file f;

	for (; n < MOST_FILES && at < in.n && read_file(in, at, &f); n++) {
		found->len = f.at + f.head + f.length;
		at = next_at(&f);
	}
	if (n == 0)
		return fault_at(FAULT_BROKEN, 0, "header of a file", 0, 0);
	found->len = part_bound(found->len, in);
	found->proof = n >= LEAST_PROOF ? PROOF_STRUCTURE : PROOF_PLAUSIBLE;
	snprintf(found->label, sizeof(found->label), "class %c, %u files",
		 span_u32(in, 0, true) == MAGIC_B ? 'B' : 'A', n);
	return fine;
}

/* The sum of big-endian words, each inverted, a carry added at once. */
static uint16_t sum_of_words(struct span s)
{
	uint32_t sum = 0;

	for (uint64_t at = 0; at < s.n; at += 2) {
		uint32_t low = at + 1 < s.n ? s.p[at + 1] : 0;

		sum += ~((uint32_t)s.p[at] << 8 | low) & 0xffff;
		sum = (sum & 0xffff) + (sum >> 16);
	}
	return (uint16_t)sum;
}

static struct span path_of(struct listing *l, const struct file *f)
{
	char *path;

	if (!f->deleted)
		return f->name;
	path = arena_take(l->arena, f->name.n + 9, 1);
	if (!path)
		return f->name;
	snprintf(path, f->name.n + 9, "deleted/%.*s", (int)f->name.n, (const char *)f->name.p);
	return span_text(path);
}

static void add_file(struct listing *l, const struct file *f)
{
	struct entry e = entry_new(KIND_FILE, path_of(l, f));
	uint64_t from = f->at + f->head, left = l->in.n - from;
	struct span data = span_sub(l->in, from, f->length);

	e.stored = true;
	e.size = f->length;
	e.offset = from;
	e.length = f->length < left ? f->length : left;
	e.has_mtime = f->has_date;
	e.mtime = f->date;
	if (f->length > left)
		e.fault = fault_at(FAULT_SHORT, f->at, "length", left, f->length);
	else if (f->head == HEADER_B && sum_of_words(data) != span_u16(l->in, f->at + 8, true))
		e.fault = fault_at(FAULT_BROKEN, f->at + 8, "sum", sum_of_words(data),
				   span_u16(l->in, f->at + 8, true));
	listing_fault(l, e.fault);
	listing_add(l, &e);
}

static struct fault list(struct listing *l)
{
	uint64_t at = 0;
	struct file f;

	for (uint32_t n = 0; n < MOST_FILES && at < l->in.n && read_file(l->in, at, &f); n++) {
		add_file(l, &f);
		at = next_at(&f);
	}
	return fine;
}

const struct format format_ciscoflash = {
	.name = "cisco-flash",
	.says = "file systems of Cisco's flash, classes A and B",
	.domain = DOMAIN_TELECOM,
	.spec = "spevans/ciscoflash tools/cffs.c, fileheader.h",
	.shape = SHAPE_CONTAINER,
	.magic = { { 0, 4, "\xba\xd0\x0b\x1e" }, { 0, 4, "\x07\x15\x88\x05" } },
	.probe = probe,
	.list = list,
};
