/* elf_read.c - see elf_read.h. */
#include "format/elf_read.h"

#define MOST_DYNAMIC 4096
#define MOST_SYMBOLS (4u << 20)
#define MOST_NOTES   1024  /* of one file: segments may overlap */
#define LONGEST_TEXT 16384 /* tables without a NUL are not read over and over */

enum {
	DT_NULL_ = 0,
	DT_HASH_ = 4,
	DT_STRTAB_ = 5,
	DT_SYMTAB_ = 6,
	DT_STRSZ_ = 10,
	DT_MIPS_SYMTABNO = 0x70000011
};
#define DT_GNU_HASH_ 0x6ffffef5u
enum { SHT_SYMTAB_ = 2, SHT_NOTE_ = 7, SHT_NOBITS_ = 8, SHT_DYNSYM_ = 11 };

static uint64_t word(struct cursor *c, const struct elf *e)
{
	return e->is64 ? cursor_u64(c, e->big) : cursor_u32(c, e->big);
}

/* Numbers that do not fit the header stand in the first section (gABI, "e_shnum"). */
static void read_large_counts(struct elf *e)
{
	struct elf_section first;

	if (e->shnum != 0 || e->shoff == 0 || e->shentsize != (e->is64 ? 64 : 40))
		return;
	e->shnum = 1;
	if (!elf_section(e, 0, &first) || first.size <= 1 || first.size > UINT32_MAX) {
		e->shnum = 0;
		return;
	}
	e->shnum = (uint32_t)first.size;
	if (e->shstrndx == UINT16_MAX)
		e->shstrndx = first.link;
}

struct fault elf_open(struct span in, struct elf *e)
{
	struct cursor c = { .in = in, .at = 16 };
	int class = span_byte(in, 4), data = span_byte(in, 5);
	uint32_t version;
	uint16_t header;

	*e = (struct elf){ .in = in, .is64 = class == 2, .big = data == 2 };
	if (in.n < 52 || (class != 1 && class != 2) || (data != 1 && data != 2) ||
	    span_byte(in, 6) != 1)
		return fault_at(FAULT_UNKNOWN, 4, "ELF identification", (uint64_t) class, 2);
	e->type = cursor_u16(&c, e->big);
	e->machine = cursor_u16(&c, e->big);
	version = cursor_u32(&c, e->big);
	e->entry = word(&c, e);
	e->phoff = word(&c, e);
	e->shoff = word(&c, e);
	e->flags = cursor_u32(&c, e->big);
	header = cursor_u16(&c, e->big);
	e->phentsize = cursor_u16(&c, e->big);
	e->phnum = cursor_u16(&c, e->big);
	e->shentsize = cursor_u16(&c, e->big);
	e->shnum = cursor_u16(&c, e->big);
	e->shstrndx = cursor_u16(&c, e->big);
	if (c.ran_out)
		return fault_at(FAULT_SHORT, 0, "ELF header", in.n, 64);
	if (version != 1 || header != (e->is64 ? 64 : 52))
		return fault_at(FAULT_BROKEN, 20, "version and header size", version, 1);
	if (e->phnum && e->phentsize != (e->is64 ? 56 : 32))
		return fault_at(FAULT_BROKEN, 42, "program header size", e->phentsize, 56);
	if (e->shnum && e->shentsize != (e->is64 ? 64 : 40))
		return fault_at(FAULT_BROKEN, 46, "section header size", e->shentsize, 64);
	read_large_counts(e);
	return fine;
}

bool elf_segment(const struct elf *e, uint32_t i, struct elf_segment *s)
{
	struct cursor c = { .in = span_sub(span_from(e->in, e->phoff), (uint64_t)i * e->phentsize,
					   e->phentsize) };

	if (i >= e->phnum || c.in.n == 0)
		return false;
	s->type = cursor_u32(&c, e->big);
	if (e->is64)
		s->flags = cursor_u32(&c, e->big);
	s->offset = word(&c, e);
	s->address = word(&c, e);
	word(&c, e);
	s->file_size = word(&c, e);
	s->memory_size = word(&c, e);
	if (!e->is64)
		s->flags = cursor_u32(&c, e->big);
	s->align = word(&c, e);
	return !c.ran_out;
}

bool elf_section(const struct elf *e, uint32_t i, struct elf_section *s)
{
	struct cursor c = { .in = span_sub(span_from(e->in, e->shoff), (uint64_t)i * e->shentsize,
					   e->shentsize) };

	if (i >= e->shnum || c.in.n == 0)
		return false;
	s->name = cursor_u32(&c, e->big);
	s->type = cursor_u32(&c, e->big);
	s->flags = word(&c, e);
	s->address = word(&c, e);
	s->offset = word(&c, e);
	s->size = word(&c, e);
	s->link = cursor_u32(&c, e->big);
	s->info = cursor_u32(&c, e->big);
	s->align = word(&c, e);
	s->entry_size = word(&c, e);
	return !c.ran_out;
}

