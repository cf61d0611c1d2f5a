/* motostar.c - Motorola's "single image tar" of boot loaders and radios: a mark of 256 bytes, then
 * 256 bytes a file, name and length, and the file, filled up to 4096 bytes; the mark the other way
 * round ends it. */
#include <stdio.h>

#include "base/cursor.h"
#include "format/parts.h"

#define RECORD     256
#define NAME       248
#define PAGE       4096
#define END        "LONELY_N_SINGLE"
#define MOST_FILES 256

struct file {
	struct span name;
	uint64_t at, from, length;
};

/* False at the mark of the end and where nothing of a name stands. */
static bool next_file(struct span in, uint64_t *at, struct file *f)
{
	f->at = *at;
	f->name = field_text(in, *at, NAME);
	f->from = *at + RECORD;
	f->length = span_u64(in, *at + NAME, false);
	if (f->name.n == 0 || f->from > in.n || f->length > 1ull << 40 || span_is(f->name, END))
		return false;
	*at = f->from + (f->length + PAGE - 1) / PAGE * PAGE;
	return true;
}

static struct fault probe(struct span in, struct found *found)
{
	uint64_t at = RECORD;
	uint32_t n = 0;
	struct file f = { 0 };

	while (n < MOST_FILES && next_file(in, &at, &f))
		n++;
	if (n == 0)
		return fault_at(FAULT_BROKEN, RECORD, "file", 0, 0);
	found->len = part_bound(at + RECORD, in);
	found->proof = PROOF_STRUCTURE;
	snprintf(found->label, sizeof(found->label), "%u files", n);
	return fine;
}

static struct fault list(struct listing *l)
{
	uint64_t at = RECORD;
	struct file f = { 0 };

	for (uint32_t n = 0; n < MOST_FILES && next_file(l->in, &at, &f); n++) {
		struct entry e = entry_new(KIND_FILE, f.name);
		uint64_t left = l->in.n - f.from;

		e.stored = true;
		e.size = f.length;
		e.offset = f.from;
		e.length = f.length < left ? f.length : left;
		if (f.length > left)
			e.fault = fault_at(FAULT_SHORT, f.at + NAME, "length", left, f.length);
		listing_fault(l, e.fault);
		listing_add(l, &e);
	}
	if (at + RECORD > l->in.n || !span_is(field_text(l->in, at, NAME), END))
		listing_fault(l, fault_at(FAULT_SHORT, at, "mark of the end", l->in.n, at));
	return fine;
}

const struct format format_motostar = {
	.name = "moto-star",
	.says = "Motorola's boot loaders and radios in one file",
	.domain = DOMAIN_DEVICE,
	.spec = "HemanthJabalpuri/star star.sh",
	.shape = SHAPE_CONTAINER,
	.magic = { { 0, 16, "SINGLE_N_LONELY" } },
	.probe = probe,
	.list = list,
};
