/* elf_side.c - one ELF file: its sections, what of it is loaded, and what each part is. */
#include "compare/elf_side.h"

#include <stdlib.h>

#define MOST_SECTIONS 16384
#define MOST_SEGMENTS 1024
#define LONGEST_NAME  (ELF_NAME - 1)

#define SHT_GNU_FIRST 0x6ffffff5u /* attributes, hash, liblist, ..., versions */

enum { SHT_HASH_ = 5, SHT_DYNAMIC_ = 6, SHT_DYNSYM_ = 11, SHT_RELR_ = 19 };

static bool read_sections(struct elf_side *s, struct arena *arena)
{
	if (s->e.shnum > MOST_SECTIONS || s->e.phnum > MOST_SEGMENTS)
		return false;
	s->sections = arena_take(arena, s->e.shnum, sizeof(*s->sections));
	s->names = arena_take(arena, s->e.shnum, sizeof(*s->names));
	if (!s->sections || !s->names)
		return false;
	while (s->count < s->e.shnum && elf_section(&s->e, s->count, &s->sections[s->count])) {
		struct span name = elf_section_name(&s->e, &s->sections[s->count]);

		s->names[s->count++] = name.n <= LONGEST_NAME ? name : (struct span){ 0 };
	}
	return s->count == s->e.shnum;
}

static int by_offset(const void *a, const void *b)
{
	const struct byte_range *x = a, *y = b;

	return (x->offset > y->offset) - (x->offset < y->offset);
}

static bool add_range(struct elf_side *s, uint64_t offset, uint64_t length)
{
	if (length == 0)
		return true;
	if (offset > s->in.n || length > s->in.n - offset)
		return false;
	s->loaded[s->loaded_count++] = (struct byte_range){ offset, length };
	return true;
}

static void merge_ranges(struct elf_side *s)
{
	uint32_t kept = 0;

	qsort(s->loaded, s->loaded_count, sizeof(*s->loaded), by_offset);
	for (uint32_t i = 0; i < s->loaded_count; i++) {
		struct byte_range *last = kept ? &s->loaded[kept - 1] : NULL;
		uint64_t end = s->loaded[i].offset + s->loaded[i].length;

		if (!last || s->loaded[i].offset > last->offset + last->length)
			s->loaded[kept++] = s->loaded[i];
		else if (end > last->offset + last->length)
			last->length = end - last->offset;
	}
	s->loaded_count = kept;
}

/* The headers, and every segment: whatever kind it is, something reads it. */
static bool read_loaded(struct elf_side *s, struct arena *arena)
{
	struct elf_segment segment;

	s->loaded = arena_take(arena, (uint64_t)s->e.phnum + 2, sizeof(*s->loaded));
	if (!s->loaded || !add_range(s, 0, s->e.is64 ? 64 : 52) ||
	    !add_range(s, s->e.phoff, (uint64_t)s->e.phnum * s->e.phentsize))
		return false;
	for (uint32_t i = 0; i < s->e.phnum; i++)
		if (!elf_segment(&s->e, i, &segment) ||
		    !add_range(s, segment.offset, segment.file_size))
			return false;
	merge_ranges(s);
	return true;
}

bool elf_side_read(struct elf_side *s, struct span in, struct arena *arena)
{
	static const struct span magic = { (const uint8_t *)"\x7f"
							    "ELF",
					   4 };

	s->in = in;
	return span_starts(in, magic) && elf_open(in, &s->e).kind == FAULT_NONE &&
	       s->e.type >= ELF_REL && s->e.type <= ELF_DYN && read_sections(s, arena) &&
	       read_loaded(s, arena);
}

/* -- what a section is -- */

