/* code.c - imports by the relocations of their slots (gABI, "Dynamic Linking"; for MIPS the global
 * part of the GOT), calls by the stubs that jump through these slots, arguments by the few
 * instructions before. */
#include "observe/code.h"

#include <stdlib.h>

enum {
	DT_PLTRELSZ_ = 2,
	DT_PLTGOT_ = 3,
	DT_RELA_ = 7,
	DT_RELASZ_ = 8,
	DT_REL_ = 17,
	DT_RELSZ_ = 18,
	DT_PLTREL_ = 20,
	DT_JMPREL_ = 23
};
#define DT_MIPS_LOCAL_GOTNO_ 0x7000000au
#define DT_MIPS_GOTSYM_      0x70000013u
#define PT_GNU_EH_FRAME_     0x6474e550u
#define SHF_EXECINSTR_       4u
#define MOST_RELOCATIONS     (1u << 18)
#define MIPS_GP_AT           0x7ff0
#define TOC_AT               0x8000

enum {
	MACHINE_386 = 3,
	MACHINE_MIPS = 8,
	MACHINE_PPC64 = 21,
	MACHINE_ARM = 40,
	MACHINE_X86_64 = 62
};

static const struct processor_code *const processors[] = {
	&code_arm, &code_aarch64, &code_mips, &code_ppc, &code_ppc64,
};

static const struct processor_code *processor_of(const struct elf *e)
{
	for (size_t i = 0; i < sizeof(processors) / sizeof(processors[0]); i++)
		if (processors[i]->machine == e->machine)
			return processors[i];
	return NULL;
}

static bool is_x86(const struct elf *e)
{
	return e->machine == MACHINE_386 || e->machine == MACHINE_X86_64;
}

/* -- imports -- */

struct wanted {
	struct code *c;
	code_row *row_of;
	uint32_t index; /* of the next symbol */
	uint32_t symbols[MOST_IMPORTS], rows[MOST_IMPORTS], count;
};

static void add_import(struct code *c, uint64_t slot, uint32_t row)
{
	if (row != CALL_INSIDE && c->count < MOST_IMPORTS)
		c->imports[c->count++] = (struct import){ slot, row };
}

/* Of Thumb the lowest bit is no part of the address; ELFv2 calls eight bytes behind the entry. */
static void add_own(struct code *c, uint64_t address, uint32_t row)
{
	c->has_targets = true;
	add_import(c, c->e.machine == MACHINE_ARM ? address & ~1ull : address, row);
	if (c->e.machine == MACHINE_PPC64)
		add_import(c, address + 8, row);
}

static bool on_symbol(void *ctx, const struct elf_symbol *s)
{
	struct wanted *w = ctx;
	uint32_t index = w->index++, row;

	if ((row = w->row_of(elf_symbol_name(s), s->section != 0)) == CALL_INSIDE)
		return true;
	if (s->section != 0)
		add_own(w->c, s->value, row);
	w->symbols[w->count] = index;
	w->rows[w->count] = row;
	return ++w->count < MOST_IMPORTS;
}

static uint32_t row_of_symbol(const struct wanted *w, uint64_t index)
{
	uint32_t low = 0, high = w->count;

	while (low < high) {
		uint32_t middle = (low + high) / 2;

		if (w->symbols[middle] == index)
			return w->rows[middle];
		if (w->symbols[middle] < index)
			low = middle + 1;
		else
			high = middle;
	}
	return CALL_INSIDE;
}

static void read_relocations(struct wanted *w, uint64_t address, uint64_t size, bool addends)
{
	const struct elf *e = &w->c->e;
	struct span table = span_head(elf_at(e, address), size);
	uint64_t word = e->is64 ? 8 : 4, entry = word * (addends ? 3 : 2);

	for (uint64_t i = 0; i < MOST_RELOCATIONS && (i + 1) * entry <= table.n; i++) {
		uint64_t at = i * entry, info;

		info = e->is64 ? span_u64(table, at + 8, e->big) >> 32
			       : span_u32(table, at + 4, e->big) >> 8;
		if (info)
			add_import(w->c,
				   e->is64 ? span_u64(table, at, e->big)
					   : span_u32(table, at, e->big),
				   row_of_symbol(w, info));
	}
}

/* The GOT of MIPS holds the symbols from DT_MIPS_GOTSYM on, in their order, behind its local part.
 */
