/* dfu.c - files for firmware upgrades over USB. They end with 16 bytes: device, product, vendor,
 * version, "UFD", their length, and a CRC of the whole file that only its reader can count. ST's
 * "DfuSe" begins a file with targets, each of elements with address and length. */
#include <stdio.h>

#include "base/cursor.h"
#include "format/parts.h"

#define SUFFIX 16

static struct fault probe_suffix(struct span in, struct found *f)
{
	uint16_t version = span_u16(in, 6, false);

	if (in.n != SUFFIX)
		return fault_at(FAULT_BROKEN, 0, "place of the suffix", in.n, SUFFIX);
	if (version != 0x0100 && version != 0x0110 && version != 0x011a)
		return fault_at(FAULT_UNKNOWN, 6, "version", version, 0x011a);
	f->len = SUFFIX;
	f->proof = PROOF_STRUCTURE;
	snprintf(f->label, sizeof(f->label), "for %04x:%04x, device %04x", span_u16(in, 4, false),
		 span_u16(in, 2, false), span_u16(in, 0, false));
	return fine;
}

const struct format format_dfusuffix = {
	.name = "dfu-suffix",
	.says = "end of a file for upgrades over USB",
	.domain = DOMAIN_DEVICE,
	.spec = "USB Device Firmware Upgrade 1.1, appendix B",
	.shape = SHAPE_LEAF,
	.magic = { { 8, 4, "UFD\x10" } },
	.probe = probe_suffix,
};

#define PREFIX        11
#define TARGET        274
#define TARGET_SIZE   266
#define ELEMENT       8
#define MOST_ELEMENTS 1024

/* The next element from *at on: goes over the head of a target. False behind the last. */
struct walk {
	struct span in;
	uint64_t at, end;
	uint32_t targets, elements; /* that still come */
};

static bool next_element(struct walk *w)
{
	while (w->elements == 0) {
		uint64_t at = w->at;

		if (w->targets == 0 || w->end - at < TARGET ||
		    !span_starts(span_from(w->in, at), span_text("Target")))
			return false;
		w->targets--;
		w->elements = span_u32(w->in, at + TARGET_SIZE + 4, false);
		w->at += TARGET;
	}
	w->elements--;
	return w->end - w->at >= ELEMENT;
}

static struct fault probe(struct span in, struct found *f)
{
	uint32_t length = span_u32(in, 6, false);
	int targets = span_byte(in, 10);

	if (in.n < PREFIX + TARGET || targets < 1 || length < PREFIX + TARGET + ELEMENT ||
	    !span_starts(span_from(in, PREFIX), span_text("Target")))
		return fault_at(FAULT_BROKEN, 6, "length", length, PREFIX + TARGET);
	f->len = part_bound(length, in);
	f->proof = PROOF_STRUCTURE;
	if (span_u32(in, PREFIX + 7, false))
		label_add(f->label, "", field_text(in, PREFIX + 11, 255));
	return fine;
}

static struct fault list(struct listing *l)
{
	uint64_t length = span_u32(l->in, 6, false);
	struct walk w = { .in = l->in,
			  .at = PREFIX,
			  .end = part_bound(length, l->in),
			  .targets = (uint32_t)span_byte(l->in, 10) };

	l->kind = LISTING_REGIONS;
	for (int i = 0; i < MOST_ELEMENTS && next_element(&w); i++) {
		uint32_t n = span_u32(l->in, w.at + 4, false);
		char *name = arena_take(l->arena, 11, 1);

		if (!name)
			return fault_at(FAULT_MEMORY, w.at, "name", 0, 0);
		snprintf(name, 11, "0x%08x", span_u32(l->in, w.at, false));
		if (i > 0)
			part_owned(l, w.at, ELEMENT, "element");
		part_list(l, w.at + 4, w.at + ELEMENT, n, name);
		if (n > w.end - w.at - ELEMENT)
			return fine;
		w.at += ELEMENT + (uint64_t)n;
	}
	if (length > l->in.n)
		listing_fault(l, fault_at(FAULT_SHORT, 6, "length", l->in.n, length));
	return fine;
}

const struct format format_dfuse = {
	.name = "dfuse",
	.says = "ST file for upgrades over USB",
	.domain = DOMAIN_DEVICE,
	.spec = "STMicroelectronics UM0391",
	.shape = SHAPE_CONTAINER,
	.magic = { { 0, 6, "DfuSe\x01" } },
	.probe = probe,
	.list = list,
};