/* Sections that no program is loaded with; a name that ends in '*' begins so. */
static const struct {
	const char *name;
	enum elf_class class;
} aside[] = {
	{ ".comment", ELF_COMMENT },
	{ ".gnu_debuglink", ELF_DEBUG_LINK },
	{ ".gnu_debugaltlink", ELF_DEBUG_LINK },
	{ ".symtab", ELF_SYMBOLS },
	{ ".strtab", ELF_SYMBOLS },
	{ ".symtab_shndx", ELF_SYMBOLS },
	{ ".shstrtab", ELF_SECTION_NAMES },
	{ ".debug_*", ELF_DEBUG },
	{ ".zdebug_*", ELF_DEBUG },
	{ ".rel.debug_*", ELF_DEBUG },
	{ ".rela.debug_*", ELF_DEBUG },
	{ ".stab", ELF_DEBUG },
	{ ".stabstr", ELF_DEBUG },
	{ ".gdb_index", ELF_DEBUG },
	{ ".gnu_debugdata", ELF_DEBUG },
	{ ".gnu.build.attributes*", ELF_DEBUG },
	{ ".pdr", ELF_DEBUG },
	{ ".mdebug.*", ELF_DEBUG },
};

static bool is_named(struct span name, const char *pattern)
{
	size_t n = strlen(pattern);

	if (pattern[n - 1] == '*')
		return span_starts(name, (struct span){ (const uint8_t *)pattern, n - 1 });
	return span_is(name, pattern);
}

static enum elf_class class_aside(const struct elf_side *s, uint32_t section)
{
	if (!(s->sections[section].flags & SHF_ALLOC_))
		for (size_t i = 0; i < sizeof(aside) / sizeof(aside[0]); i++)
			if (is_named(s->names[section], aside[i].name))
				return aside[i].class;
	return ELF_UNKNOWN;
}

/* What the loader itself reads: names and versions of symbols, and where to put their addresses. */
static enum elf_class class_dynamic(const struct elf_section *section, struct span name)
{
	switch (section->type) {
	case SHT_DYNAMIC_:
	case SHT_REL_:
	case SHT_RELA_:
	case SHT_RELR_:
		return ELF_DYNAMIC;
	case SHT_HASH_:
	case SHT_DYNSYM_:
	case SHT_STRTAB_:
	case SHT_SYMTAB_:
		return ELF_LOADED_SYMBOLS;
	default:
		break;
	}
	if (section->type >= SHT_GNU_FIRST && section->type <= 0x6fffffffu)
		return ELF_LOADED_SYMBOLS;
	return span_is(name, ".got") ? ELF_DYNAMIC : ELF_UNKNOWN;
}

static enum elf_class class_loaded(const struct elf_section *section, struct span name)
{
	enum elf_class class = class_dynamic(section, name);

	if (section->flags & SHF_EXEC_)
		return ELF_CODE;
	if (class != ELF_UNKNOWN)
		return class;
	if (section->type == SHT_NOTE_ && span_is(name, ".note.gnu.build-id"))
		return ELF_BUILD_ID;
	if (section->flags & SHF_WRITE_)
		return is_named(name, ".data*") ? ELF_TEXTS_DATA : ELF_DATA;
	return is_named(name, ".rodata*") ? ELF_TEXTS_RODATA : ELF_RODATA;
}

enum elf_class elf_class_of(const struct elf_side *s, uint32_t section, bool loaded)
{
	enum elf_class class = loaded ? ELF_UNKNOWN : class_aside(s, section);

	if (class != ELF_UNKNOWN || !loaded)
		return class;
	return class_loaded(&s->sections[section], s->names[section]);
}

enum cause elf_cause_of(enum elf_class class)
{
	static const enum cause of[] = {
		[ELF_CODE] = CAUSE_CODE,
		[ELF_RODATA] = CAUSE_RODATA,
		[ELF_DATA] = CAUSE_DATA,
		[ELF_TEXTS_RODATA] = CAUSE_RODATA,
		[ELF_TEXTS_DATA] = CAUSE_DATA,
		[ELF_DYNAMIC] = CAUSE_RELOCATION,
		[ELF_LOADED_SYMBOLS] = CAUSE_SYMBOLS,
		[ELF_BUILD_ID] = CAUSE_BUILD_ID,
		[ELF_COMMENT] = CAUSE_COMPILER,
		[ELF_DEBUG_LINK] = CAUSE_DEBUG_LINK,
		[ELF_SYMBOLS] = CAUSE_SYMBOLS,
		[ELF_SECTION_NAMES] = CAUSE_SECTIONS,
		[ELF_DEBUG] = CAUSE_DEBUG,
		[ELF_UNKNOWN] = CAUSE_DATA,
	};

	return of[class];
}

