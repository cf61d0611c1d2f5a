/* code.h - inside observe/: where a program calls functions of libraries, and with which constants.
 * Nothing is followed but what stands in a few instructions before a call, in the order of
 * addresses; so a constant that is found may be one of several that reach the call, and is for a
 * reader to judge. Known: A32, Thumb-2, A64, MIPS (32 and 64 bits), PowerPC (32 bits, and ELFv2),
 * x86 of both widths. */
#ifndef EVENHAND_OBSERVE_CODE_H
#define EVENHAND_OBSERVE_CODE_H

#include "format/elf_read.h"

#define MOST_IMPORTS  256       /* places of wanted functions */
#define MOST_CODE     (8 << 20) /* bytes of one program that are looked at */
#define LONGEST_REACH 32        /* instructions before a call */

/* A place through which a wanted function is reached: a slot of the GOT, or its own address. */
struct import {
	uint64_t slot;
	uint32_t row; /* as the caller named it */
};

struct code {
	struct elf e;
	struct span text; /* one segment of code */
	uint64_t address; /* where it begins */
	uint64_t base;    /* what the ABI's base register holds: gp, TOC, GOT; 0: none */
	struct import imports[MOST_IMPORTS];
	uint32_t count;
	uint64_t stubs, stubs_end; /* where stubs stand; without sections: anywhere */
	bool is_direct;            /* calls go through slots, not stubs */
	bool has_targets;          /* slots and functions that are called themselves */
	bool wants_inside;         /* other calls are reported too */
	struct span table;         /* pairs of the sorted table of .eh_frame_hdr; empty: none */
	uint64_t table_base;
};

struct code_call {
	uint64_t at;       /* the instruction's offset in text */
	uint64_t function; /* address of the function that it stands in; 0: not told */
	uint32_t row;      /* CALL_INSIDE: a function of the program's own, or one not wanted */
	bool thumb;
};
#define CALL_INSIDE UINT32_MAX

/* Which row a symbol's name has, of a library or of the program itself; CALL_INSIDE: not wanted. */
typedef uint32_t code_row(struct span name, bool is_own);

/* Notes through which slots the wanted functions are reached. False: none is, or the processor is
 * not known, or where functions begin. */
bool code_open(struct code *c, struct span program, code_row *row_of);

/* Walks the calls of each segment of code, in order; those of no wanted function only where
 * c->wants_inside is set. False from `each` ends it. True: all that was
 * to be seen was. */
bool code_calls(struct code *c,
		bool (*each)(void *ctx, const struct code *c, const struct code_call *call),
		void *ctx);

/* The n-th argument (from 0) where it is a constant. */
bool code_argument(const struct code *c, const struct code_call *call, unsigned n, uint64_t *value);
/* Whether code_argument tells arguments apart: not where they are pushed. */
bool code_tells_arguments(const struct code *c);

/* -- one for each family of processors -- */

/* One instruction, as far as constants go. */
struct step {
	enum step_kind {
		STEP_OTHER, /* `to` is not known afterwards */
		STEP_VALUE, /* to = value */
		STEP_ADD,   /* to = from + value */
		STEP_LOAD,  /* to = the word at from + value */
		STEP_NONE,  /* writes no register that counts */
		STEP_CALL,  /* what callees may change is not known afterwards */
		STEP_END,   /* what stands before does not run into it */
	} kind;
	uint32_t to, from;
	int64_t value;
};

#define NO_REGISTER 99

/* Words of which the bits of the mask have that value. */
struct word_form {
	uint32_t mask, value; /* mask 0: none */
};

struct processor_code {
	uint16_t machine;
	uint32_t first_argument; /* a register */
	uint32_t scratch;        /* bits of those that a callee may change */
	void (*step)(const struct code *c, uint32_t word, uint64_t at, struct step *s);
	/* Where the call at that offset, one of `calls`, goes: code, or the slot itself. False: it
	 * cannot be told. */
	bool (*call)(const struct code *c, uint64_t at, uint64_t *target);
	/* The slot that the stub at an address jumps through. */
	bool (*slot)(const struct code *c, uint64_t address, uint64_t *slot);
	bool delayed; /* the instruction behind a call runs before it */
	struct word_form calls[3];
	struct word_form begins[2]; /* of a function */
};

extern const struct processor_code code_arm, code_aarch64, code_mips, code_ppc, code_ppc64;

uint32_t code_word(const struct code *c, uint64_t at);
uint32_t code_word_at(const struct code *c, uint64_t address);
/* The pointer at an address of the file. */
bool code_pointer(const struct code *c, uint64_t address, uint64_t *value);

bool code_thumb_call(const struct code *c, uint64_t at, uint64_t *target);
bool code_thumb_begins(const struct code *c, uint64_t at);
bool code_thumb_argument(const struct code *c, const struct code_call *call, unsigned n,
			 uint64_t *value);

/* The next place from `at` on that may be a call or jump; the text's end if none is. */
uint64_t code_x86_next(const struct code *c, uint64_t at);
bool code_x86_call(const struct code *c, uint64_t at, uint64_t *target);
bool code_x86_slot(const struct code *c, uint64_t address, uint64_t *slot);
bool code_x86_argument(const struct code *c, const struct code_call *call, unsigned n,
		       uint64_t *value);

#endif
