/* elf_read.h - a bounded reader of ELF files of both classes and byte orders (System V gABI). Works
 * without section headers: by the dynamic segment. */
#ifndef EVENHAND_FORMAT_ELF_READ_H
#define EVENHAND_FORMAT_ELF_READ_H

#include "base/cursor.h"
#include "base/fault.h"

enum { ELF_REL = 1, ELF_EXEC = 2, ELF_DYN = 3, ELF_CORE = 4 };
enum { PT_LOAD_ = 1, PT_DYNAMIC_ = 2, PT_INTERP_ = 3, PT_NOTE_ = 4 };
enum { PF_X_ = 1, PF_W_ = 2 };
#define PT_GNU_STACK_ 0x6474e551u
#define PT_GNU_RELRO_ 0x6474e552u

struct elf {
	struct span in;
	bool is64, big;
	uint16_t type, machine;
	uint32_t flags;
	uint64_t entry, phoff, shoff;
	uint16_t phentsize, phnum, shentsize;
	uint32_t shnum, shstrndx;
};

struct elf_segment {
	uint32_t type, flags;
	uint64_t offset, address, file_size, memory_size, align;
};

struct elf_section {
	uint32_t name, type;
	uint64_t flags, address, offset, size, align, entry_size;
	uint32_t link, info;
};

struct elf_symbol {
	struct span texts; /* the table its name is in */
	uint32_t name;     /* where in it */
	uint8_t type, binding;
	uint16_t section; /* 0: undefined */
	uint64_t value, size;
};

struct elf_note {
	struct span name; /* without its NUL */
	uint32_t type;
	struct span value;
};

/* Reads and checks the header. */
struct fault elf_open(struct span in, struct elf *e);

/* The i-th segment or section; false when it is not there. */
bool elf_segment(const struct elf *e, uint32_t i, struct elf_segment *s);
bool elf_section(const struct elf *e, uint32_t i, struct elf_section *s);

/* The first section of a name, or of a type; false if there is none. */
bool elf_section_named(const struct elf *e, const char *name, struct elf_section *s);
bool elf_section_of_type(const struct elf *e, uint32_t type, struct elf_section *s);
struct span elf_section_name(const struct elf *e, const struct elf_section *s);
struct span elf_section_bytes(const struct elf *e, const struct elf_section *s);

/* The next note of *rest, which begins on a boundary of `align`; false at the end. */
bool elf_note_next(const struct elf *e, struct span *rest, uint64_t align, struct elf_note *n);
/* Walks the notes that are loaded, or where none is the sections of notes; false from `each` ends
 * the walk. */
void elf_notes(const struct elf *e, bool (*each)(void *ctx, const struct elf_note *n), void *ctx);

/* The bytes at a virtual address, to the end of its segment; empty if it is not mapped. */
struct span elf_at(const struct elf *e, uint64_t address);

/* The n-th value of a dynamic tag; false at the end. */
bool elf_dynamic(const struct elf *e, uint64_t tag, uint32_t n, uint64_t *value);
bool elf_is_dynamic(const struct elf *e);
/* A text of the dynamic string table. */
struct span elf_dynamic_text(const struct elf *e, uint64_t offset);

/* Walks the dynamic symbols, or .symtab; false from `each` ends the walk. How many there are is
 * taken from sections or hash tables; without either the string table bounds them. */
void elf_symbols(const struct elf *e, bool dynamic,
		 bool (*each)(void *ctx, const struct elf_symbol *s), void *ctx);
struct span elf_symbol_name(const struct elf_symbol *s);

/* Where the file ends by its own headers. */
uint64_t elf_length(const struct elf *e);

/* The NUL-ended text at `at` of s; empty when it does not end within s. */
struct span elf_text(struct span s, uint64_t at);

/* readelf's words for e_machine. */
const char *elf_machine_name(uint16_t machine);

#endif
