/* code_x86.c - x86 of both widths (Intel 64 and IA-32 Architectures Software Developer's Manual,
 * volume 2). Instructions have no fixed length, so nothing is read backwards: of the bytes before a
 * call the loads of constants are found by their form. */
#include "observe/code.h"

#define LONGEST_WINDOW 48 /* bytes before a call */

static bool is_within(const struct code *c, uint64_t address)
{
	return address >= c->address && address - c->address < c->text.n;
}

static uint64_t relative(const struct code *c, uint64_t at, uint64_t end)
{
	int64_t by = (int32_t)span_u32(c->text, at, false);
	uint64_t target = c->address + end + (uint64_t)by;

	return c->e.is64 ? target : (uint32_t)target;
}

/* Code is searched eight bytes at a time for 0xe8 and 0xe9, which are one in forty. */
uint64_t code_x86_next(const struct code *c, uint64_t at)
{
	const uint64_t ones = 0x0101010101010101u;

	for (; at < c->text.n; at++) {
		while (!c->is_direct && c->text.n - at >= 8) {
			uint64_t x;

			memcpy(&x, c->text.p + at, sizeof(x));
			x = (x ^ (ones * 0xe8)) & (ones * 0xfe);
			if ((x - ones) & ~x & (ones * 0x80))
				break;
			at += 8;
		}
		if ((span_byte(c->text, at) & 0xfe) == 0xe8 ||
		    (c->is_direct && span_byte(c->text, at) == 0xff))
			return at;
	}
	return at;
}

/* call rel32, jmp rel32; call *slot, jmp *slot */
bool code_x86_call(const struct code *c, uint64_t at, uint64_t *target)
{
	if ((span_byte(c->text, at) & 0xfe) == 0xe8) {
		*target = relative(c, at + 1, at + 5);
		return is_within(c, *target);
	}
	if (span_byte(c->text, at) != 0xff || at + 6 > c->text.n)
		return false;
	if (span_byte(c->text, at + 1) == 0x15 || span_byte(c->text, at + 1) == 0x25)
		*target =
			c->e.is64 ? relative(c, at + 2, at + 6) : span_u32(c->text, at + 2, false);
	else if (!c->e.is64 && span_byte(c->text, at + 1) == 0x93) /* call *(ebx) */
		*target = (uint32_t)(c->base + span_u32(c->text, at + 2, false));
	else
		return false;
	return true;
}

/* jmp *slot, behind endbr and a bnd prefix */
bool code_x86_slot(const struct code *c, uint64_t address, uint64_t *slot)
{
	uint64_t at = address - c->address;
	uint32_t mark;

	if (!is_within(c, address))
		return false;
	mark = span_u32(c->text, at, false);
	if (mark == 0xfa1e0ff3 || mark == 0xfb1e0ff3)
		at += 4;
	at += span_byte(c->text, at) == 0xf2;
	if (span_byte(c->text, at) != 0xff || at + 6 > c->text.n)
		return false;
	if (span_byte(c->text, at + 1) == 0x25)
		*slot = c->e.is64 ? relative(c, at + 2, at + 6) : span_u32(c->text, at + 2, false);
	else if (!c->e.is64 && span_byte(c->text, at + 1) == 0xa3) /* jmp *(ebx) */
		*slot = (uint32_t)(c->base + span_u32(c->text, at + 2, false));
	else
		return false;
	return true;
}

/* Where the bytes begin that belong to this call: behind the one before, in the same function. */
static uint64_t window(const struct code *c, const struct code_call *call)
{
	uint64_t at = call->at, from = at > LONGEST_WINDOW ? at - LONGEST_WINDOW : 0, target;

	if (call->function > c->address + from && call->function < c->address + at)
		from = call->function - c->address;

	for (uint64_t i = at; i-- > from;)
		if (i + 5 <= at && span_byte(c->text, i) == 0xe8 && code_x86_call(c, i, &target))
			return i + 5;
	return from;
}

/* lea reg, [rip + #]; mov reg, # */
static bool register_argument(const struct code *c, const struct code_call *call, unsigned n,
			      uint64_t *value)
{
	static const uint8_t lea[] = { 0x3d, 0x35, 0x15, 0x0d }, mov[] = { 0xbf, 0xbe, 0xba, 0xb9 };
	uint64_t at = call->at, from = window(c, call);

	for (uint64_t i = at; n < sizeof(lea) && i-- > from;) {
		if (i + 7 <= at && span_byte(c->text, i) == 0x48 &&
		    span_byte(c->text, i + 1) == 0x8d && span_byte(c->text, i + 2) == lea[n]) {
			*value = relative(c, i + 3, i + 7);
			return true;
		}
		if (i + 5 <= at && span_byte(c->text, i) == mov[n] &&
		    elf_at(&c->e, span_u32(c->text, i + 1, false)).n) {
			*value = span_u32(c->text, i + 1, false);
			return true;
		}
	}
	return false;
}

/* push #; movl #, n(%esp); lea reg, [ebx + #] for one that is pushed */
static bool pushed(const struct code *c, uint64_t i, uint64_t end, uint64_t *value)
{
	int op = span_byte(c->text, i), kind = span_byte(c->text, i + 1);

	if (op == 0x68 && i + 5 <= end)
		*value = span_u32(c->text, i + 1, false);
	else if (op == 0xc7 && kind == 0x44 && span_byte(c->text, i + 2) == 0x24 && i + 8 <= end)
		*value = span_u32(c->text, i + 4, false);
	else if (op == 0x8d && (kind & 0xc7) == 0x83 && c->base && i + 6 <= end)
		*value = (uint32_t)(c->base + span_u32(c->text, i + 2, false));
	else
		return false;
	return elf_at(&c->e, *value).n > 0;
}

bool code_x86_argument(const struct code *c, const struct code_call *call, unsigned n,
		       uint64_t *value)
{
	uint64_t from = window(c, call);

	if (c->e.is64)
		return register_argument(c, call, n, value);
	for (uint64_t i = call->at; i-- > from;)
		if (pushed(c, i, call->at, value) && n-- == 0)
			return true;
	return false;
}
