/* elf.c - ELF files: the probe, all that the reader offers to observers, and their observer. */
#include "format/elf_read.h"
#include "fuzz/format.h"
#include "observe/observe.h"

extern const struct format format_elf;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool on_symbol(void *ctx, const struct elf_symbol *s)
{
	uint32_t *left = ctx;
	struct span name = elf_symbol_name(s);

	if (name.n && name.p[name.n - 1] == 0)
		abort(); /* a name ends before its NUL */
	return (*left)-- > 0;
}

static void read_all(struct span in)
{
	struct elf_section section;
	struct elf_segment segment;
	uint32_t left = 1000;
	uint64_t value;
	struct elf e;

	if (elf_open(in, &e).kind)
		return;
	elf_section_named(&e, ".note.gnu.build-id", &section);
	for (uint32_t i = 0; i < 64 && elf_section(&e, i, &section); i++)
		if (elf_section_bytes(&e, &section).n > in.n)
			abort();
	for (uint32_t i = 0; i < 64 && elf_segment(&e, i, &segment); i++)
		if (elf_at(&e, segment.address).n > in.n)
			abort();
	for (uint32_t i = 0; i < 16 && elf_dynamic(&e, 1, i, &value); i++)
		elf_dynamic_text(&e, value);
	elf_symbols(&e, true, on_symbol, &left);
	elf_symbols(&e, false, on_symbol, &left);
	if (elf_length(&e) < 52)
		abort();
}

static void observe(struct span in)
{
	struct arena arena;
	struct bench bench = { 0, &arena, NULL };
	struct node file = { .kind = KIND_FILE, .path = span_text("/bin/thing") };
	struct scene s = { .bench = &bench, .node = &file, .bytes = in };

	arena_init(&arena, 64 << 20);
	observe_executables.look(&s);
	arena_free(&arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t *copy = malloc(size ? size : 1);

	if (!copy)
		return 0;
	if (size)
		memcpy(copy, data, size);
	read_all((struct span){ copy, size });
	observe((struct span){ copy, size });
	free(copy);
	return fuzz_format(&format_elf, data, size);
}
