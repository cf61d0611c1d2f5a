/* optionrom.c - firmware that a card brings along: images of 55 AA, each with a structure "PCIR"
 * that names the card, the kind of code and the length in blocks of 512 bytes. One for EFI holds a
 * driver, which may be compressed. Sources: PCI firmware specification 3.2, section 5; UEFI
 * specification 2.10, section 14.4.2. */
#include <stdio.h>

#include "base/cursor.h"
#include "format/sums.h"
#include "format/uefi.h"

#define BLOCK           512
#define POINTER         0x18 /* where the structure stands */
#define CODE            3    /* behind the mark and the number of blocks */
#define STRUCTURE       24
#define MOST_STRUCTURE  256
#define NEWEST_REVISION 3
#define MOST_IMAGES     32
#define KIND_X86        0
#define KIND_EFI        3
#define EFI_MARK        0x0ef1
#define LAST            0x80

static const char *const kinds[] = { "x86", "open-firmware", "pa-risc", "efi" };

struct image {
	uint64_t at, length;
	uint16_t vendor, device;
	uint8_t kind;
	bool is_last;
};

static bool read_image(struct span in, uint64_t at, struct image *m)
{
	struct span head = span_from(in, at);
	uint64_t pcir = span_u16(head, POINTER, false);
	uint16_t own = span_u16(head, pcir + 10, false);

	if (span_u16(head, 0, true) != 0x55aa || pcir < POINTER + 2 ||
	    span_sub(head, pcir, STRUCTURE).n == 0 || span_u32(head, pcir, true) != 0x50434952)
		return false;
	*m = (struct image){ .at = at,
			     .length = (uint64_t)span_u16(head, pcir + 16, false) * BLOCK,
			     .vendor = span_u16(head, pcir + 4, false),
			     .device = span_u16(head, pcir + 6, false),
			     .kind = head.p[pcir + 20],
			     .is_last = head.p[pcir + 21] & LAST };
	return m->length >= pcir + STRUCTURE && m->kind < sizeof(kinds) / sizeof(kinds[0]) &&
	       own >= STRUCTURE && own <= MOST_STRUCTURE && head.p[pcir + 12] <= NEWEST_REVISION;
}

static struct fault probe(struct span in, struct found *f)
{
	struct image m, next;
	int used;

	if (!read_image(in, 0, &m))
		return fault_at(FAULT_BROKEN, POINTER, "PCIR", span_u16(in, POINTER, false), in.n);
	used = snprintf(f->label, sizeof(f->label), "%04x:%04x %s", m.vendor, m.device,
			kinds[m.kind]);
	for (int i = 1; i < MOST_IMAGES && !m.is_last && read_image(in, m.at + m.length, &next);
	     i++) {
		m = next;
		if (used > 0 && used < 48)
			used += snprintf(f->label + used, sizeof(f->label) - (size_t)used, " %s",
					 kinds[m.kind]);
	}
	f->len = part_bound(m.at + m.length, in);
	f->proof = PROOF_STRUCTURE;
	return fine;
}

/* The driver in an image for EFI, where its header says. */
static void add_driver(struct listing *l, const struct image *m, uint64_t there)
{
	uint64_t offset = span_u16(l->in, m->at + 0x16, false);
	uint64_t used = (uint64_t)span_u16(l->in, m->at + 2, false) * BLOCK;
	struct entry e = entry_new(KIND_FILE, span_text("efi"));

	if (used <= offset || used > there)
		used = there;
	if (offset >= used) {
		listing_fault(l, fault_at(FAULT_BROKEN, m->at + 0x16, "offset of the driver",
					  offset, used));
		return;
	}
	e.offset = e.order = m->at + offset;
	e.length = e.size = used - offset;
	e.key[0] = span_u16(l->in, m->at + 12, false) == 1 ? PACKED_TIANO : PACKED_NOT;
	e.stored = e.key[0] == PACKED_NOT;
	if (!e.stored)
		e.size = span_u32(l->in, e.offset + 4, false);
	listing_add(l, &e);
}

/* The part of x86 code that is in memory when it starts. */
static bool adds_up(struct span in, uint64_t at)
{
	int blocks = span_byte(in, at + 2);

	return (sum_of_bytes(span_sub(in, at, (uint64_t)(blocks < 0 ? 0 : blocks) * BLOCK)) &
		0xff) == 0;
}

static void add_image(struct listing *l, const struct image *m)
{
	uint64_t there = part_bound(m->length, span_from(l->in, m->at));
	struct entry e = entry_new(KIND_FILE, span_text(kinds[m->kind]));

	if (there < m->length)
		listing_fault(l,
			      fault_at(FAULT_SHORT, m->at, "length of an image", there, m->length));
	if (m->kind == KIND_EFI && span_u32(l->in, m->at + 4, false) == EFI_MARK) {
		add_driver(l, m, there);
		return;
	}
	e.stored = true;
	e.offset = e.order = m->at + CODE;
	e.length = e.size = there - CODE;
	if (m->kind == KIND_X86 && there == m->length && !adds_up(l->in, m->at))
		e.fault = fault_at(FAULT_BROKEN, m->at + 2, "checksum of the image", 1, 0);
	listing_add(l, &e);
}

static struct fault list(struct listing *l)
{
	struct image m = { 0 };

	for (int i = 0; i < MOST_IMAGES && !m.is_last && read_image(l->in, m.at + m.length, &m);
	     i++)
		add_image(l, &m);
	return fine;
}

const struct format format_optionrom = {
	.name = "option-rom",
	.says = "PCI option ROM",
	.domain = DOMAIN_IT,
	.spec = "PCI firmware specification 3.2, section 5; UEFI specification 2.10, section "
		"14.4.2",
	.shape = SHAPE_CONTAINER,
	.magic = { { 0x1a, 4, "PCIR" },  { 0x1c, 4, "PCIR" }, { 0x20, 4, "PCIR" },
		   { 0x24, 4, "PCIR" },  { 0x28, 4, "PCIR" }, { 0x30, 4, "PCIR" },
		   { 0x34, 4, "PCIR" },  { 0x38, 4, "PCIR" }, { 0x3c, 4, "PCIR" },
		   { 0x40, 4, "PCIR" },  { 0x44, 4, "PCIR" }, { 0x48, 4, "PCIR" },
		   { 0x50, 4, "PCIR" },  { 0x58, 4, "PCIR" }, { 0x60, 4, "PCIR" },
		   { 0x68, 4, "PCIR" },  { 0x70, 4, "PCIR" }, { 0x78, 4, "PCIR" },
		   { 0x80, 4, "PCIR" },  { 0x98, 4, "PCIR" }, { 0x170, 4, "PCIR" },
		   { 0x200, 4, "PCIR" }, { 0, 2, "\x55\xaa" } },
	.probe = probe,
	.list = list,
	.load = section_load,
};