void elf_unit(const struct elf_side *s, uint32_t section, char name[ELF_NAME])
{
	struct span text = s->names[section];

	for (size_t i = 0; i < text.n; i++)
		name[i] = (char)(text.p[i] > 32 && text.p[i] < 127 ? text.p[i] : '?');
	name[text.n] = 0;
}

/* -- forms -- */

struct span elf_build_id(const struct elf *e, struct span note)
{
	struct span rest = note;
	struct elf_note n;

	/* one note and nothing behind it; linkers make 8 to 20 bytes, --build-id=0x more */
	if (!elf_note_next(e, &rest, 4, &n) || rest.n != 0 || n.type != 3 ||
	    !span_is(n.name, "GNU") || n.value.n < 8 || n.value.n > 64)
		return (struct span){ 0 };
	return n.value;
}

/* Names of compilers and linkers, each ended by a NUL. */
static bool is_comment(struct span s)
{
	static const char *const starts[] = {
		"GCC: (",    "clang version ",        "Linker: LLD ",         "rustc version ",
		"Android (", "Debian clang version ", "Ubuntu clang version "
	};
	size_t from = 0;

	if (s.n == 0 || s.p[s.n - 1] != 0)
		return false;
	for (size_t at = 0; at < s.n; at++) {
		struct span text = span_sub(s, from, at - from);
		bool known = text.n == 0; /* old compilers leave an empty one first */

		if (s.p[at] != 0 && (s.p[at] < 32 || s.p[at] > 126))
			return false;
		if (s.p[at] != 0)
			continue;
		for (size_t i = 0; !known && i < sizeof(starts) / sizeof(starts[0]); i++)
			known = span_starts(text, span_text(starts[i]));
		if (!known)
			return false;
		from = at + 1;
	}
	return true;
}

/* A file's name, NULs to a boundary of four, and a checksum; or a name and a build-id. */
static bool is_debug_link(struct span s)
{
	size_t n = 0;

	while (n < s.n && s.p[n] > 32 && s.p[n] < 127)
		n++;
	if (n == 0 || span_byte(s, n) != 0)
		return false;
	for (size_t i = n; i < (n + 4) / 4 * 4; i++)
		if (span_byte(s, i) != 0)
			return s.n - n - 1 == 20; /* of an alternate file */
	return s.n == (n + 4) / 4 * 4 + 4 || s.n - n - 1 == 20;
}

bool elf_form_holds(enum elf_class class, struct span content)
{
	if (class == ELF_COMMENT)
		return is_comment(content);
	if (class == ELF_DEBUG_LINK)
		return is_debug_link(content);
	return true;
}

/* The bytes of a DER element that they are filled by; empty if there is none of that tag. */
static struct span der_inside(struct span s, int tag)
{
	struct span rest = span_from(s, 2);
	int first = span_byte(s, 1);
	uint64_t length = first < 0 ? 0 : (uint64_t)first;

	if (span_byte(s, 0) != tag)
		return (struct span){ 0 };
	if (first >= 0x81 && first <= 0x84) {
		length = 0;
		for (int i = 0; i < first - 0x80; i++)
			length = length << 8 | (uint64_t)(span_byte(rest, (uint64_t)i) & 0xff);
		rest = span_from(rest, (uint64_t)first - 0x80);
	}
	return length == rest.n ? rest : (struct span){ 0 };
}

/* SignedData (RFC 5652), twelve bytes of which only the kind and the length are not zero, and a
 * line (torvalds/linux include/linux/module_signature.h). */
bool elf_is_module_signature(struct span s)
{
	static const uint8_t kind[] = { 0, 0, 2, 0, 0, 0, 0, 0 };
	static const uint8_t signed_data[] = { 6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 13, 1, 7, 2 };
	struct span line = span_text("~Module signature appended~\n"), told, inside;

	if (s.n <= line.n + 12 || !span_ends(s, line))
		return false;
	told = span_sub(s, s.n - line.n - 12, 12);
	inside = der_inside(span_head(s, s.n - line.n - 12), 0x30);
	return span_starts(told, (struct span){ kind, sizeof(kind) }) &&
	       span_u32(told, 8, true) == s.n - line.n - 12 &&
	       span_starts(inside, (struct span){ signed_data, sizeof(signed_data) });
}