struct span elf_text(struct span s, uint64_t at)
{
	struct span rest = span_head(span_from(s, at), LONGEST_TEXT);
	size_t end = span_find(rest, 0, (struct span){ (const uint8_t *)"", 1 });

	return end < rest.n ? span_sub(rest, 0, end) : (struct span){ 0 };
}

struct span elf_section_bytes(const struct elf *e, const struct elf_section *s)
{
	return s->type == SHT_NOBITS_ ? (struct span){ 0 } : span_sub(e->in, s->offset, s->size);
}

struct span elf_section_name(const struct elf *e, const struct elf_section *s)
{
	struct elf_section names;

	if (!elf_section(e, e->shstrndx, &names))
		return (struct span){ 0 };
	return elf_text(elf_section_bytes(e, &names), s->name);
}

bool elf_section_named(const struct elf *e, const char *name, struct elf_section *s)
{
	for (uint32_t i = 0; elf_section(e, i, s); i++)
		if (span_is(elf_section_name(e, s), name))
			return true;
	return false;
}

bool elf_section_of_type(const struct elf *e, uint32_t type, struct elf_section *s)
{
	for (uint32_t i = 0; elf_section(e, i, s); i++)
		if (s->type == type)
			return true;
	return false;
}

struct span elf_at(const struct elf *e, uint64_t address)
{
	struct elf_segment s;

	for (uint32_t i = 0; elf_segment(e, i, &s); i++)
		if (s.type == PT_LOAD_ && address >= s.address && address - s.address < s.file_size)
			return span_from(span_sub(e->in, s.offset, s.file_size),
					 address - s.address);
	return (struct span){ 0 };
}

static struct span dynamic_bytes(const struct elf *e)
{
	struct elf_segment s;
	struct elf_section section;

	for (uint32_t i = 0; elf_segment(e, i, &s); i++)
		if (s.type == PT_DYNAMIC_)
			return span_sub(e->in, s.offset, s.file_size);
	if (elf_section_of_type(e, 6, &section))
		return elf_section_bytes(e, &section);
	return (struct span){ 0 };
}

bool elf_is_dynamic(const struct elf *e)
{
	return dynamic_bytes(e).n > 0;
}

bool elf_dynamic(const struct elf *e, uint64_t tag, uint32_t n, uint64_t *value)
{
	struct cursor c = { .in = dynamic_bytes(e) };

	for (uint32_t i = 0; i < MOST_DYNAMIC; i++) {
		uint64_t found = word(&c, e), v = word(&c, e);

		if (c.ran_out || found == DT_NULL_)
			return false;
		if (found == tag && n-- == 0) {
			*value = v;
			return true;
		}
	}
	return false;
}

static struct span dynamic_texts(const struct elf *e)
{
	uint64_t address, size = UINT64_MAX;

	if (!elf_dynamic(e, DT_STRTAB_, 0, &address))
		return (struct span){ 0 };
	elf_dynamic(e, DT_STRSZ_, 0, &size);
	return span_head(elf_at(e, address), size);
}

struct span elf_dynamic_text(const struct elf *e, uint64_t offset)
{
	return elf_text(dynamic_texts(e), offset);
}

/* The highest symbol that a GNU hash table reaches: the end of the longest chain. */
static uint32_t gnu_hash_count(const struct elf *e, uint64_t address)
{
	struct span table = elf_at(e, address);
	uint32_t buckets = span_u32(table, 0, e->big), first = span_u32(table, 4, e->big);
	uint32_t blooms = span_u32(table, 8, e->big), last = 0;
	uint64_t at = 16 + (uint64_t)blooms * (e->is64 ? 8 : 4);

	for (uint32_t i = 0; i < buckets && i < MOST_SYMBOLS; i++) {
		struct span cell = span_sub(table, at + (uint64_t)i * 4, 4);

		if (cell.n == 0)
			return 0;
		if (span_u32(cell, 0, e->big) > last)
			last = span_u32(cell, 0, e->big);
	}
	if (last < first)
		return first;
	at += (uint64_t)buckets * 4;
	for (; last < MOST_SYMBOLS; last++) {
		struct span cell = span_sub(table, at + (uint64_t)(last - first) * 4, 4);

		if (cell.n == 0 || span_u32(cell, 0, e->big) & 1)
			return last + 1;
	}
	return last;
}

static uint32_t dynamic_count(const struct elf *e)
{
	uint64_t value;

	if (elf_dynamic(e, DT_MIPS_SYMTABNO, 0, &value))
		return (uint32_t)value;
	/* 64-bit s390 and Alpha have 64-bit cells in DT_HASH; only the low word is of use. */
	if (elf_dynamic(e, DT_HASH_, 0, &value)) {
		struct span table = elf_at(e, value);
		bool wide = e->is64 && (e->machine == 22 || e->machine == 0x9026);

		return wide ? (uint32_t)span_u64(table, 8, e->big) : span_u32(table, 4, e->big);
	}
	if (elf_dynamic(e, DT_GNU_HASH_, 0, &value))
		return gnu_hash_count(e, value);
	return 0;
}

