/* riscv.h - inside compare/: instructions of RISC-V as text. */
#ifndef EVENHAND_COMPARE_RISCV_H
#define EVENHAND_COMPARE_RISCV_H

#include "compare/disassemble.h"

/* RV32GC, or RV64GC where is64: as the manual writes it, without pseudo-instructions. False: the
 * bytes are none, and the rest of *i is not set. */
bool riscv_disassemble(struct span code, uint64_t address, bool is64, struct instruction *i);

#endif
