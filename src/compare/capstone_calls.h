/* capstone_calls.h - the functions of capstone that are used, by their names; they are there after
 * disassembler_load (library.h, disassemble.h). */
#ifndef EVENHAND_COMPARE_CAPSTONE_CALLS_H
#define EVENHAND_COMPARE_CAPSTONE_CALLS_H

#include <capstone/capstone.h>

#include "base/library.h"

#define CAPSTONE_CALLS(X)                                                                          \
	X(close)                                                                                   \
	X(disasm_iter)                                                                             \
	X(free)                                                                                    \
	X(malloc)                                                                                  \
	X(open)

struct capstone_calls {
#define MEMBER(name) __typeof__(&(cs_##name)) name;
	CAPSTONE_CALLS(MEMBER)
#undef MEMBER
};
extern struct capstone_calls capstone_calls;

#define cs_close       capstone_calls.close
#define cs_disasm_iter capstone_calls.disasm_iter
#define cs_free        capstone_calls.free
#define cs_malloc      capstone_calls.malloc
#define cs_open        capstone_calls.open

#endif
