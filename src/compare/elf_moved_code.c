/* elf_moved_code.c - code in which only addresses changed: the same instructions with the same
 * registers, and numbers that differ by as much as something moved. */
#include "compare/disassemble.h"
#include "compare/elf_function.h"
#include "compare/elf_moved.h"

#include <stdlib.h>

#define MOST_CODE (16u << 20)

enum {
	EM_386_ = 3,
	EM_MIPS_ = 8,
	EM_PPC_ = 20,
	EM_PPC64_ = 21,
	EM_X86_64_ = 62,
	EM_ARM_ = 40,
	EM_AARCH64_ = 183
};

struct reader {
	struct elf_moved *m;
	const struct stretch *s;
	struct elf_code left, right;
	struct elf_functions functions;
	struct disassembler arm, thumb;
	uint8_t *loaded; /* a bit a word: an instruction before loads it, as ARM's do */
};

static bool has_bit(const uint8_t *map, uint64_t bit)
{
	return map[bit >> 3] >> (bit & 7) & 1;
}

static bool is_one_of(const char *text, const char *const *words)
{
	for (; *words; words++) {
		size_t n = strlen(*words);

		if (strncmp(text, *words, n) == 0 && (text[n] == ' ' || text[n] == 0))
			return true;
	}
	return false;
}

static bool is_high(const char *text)
{
	static const char *const words[] = { "lui", "addis", "lis", "movt", "daddiu", NULL };

	return is_one_of(text, words);
}

/* Jumps and calls: b, bl, beq, cbz, j, jal, call ... */
static bool is_jump(const char *text)
{
	static const char *const words[] = { "cbz", "cbnz", "tbz", "tbnz", "call", NULL };
	static const char *const others[] = { "bic", "bics", "bfi", "bfc", "bfxil", "bkpt", "brk",
					      "bsf", "bsr",  "bt",  "bts", "btr",   NULL };

	return is_one_of(text, words) ||
	       ((text[0] == 'b' || text[0] == 'j') && !is_one_of(text, others));
}

/* Whether a number in an instruction may be an address, or the part of one that fits, and changed
 * as those do. `memory`: it tells where to load or store. A number that is compared or counted with
 * is none. */
static bool number_holds(const struct reader *r, const char *text, bool memory, int64_t delta)
{
	static const char *const x86[] = { "mov", "movabs", "push", "lea", NULL };
	static const char *const pages[] = { "adrp", NULL }, *const adding[] = { "add", NULL };
	static const char *const half[] = { "movw", NULL };
	static const char *const low[] = { "addi", "addiu", "daddiu", NULL };
	const struct elf_moved *m = r->m;
	bool low16 = has_bit(m->low16, (uint64_t)delta & 0xffff);

	if (is_jump(text))
		return elf_delta_is_known(m, delta);
	switch (m->p->left.e.machine) {
	case EM_386_:
	case EM_X86_64_:
		return (memory || is_one_of(text, x86)) && elf_delta_is_known(m, delta);
	case EM_AARCH64_:
		if (is_one_of(text, pages))
			return delta % 4096 == 0 && llabs(delta) <= 1 << 20;
		return (memory || is_one_of(text, adding)) &&
		       has_bit(m->low12, (uint64_t)delta & 0xfff);
	case EM_MIPS_:
	case EM_PPC_:
	case EM_PPC64_:
		return (is_high(text) && llabs(delta) == 1) ||
		       ((memory || is_one_of(text, low)) && !strstr(text, "$zero") && low16);
	case EM_ARM_:
		return (is_high(text) && llabs(delta) == 1) || (is_one_of(text, half) && low16) ||
		       (memory && strstr(text, "[pc") && elf_delta_is_known(m, delta));
	default:
		return false;
	}
}

/* A number as capstone writes it, with its sign; false where none begins. The digits of a
 * register's name are none. */
static bool read_number(const char *start, const char **at, int64_t *value)
{
	const char *p = *at;
	bool negative = *p == '-', inside = p > start && ((p[-1] >= 'a' && p[-1] <= 'z') ||
							  (p[-1] >= '0' && p[-1] <= '9'));
	char *end;

	p += negative;
	if (inside || *p < '0' || *p > '9')
		return false;
	*value = (int64_t)strtoull(p, &end, 0);
	*value = negative ? -*value : *value;
	*at = end;
	return true;
}

