/* disassemble.h - instructions as text, for the processors that capstone knows, and RISC-V. */
#ifndef EVENHAND_COMPARE_DISASSEMBLE_H
#define EVENHAND_COMPARE_DISASSEMBLE_H

#include "format/elf_read.h"

struct instruction {
	uint64_t address;
	size_t size;
	bool known; /* else the text gives its bytes */
	char text[192];
};

struct disassembler {
	size_t handle; /* capstone's */
	size_t unit;   /* bytes of what is no instruction */
	void *room;
	unsigned riscv; /* bits of its registers, where that is the processor; else 0 */
	bool is_open;
};

/* Loads capstone, half of whose relocations every start would pay for; before the jail closes.
 * False: it is not installed. */
bool disassembler_load(void);

/* For the processor of that file. False where none such is known, or memory is out; what was
 * opened is given back by disassembler_close. */
bool disassembler_open(struct disassembler *d, const struct elf *e, bool thumb);
void disassembler_close(struct disassembler *d);

/* The instruction at the start of `code`, which is not empty. */
void disassemble(struct disassembler *d, struct span code, uint64_t address, struct instruction *i);
/* Bytes that are known to be no instruction. */
void disassemble_data(struct span code, size_t unit, uint64_t address, struct instruction *i);

#endif
