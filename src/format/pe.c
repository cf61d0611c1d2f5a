/* pe.c - PE executables, and their terse form in UEFI firmware: sections, symbols, certificates.
 * The end is the last byte that any of them claims. A unified kernel image is one whose sections
 * hold kernel, initial RAM disk and command line. Sources: Microsoft PE format; UEFI PI 1.8, volume
 * 1, section 15 (terse); UAPI group specification UKI. */
#include <stdio.h>
#include <stdlib.h>

#include "base/cursor.h"
#include "base/text.h"
#include "format/parts.h"

#define MOST_SECTIONS 96
#define FURTHEST      (16u << 20) /* of the PE header */
#define SECTION       40
#define SYMBOL        18
#define SIGNED_DATA   2 /* of the kinds of certificates */
#define CERTIFICATE   8 /* header before each */
#define TERSE_HEADER  40
#define MOST_CERTS    64

static const struct {
	uint16_t number;
	const char *name;
} machines[] = {
	{ 0x014c, "i386" },        { 0x0162, "mips" },    { 0x0166, "mips" },
	{ 0x01a2, "sh3" },         { 0x01a6, "sh4" },     { 0x01c0, "arm" },
	{ 0x01c2, "arm" },         { 0x01c4, "arm" },     { 0x01f0, "powerpc" },
	{ 0x0200, "ia64" },        { 0x0266, "mips16" },  { 0x0ebc, "efi-bytecode" },
	{ 0x5032, "riscv32" },     { 0x5064, "riscv64" }, { 0x6232, "loongarch32" },
	{ 0x6264, "loongarch64" }, { 0x8664, "x86-64" },  { 0xaa64, "arm64" },
};

static const char *const subsystems[] = {
	[1] = "native",
	[2] = "Windows",
	[3] = "Windows console",
	[9] = "Windows CE",
	[10] = "EFI application",
	[11] = "EFI boot driver",
	[12] = "EFI runtime driver",
	[13] = "EFI ROM",
	[14] = "Xbox",
	[16] = "Windows boot",
};

/* Sections of a unified kernel image that are whole objects; the others are text, or the linker's.
 */
static const char *const contents[] = {
	".linux", ".initrd", ".ucode", ".splash", ".dtb", ".dtbauto", ".efifw",
};

struct image {
	uint64_t sections, count; /* the table */
	uint64_t headers;         /* where contents may begin */
	uint64_t back;            /* bytes that a terse header saved before them */
	uint64_t symbols, symbol_count;
	uint64_t certificates, certificates_length;
	uint64_t checksum, directory; /* fields that Authenticode leaves out */
	uint64_t end;
	uint16_t machine, subsystem;
	bool is_unified;
};

struct piece {
	struct span name;
	uint64_t from, length, field;
};

static const char *machine_name(uint16_t number)
{
	for (size_t i = 0; i < sizeof(machines) / sizeof(machines[0]); i++)
		if (machines[i].number == number)
			return machines[i].name;
	return NULL;
}

static const char *subsystem_name(uint16_t number)
{
	return number < sizeof(subsystems) / sizeof(subsystems[0]) ? subsystems[number] : NULL;
}

static bool is_content(struct span name)
{
	for (size_t i = 0; i < sizeof(contents) / sizeof(contents[0]); i++)
		if (span_is(name, contents[i]))
			return true;
	return false;
}

/* A name that is too long stands as a number behind a slash, an offset behind the symbols. */
static struct span section_name(struct span in, const struct image *m, uint64_t at)
{
	struct span name = field_text(in, at, 8), rest;
	uint64_t number;
	size_t used;

	if (span_byte(name, 0) != '/' || !m->symbols ||
	    !span_number(span_from(name, 1), 10, &number, &used))
		return name;
	rest = span_from(in, m->symbols + m->symbol_count * SYMBOL);
	rest = field_text(rest, number,
			  number < rest.n ? part_bound(64, span_from(rest, number)) : 0);
	return rest.n ? rest : name;
}

/* Bytes of a section that are in the file: padding to its alignment is not content. */
static bool read_section(struct span in, const struct image *m, uint64_t i, struct piece *p)
{
	uint64_t at = m->sections + i * SECTION;
	uint64_t plain = span_u32(in, at + 8, false), raw = span_u32(in, at + 16, false);
	uint64_t from = span_u32(in, at + 20, false);

	*p = (struct piece){ section_name(in, m, at), from - m->back,
			     plain && plain < raw ? plain : raw, at + 16 };
	return raw > 0 && from >= m->back && p->from >= m->headers;
}

/* The string table with the long names follows the symbols at once. */
static uint64_t symbols_length(struct span in, const struct image *m)
{
	uint64_t length = m->symbol_count * SYMBOL;

	return length + span_u32(in, m->symbols + length, false);
}