/* "[rip - 0x10]" against "[rip + 0x14]". */
static bool read_signed(const char *start, const char **at, int64_t *value)
{
	const char *p = *at;

	if ((*p != '+' && *p != '-') || p[1] != ' ')
		return read_number(start, at, value);
	p += 2;
	if (!read_number(start, &p, value))
		return false;
	*value = **at == '-' ? -*value : *value;
	*at = p;
	return true;
}

static bool texts_hold(const struct reader *r, const char *a, const char *b)
{
	const char *p = a, *q = b;
	bool inside = false;

	while (*p || *q) {
		int64_t x, y;
		const char *p_next = p, *q_next = q;

		inside = *p == '[' || (inside && *p != ']');

		if (read_signed(a, &p_next, &x) && read_signed(b, &q_next, &y)) {
			if (x != y && !number_holds(r, a, inside || *p_next == '(',
						    (int64_t)((uint64_t)y - (uint64_t)x)))
				return false;
			p = p_next;
			q = q_next;
		} else if (*p++ != *q++) {
			return false;
		}
	}
	return true;
}

/* A word among the code, which an instruction loads. */
static bool word_holds(const struct reader *r, uint64_t at)
{
	bool big = r->m->p->left.e.big;
	struct span a = span_sub(r->s->left, at, 4), b = span_sub(r->s->right, at, 4);

	return a.n && b.n &&
	       elf_delta_is_known(r->m, (int32_t)(span_u32(b, 0, big) - span_u32(a, 0, big)));
}

static bool is_word(const struct reader *r, uint64_t at)
{
	return (r->left.address + at) % 4 == 0 &&
	       (has_bit(r->loaded, at / 4) ||
		elf_kind_at(&r->functions, r->left.address + at) == 'd');
}

/* "ldr r3, [pc, #0x1c]": notes the word. */
static void note_load(struct reader *r, uint64_t at, bool thumb, const char *text)
{
	const char *place = strstr(text, "[pc, #");
	uint64_t from = r->left.address + at + (thumb ? 4 : 8), target;

	if (r->m->p->left.e.machine != EM_ARM_ || strncmp(text, "ldr", 3) != 0 || !place)
		return;
	target = (from & ~(uint64_t)3) + strtoull(place + 6, NULL, 0) - r->left.address;
	if (target < r->s->left.n)
		r->loaded[target / 4 / 8] |= (uint8_t)(1u << (target / 4 % 8));
}

/* The instruction at `at`; gives how far to go on, 0 where it is another one. */
static uint64_t step(struct reader *r, uint64_t at)
{
	bool thumb = elf_kind_at(&r->functions, r->left.address + at) == 't';
	struct disassembler *d = thumb ? &r->thumb : &r->arm;
	struct instruction a, b;

	if (is_word(r, at) && r->s->left.n - at >= 4)
		return span_equal(span_sub(r->s->left, at, 4), span_sub(r->s->right, at, 4)) ||
				       word_holds(r, at)
			       ? 4
			       : 0;
	if (!d->is_open && !disassembler_open(d, &r->m->p->left.e, thumb))
		return 0;
	disassemble(d, span_from(r->s->left, at), r->left.address + at, &a);
	note_load(r, at, thumb, a.text);
	if (span_equal(span_sub(r->s->left, at, a.size), span_sub(r->s->right, at, a.size)))
		return a.size;
	disassemble(d, span_from(r->s->right, at), r->right.address + at, &b);
	return a.size == b.size && a.known && b.known && texts_hold(r, a.text, b.text) ? a.size : 0;
}

static bool holds(struct reader *r)
{
	for (uint64_t at = 0, n; at < r->s->left.n; at += n) {
		n = step(r, at);
		if (n == 0)
			return false;
	}
	return true;
}

void elf_moved_code(struct elf_moved *m, const struct stretch *s)
{
	struct reader r = { .m = m, .s = s };
	struct elf_pair *p = m->p;

	r.loaded = arena_take(p->x->arena, s->left.n / 32 + 1, 1);
	if (s->left.n != s->right.n || s->left.n > MOST_CODE ||
	    !elf_code_at(&p->left, s->left_at, s->left, &r.left) ||
	    !elf_code_at(&p->right, s->right_at, s->right, &r.right) ||
	    !elf_functions_read(&r.functions, &p->left, 0, p->x->arena) || !r.loaded) {
		m->failed = true;
		return;
	}
	m->failed |= !holds(&r);
	disassembler_close(&r.arm);
	disassembler_close(&r.thumb);
}