static void read_mips_got(struct wanted *w)
{
	const struct elf *e = &w->c->e;
	uint64_t got, local, first;

	if (!elf_dynamic(e, DT_PLTGOT_, 0, &got) ||
	    !elf_dynamic(e, DT_MIPS_LOCAL_GOTNO_, 0, &local) ||
	    !elf_dynamic(e, DT_MIPS_GOTSYM_, 0, &first))
		return;
	for (uint32_t i = 0; i < w->count; i++)
		if (w->symbols[i] >= first)
			add_import(w->c, got + (local + w->symbols[i] - first) * (e->is64 ? 8 : 4),
				   w->rows[i]);
}

static void read_tables(struct wanted *w)
{
	const struct elf *e = &w->c->e;
	uint64_t at, size, kind;

	w->c->is_direct = false;

	if (elf_dynamic(e, DT_JMPREL_, 0, &at) && elf_dynamic(e, DT_PLTRELSZ_, 0, &size) &&
	    elf_dynamic(e, DT_PLTREL_, 0, &kind))
		read_relocations(w, at, size, kind == DT_RELA_);
	w->c->is_direct = w->c->count == 0;
	w->c->has_targets |= w->c->is_direct || e->machine == MACHINE_MIPS;
	if (elf_dynamic(e, DT_RELA_, 0, &at) && elf_dynamic(e, DT_RELASZ_, 0, &size))
		read_relocations(w, at, size, true);
	if (e->machine != MACHINE_MIPS && elf_dynamic(e, DT_REL_, 0, &at) &&
	    elf_dynamic(e, DT_RELSZ_, 0, &size))
		read_relocations(w, at, size, false);
	if (e->machine == MACHINE_MIPS)
		read_mips_got(w);
}

static int by_slot(const void *a, const void *b)
{
	const struct import *x = a, *y = b;

	return (x->slot > y->slot) - (x->slot < y->slot);
}

static uint32_t row_of_slot(const struct code *c, uint64_t slot)
{
	const struct import key = { .slot = slot };
	const struct import *found =
		bsearch(&key, c->imports, c->count, sizeof(c->imports[0]), by_slot);

	return found ? found->row : CALL_INSIDE;
}

/* -- what else the file says -- */

/* Sections of stubs are named .plt, .plt.sec, .plt.got; on PowerPC, where .plt is data, stubs stand
 * among the code. */
static void find_stubs(struct code *c)
{
	struct elf_section s;

	c->stubs = UINT64_MAX;
	c->stubs_end = 0;
	for (uint32_t i = 0; elf_section(&c->e, i, &s); i++) {
		if (!(s.flags & SHF_EXECINSTR_) ||
		    !span_starts(elf_section_name(&c->e, &s), span_text(".plt")))
			continue;
		c->stubs = s.address < c->stubs ? s.address : c->stubs;
		if (s.address + s.size > c->stubs_end)
			c->stubs_end = s.address + s.size;
	}
	if (c->stubs_end == 0) {
		c->stubs = 0;
		c->stubs_end = UINT64_MAX;
	}
}

static uint64_t base_of(const struct elf *e)
{
	struct elf_section got;
	uint64_t value;

	if (e->machine == MACHINE_MIPS)
		return elf_dynamic(e, DT_PLTGOT_, 0, &value) ? value + MIPS_GP_AT : 0;
	if (e->machine == MACHINE_386)
		return elf_dynamic(e, DT_PLTGOT_, 0, &value) ? value : 0;
	if (e->machine == MACHINE_PPC64 && elf_section_named(e, ".got", &got))
		return got.address + TOC_AT;
	return 0;
}

/* Functions begin where the table says that is made for unwinding (LSB core, "Eh Frame Header"):
 * relative to itself, in order. */
static void read_functions(struct code *c)
{
	struct elf_segment s;

	for (uint32_t i = 0; elf_segment(&c->e, i, &s); i++) {
		struct span head = span_sub(c->e.in, s.offset, s.file_size);

		if (s.type != PT_GNU_EH_FRAME_ || span_byte(head, 0) != 1 ||
		    span_byte(head, 2) != 0x03 || span_byte(head, 3) != 0x3b)
			continue;
		c->table =
			span_head(span_from(head, 12), (uint64_t)span_u32(head, 8, c->e.big) * 8);
		c->table_base = s.address;
	}
}

/* The n-th pair's first or second address. */
static uint64_t table_address(const struct code *c, uint64_t n, uint64_t second)
{
	int32_t by = (int32_t)span_u32(c->table, n * 8 + second * 4, c->e.big);

	return c->table_base + (uint64_t)(int64_t)by;
}

