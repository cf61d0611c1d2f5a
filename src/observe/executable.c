/* executable.c - what an ELF file says of its own hardening and of the functions it calls.
 * Properties are those that checksec prints; what a file cannot tell is null. */
#include "base/text.h"
#include "format/elf_read.h"
#include "observe/observe.h"

#define MOST_NAMES  512
#define MOST_NEEDED 256
#define MOST_NOTES  64

enum {
	DT_NEEDED_ = 1,
	DT_RPATH_ = 15,
	DT_RUNPATH_ = 29,
	DT_DEBUG_ = 21,
	DT_BIND_NOW_ = 24,
	DT_FLAGS_ = 30
};
#define DT_FLAGS_1_  0x6ffffffbu
#define DF_BIND_NOW_ 8u
#define DF_1_NOW_    1u
#define DF_1_PIE_    0x08000000u

/* What a walk over the symbols gathers. */
struct names {
	struct arena *arena;
	struct span unsafe_calls[MOST_NAMES], safe_calls[MOST_NAMES];
	uint32_t unsafe_count, safe_count, symbols;
	bool canary, fortify;
};

static void add_name(struct names *n, struct span *list, uint32_t *count, struct span name)
{
	for (uint32_t i = 0; i < *count; i++)
		if (span_equal(list[i], name))
			return;
	if (*count < MOST_NAMES)
		list[(*count)++] = arena_copy(n->arena, name);
}

/* glibc versions its symbols: "memcpy@@GLIBC_2.14" in .symtab. */
static struct span without_version(struct span name)
{
	size_t at = span_find(name, 0, span_text("@"));

	return at < name.n ? span_sub(name, 0, at) : name;
}

static bool is_safe_call(struct span name)
{
	for (size_t i = 0; i < call_rules_count; i++) {
		struct span rest = span_text(call_rules[i].safe ? call_rules[i].safe : "");

		while (rest.n)
			if (span_equal(field_next(&rest, ','), name))
				return true;
	}
	return false;
}

/* __memcpy_chk: the form that FORTIFY puts in the place of memcpy. */
static bool is_fortified(struct span name)
{
	return name.n > 6 && span_starts(name, span_text("__")) &&
	       span_ends(name, span_text("_chk")) && !span_is(name, "__stack_chk");
}

static bool on_symbol(void *ctx, const struct elf_symbol *s)
{
	struct names *n = ctx;
	struct span name = without_version(s->name);

	n->symbols++;
	if (span_starts(name, span_text("__stack_chk_")))
		n->canary = true;
	if (s->section != 0 || name.n == 0)
		return true;
	if (is_fortified(name)) {
		n->fortify = true;
		add_name(n, n->safe_calls, &n->safe_count, name);
	} else if (call_rule_find(name)) {
		add_name(n, n->unsafe_calls, &n->unsafe_count, name);
	} else if (is_safe_call(name)) {
		add_name(n, n->safe_calls, &n->safe_count, name);
	}
	return true;
}

static struct spans sorted(struct arena *a, struct span *list, uint32_t count)
{
	struct span *copy = arena_take(a, count, sizeof(*copy));

	for (uint32_t i = 1; i < count; i++)
		for (uint32_t k = i; k > 0 && span_compare(list[k - 1], list[k]) > 0; k--) {
			struct span swap = list[k];

			list[k] = list[k - 1];
			list[k - 1] = swap;
		}
	if (copy && count)
		memcpy(copy, list, count * sizeof(*copy));
	return (struct spans){ copy, copy ? count : 0 };
}

static void read_segments(const struct elf *e, struct executable_fact *x, struct arena *a)
{
	struct elf_segment s;
	bool relro = false;
	uint64_t flags = 0, flags_1 = 0, value;

	x->nx = TRI_NULL;
	for (uint32_t i = 0; elf_segment(e, i, &s); i++) {
		if (s.type == PT_GNU_STACK_)
			x->nx = s.flags & 1 ? TRI_NO : TRI_YES;
		else if (s.type == PT_GNU_RELRO_)
			relro = true;
		else if (s.type == PT_INTERP_)
			x->interpreter =
				arena_copy(a, elf_text(span_sub(e->in, s.offset, s.file_size), 0));
	}
	elf_dynamic(e, DT_FLAGS_, 0, &flags);
	elf_dynamic(e, DT_FLAGS_1_, 0, &flags_1);
	x->relro = e->type == ELF_REL ? NULL /* what links it decides */
		   : !relro           ? "none"
		   : elf_dynamic(e, DT_BIND_NOW_, 0, &value) || flags & DF_BIND_NOW_ ||
				   flags_1 & DF_1_NOW_
			   ? "full"
			   : "partial";
	if (e->type == ELF_REL)
		x->pie = "relocatable";
	else if (e->type != ELF_DYN)
		x->pie = "no";
	else if (flags_1 & DF_1_PIE_ || elf_dynamic(e, DT_DEBUG_, 0, &value))
		x->pie = "yes";
	else
		x->pie = "shared object";
}

