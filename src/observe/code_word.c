/* code_word.c - processors whose instructions are words: A32 and A64 (Arm Architecture Reference
 * Manual), MIPS (MIPS64 Architecture For Programmers, volume II), PowerPC (Power ISA, book I), and
 * the stubs that their ABIs' linkers write. */
#include "observe/code.h"

static int64_t signed_of(uint64_t value, unsigned bits)
{
	uint64_t sign = 1ull << (bits - 1);

	return (int64_t)(((value & ((sign << 1) - 1)) ^ sign) - sign);
}

static void set(struct step *s, enum step_kind kind, uint32_t to, uint32_t from, int64_t value)
{
	*s = (struct step){ kind, to, from, value };
}

static uint64_t here(const struct code *c, uint64_t at)
{
	return c->address + at;
}

/* -- A64 -- */

static void aarch64_step(const struct code *c, uint32_t w, uint64_t at, struct step *s)
{
	uint32_t rd = w & 31, rn = w >> 5 & 31;
	int64_t near = signed_of((uint64_t)(w >> 5 & 0x7ffff) << 2 | (w >> 29 & 3), 21);

	if ((w & 0x9f000000) == 0x90000000) /* adrp */
		set(s, STEP_VALUE, rd, 0, (int64_t)(here(c, at) & ~0xfffull) + near * 4096);
	else if ((w & 0x9f000000) == 0x10000000) /* adr */
		set(s, STEP_VALUE, rd, 0, (int64_t)here(c, at) + near);
	else if ((w & 0xff800000) == 0x91000000) /* add, immediate */
		set(s, STEP_ADD, rd, rn, (int64_t)(w >> 10 & 0xfff) << (w >> 22 & 1) * 12);
	else if ((w & 0xffe0ffe0) == 0xaa0003e0) /* mov */
		set(s, STEP_ADD, rd, w >> 16 & 31, 0);
	else if ((w & 0xfc000000) == 0x94000000 || (w & 0xfffffc1f) == 0xd63f0000) /* bl, blr */
		set(s, STEP_CALL, NO_REGISTER, 0, 0);
	else if ((w & 0xfc000000) == 0x14000000 || (w & 0xfe1ffc1f) == 0xd61f0000) /* b, br, ret */
		set(s, STEP_END, NO_REGISTER, 0, 0);
	else if ((w & 0x1c000000) == 0x14000000) /* other branches, system */
		set(s, STEP_NONE, NO_REGISTER, 0, 0);
	else if ((w & 0x0a000000) == 0x08000000 && !(w >> 22 & 1)) /* stores */
		set(s, STEP_NONE, NO_REGISTER, 0, 0);
	else
		set(s, STEP_OTHER, rd, (w & 0x0a000000) == 0x08000000 ? w >> 10 & 31 : rd, 0);
}

static bool aarch64_call(const struct code *c, uint64_t at, uint64_t *target)
{
	*target = here(c, at) + (uint64_t)(signed_of(code_word(c, at), 26) * 4);
	return true;
}

/* adrp x16; ldr x17, [x16, #]; add x16; br x17; with BTI in front */
static bool aarch64_slot(const struct code *c, uint64_t address, uint64_t *slot)
{
	struct step page;
	uint32_t load;

	if (code_word_at(c, address) == 0xd503245f)
		address += 4;
	aarch64_step(c, code_word_at(c, address), address - c->address, &page);
	load = code_word_at(c, address + 4);
	if (page.kind != STEP_VALUE || page.to != 16 || (load & 0xffc003ff) != 0xf9400211)
		return false;
	*slot = (uint64_t)page.value + (load >> 10 & 0xfff) * 8;
	return true;
}

const struct processor_code code_aarch64 = {
	.machine = 183,
	.scratch = 0x7ffff,
	.step = aarch64_step,
	.call = aarch64_call,
	.slot = aarch64_slot,
	.calls = { { 0x7c000000, 0x14000000 } }, /* bl, b */
	/* stp x29, x30, [sp, #-n]! or paciasp */
	.begins = { { 0xffe07fff, 0xa9a07bfd }, { 0xffffffff, 0xd503233f } },
};

/* -- A32 -- */

static uint32_t rotated(uint32_t w)
{
	uint32_t value = w & 0xff, by = (w >> 8 & 15) * 2;

	return by ? value >> by | value << (32 - by) : value;
}