/* The function that the table has at an address; 0 where it says nothing of it. An entry has its
 * length, the place of what it shares with others, where it begins, and how far it reaches. */
static uint64_t function_of(const struct code *c, uint64_t address)
{
	uint64_t low = 0, high = c->table.n / 8, begin;

	while (low < high) {
		uint64_t middle = (low + high) / 2;

		if (table_address(c, middle, 0) <= address)
			low = middle + 1;
		else
			high = middle;
	}
	if (low == 0)
		return 0;
	begin = table_address(c, low - 1, 0);
	return address - begin < span_u32(elf_at(&c->e, table_address(c, low - 1, 1)), 12, c->e.big)
		       ? begin
		       : 0;
}

bool code_open(struct code *c, struct span program, code_row *row_of)
{
	struct wanted w = { .c = c, .row_of = row_of, .index = 1 };

	c->count = 0;
	c->has_targets = false;
	c->table = (struct span){ 0 };
	if (elf_open(program, &c->e).kind || (!is_x86(&c->e) && !processor_of(&c->e)))
		return false;
	elf_symbols(&c->e, true, on_symbol, &w);
	if (w.count)
		read_tables(&w);
	qsort(c->imports, c->count, sizeof(c->imports[0]), by_slot);
	c->base = base_of(&c->e);
	read_functions(c);
	find_stubs(c);
	return c->count > 0 && (c->table.n || !is_x86(&c->e));
}

/* -- bytes -- */

uint32_t code_word(const struct code *c, uint64_t at)
{
	/* instructions of Arm are little-endian where its data is not, too: those files are rare */
	return span_u32(c->text, at, c->e.big);
}

uint32_t code_word_at(const struct code *c, uint64_t address)
{
	return address >= c->address ? code_word(c, address - c->address) : 0;
}

bool code_pointer(const struct code *c, uint64_t address, uint64_t *value)
{
	struct span s = span_head(elf_at(&c->e, address), c->e.is64 ? 8 : 4);

	if (s.n == 0)
		return false;
	*value = c->e.is64 ? span_u64(s, 0, c->e.big) : span_u32(s, 0, c->e.big);
	return true;
}

/* -- calls -- */

struct walk {
	struct code *c;
	const struct processor_code *p;
	bool (*each)(void *ctx, const struct code *c, const struct code_call *call);
	void *ctx;
	uint64_t function; /* that began last, where no table tells */
};

static bool report(struct walk *w, uint64_t at, uint32_t row, bool thumb)
{
	struct code_call call = { at, 0, row, thumb };

	call.function = function_of(w->c, w->c->address + at);
	if (call.function == 0)
		call.function = w->function;
	return w->each(w->ctx, w->c, &call);
}

/* A jump leaves the function only where it goes to another one: that of an import is known. */
static bool is_jump(const struct walk *w, uint64_t at)
{
	struct step s;

	w->p->step(w->c, code_word(w->c, at), at, &s);
	return s.kind == STEP_END;
}

/* The wanted function that a call goes to; `target` is a stub, or a slot itself. */
static uint32_t row_of_target(const struct code *c, uint64_t target,
			      bool (*slot_of)(const struct code *, uint64_t, uint64_t *))
{
	uint64_t slot;

	if (target >= c->stubs && target < c->stubs_end && slot_of(c, target, &slot))
		return row_of_slot(c, slot);
	return c->has_targets ? row_of_slot(c, target) : CALL_INSIDE;
}

static bool has_form(uint32_t word, const struct word_form *forms, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (forms[i].mask && (word & forms[i].mask) == forms[i].value)
			return true;
	return false;
}

/* Which first bytes words of the forms may have: most words are told by them. */
static void mark_tops(bool tops[256], const struct word_form *forms, size_t count)
{
	for (uint32_t top = 0; top < 256; top++)
		for (size_t i = 0; i < count; i++)
			tops[top] |= forms[i].mask &&
				     !((top << 24 ^ forms[i].value) & forms[i].mask & 0xff000000);
}

