/* wince.c - images of Windows CE: mark, start and length of the memory they fill, then records of
 * address, length, sum of bytes and bytes. An address of zero ends them, with the entry point in
 * place of a length. As in hexfile.c, memory that belongs together becomes one file named by its
 * address; here sections begin at pages of 4 KiB, so that a gap up to that size is filled (with
 * zeros) and a larger one, or an address further back, begins the next file. */
#include <stdio.h>

#include "base/cursor.h"
#include "format/parts.h"
#include "format/sums.h"

#define HEADER 15
#define RECORD 12
#define PAGE   4096
#define PROBED 4096 /* bytes of the first record that the probe adds up */

struct record {
	uint64_t address, length, data;
	uint32_t sum;
	bool is_there, is_last;
};

/* The record at pos; not there where it leaves the image's memory or the file. */
static struct record read_record(struct span in, uint64_t pos)
{
	uint64_t start = span_u32(in, 7, false), size = span_u32(in, 11, false);
	struct record r = { .address = span_u32(in, pos, false),
			    .length = span_u32(in, pos + 4, false),
			    .sum = span_u32(in, pos + 8, false),
			    .data = pos + RECORD };

	if (pos > in.n || in.n - pos < RECORD)
		return r;
	r.is_last = r.address == 0;
	r.is_there = r.is_last || (r.length > 0 && r.address >= start && r.length <= size &&
				   r.address - start <= size - r.length);
	return r;
}

/* After the first record nothing refuses: then many marks cost no more than one. */
static struct fault probe(struct span in, struct found *f)
{
	struct record r = read_record(in, HEADER), first = r;
	uint64_t pos = HEADER;

	if (!r.is_there || r.is_last)
		return fault_at(FAULT_BROKEN, HEADER, "record", r.address, r.length);
	for (; r.is_there && !r.is_last && r.data < in.n; r = read_record(in, pos))
		pos = part_bound(r.data + r.length, in);
	f->len = r.is_there && r.is_last ? pos + RECORD : pos;
	f->proof = PROOF_STRUCTURE;
	if (first.length <= PROBED && first.length <= in.n - first.data &&
	    sum_of_bytes(span_sub(in, first.data, first.length)) == first.sum)
		f->proof = PROOF_CHECKSUM;
	snprintf(f->label, sizeof(f->label), "at 0x%08x, %u bytes", span_u32(in, 7, false),
		 span_u32(in, 11, false));
	return fine;
}

/* One stretch of memory and where its records stand. */
struct stretch {
	uint64_t pos, address, end;
};

static bool add_stretch(struct listing *l, const struct stretch *s, uint64_t until)
{
	struct span name = address_name(l->arena, s->address);
	struct entry e;

	if (s->end == s->address)
		return true;
	if (!name.n)
		return false;
	e = entry_new(KIND_FILE, name);
	e.size = s->end - s->address;
	e.order = e.key[0] = s->pos;
	e.key[1] = until;
	return listing_add(l, &e) != NO_ENTRY;
}

static struct fault list(struct listing *l)
{
	struct stretch s = { 0 };
	uint64_t pos = HEADER;
	struct record r = read_record(l->in, pos);

	for (; r.is_there && !r.is_last; r = read_record(l->in, pos)) {
		struct span data = span_head(span_from(l->in, r.data), r.length);

		if (s.pos == 0 || r.address < s.end || r.address - s.end >= PAGE) {
			if (!add_stretch(l, &s, pos))
				return fine;
			s = (struct stretch){ pos, r.address, 0 };
		}
		s.end = r.address + data.n;
		if (data.n < r.length)
			listing_fault(l,
				      fault_at(FAULT_SHORT, pos + 4, "record", data.n, r.length));
		part_sum(l, pos + 8, "sum of a record", sum_of_bytes(data), r.sum);
		pos = r.data + data.n;
	}
	add_stretch(l, &s, pos);
	if (!r.is_last)
		listing_fault(l, fault_at(FAULT_SHORT, pos, "last record", l->in.n, pos + RECORD));
	return fine;
}

static struct fault load(const struct listing *l, const struct entry *e, struct sink *out)
{
	uint64_t pos = e->key[0], end = 0;

	while (pos < e->key[1]) {
		struct record r = read_record(l->in, pos);
		struct span data = span_head(span_from(l->in, r.data), r.length);

		if ((end && !sink_zero(out, r.address - end)) || !sink_put(out, data))
			return out->fault;
		end = r.address + data.n;
		pos = r.data + data.n;
	}
	return fine;
}

const struct format format_wince = {
	.name = "wince-b000ff",
	.says = "Windows CE image in records (B000FF)",
	.domain = DOMAIN_DEVICE,
	.spec = "Microsoft: Windows CE, binary image data format; binwalk structures/wince.rs",
	.shape = SHAPE_CONTAINER,
	.magic = { { 0, 7, "B000FF\n" } },
	.probe = probe,
	.list = list,
	.load = load,
};