static void reach(struct image *m, uint64_t end)
{
	if (end > m->end)
		m->end = end;
}

static struct fault measure(struct span in, struct image *m)
{
	struct piece p;

	if (m->count == 0 || m->count > MOST_SECTIONS)
		return fault_at(FAULT_BROKEN, 0, "sections", m->count, MOST_SECTIONS);
	if (m->sections + m->count * SECTION > in.n)
		return fault_at(FAULT_SHORT, m->sections, "sections", in.n, m->count * SECTION);
	if (!machine_name(m->machine) || !subsystem_name(m->subsystem))
		return fault_at(FAULT_UNKNOWN, 0, "machine", m->machine, 0);
	if (m->headers < m->sections + m->count * SECTION)
		m->headers = m->sections + m->count * SECTION;
	reach(m, m->headers);
	for (uint64_t i = 0; i < m->count; i++) {
		if (!read_section(in, m, i, &p))
			continue;
		reach(m, p.from + span_u32(in, p.field, false));
		m->is_unified |= span_is(p.name, ".linux");
	}
	if (m->symbols)
		reach(m, m->symbols + symbols_length(in, m));
	if (m->certificates >= m->end)
		reach(m, m->certificates + m->certificates_length);
	else
		m->certificates = 0;
	return fine;
}

/* Kernels for several machines are PE files too; their own formats know more of them. */
static bool is_kernel(struct span in)
{
	return span_u32(in, 0x202, true) == 0x48647253 || span_u32(in, 4, true) == 0x7a696d67 ||
	       span_u32(in, 0x38, true) == 0x41524d64 || span_u32(in, 0x38, true) == 0x52534305;
}

static struct fault read_image(struct span in, struct image *m)
{
	uint64_t pe = span_u32(in, 0x3c, false);
	bool wide = span_u16(in, pe + 24, false) == 0x20b;
	uint64_t directory = pe + (wide ? 168 : 152);

	if (in.n < 64 || pe < 4 || pe > FURTHEST || span_u32(in, pe, true) != 0x50450000)
		return fault_at(FAULT_BROKEN, 0x3c, "PE header", pe, in.n);
	if (is_kernel(in))
		return fault_at(FAULT_UNKNOWN, 0, "kernel", 0, 0);
	if (!wide && span_u16(in, pe + 24, false) != 0x10b)
		return fault_at(FAULT_UNKNOWN, pe + 24, "optional header",
				span_u16(in, pe + 24, false), 0x20b);
	m->machine = span_u16(in, pe + 4, false);
	m->count = span_u16(in, pe + 6, false);
	m->symbols = span_u32(in, pe + 12, false);
	if (m->symbols >= in.n)
		m->symbols = 0;
	m->symbol_count = span_u32(in, pe + 16, false);
	m->sections = pe + 24 + span_u16(in, pe + 20, false);
	m->headers = span_u32(in, pe + 84, false);
	m->subsystem = span_u16(in, pe + 92, false);
	m->checksum = pe + 88;
	m->directory = directory;
	if (span_u32(in, directory - 36, false) > 4) {
		m->certificates = span_u32(in, directory, false);
		m->certificates_length = span_u32(in, directory + 4, false);
	}
	return measure(in, m);
}

static void label(const struct image *m, uint64_t there, char text[64])
{
	snprintf(text, 64, "%s, %s%s%s", machine_name(m->machine), subsystem_name(m->subsystem),
		 m->is_unified ? ", unified kernel image" : "",
		 m->end > there ? ", ends early" : "");
}

static struct fault found_image(struct span in, const struct image *m, struct found *f)
{
	f->len = part_bound(m->end, in);
	f->proof = PROOF_STRUCTURE;
	label(m, in.n, f->label);
	return fine;
}

static struct fault probe(struct span in, struct found *f)
{
	struct image m = { 0 };
	struct fault bad = read_image(in, &m);

	return bad.kind ? bad : found_image(in, &m, f);
}

static int by_place(const void *a, const void *b)
{
	const struct piece *x = a, *y = b;

	return (x->from > y->from) - (x->from < y->from);
}

static void add_piece(struct listing *l, const struct piece *p)
{
	uint64_t there = part_bound(p->length, span_from(l->in, p->from));

	if (there < p->length)
		listing_fault(l, fault_at(FAULT_SHORT, p->field, "length of a section", there,
					  p->length));
	if (there && is_content(p->name))
		listing_region(l, p->from, there, p->name);
	else if (there)
		listing_owned(l, p->from, there, p->name);
}