static bool read_symbol(const struct elf *e, struct span table, struct span texts, uint32_t i,
			struct elf_symbol *s)
{
	uint64_t size = e->is64 ? 24 : 16;
	struct cursor c = { .in = span_sub(table, i * size, size) };
	uint8_t info;

	s->texts = texts;
	s->name = cursor_u32(&c, e->big);
	if (c.ran_out)
		return false;
	if (!e->is64) {
		s->value = cursor_u32(&c, e->big);
		s->size = cursor_u32(&c, e->big);
	}
	info = cursor_u8(&c);
	cursor_skip(&c, 1);
	s->section = cursor_u16(&c, e->big);
	if (e->is64) {
		s->value = cursor_u64(&c, e->big);
		s->size = cursor_u64(&c, e->big);
	}
	s->type = info & 15;
	s->binding = info >> 4;
	return true;
}

struct span elf_symbol_name(const struct elf_symbol *s)
{
	return elf_text(s->texts, s->name);
}

void elf_symbols(const struct elf *e, bool dynamic,
		 bool (*each)(void *ctx, const struct elf_symbol *s), void *ctx)
{
	struct elf_section section, linked;
	struct span table = { 0 }, texts = { 0 };
	uint32_t count = MOST_SYMBOLS;
	uint64_t address;
	struct elf_symbol s;

	if (elf_section_of_type(e, dynamic ? SHT_DYNSYM_ : SHT_SYMTAB_, &section) &&
	    elf_section(e, section.link, &linked)) {
		table = elf_section_bytes(e, &section);
		texts = elf_section_bytes(e, &linked);
	} else if (dynamic && elf_dynamic(e, DT_SYMTAB_, 0, &address)) {
		table = elf_at(e, address);
		texts = dynamic_texts(e);
		count = dynamic_count(e);
	}
	for (uint32_t i = 1; i < count && read_symbol(e, table, texts, i, &s); i++)
		if (!each(ctx, &s))
			return;
}

/* Name and value each begin on the boundary: 4, or 8 in 64-bit properties (gABI, "Note Section").
 */
bool elf_note_next(const struct elf *e, struct span *rest, uint64_t align, struct elf_note *n)
{
	struct cursor c = { .in = *rest };
	uint64_t boundary = align == 8 ? 8 : 4;
	uint64_t name = cursor_u32(&c, e->big), size = cursor_u32(&c, e->big);

	n->type = cursor_u32(&c, e->big);
	n->name = cursor_span(&c, name);
	cursor_skip(&c, (boundary - c.at % boundary) % boundary);
	n->value = cursor_span(&c, size);
	if (c.ran_out)
		return false;
	if (span_byte(n->name, n->name.n - 1) == 0)
		n->name.n--;
	cursor_skip(&c, (boundary - c.at % boundary) % boundary);
	*rest = c.ran_out ? (struct span){ 0 } : span_from(*rest, c.at);
	return true;
}

struct note_walk {
	const struct elf *e;
	bool (*each)(void *ctx, const struct elf_note *n);
	void *ctx;
	uint32_t left;
};

/* False when the walk ends. */
static bool walk_notes(struct note_walk *w, struct span notes, uint64_t align)
{
	struct elf_note n;

	while (elf_note_next(w->e, &notes, align, &n))
		if (w->left-- == 0 || !w->each(w->ctx, &n))
			return false;
	return true;
}

void elf_notes(const struct elf *e, bool (*each)(void *ctx, const struct elf_note *n), void *ctx)
{
	struct note_walk w = { e, each, ctx, MOST_NOTES };
	struct elf_segment segment;
	struct elf_section section;
	bool any = false;

	for (uint32_t i = 0; elf_segment(e, i, &segment); i++) {
		if (segment.type != PT_NOTE_)
			continue;
		any = true;
		if (!walk_notes(&w, span_sub(e->in, segment.offset, segment.file_size),
				segment.align))
			return;
	}
	for (uint32_t i = 0; !any && elf_section(e, i, &section); i++)
		if (section.type == SHT_NOTE_ &&
		    !walk_notes(&w, elf_section_bytes(e, &section), section.align))
			return;
}

static void reach(uint64_t *end, uint64_t offset, uint64_t size)
{
	if (size <= UINT64_MAX - offset && offset + size > *end)
		*end = offset + size;
}

uint64_t elf_length(const struct elf *e)
{
	uint64_t end = e->is64 ? 64 : 52;
	struct elf_segment segment;
	struct elf_section section;

	reach(&end, e->phoff, (uint64_t)e->phnum * e->phentsize);
	reach(&end, e->shoff, (uint64_t)e->shnum * e->shentsize);
	for (uint32_t i = 0; elf_segment(e, i, &segment); i++)
		reach(&end, segment.offset, segment.file_size);
	for (uint32_t i = 0; elf_section(e, i, &section); i++)
		if (section.type != SHT_NOBITS_)
			reach(&end, section.offset, section.size);
	return end;
}
