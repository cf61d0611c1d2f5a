/* elf_side.h - inside compare/: two ELF files, cut into the pieces that are compared. */
#ifndef EVENHAND_COMPARE_ELF_SIDE_H
#define EVENHAND_COMPARE_ELF_SIDE_H

#include "compare/explain.h"
#include "format/elf_read.h"

enum {
	SHT_NULL_ = 0,
	SHT_SYMTAB_ = 2,
	SHT_STRTAB_ = 3,
	SHT_RELA_ = 4,
	SHT_NOTE_ = 7,
	SHT_NOBITS_ = 8,
	SHT_REL_ = 9
};
enum { SHF_WRITE_ = 1, SHF_ALLOC_ = 2, SHF_EXEC_ = 4 };

/* What a part of a program is, for what a difference in it means. */
enum elf_class {
	ELF_CODE,
	ELF_RODATA,
	ELF_DATA,
	ELF_TEXTS_RODATA, /* of which texts of a build may be part */
	ELF_TEXTS_DATA,
	ELF_DYNAMIC,        /* places that the loader fills in, and what it is told */
	ELF_LOADED_SYMBOLS, /* by which it binds programs and libraries */
	ELF_BUILD_ID,
	/* not loaded: */
	ELF_COMMENT,
	ELF_DEBUG_LINK,
	ELF_SYMBOLS,
	ELF_SECTION_NAMES,
	ELF_DEBUG,
	ELF_UNKNOWN,
};

enum piece_kind {
	PIECE_FIXED, /* headers, and what is loaded; its content is compared elsewhere */
	PIECE_SECTION,
	PIECE_TABLE, /* of section headers */
	PIECE_END,   /* of the file */
};

/* A part of the file. Pieces do not overlap; between them there are gaps. */
struct piece {
	enum piece_kind kind;
	uint64_t at, length;
	uint64_t gap;     /* bytes between the piece before and this one */
	uint32_t section; /* its index */
	struct piece *other;
	bool named; /* as a whole: it differs, moved, or is on one side alone */
};

struct elf_side {
	struct elf e;
	struct span in;
	uint32_t count; /* of sections */
	struct elf_section *sections;
	struct span *names;        /* as long as ours are; longer ones count as none */
	struct byte_range *loaded; /* headers and segments, merged, in order */
	uint32_t loaded_count;
	struct piece *pieces;
	uint32_t piece_count;
};

struct elf_pair {
	struct explaining *x;
	struct elf_side left, right;
	bool same_segments;      /* the tables of program headers are equal byte for byte */
	bool same_sections;      /* and so are those sections that are loaded */
	bool is_object;          /* no segments: sections are what a loader reads */
	struct elf_moved *moved; /* elf_moved.h; NULL where something else than places differs */
	uint32_t code_told;      /* sections of code that were told at length */
};

/* Reads header and sections; false where it is no ELF file that can be compared by its parts. */
bool elf_side_read(struct elf_side *s, struct span in, struct arena *arena);

/* The class of a section by its flags, type and name. `loaded`: it lies in a segment, or is what a
 * loader reads of an object. */
enum elf_class elf_class_of(const struct elf_side *s, uint32_t section, bool loaded);
enum cause elf_cause_of(enum elf_class class);
#define ELF_NAME 256
/* A section's name to be read; what cannot be printed is a question mark. */
void elf_unit(const struct elf_side *s, uint32_t section, char name[ELF_NAME]);

/* Whether what is loaded can be compared at the same addresses; else by sections. */
static inline bool elf_by_segments(const struct elf_pair *p)
{
	return p->same_segments && !p->is_object && !p->moved;
}

/* Whether headers of sections may differ: they do not change what is loaded. */
static inline bool elf_headers_hold(const struct elf_pair *p)
{
	return !p->is_object || p->same_sections;
}

/* Cuts both sides into pieces; false when memory is out. */
bool elf_cut_pieces(struct elf_pair *p);
/* Names what differs in two contents of a class, of which each has its place. */
void elf_explain_part(struct elf_pair *p, enum elf_class class, const struct stretch *s);
/* What is loaded, where both sides load the same ranges. */
void elf_explain_loaded(struct elf_pair *p);
/* Everything that is cut into pieces, and the gaps between them. */
void elf_explain_pieces(struct elf_pair *p);
/* Code: which functions, how much of it, and how it reads. */
void elf_explain_code(struct elf_pair *p, const struct stretch *s);

/* Whether a section's content has the form that its name promises. */
bool elf_form_holds(enum elf_class class, struct span content);
/* Whether that is what signing a kernel module puts behind it, and nothing else. */
bool elf_is_module_signature(struct span s);
/* The descriptor of a build-id's note; empty where it is none. */
struct span elf_build_id(const struct elf *e, struct span note);

/* Names two stretches that lie between the parts of a program: padding where each is one byte
 * repeated, else bytes that somebody put there. */
void elf_explain_gap(struct elf_pair *p, struct byte_range left, struct byte_range right);

#endif
