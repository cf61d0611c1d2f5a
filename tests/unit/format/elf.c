/* elf.c - ELF files of both classes and byte orders, with and without section headers. What is
 * expected was read with readelf. */
#include "unit/support.h"

#include "format/elf_read.h"

static struct span elf_sample(const char *file)
{
	char path[64];

	snprintf(path, sizeof(path), "headers/%s", file);
	return sample_read(path);
}

static const char *const files[] = { "good-le64.so",
				     "good-be32.so",
				     "good-be64.so",
				     "odd-no-sections-le64.so",
				     "odd-no-sections-be32.so",
				     "odd-no-sections-be64.so",
				     "good-le32.o",
				     "good-signed.ko" };

#define FILES (sizeof(files) / sizeof(files[0]))

static void ends_where_its_headers_say(void **state)
{
	static const struct {
		const char *file, *label;
		uint64_t length;
	} ends[] = { { "good-le64.so", "64-bit little-endian", 2504 },
		     { "good-be32.so", "32-bit big-endian", 1840 },
		     { "good-be64.so", "64-bit big-endian", 2728 },
		     { "good-le32.o", "32-bit little-endian", 1140 },
		     { "good-signed.ko", "32-bit little-endian, signed", 1244 } };

	(void)state;
	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
		struct span in = elf_sample(ends[i].file);
		uint8_t *longer = calloc(1, in.n + 100);
		struct found f = { 0 };

		assert_non_null(longer);
		memcpy(longer, in.p, in.n);
		assert_int_equal(format_named("elf")->probe(in, &f).kind, FAULT_NONE);
		assert_int_equal(f.len, ends[i].length);
		assert_string_equal(f.label, ends[i].label);
		if (!strstr(f.label, "signed")) { /* what follows is not its own */
			struct span more = { longer, in.n + 100 };

			assert_int_equal(format_named("elf")->probe(more, &f).kind, FAULT_NONE);
			assert_int_equal(f.len, ends[i].length);
		}
		free(longer);
		sample_free(in);
	}
}

struct seen {
	bool imported, guarded, defined;
	unsigned count;
};

static bool on_symbol(void *ctx, const struct elf_symbol *s)
{
	struct seen *seen = ctx;

	seen->count++;
	seen->imported |= span_is(elf_symbol_name(s), "strcpy") && s->section == 0;
	seen->guarded |= span_is(elf_symbol_name(s), "__stack_chk_fail") && s->section == 0;
	seen->defined |= span_is(elf_symbol_name(s), "call") && s->section != 0;
	return true;
}

static void reads_dynamic_symbols_with_and_without_sections(void **state)
{
	(void)state;
	for (size_t i = 0; i < 6; i++) {
		struct span in = elf_sample(files[i]);
		struct seen seen = { 0 };
		struct elf e;

		assert_int_equal(elf_open(in, &e).kind, FAULT_NONE);
		assert_true(elf_is_dynamic(&e));
		elf_symbols(&e, true, on_symbol, &seen);
		if (!seen.imported || !seen.guarded || !seen.defined)
			fail_msg("%s: symbols are missing of %u", files[i], seen.count);
		sample_free(in);
	}
}

static void reads_texts_of_the_dynamic_segment(void **state)
{
	struct span in = elf_sample("odd-no-sections-le64.so");
	uint64_t value;
	struct elf e;

	(void)state;
	assert_int_equal(elf_open(in, &e).kind, FAULT_NONE);
	assert_true(elf_dynamic(&e, 29, 0, &value));
	assert_true(span_is(elf_dynamic_text(&e, value), "/usr/lib/acme"));
	assert_true(elf_dynamic(&e, 14, 0, &value));
	assert_true(span_is(elf_dynamic_text(&e, value), "x.so"));
	assert_false(elf_dynamic(&e, 14, 1, &value));
	assert_string_equal(elf_machine_name(e.machine), "AArch64");
	sample_free(in);
}

static void takes_large_counts_from_the_first_section(void **state)
{
	struct span in = elf_sample("good-be32.so");
	struct elf plain, large;
	uint8_t *p = sample_bytes(in);
	uint8_t count;

	(void)state;
	assert_int_equal(elf_open(in, &plain).kind, FAULT_NONE);
	count = p[49];
	p[49] = 0;                                     /* e_shnum */
	p[50] = p[51] = 0xff;                          /* e_shstrndx */
	p[plain.shoff + 23] = count;                   /* sh_size of section 0 */
	p[plain.shoff + 27] = (uint8_t)plain.shstrndx; /* its sh_link */
	assert_int_equal(elf_open(in, &large).kind, FAULT_NONE);
	assert_int_equal(large.shnum, plain.shnum);
	assert_int_equal(large.shstrndx, plain.shstrndx);
	sample_free(in);
}

static void refuses_what_no_linker_writes(void **state)
{
	static const struct {
		size_t at;
		uint8_t byte;
	} changes[] = {
		{ 4, 3 }, { 5, 0 }, { 6, 2 }, { 17, 9 }, { 23, 2 }, { 41, 64 }, { 43, 31 }
	};

	(void)state;
	for (size_t i = 0; i < sizeof(changes) / sizeof(changes[0]); i++) {
		struct span in = elf_sample("good-be32.so");
		struct found f = { 0 };

		sample_bytes(in)[changes[i].at] = changes[i].byte;
		if (format_named("elf")->probe(in, &f).kind == FAULT_NONE)
			fail_msg("byte %zu was not looked at", changes[i].at);
		sample_free(in);
	}
}

static void read_all(struct span in)
{
	struct seen seen = { 0 };
	struct found f = { 0 };
	struct elf_section s;
	uint64_t value;
	struct elf e;

	if (format_named("elf")->probe(in, &f).kind == FAULT_NONE)
		assert_true(f.len > 0 && f.len <= in.n);
	if (elf_open(in, &e).kind)
		return;
	elf_section_named(&e, ".nowhere", &s);
	for (uint32_t i = 0; elf_dynamic(&e, 1, i, &value); i++)
		elf_dynamic_text(&e, value);
	elf_symbols(&e, true, on_symbol, &seen);
	elf_symbols(&e, false, on_symbol, &seen);
}

static void takes_every_prefix_without_reading_too_far(void **state)
{
	(void)state;
	for (size_t i = 0; i < FILES; i++) {
		struct span in = elf_sample(files[i]);
		struct guarded g = guarded_new(in.n);

		for (size_t n = 0; n <= in.n; n++)
			read_all(guarded_copy(g, span_head(in, n)));
		guarded_free(g);
		sample_free(in);
	}
}

static void survives_fields_of_all_ones(void **state)
{
	(void)state;
	for (size_t i = 0; i < FILES; i++) {
		struct span in = elf_sample(files[i]);
		struct guarded g = guarded_new(in.n);

		for (size_t at = 16; at + 4 <= in.n; at += 2) {
			struct span copy = guarded_copy(g, in);

			memset(sample_bytes(copy) + at, 0xff, 4);
			read_all(copy);
		}
		guarded_free(g);
		sample_free(in);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ends_where_its_headers_say),
		cmocka_unit_test(reads_dynamic_symbols_with_and_without_sections),
		cmocka_unit_test(reads_texts_of_the_dynamic_segment),
		cmocka_unit_test(takes_large_counts_from_the_first_section),
		cmocka_unit_test(refuses_what_no_linker_writes),
		cmocka_unit_test(takes_every_prefix_without_reading_too_far),
		cmocka_unit_test(survives_fields_of_all_ones),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