static void arm_data(const struct code *c, uint32_t w, uint64_t at, struct step *s)
{
	uint32_t rd = w >> 12 & 15, rn = w >> 16 & 15, pc = (uint32_t)here(c, at) + 8;

	if ((w & 0x0ff00000) == 0x03000000) /* movw */
		set(s, STEP_VALUE, rd, 0, (w >> 4 & 0xf000) | (w & 0xfff));
	else if ((w & 0x0ff00000) == 0x03400000) /* movt: the low half stays */
		set(s, STEP_ADD, rd, rd, (int64_t)((w >> 4 & 0xf000) | (w & 0xfff)) << 16);
	else if ((w & 0x0fff0000) == 0x028f0000) /* add rd, pc, # */
		set(s, STEP_VALUE, rd, 0, (uint32_t)(pc + rotated(w)));
	else if ((w & 0x0fff0000) == 0x024f0000) /* sub rd, pc, # */
		set(s, STEP_VALUE, rd, 0, (uint32_t)(pc - rotated(w)));
	else if ((w & 0x0ff00000) == 0x02800000) /* add rd, rn, # */
		set(s, STEP_ADD, rd, rn, rotated(w));
	else if ((w & 0x0fff0ff0) == 0x008f0000) /* add rd, pc, rm */
		set(s, STEP_ADD, rd, w & 15, pc);
	else if ((w & 0x0fff0ff0) == 0x01a00000) /* mov rd, rm */
		set(s, STEP_ADD, rd, w & 15, 0);
	else if ((w & 0x01800000) == 0x01000000 && w & 0x00100000) /* tst, teq, cmp, cmn */
		set(s, STEP_NONE, NO_REGISTER, 0, 0);
	else if ((w & 0x0ffffff0) == 0x012fff30) /* blx rm */
		set(s, STEP_CALL, NO_REGISTER, 0, 0);
	else if ((w & 0x0ffffff0) == 0x012fff10) /* bx rm */
		set(s, STEP_END, NO_REGISTER, 0, 0);
	else if ((w & 0x0fc000f0) == 0x00000090) /* mul, mla */
		set(s, STEP_OTHER, rn, rn, 0);
	else
		set(s, STEP_OTHER, rd, rd, 0);
}

static void arm_step(const struct code *c, uint32_t w, uint64_t at, struct step *s)
{
	uint32_t rd = w >> 12 & 15, pc = (uint32_t)here(c, at) + 8, offset = w & 0xfff;
	bool always = w >> 28 == 14, loads = w & 0x00100000;

	if (w >> 28 == 15 || (w & 0x0f000000) == 0x0b000000) { /* blx, bl */
		set(s, STEP_CALL, NO_REGISTER, 0, 0);
	} else if ((w & 0x0f000000) == 0x0a000000) { /* b */
		set(s, always ? STEP_END : STEP_NONE, NO_REGISTER, 0, 0);
	} else if ((w & 0x0c000000) == 0) {
		arm_data(c, w, at, s);
	} else if ((w & 0x0f7f0000) == 0x051f0000) { /* ldr rd, [pc, #] */
		set(s, STEP_LOAD, rd, NO_REGISTER, w & 0x00800000 ? pc + offset : pc - offset);
	} else if ((w & 0x0c000000) == 0x04000000) {
		set(s, loads ? STEP_OTHER : STEP_NONE, loads ? rd : NO_REGISTER, rd, 0);
	} else if ((w & 0x0e108000) == 0x08108000) { /* ldm with pc */
		set(s, always ? STEP_END : STEP_NONE, NO_REGISTER, 0, 0);
	} else {
		set(s, STEP_NONE, NO_REGISTER, 0, 0);
	}
	if (!always && s->kind >= STEP_VALUE && s->kind <= STEP_LOAD)
		s->kind = STEP_OTHER;
}

static bool arm_call(const struct code *c, uint64_t at, uint64_t *target)
{
	uint32_t w = code_word(c, at);
	int64_t by = signed_of(w, 24) * 4 + 8;

	if (w >> 25 == 0x7d) /* blx to Thumb */
		by += w >> 23 & 2;
	*target = (uint32_t)(here(c, at) + (uint64_t)by);
	return true;
}

/* add ip, pc, #; add ip, ip, #; ldr pc, [ip, #]!; for Thumb with bx pc in front */
static bool arm_slot(const struct code *c, uint64_t address, uint64_t *slot)
{
	uint32_t value = (uint32_t)address + 8, w = code_word_at(c, address);

	if ((w & 0xffff) == 0x4778) {
		address += 4;
		value += 4;
	}
	for (int i = 0; i < 4; i++, address += 4) {
		w = code_word_at(c, address);
		if ((w & 0xfffff000) == 0xe5bcf000 && i) {
			*slot = (uint32_t)(value + (w & 0xfff));
			return true;
		}
		if ((w & 0xfffff000) != (i ? 0xe28cc000 : 0xe28fc000))
			return false;
		value += rotated(w);
	}
	return false;
}