static void read_dynamic(const struct elf *e, struct executable_fact *x, struct arena *a)
{
	struct span *needed = arena_take(a, MOST_NEEDED, sizeof(*needed));
	uint64_t value;
	uint32_t n = 0;

	if (elf_dynamic(e, DT_RPATH_, 0, &value))
		x->rpath = arena_copy(a, elf_dynamic_text(e, value));
	if (elf_dynamic(e, DT_RUNPATH_, 0, &value))
		x->runpath = arena_copy(a, elf_dynamic_text(e, value));
	while (needed && n < MOST_NEEDED && elf_dynamic(e, DT_NEEDED_, n, &value)) {
		needed[n] = arena_copy(a, elf_dynamic_text(e, value));
		n++;
	}
	x->needed = (struct spans){ needed, n };
	x->is_static = e->type == ELF_REL || elf_is_dynamic(e) ? TRI_NO : TRI_YES;
}

/* The description of the note "GNU", type 3 (gABI notes; name and description padded to 4). */
static struct span build_id_of(const struct elf *e, struct span notes)
{
	struct cursor c = { .in = notes };

	for (int i = 0; i < MOST_NOTES; i++) {
		uint64_t name_size = cursor_u32(&c, e->big), size = cursor_u32(&c, e->big);
		uint32_t type = cursor_u32(&c, e->big);
		struct span name = cursor_span(&c, (name_size + 3) / 4 * 4), value;

		value = cursor_span(&c, size);
		cursor_skip(&c, (4 - size % 4) % 4);
		if (value.n && type == 3 && size <= 64 && span_starts(name, span_text("GNU")))
			return value;
		if (c.ran_out)
			break;
	}
	return (struct span){ 0 };
}

/* By its section, or where section headers are stripped by the segments of notes. */
static void read_build_id(const struct elf *e, struct executable_fact *x, struct arena *a)
{
	struct elf_section section;
	struct elf_segment s;
	struct text hex = { 0 };
	struct span id = { 0 };

	if (elf_section_named(e, ".note.gnu.build-id", &section))
		id = build_id_of(e, elf_section_bytes(e, &section));
	for (uint32_t i = 0; id.n == 0 && elf_segment(e, i, &s); i++)
		if (s.type == PT_NOTE_)
			id = build_id_of(e, span_sub(e->in, s.offset, s.file_size));
	text_hex(&hex, id);
	x->build_id = arena_copy(a, text_span(&hex));
	text_free(&hex);
}

static void read_symbols(const struct elf *e, struct executable_fact *x, struct names *n)
{
	struct elf_section symtab;
	bool has_symtab = elf_section_of_type(e, 2, &symtab);

	elf_symbols(e, true, on_symbol, n);
	if (has_symtab)
		elf_symbols(e, false, on_symbol, n);
	x->stripped = has_symtab ? TRI_NO : TRI_YES;
	x->canary = n->symbols == 0 ? TRI_NULL : n->canary ? TRI_YES : TRI_NO;
	x->fortify = n->symbols == 0 ? TRI_NULL : n->fortify ? TRI_YES : TRI_NO;
	x->unsafe_calls = sorted(n->arena, n->unsafe_calls, n->unsafe_count);
	x->safe_calls = sorted(n->arena, n->safe_calls, n->safe_count);
}

static void look(struct scene *s)
{
	static const char *const types[] = { "NONE", "REL", "EXEC", "DYN", "CORE" };
	static _Thread_local struct names names;
	struct arena *a = s->bench->arena;
	struct executable_fact *x;
	struct elf e;
	const char *machine;

	if (span_find(span_head(s->bytes, 4), 0,
		      span_text("\x7f"
				"ELF")) != 0 ||
	    elf_open(s->bytes, &e).kind || e.type < ELF_REL || e.type > ELF_CORE)
		return;
	x = fact_new(a, s->node, FACT_EXECUTABLE, 0, s->bytes.n);
	if (!x)
		return;
	machine = elf_machine_name(e.machine);
	x->machine = span_text(machine ? machine : "unknown");
	x->bits = e.is64 ? 64 : 32;
	x->endian = e.big ? "big" : "little";
	x->type = types[e.type];
	names.arena = a;
	names.unsafe_count = names.safe_count = names.symbols = 0;
	names.canary = names.fortify = false;
	read_segments(&e, x, a);
	read_dynamic(&e, x, a);
	read_build_id(&e, x, a);
	read_symbols(&e, x, &names);
}

const struct observer observe_executables = { "executables", look };
