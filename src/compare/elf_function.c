/* elf_function.c - see elf_function.h. */
#include "compare/elf_function.h"

#include <stdlib.h>

#define MOST_FUNCTIONS (200u << 10)
#define EM_ARM_        40
#define SHN_RESERVED   0xff00

enum { STT_NOTYPE_ = 0, STT_FUNC_ = 2, STT_IFUNC_ = 10 };

bool elf_code_at(const struct elf_side *s, uint64_t offset, struct span bytes, struct elf_code *c)
{
	struct elf_segment segment;

	*c = (struct elf_code){ .bytes = bytes };
	for (uint32_t i = 0; i < s->count; i++) {
		const struct elf_section *t = &s->sections[i];

		if ((t->flags & SHF_ALLOC_) && t->type != SHT_NOBITS_ && offset >= t->offset &&
		    offset - t->offset < t->size) {
			c->address = t->address + (offset - t->offset);
			c->section = s->e.type == ELF_REL ? i : 0;
			return true;
		}
	}
	for (uint32_t i = 0; elf_segment(&s->e, i, &segment); i++)
		if (segment.type == PT_LOAD_ && offset >= segment.offset &&
		    offset - segment.offset < segment.file_size) {
			c->address = segment.address + (offset - segment.offset);
			return true;
		}
	return false;
}

struct gathering {
	struct elf_functions *f;
	uint32_t left; /* symbols that are still looked at */
	uint32_t section;
	bool arm, counting;
	uint32_t thumbs;
};

static void add_function(struct gathering *g, const struct elf_symbol *s)
{
	struct elf_functions *f = g->f;
	bool thumb = g->arm && (s->value & 1);
	uint64_t start = s->value & ~(uint64_t)(g->arm ? 1 : 0);

	g->thumbs += thumb;
	if (!g->counting)
		f->functions[f->count] =
			(struct elf_function){ start, start + s->size, elf_symbol_name(s), thumb };
	f->count++;
}

static void add_mark(struct gathering *g, const struct elf_symbol *s)
{
	struct elf_functions *f = g->f;
	struct span name = elf_symbol_name(s);
	int kind = span_byte(name, 1);

	if (span_byte(name, 0) != '$' || !(kind == 'a' || kind == 't' || kind == 'd') ||
	    (name.n > 2 && name.p[2] != '.'))
		return;
	if (!g->counting)
		f->marks[f->mark_count] = (struct elf_mark){ s->value, (char)kind };
	f->mark_count++;
}

static bool on_symbol(void *ctx, const struct elf_symbol *s)
{
	struct gathering *g = ctx;

	if (g->left-- == 0)
		return false;
	if (s->section == 0 || s->section >= SHN_RESERVED ||
	    (g->section && s->section != g->section))
		return true;
	if ((s->type == STT_FUNC_ || s->type == STT_IFUNC_) && elf_symbol_name(s).n > 0)
		add_function(g, s);
	else if (g->arm && s->type == STT_NOTYPE_)
		add_mark(g, s);
	return true;
}

static int by_start(const void *a, const void *b)
{
	const struct elf_function *x = a, *y = b;

	if (x->start != y->start)
		return (x->start > y->start) - (x->start < y->start);
	/* the longest name last, and found: weak and strong names of one function are many */
	return x->end != y->end ? (x->end > y->end) - (x->end < y->end)
				: span_compare(x->name, y->name);
}

static int by_mark(const void *a, const void *b)
{
	const struct elf_mark *x = a, *y = b;

	return x->at != y->at ? (x->at > y->at) - (x->at < y->at)
			      : (x->kind > y->kind) - (x->kind < y->kind);
}

/* One name for each start; functions of assembly have no size and reach to the next. */
static void tidy(struct elf_functions *f)
{
	uint32_t kept = 0;

	qsort(f->functions, f->count, sizeof(*f->functions), by_start);
	for (uint32_t i = 0; i < f->count; i++) {
		if (kept && f->functions[kept - 1].start == f->functions[i].start)
			kept--;
		f->functions[kept++] = f->functions[i];
	}
	f->count = kept;
	for (uint32_t i = 0; i < f->count; i++)
		if (f->functions[i].end <= f->functions[i].start)
			f->functions[i].end = i + 1 < f->count ? f->functions[i + 1].start
							       : f->functions[i].start + 1;
	qsort(f->marks, f->mark_count, sizeof(*f->marks), by_mark);
}

bool elf_functions_read(struct elf_functions *f, const struct elf_side *s, uint32_t section,
			struct arena *arena)
{
	struct gathering g = { .f = f, .section = section, .arm = s->e.machine == EM_ARM_ };
	bool dynamic = false;

	*f = (struct elf_functions){ 0 };
	g.counting = true;
	g.left = MOST_FUNCTIONS;
	elf_symbols(&s->e, false, on_symbol, &g);
	if (f->count == 0) {
		dynamic = true;
		g.left = MOST_FUNCTIONS;
		elf_symbols(&s->e, true, on_symbol, &g);
	}
	f->functions = arena_take(arena, (uint64_t)f->count + 1, sizeof(*f->functions));
	f->marks = arena_take(arena, (uint64_t)f->mark_count + 1, sizeof(*f->marks));
	if (!f->functions || !f->marks) {
		*f = (struct elf_functions){ 0 };
		return false;
	}
	f->thumb = g.arm && ((s->e.entry & 1) || g.thumbs * 2 > f->count);
	f->count = f->mark_count = 0;
	g.counting = false;
	g.left = MOST_FUNCTIONS;
	elf_symbols(&s->e, dynamic, on_symbol, &g);
	tidy(f);
	return true;
}

const struct elf_function *elf_function_at(const struct elf_functions *f, uint64_t address)
{
	uint32_t low = 0, high = f->count;

	while (low < high) {
		uint32_t middle = (low + high) / 2;

		if (f->functions[middle].start <= address)
			low = middle + 1;
		else
			high = middle;
	}
	return low && address < f->functions[low - 1].end ? &f->functions[low - 1] : NULL;
}

char elf_kind_at(const struct elf_functions *f, uint64_t address)
{
	const struct elf_function *function;
	uint32_t low = 0, high = f->mark_count;

	while (low < high) {
		uint32_t middle = (low + high) / 2;

		if (f->marks[middle].at <= address)
			low = middle + 1;
		else
			high = middle;
	}
	if (low)
		return f->marks[low - 1].kind;
	function = elf_function_at(f, address);
	if (function)
		return function->thumb ? 't' : 'a';
	return f->thumb ? 't' : 'a';
}