const struct processor_code code_arm = {
	.machine = 40,
	.scratch = 0x100f,
	.step = arm_step,
	.call = arm_call,
	.slot = arm_slot,
	/* blx to Thumb, bl, b */
	.calls = { { 0xfe000000, 0xfa000000 },
		   { 0x0f000000, 0x0b000000 },
		   { 0xff000000, 0xea000000 } },
	/* push {..., lr}; or of lr alone */
	.begins = { { 0xffff4000, 0xe92d4000 }, { 0xffffffff, 0xe52de004 } },
};

/* -- MIPS -- */

enum { MIPS_A0 = 4, MIPS_T9 = 25, MIPS_GP = 28 };

/* gp, or a copy of it: offsets from it are far below those of any structure. */
static bool is_got(const struct code *c, uint32_t base, int64_t offset)
{
	return c->base && (base == MIPS_GP || (offset < -0x4000 && base > 0 && base < MIPS_GP));
}

static void mips_short(const struct code *c, uint32_t w, struct step *s)
{
	uint32_t op = w >> 26, rs = w >> 21 & 31, rt = w >> 16 & 31;
	int64_t low = signed_of(w, 16);

	if (op == 15) /* lui; addiupc has a base and is another */
		set(s, rs ? STEP_OTHER : STEP_VALUE, rt, rt, (int32_t)(w << 16));
	else if (op == 9 || op == 25) /* addiu, daddiu */
		set(s, STEP_ADD, rt, rs, low);
	else if ((op == 35 || op == 55) && is_got(c, rs, low)) /* lw, ld */
		set(s, STEP_LOAD, rt, NO_REGISTER, (int64_t)c->base + low);
	else if ((op >= 40 && op < 48 && op != 47) || op >= 56 || op == 4 || op == 5 || op == 6 ||
		 op == 7 || op == 1 || (op >= 16 && op < 20 && !(rs < 3))) /* stores, branches */
		set(s, STEP_NONE, NO_REGISTER, 0, 0);
	else if (op == 2) /* j */
		set(s, STEP_END, NO_REGISTER, 0, 0);
	else if (op == 3) /* jal */
		set(s, STEP_CALL, NO_REGISTER, 0, 0);
	else
		set(s, STEP_OTHER, rt, rt, 0);
}

static void mips_step(const struct code *c, uint32_t w, uint64_t at, struct step *s)
{
	uint32_t rs = w >> 21 & 31, rt = w >> 16 & 31, rd = w >> 11 & 31, kind = w & 63;

	(void)at;
	if (w >> 26 != 0)
		mips_short(c, w, s);
	else if (w == 0)
		set(s, STEP_NONE, NO_REGISTER, 0, 0);
	else if (kind == 9) /* jalr */
		set(s, STEP_CALL, NO_REGISTER, 0, 0);
	else if (kind == 8) /* jr */
		set(s, STEP_END, NO_REGISTER, 0, 0);
	else if ((kind == 33 || kind == 37 || kind == 45) && (rs == 0 || rt == 0)) /* move */
		set(s, STEP_ADD, rd, rs ? rs : rt, 0);
	else
		set(s, STEP_OTHER, rd, rd, 0);
}

/* jalr t9 or jr t9, where t9 comes out of the GOT; or jal of what is linked to a fixed address. */
static bool mips_call(const struct code *c, uint64_t at, uint64_t *target)
{
	uint32_t w = code_word(c, at);
	uint64_t from = at;
	struct step s;

	if (w >> 26 == 3) {
		*target = ((here(c, at) + 4) & ~0xfffffffull) | (w & 0x3ffffff) << 2;
		return true;
	}
	for (int i = 0; i < LONGEST_REACH && from >= 4; i++) {
		from -= 4;
		mips_step(c, code_word(c, from), from, &s);
		if (s.to != MIPS_T9)
			continue;
		*target = (uint64_t)s.value; /* the slot itself */
		return s.kind == STEP_LOAD;
	}
	return false;
}

/* lui t7; lw t9, (t7) */
static bool mips_slot(const struct code *c, uint64_t address, uint64_t *slot)
{
	uint32_t high = code_word_at(c, address), load = code_word_at(c, address + 4);

	if (high >> 16 != 0x3c0f || (load >> 16 != 0x8df9 && load >> 16 != 0xddf9))
		return false;
	*slot = (uint64_t)(int32_t)(high << 16) + (uint64_t)signed_of(load, 16);
	return true;
}

const struct processor_code code_mips = {
	.machine = 8,
	.first_argument = MIPS_A0,
	.scratch = 0x0300ffff,
	.step = mips_step,
	.call = mips_call,
	.slot = mips_slot,
	.delayed = true,
	/* jal, jalr t9, jr t9 */
	.calls = { { 0xfc000000, 0x0c000000 },
		   { 0xffffffff, 0x0320f809 },
		   { 0xffffffff, 0x03200008 } },
	/* addiu sp, sp, -n; or daddiu */
	.begins = { { 0xffff8000, 0x27bd8000 }, { 0xffff8000, 0x67bd8000 } },
};

