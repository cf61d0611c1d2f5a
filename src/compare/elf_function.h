/* elf_function.h - inside compare/: which function an address belongs to, and how it is read. */
#ifndef EVENHAND_COMPARE_ELF_FUNCTION_H
#define EVENHAND_COMPARE_ELF_FUNCTION_H

#include "compare/elf_side.h"

struct elf_function {
	uint64_t start, end; /* addresses; no bit for Thumb */
	struct span name;
	bool thumb;
};

/* Where ARM's mapping symbols change between instructions and data. */
struct elf_mark {
	uint64_t at;
	char kind; /* 'a', 't', 'd' */
};

/* Both in order of addresses. */
struct elf_functions {
	struct elf_function *functions;
	struct elf_mark *marks;
	uint32_t count, mark_count;
	bool thumb; /* where nothing tells */
};

/* A stretch of code, and where it is in memory. */
struct elf_code {
	struct span bytes;
	uint64_t address;
	uint32_t section; /* of an object, in which addresses count from its sections; else 0 */
};

/* Where the byte at an offset of the file is in memory; false if nowhere. */
bool elf_code_at(const struct elf_side *s, uint64_t offset, struct span bytes, struct elf_code *c);

/* Functions of the section, or of all; from .symtab, or where it is stripped from .dynsym. */
bool elf_functions_read(struct elf_functions *f, const struct elf_side *s, uint32_t section,
			struct arena *arena);
/* The one that holds an address; NULL if none does. */
const struct elf_function *elf_function_at(const struct elf_functions *f, uint64_t address);
/* 'a' or 't' of ARM's instructions, 'd' for data; 'a' on other processors. */
char elf_kind_at(const struct elf_functions *f, uint64_t address);

#endif
