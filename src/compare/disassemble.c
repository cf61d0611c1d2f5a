/* disassemble.c - over capstone 4 or 5, but for RISC-V. It reads no file and keeps no state but its
 * handle. */
#include "compare/disassemble.h"

#include <stdio.h>

#include "compare/capstone_calls.h"
#include "compare/riscv.h"

enum {
	EM_386_ = 3,
	EM_MIPS_ = 8,
	EM_PPC_ = 20,
	EM_PPC64_ = 21,
	EM_ARM_ = 40,
	EM_X86_64_ = 62,
	EM_AARCH64_ = 183,
	EM_RISCV_ = 243
};
#define EF_ARM_BE8       0x00800000u /* data big-endian, instructions little */
#define EF_MIPS_MICRO    0x02000000u
#define EF_MIPS_ARCH     0xf0000000u
#define EF_MIPS_32R6     0x90000000u
#define EF_MIPS_64R6     0xa0000000u
#define EF_MIPS_ARCH_MIN 0x60000000u /* MIPS64: with 32-bit ABIs too */

struct processor {
	cs_arch arch;
	unsigned mode;
	bool big;
	size_t unit;
};

static unsigned mips_mode(const struct elf *e)
{
	uint32_t arch = e->flags & EF_MIPS_ARCH;
	unsigned mode = e->is64 || arch == EF_MIPS_ARCH_MIN ? CS_MODE_MIPS64 : CS_MODE_MIPS32;

	if (arch == EF_MIPS_32R6 || arch == EF_MIPS_64R6)
		mode |= CS_MODE_MIPS32R6;
	return e->flags & EF_MIPS_MICRO ? mode | CS_MODE_MICRO : mode;
}

static bool processor_of(const struct elf *e, bool thumb, struct processor *p)
{
	switch (e->machine) {
	case EM_386_:
		*p = (struct processor){ CS_ARCH_X86, CS_MODE_32, false, 1 };
		return true;
	case EM_X86_64_:
		*p = (struct processor){ CS_ARCH_X86, CS_MODE_64, false, 1 };
		return true;
	case EM_MIPS_:
		*p = (struct processor){ CS_ARCH_MIPS, mips_mode(e), e->big, 4 };
		return true;
	case EM_PPC_:
		*p = (struct processor){ CS_ARCH_PPC, CS_MODE_32, e->big, 4 };
		return true;
	case EM_PPC64_:
		*p = (struct processor){ CS_ARCH_PPC, CS_MODE_64, e->big, 4 };
		return true;
	case EM_ARM_:
		*p = (struct processor){ CS_ARCH_ARM, thumb ? CS_MODE_THUMB : CS_MODE_ARM,
					 e->big && !(e->flags & EF_ARM_BE8), thumb ? 2 : 4 };
		return true;
	case EM_AARCH64_:
		*p = (struct processor){ CS_ARCH_ARM64, CS_MODE_ARM, false, 4 };
		return true;
	default:
		return false;
	}
}

bool disassembler_open(struct disassembler *d, const struct elf *e, bool thumb)
{
	struct processor p;
	csh handle;

	*d = (struct disassembler){ 0 };
	if (e->machine == EM_RISCV_) { /* capstone 4 has none */
		d->riscv = e->is64 ? 64 : 32;
		d->unit = 2;
		d->is_open = true;
		return true;
	}
	if (!capstone_calls.open || !processor_of(e, thumb, &p))
		return false;
	if (cs_open(p.arch, (cs_mode)(p.mode | (p.big ? (unsigned)CS_MODE_BIG_ENDIAN : 0)),
		    &handle) != CS_ERR_OK)
		return false;
	d->handle = handle;
	d->unit = p.unit;
	d->room = cs_malloc(handle);
	d->is_open = d->room != NULL;
	if (!d->is_open)
		cs_close(&handle);
	return d->is_open;
}

void disassembler_close(struct disassembler *d)
{
	csh handle = d->handle;

	if (!d->is_open || d->riscv)
		return;
	cs_free(d->room, 1);
	cs_close(&handle);
	*d = (struct disassembler){ 0 };
}

void disassemble_data(struct span code, size_t unit, uint64_t address, struct instruction *i)
{
	struct span bytes = span_head(code, unit);
	int n = snprintf(i->text, sizeof(i->text), ".byte");

	i->address = address;
	i->size = bytes.n;
	i->known = false;
	for (size_t k = 0; k < bytes.n && k < 8; k++)
		n += snprintf(i->text + n, sizeof(i->text) - (size_t)n, "%s0x%02x", k ? ", " : " ",
			      bytes.p[k]);
}

void disassemble(struct disassembler *d, struct span code, uint64_t address, struct instruction *i)
{
	const uint8_t *p = code.p;
	size_t left = code.n < 16 ? code.n : 16;
	uint64_t at = address;
	cs_insn *insn = d->room;

	if (d->riscv) {
		if (!riscv_disassemble(code, address, d->riscv == 64, i))
			disassemble_data(code, d->unit, address, i);
		return;
	}
	if (!cs_disasm_iter(d->handle, &p, &left, &at, insn) || insn->size == 0) {
		disassemble_data(code, d->unit, address, i);
		return;
	}
	i->address = address;
	i->size = insn->size;
	i->known = true;
	snprintf(i->text, sizeof(i->text), "%s%s%s", insn->mnemonic, insn->op_str[0] ? " " : "",
		 insn->op_str);
}