/* Gives the end of the last one. */
static uint64_t list_pieces(struct listing *l, const struct image *m)
{
	struct piece pieces[MOST_SECTIONS];
	uint64_t pos = m->headers;
	size_t n = 0;

	for (uint64_t i = 0; i < m->count; i++)
		n += read_section(l->in, m, i, &pieces[n]);
	qsort(pieces, n, sizeof(*pieces), by_place);
	for (size_t i = 0; i < n; i++) {
		const struct piece *p = &pieces[i];

		if (p->from < pos) {
			listing_fault(l, fault_at(FAULT_BROKEN, p->field, "place of a section",
						  p->from, pos));
			continue;
		}
		add_piece(l, p);
		pos = p->from + p->length;
	}
	return pos;
}

/* Authenticode covers all but the checksum, the entry that names it, and itself. */
static void add_signature(struct listing *l, const struct image *m, uint64_t at, uint64_t length)
{
	struct byte_range covers[] = {
		{ 0, m->checksum },
		{ m->checksum + 4, m->directory - m->checksum - 4 },
		{ m->directory + 8, m->certificates - m->directory - 8 },
	};

	if (span_u16(l->in, at + 6, false) != SIGNED_DATA || m->certificates < m->directory + 8)
		return;
	listing_signature(l, &(struct signature){ .by = SIGNING_AUTHENTICODE,
						  .value = span_sub(l->in, at + CERTIFICATE,
								    length - CERTIFICATE),
						  .offset = at + CERTIFICATE,
						  .length = length - CERTIFICATE,
						  .covers = covers,
						  .cover_count = 3 });
}

/* Each certificate has its length, which a multiple of eight follows. */
static void list_certificates(struct listing *l, const struct image *m)
{
	uint64_t at = m->certificates, end = at + m->certificates_length;

	for (int i = 0; i < MOST_CERTS && at + CERTIFICATE < end; i++) {
		uint64_t length = span_u32(l->in, at, false);

		if (length <= CERTIFICATE || length > end - at)
			return;
		part_owned(l, at, CERTIFICATE, "length and kind");
		part_list(l, at, at + CERTIFICATE, length - CERTIFICATE, "signature");
		add_signature(l, m, at, length);
		at += (length + 7) / 8 * 8;
	}
}

static struct fault list(struct listing *l)
{
	struct image m = { 0 };
	struct fault bad = read_image(l->in, &m);

	if (bad.kind)
		return bad;
	l->kind = LISTING_REGIONS;
	if (list_pieces(l, &m) <= m.symbols)
		part_owned(l, m.symbols, symbols_length(l->in, &m), "symbols");
	if (m.certificates)
		list_certificates(l, &m);
	return fine;
}

const struct format format_pe = {
	.name = "pe",
	.says = "PE executable: EFI, Windows",
	.domain = DOMAIN_IT,
	.spec = "Microsoft PE format; UAPI group specification, unified kernel image",
	.shape = SHAPE_CONTAINER,
	.magic = { { 0, 2, "MZ" },
		   { 0x4e, 24, "This program cannot be r" },
		   { 0x80, 4, "PE\0\0" },
		   { 0x40, 4, "PE\0\0" },
		   { 0x78, 4, "PE\0\0" } },
	.probe = probe,
	.list = list,
};

/* The header that UEFI makes of the PE header's few fields that it needs. */
static struct fault read_terse(struct span in, struct image *m)
{
	uint64_t saved = span_u16(in, 6, false);

	if (in.n < TERSE_HEADER)
		return fault_at(FAULT_SHORT, 0, "header", in.n, TERSE_HEADER);
	if (saved < TERSE_HEADER || saved > 4096)
		return fault_at(FAULT_BROKEN, 6, "bytes saved", saved, 4096);
	m->machine = span_u16(in, 2, false);
	m->count = in.p[4];
	m->subsystem = in.p[5];
	m->sections = TERSE_HEADER;
	m->back = saved - TERSE_HEADER;
	m->headers = TERSE_HEADER + m->count * SECTION;
	return measure(in, m);
}

static struct fault probe_terse(struct span in, struct found *f)
{
	struct image m = { 0 };
	struct fault bad = read_terse(in, &m);

	return bad.kind ? bad : found_image(in, &m, f);
}

static struct fault list_terse(struct listing *l)
{
	struct image m = { 0 };
	struct fault bad = read_terse(l->in, &m);

	if (bad.kind)
		return bad;
	l->kind = LISTING_REGIONS;
	list_pieces(l, &m);
	return fine;
}

const struct format format_te = {
	.name = "te",
	.says = "terse executable of UEFI firmware",
	.domain = DOMAIN_IT,
	.spec = "UEFI Platform Initialization 1.8, volume 1, section 15",
	.where = WHERE_ANCHORED,
	.shape = SHAPE_CONTAINER,
	.magic = { { 0, 2, "VZ" } },
	.probe = probe_terse,
	.list = list_terse,
};
