/* code_thumb.c - Thumb-2 (Arm Architecture Reference Manual): instructions of two or four bytes, so
 * that the few before a call are read forwards. */
#include "observe/code.h"

#define REGISTERS      13
#define LONGEST_WINDOW 64 /* bytes before a call */

struct thumb_state {
	const struct code *c;
	bool known[REGISTERS];
	uint32_t value[REGISTERS];
};

static uint32_t half(const struct code *c, uint64_t at)
{
	return span_u16(c->text, at, false);
}

bool code_thumb_begins(const struct code *c, uint64_t at)
{
	uint32_t h = half(c, at);

	return (h & 0xff00) == 0xb500 || (h == 0xe92d && half(c, at + 2) & 0x4000);
}

/* bl; b.w; blx, which goes to an address of words */
bool code_thumb_call(const struct code *c, uint64_t at, uint64_t *target)
{
	uint32_t a = half(c, at), b = half(c, at + 2), sign, by;
	bool words;

	if ((a & 0xf800) != 0xf000 || at + 4 > c->text.n ||
	    ((b & 0xc000) != 0xc000 && (b & 0xd000) != 0x9000))
		return false;
	sign = a >> 10 & 1;
	by = (0 - sign) << 24 | (~(b >> 13 ^ sign) & 1) << 23 | (~(b >> 11 ^ sign) & 1) << 22 |
	     (a & 0x3ff) << 12 | (b & 0x7ff) << 1;
	words = (b & 0xd000) == 0xc000;
	*target = (uint32_t)(c->address + at + 4);
	*target = (uint32_t)((words ? *target & ~3ull : *target) + (words ? by & ~3u : by));
	return true;
}

static void know(struct thumb_state *s, uint32_t reg, uint32_t value)
{
	if (reg < REGISTERS) {
		s->known[reg] = true;
		s->value[reg] = value;
	}
}

static void forget(struct thumb_state *s, uint32_t reg)
{
	if (reg < REGISTERS)
		s->known[reg] = false;
}

static void load(struct thumb_state *s, uint32_t reg, uint64_t address)
{
	uint64_t value;

	if (code_pointer(s->c, (uint32_t)address, &value))
		know(s, reg, (uint32_t)value);
	else
		forget(s, reg);
}

/* add rd, pc; mov rd, rm; other forms with high registers */
static void high(struct thumb_state *s, uint32_t h, uint32_t pc)
{
	uint32_t rd = (h & 7) | (h >> 4 & 8), rm = h >> 3 & 15;

	if (h >> 8 == 0x45 || h >> 8 == 0x47) /* cmp, bx */
		return;
	if (h >> 8 == 0x44 && rm == 15 && rd < REGISTERS && s->known[rd])
		know(s, rd, s->value[rd] + pc);
	else if (h >> 8 == 0x46 && rm < REGISTERS && s->known[rm])
		know(s, rd, s->value[rm]);
	else
		forget(s, rd);
}

static void short_step(struct thumb_state *s, uint32_t h, uint64_t at)
{
	uint32_t pc = (uint32_t)(s->c->address + at) + 4, middle = h >> 8 & 7;

	if (h >> 11 == 9) /* ldr rd, [pc, #] */
		load(s, middle, (pc & ~3u) + (h & 0xff) * 4);
	else if (h >> 11 == 0x14) /* adr */
		know(s, middle, (pc & ~3u) + (h & 0xff) * 4);
	else if (h >> 10 == 0x11)
		high(s, h, pc);
	else if (h >> 11 == 0x05 || h >> 11 == 0x0c || h >> 11 == 0x0e || h >> 11 == 0x10 ||
		 h >> 11 == 0x12) /* cmp rd, #; stores */
		return;
	else if (h >> 13 == 1 || h >> 11 == 0x13 || h >> 11 == 0x15) /* #; ldr, add of sp */
		forget(s, middle);
	else if (h >> 13 == 0 || h >> 10 == 0x10 || h >> 9 >= 0x2b) /* lower registers */
		forget(s, h >> 12 == 0xb || h >> 12 >= 0xd ? REGISTERS : h & 7);
	if (h >> 9 == 0x5e) /* pop */
		for (uint32_t r = 0; r < 8; r++)
			if (h >> r & 1)
				forget(s, r);
}

static void long_step(struct thumb_state *s, uint32_t a, uint32_t b, uint64_t at)
{
	uint32_t pc = ((uint32_t)(s->c->address + at) + 4) & ~3u, rd = b >> 8 & 15;
	uint32_t value = (a & 15) << 12 | (a & 0x400) << 1 | (b >> 4 & 0x700) | (b & 0xff);

	if ((a & 0xfbf0) == 0xf240) { /* movw */
		know(s, rd, value);
	} else if ((a & 0xfbf0) == 0xf2c0) { /* movt */
		if (rd < REGISTERS)
			s->value[rd] = (s->value[rd] & 0xffff) | value << 16;
	} else if ((a & 0xfbff) == 0xf20f || (a & 0xfbff) == 0xf2af) { /* adr */
		know(s, rd, a & 0x80 ? pc - (value & 0xfff) : pc + (value & 0xfff));
	} else if ((a & 0xff7f) == 0xf85f) { /* ldr rd, [pc, #] */
		load(s, b >> 12, a & 0x80 ? pc + (b & 0xfff) : pc - (b & 0xfff));
	} else if ((a & 0xfe00) == 0xf800) { /* loads and stores of one */
		if (a & 0x10)
			forget(s, b >> 12);
	} else if ((a & 0xfe40) == 0xe840) { /* of two */
		forget(s, b >> 12);
		forget(s, rd);
	} else if (!((a & 0xf800) == 0xf000 && b & 0x8000)) {
		forget(s, rd);
	}
}

/* b, bx, b.w, pop and load of pc: what follows is reached from elsewhere. */
static bool ends(uint32_t a, uint32_t b)
{
	return a >> 11 == 0x1c || (a & 0xff87) == 0x4700 || (a & 0xff00) == 0xbd00 ||
	       ((a & 0xf800) == 0xf000 && (b & 0xd000) == 0x9000) || (a == 0xe8bd && b & 0x8000);
}

static void forget_scratch(struct thumb_state *s)
{
	for (uint32_t r = 0; r < 4; r++)
		forget(s, r);
	forget(s, 12);
}

bool code_thumb_argument(const struct code *c, const struct code_call *call, unsigned n,
			 uint64_t *value)
{
	struct thumb_state s = { .c = c };
	uint64_t at = call->at > LONGEST_WINDOW ? call->at - LONGEST_WINDOW : 0, target;

	if (call->function > c->address + at && call->function - c->address < call->at)
		at = call->function - c->address;
	while (at < call->at) {
		uint32_t h = half(c, at);

		if (ends(h, half(c, at + 2)))
			memset(s.known, 0, sizeof(s.known));
		if (h >> 11 < 0x1d) {
			short_step(&s, h, at);
			at += 2;
			continue;
		}
		if (code_thumb_call(c, at, &target) && half(c, at + 2) & 0x4000)
			forget_scratch(&s);
		else
			long_step(&s, h, half(c, at + 2), at);
		at += 4;
	}
	if (n >= 4 || !s.known[n])
		return false;
	*value = s.value[n];
	return true;
}