static bool walk_words(struct walk *w)
{
	struct code *c = w->c;
	const struct processor_code *p = w->p;
	const size_t calls = sizeof(p->calls) / sizeof(p->calls[0]),
		     begins = sizeof(p->begins) / sizeof(p->begins[0]);
	bool tops[256] = { false };
	uint64_t target;

	mark_tops(tops, p->calls, calls);
	mark_tops(tops, p->begins, begins);
	w->function = 0;
	for (uint64_t at = 0; at + 4 <= c->text.n; at += 4) {
		uint32_t row, word;

		if (!tops[c->text.p[at + (c->e.big ? 0 : 3)]])
			continue;
		word = code_word(c, at);
		if (has_form(word, p->begins, begins))
			w->function = c->address + at;
		if (!has_form(word, p->calls, calls) || !p->call(c, at, &target))
			continue;
		row = row_of_target(c, target, p->slot);
		if (row == CALL_INSIDE && (!c->wants_inside || is_jump(w, at)))
			continue;
		if (!report(w, at, row, false))
			return false;
	}
	return true;
}

static bool walk_thumb(struct walk *w)
{
	struct code *c = w->c;
	uint64_t target, size;

	w->function = 0;
	for (uint64_t at = 0; at + 2 <= c->text.n; at += size) {
		uint32_t row;

		size = span_u16(c->text, at, false) >> 11 >= 0x1d ? 4 : 2;
		if (code_thumb_begins(c, at))
			w->function = c->address + at;
		if (!code_thumb_call(c, at, &target))
			continue;
		row = row_of_target(c, target, code_arm.slot);
		if (row == CALL_INSIDE &&
		    (!c->wants_inside || !(span_u16(c->text, at + 2, false) & 0x4000)))
			continue; /* b.w */
		if (!report(w, at, row, true))
			return false;
	}
	return true;
}

static bool walk_x86(struct walk *w)
{
	struct code *c = w->c;
	uint64_t target;

	for (uint64_t at = 0; (at = code_x86_next(c, at)) < c->text.n; at++) {
		uint32_t row;

		if (!code_x86_call(c, at, &target))
			continue;
		row = row_of_target(c, target, code_x86_slot);
		if (row == CALL_INSIDE && (!c->wants_inside || c->text.p[at] != 0xe8))
			continue;
		if (!report(w, at, row, false))
			return false;
	}
	return true;
}

bool code_calls(struct code *c,
		bool (*each)(void *ctx, const struct code *c, const struct code_call *call),
		void *ctx)
{
	struct walk w = { c, processor_of(&c->e), each, ctx, 0 };
	struct elf_segment s;
	uint64_t left = MOST_CODE;

	for (uint32_t i = 0; elf_segment(&c->e, i, &s); i++) {
		if (s.type != PT_LOAD_ || !(s.flags & PF_X_))
			continue;
		c->text = span_sub(c->e.in, s.offset, s.file_size);
		c->address = s.address;
		if (c->text.n > left)
			return false;
		left -= c->text.n;
		if (is_x86(&c->e) ? !walk_x86(&w) : !walk_words(&w))
			return false;
		if (c->e.machine == MACHINE_ARM && !walk_thumb(&w))
			return false;
	}
	return true;
}

/* -- arguments -- */

/* The value of a register at the call: back from the instruction in front of it, or where the one
 * behind it runs first from there. */
static bool value_of(const struct code *c, const struct processor_code *p,
		     const struct code_call *call, uint32_t reg, uint64_t *value)
{
	uint64_t at = p->delayed ? call->at + 8 : call->at;
	int64_t sum = 0;
	struct step s;

	for (int i = 0; i < LONGEST_REACH && at >= 4 && c->address + at > call->function; i++) {
		at -= 4;
		if (at == call->at)
			continue;
		p->step(c, code_word(c, at), at, &s);
		if (s.kind == STEP_END || (s.kind == STEP_CALL && p->scratch >> reg & 1))
			return false;
		if (s.to != reg)
			continue;
		sum += s.kind == STEP_LOAD ? 0 : s.value;
		if (s.kind == STEP_ADD && s.from < 32) {
			reg = s.from;
			continue;
		}
		*value = 0;
		if (s.kind == STEP_LOAD && !code_pointer(c, (uint64_t)s.value, value))
			return false;
		*value += (uint64_t)sum;
		if (!c->e.is64)
			*value = (uint32_t)*value;
		return s.kind == STEP_VALUE || s.kind == STEP_LOAD;
	}
	return false;
}

bool code_argument(const struct code *c, const struct code_call *call, unsigned n, uint64_t *value)
{
	const struct processor_code *p = processor_of(&c->e);

	if (is_x86(&c->e))
		return code_x86_argument(c, call, n, value);
	if (call->thumb)
		return code_thumb_argument(c, call, n, value);
	return p && value_of(c, p, call, p->first_argument + n, value);
}

bool code_tells_arguments(const struct code *c)
{
	return c->e.machine != MACHINE_386;
}