/* -- PowerPC -- */

static void ppc_step(const struct code *c, uint32_t w, uint64_t at, struct step *s)
{
	uint32_t op = w >> 26, rd = w >> 21 & 31, ra = w >> 16 & 31;
	int64_t low = signed_of(w, 16);

	(void)at;
	if (op == 15 && ra == 2 && c->e.is64) /* addis of the TOC */
		set(s, c->base ? STEP_VALUE : STEP_OTHER, rd, rd, (int64_t)c->base + low * 65536);
	else if (op == 15)
		set(s, ra ? STEP_ADD : STEP_VALUE, rd, ra, low * 65536);
	else if (op == 14 && ra == 2 && c->e.is64)
		set(s, c->base ? STEP_VALUE : STEP_OTHER, rd, rd, (int64_t)c->base + low);
	else if (op == 14) /* li: a number, no address */
		set(s, ra ? STEP_ADD : STEP_OTHER, rd, ra, low);
	else if (op == 31 && (w >> 1 & 1023) == 444 && rd == (w >> 11 & 31)) /* mr */
		set(s, STEP_ADD, ra, rd, 0);
	else if (op == 18) /* b, bl */
		set(s, w & 1 ? STEP_CALL : STEP_END, NO_REGISTER, 0, 0);
	else if (op == 19 && (w >> 1 & 1023) == 528) /* bctr, bctrl */
		set(s, w & 1 ? STEP_CALL : STEP_END, NO_REGISTER, 0, 0);
	else if (w == 0x4e800020) /* blr */
		set(s, STEP_END, NO_REGISTER, 0, 0);
	else if (op == 16 || op == 19 || (op >= 36 && op < 40) || op == 44 || op == 45 ||
		 op == 47 || op >= 52 || op == 10 || op == 11 || (op == 31 && !(w >> 1 & 31)))
		set(s, STEP_NONE, NO_REGISTER, 0, 0); /* branches, stores, floats, compares */
	else if (op >= 20 && op < 30) /* rotations, logic: the target is the other one */
		set(s, STEP_OTHER, ra, ra, 0);
	else
		set(s, STEP_OTHER, rd, op == 31 ? ra : rd, 0);
}

static bool ppc_call(const struct code *c, uint64_t at, uint64_t *target)
{
	*target = here(c, at) + (uint64_t)signed_of(code_word(c, at) & 0x3fffffc, 26);
	return true;
}

/* lis r11; lwz r11, (r11); mtctr; bctr */
static bool ppc_slot(const struct code *c, uint64_t address, uint64_t *slot)
{
	uint32_t high = code_word_at(c, address), load = code_word_at(c, address + 4);

	if (high >> 16 != 0x3d60 || load >> 16 != 0x816b)
		return false;
	*slot = (uint32_t)((high << 16) + (uint32_t)signed_of(load, 16));
	return true;
}

/* std r2, 24(r1); addis r12, r2; ld r12, (r12); mtctr; bctr; or ld r12, (r2) alone */
static bool ppc64_slot(const struct code *c, uint64_t address, uint64_t *slot)
{
	uint32_t high, load;

	if (code_word_at(c, address) == 0xf8410018)
		address += 4;
	high = code_word_at(c, address);
	load = code_word_at(c, address + 4);
	if (c->base && high >> 16 == 0xe982) {
		*slot = c->base + (uint64_t)signed_of(high & 0xfffc, 16);
		return true;
	}
	if (!c->base || high >> 16 != 0x3d82 || load >> 16 != 0xe98c)
		return false;
	*slot = c->base + (uint64_t)(signed_of(high, 16) * 65536) +
		(uint64_t)signed_of(load & 0xfffc, 16);
	return true;
}

const struct processor_code code_ppc = {
	.machine = 20,
	.first_argument = 3,
	.scratch = 0x1fff,
	.step = ppc_step,
	.call = ppc_call,
	.slot = ppc_slot,
	.calls = { { 0xfc000002, 0x48000000 } }, /* b, bl */
	/* stwu r1, -n(r1); or stdu */
	.begins = { { 0xffff8000, 0x94218000 }, { 0xffff8003, 0xf8218001 } },
};
const struct processor_code code_ppc64 = {
	.machine = 21,
	.first_argument = 3,
	.scratch = 0x1fff,
	.step = ppc_step,
	.call = ppc_call,
	.slot = ppc64_slot,
	.calls = { { 0xfc000002, 0x48000000 } }, /* b, bl */
	/* stwu r1, -n(r1); or stdu */
	.begins = { { 0xffff8000, 0x94218000 }, { 0xffff8003, 0xf8218001 } },
};
