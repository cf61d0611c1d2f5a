/* executable.c - what ELF files say of their own hardening; expected values from readelf. */
#include "unit/observe/scenery.h"

#include "format/elf_read.h"

static void add_from(struct scenery *s, const char *folder, const char *file)
{
	char path[64];
	struct span in;

	snprintf(path, sizeof(path), "%s/%s", folder, file);
	in = sample_read(path);
	scenery_add(s, file, in);
	sample_free(in);
}

static void add_sample(struct scenery *s, const char *file)
{
	add_from(s, "headers", file);
}

static const struct executable_fact *executable(const struct scenery *s, size_t i)
{
	assert_true(i < s->facts.count[FACT_EXECUTABLE]);
	return (const struct executable_fact *)(const void *)s->facts.of[FACT_EXECUTABLE][i];
}

static bool lists(struct spans list, const char *name)
{
	for (size_t i = 0; i < list.n; i++)
		if (span_is(list.p[i], name))
			return true;
	return false;
}

static void says_the_same_with_and_without_sections(void **state)
{
	static const char *const pairs[][2] = {
		{ "good-le64.so", "odd-no-sections-le64.so" },
		{ "good-be32.so", "odd-no-sections-be32.so" },
		{ "good-be64.so", "odd-no-sections-be64.so" },
	};

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		const struct executable_fact *x, *y;
		struct scenery s;

		scenery_init(&s);
		add_sample(&s, pairs[i][0]);
		add_sample(&s, pairs[i][1]);
		scenery_finish(&s);
		x = executable(&s, 0);
		y = executable(&s, 1);
		assert_true(span_is(x->build_id, "00112233445566778899aabbccddeeff"));
		assert_true(span_equal(x->build_id, y->build_id));
		assert_string_equal(x->relro, y->relro);
		assert_int_equal(x->nx, y->nx);
		assert_int_equal(x->canary, y->canary);
		assert_int_equal(x->fortify, y->fortify);
		assert_int_equal(x->unsafe_calls.n, y->unsafe_calls.n);
		scenery_free(&s);
	}
}

static void reads_hardening_as_readelf_does(void **state)
{
	const struct executable_fact *x;
	struct scenery s;

	(void)state;
	scenery_init(&s);
	add_sample(&s, "good-le64.so");
	scenery_finish(&s);
	x = executable(&s, 0);
	assert_true(span_is(x->machine, "AArch64"));
	assert_int_equal(x->bits, 64);
	assert_string_equal(x->endian, "little");
	assert_string_equal(x->type, "DYN");
	assert_string_equal(x->pie, "shared object");
	assert_string_equal(x->relro, "full");
	assert_int_equal(x->nx, TRI_YES);
	assert_int_equal(x->canary, TRI_YES);
	assert_int_equal(x->fortify, TRI_YES);
	assert_int_equal(x->stripped, TRI_YES);
	assert_int_equal(x->is_static, TRI_NO);
	assert_true(span_is(x->runpath, "/usr/lib/acme"));
	assert_true(lists(x->unsafe_calls, "strcpy") && lists(x->unsafe_calls, "system"));
	assert_true(lists(x->safe_calls, "__sprintf_chk"));
	scenery_free(&s);
}

static void leaves_open_what_the_linker_decides(void **state)
{
	const struct executable_fact *x;
	struct scenery s;

	(void)state;
	scenery_init(&s);
	add_sample(&s, "good-signed.ko");
	scenery_finish(&s);
	x = executable(&s, 0);
	assert_true(span_is(x->machine, "ARM"));
	assert_string_equal(x->pie, "relocatable");
	assert_null(x->relro);
	assert_int_equal(x->stripped, TRI_NO);
	scenery_free(&s);
}

static bool flows_are(const struct executable_fact *x, const char *const *names, uint32_t n)
{
	bool same = x->control_flow.n == n;

	for (uint32_t i = 0; same && i < n; i++)
		same = span_is(x->control_flow.p[i], names[i]);
	return same;
}

/* Expected: readelf -lWdn. */
static void reads_how_it_is_loaded(void **state)
{
	static const struct {
		const char *file;
		enum tri text_relocations;
		const char *writable_code, *flows[2];
		uint32_t n;
	} rows[] = {
		{ "good-ibt-shstk.so", TRI_NO, "no", { "ibt", "shstk" }, 2 },
		{ "good-ibt-shstk-32.so", TRI_NO, "no", { "ibt", "shstk" }, 2 },
		{ "good-bti-pac.so", TRI_NO, "no", { "bti", "pac" }, 2 },
		{ "good-textrel.so", TRI_YES, "no", { NULL }, 0 },
		{ "good-writable-code", TRI_NO, "yes", { NULL }, 0 },
		{ "good-mips.so", TRI_NO, "no", { NULL }, 0 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct executable_fact *x;
		struct scenery s;

		scenery_init(&s);
		add_from(&s, "elf", rows[i].file);
		scenery_finish(&s);
		x = executable(&s, 0);
		if (x->text_relocations != rows[i].text_relocations ||
		    strcmp(x->writable_code, rows[i].writable_code) != 0 || x->packed ||
		    !flows_are(x, rows[i].flows, rows[i].n))
			fail_msg("%s: %d, %u guards, %s, %s", rows[i].file, x->text_relocations,
				 x->control_flow.n, x->writable_code,
				 x->packed ? x->packed : "not packed");
		scenery_free(&s);
	}
}

static struct scenery altered;

/* A sample that the caller changed, as the only file; freed here. */
static const struct executable_fact *look_at(uint8_t *p, size_t n)
{
	scenery_init(&altered);
	scenery_add(&altered, "/bin/altered", (struct span){ p, n });
	scenery_finish(&altered);
	free(p);
	return executable(&altered, 0);
}

static uint8_t *copy_from(const char *folder, const char *file, size_t room, size_t *n)
{
	char path[64];
	struct span in;
	uint8_t *p = calloc(1, room);

	snprintf(path, sizeof(path), "%s/%s", folder, file);
	in = sample_read(path);
	assert_true(p && in.n <= room);
	memcpy(p, in.p, in.n);
	*n = in.n;
	sample_free(in);
	return p;
}

static uint8_t *copy_of(const char *file, size_t room, size_t *n)
{
	return copy_from("elf", file, room, n);
}

/* The entry of the dynamic symbol __stack_chk_fail, of a little-endian 64-bit file; and its name.
 */
static uint8_t *guard_symbol(uint8_t *p, size_t n, uint8_t **name)
{
	static const char guard[] = "__stack_chk_fail";
	struct elf_section symbols, texts;
	struct elf e;

	assert_int_equal(elf_open((struct span){ p, n }, &e).kind, FAULT_NONE);
	assert_true(elf_section_of_type(&e, 11, &symbols));
	assert_true(elf_section(&e, symbols.link, &texts));
	for (uint64_t at = symbols.offset; at < symbols.offset + symbols.size; at += 24) {
		*name = p + texts.offset + span_u32(e.in, at, false);
		if (memcmp(*name, guard, sizeof(guard)) == 0)
			return p + at;
	}
	fail();
	return NULL;
}

/* As in a program that holds its C library, or that clang guarded. */
static void own_functions_tell_of_guards(void **state)
{
	static const struct {
		const char *name;
		enum tri canary;
		bool cfi;
	} rows[] = {
		{ "__stack_chk_fail", TRI_YES, false },
		{ "__cfi_check", TRI_NO, true },
		{ "run.cfi", TRI_NO, true },
		{ "run", TRI_NO, false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct executable_fact *x;
		uint8_t *symbol, *name, *p;
		bool cfi = false;
		size_t n;

		p = copy_from("headers", "good-le64.so", 1 << 20, &n);
		symbol = guard_symbol(p, n, &name);
		symbol[6] = 1; /* the section it is defined in */
		memset(name, 0, strlen("__stack_chk_fail"));
		memcpy(name, rows[i].name, strlen(rows[i].name));
		x = look_at(p, n);
		for (uint32_t k = 0; k < x->control_flow.n; k++)
			cfi |= span_is(x->control_flow.p[k], "cfi");
		if (x->canary != rows[i].canary || cfi != rows[i].cfi)
			fail_msg("%s: canary %d, cfi %d", rows[i].name, x->canary, cfi);
		scenery_free(&altered);
	}
}

/* MIPS, big-endian: the segment of the global offset table is made executable. */
static void names_the_old_abi_as_the_reason(void **state)
{
	size_t n;
	uint8_t *p = copy_of("good-mips.so", 65536, &n);

	(void)state;
	for (size_t at = 52; at < 52 + 12 * 32; at += 32)
		if (p[at + 3] == 1 && p[at + 27] == 6)
			p[at + 27] = 7;
	assert_string_equal(look_at(p, n)->writable_code, "old abi");
	scenery_free(&altered);
}

/* Linkers write DT_TEXTREL, the flag, or both: here the first is made another tag. */
static void text_relocations_may_be_a_flag_alone(void **state)
{
	static const uint8_t tag[8] = { 22 };
	size_t n, at = 0;
	uint8_t *p = copy_of("good-textrel.so", 65536, &n);

	(void)state;
	while (at + 8 <= n && memcmp(p + at, tag, 8) != 0)
		at += 4;
	assert_true(at + 8 <= n);
	p[at] = 21;
	assert_int_equal(look_at(p, n)->text_relocations, TRI_YES);
	scenery_free(&altered);
}

static void knows_a_packer_by_its_mark(void **state)
{
	static const size_t places[] = { 4, 0 }; /* behind the program headers; near the end */

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		size_t n;
		uint8_t *p = copy_of("good-ibt-shstk.so", 65536, &n);
		size_t heads = 64 + (size_t)p[56] * 56;

		memcpy(p + (places[i] ? heads + places[i] : n - 36), "UPX!", 4);
		assert_string_equal(look_at(p, n)->packed, "upx");
		scenery_free(&altered);
	}
}

/* The first segment covers noise; with a quarter of it plain it is a program with packed texts. */
static void knows_a_packer_by_dense_code(void **state)
{
	(void)state;
	for (int plain = 0; plain < 2; plain++) {
		uint32_t noise = 12345;
		size_t n;
		uint8_t *p = copy_of("good-writable-code", 65536, &n);
		const struct executable_fact *x;

		for (size_t at = 1024; at < 65536; at++) {
			noise = noise * 1664525 + 1013904223;
			p[at] = plain && at > 40000 && at < 60000 ? 0x60 : (uint8_t)(noise >> 24);
		}
		memcpy(p + 52 + 16, "\0\0\xf0\0\0\0\xf0\0", 8); /* both sizes */
		memset(p + 32, 0, 4);                           /* no section headers */
		memset(p + 48, 0, 4);
		x = look_at(p, 65536);
		if (plain)
			assert_null(x->packed);
		else
			assert_string_equal(x->packed, "dense");
		scenery_free(&altered);
	}
}

static void put_be32(uint8_t *p, uint32_t value)
{
	for (int i = 0; i < 4; i++)
		p[i] = (uint8_t)(value >> (24 - 8 * i));
}

/* 1000 program headers that name one interpreter of 10 KB: it is kept once. */
static void repeated_headers_do_not_multiply_the_file(void **state)
{
	enum { HEADERS = 1000, TEXT = 10000, AT = 52 + HEADERS * 32 };
	size_t n;
	uint8_t *p = copy_of("good-writable-code", AT + TEXT, &n);

	(void)state;
	put_be32(p + 32, 0);
	put_be32(p + 44 - 2, 32u << 16 | HEADERS);
	p[48] = p[49] = 0;
	for (int i = 0; i < HEADERS; i++) {
		memset(p + 52 + i * 32, 0, 32);
		put_be32(p + 52 + i * 32, 3);
		put_be32(p + 52 + i * 32 + 4, AT);
		put_be32(p + 52 + i * 32 + 16, TEXT);
	}
	put_be32(p + 28, 52);
	memset(p + AT, 'i', TEXT - 1);
	assert_int_equal(look_at(p, AT + TEXT)->interpreter.n, TEXT - 1);
	assert_true(altered.arena.taken < 100000);
	scenery_free(&altered);
}

/* One source against the GNU C library, with and without -D_TIME_BITS=64 (samples/code/make.sh). */
static void says_how_wide_times_are(void **state)
{
	static const struct {
		const char *file;
		uint32_t bits;
	} cases[] = { { "time-32", 32 }, { "time-64", 64 }, { "time-of-64", 0 } };

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct scenery s;

		scenery_init(&s);
		add_from(&s, "code", cases[i].file);
		scenery_finish(&s);
		assert_int_equal(executable(&s, 0)->time_bits, cases[i].bits);
		scenery_free(&s);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(repeated_headers_do_not_multiply_the_file),
		cmocka_unit_test(reads_how_it_is_loaded),
		cmocka_unit_test(says_how_wide_times_are),
		cmocka_unit_test(names_the_old_abi_as_the_reason),
		cmocka_unit_test(knows_a_packer_by_its_mark),
		cmocka_unit_test(text_relocations_may_be_a_flag_alone),
		cmocka_unit_test(knows_a_packer_by_dense_code),
		cmocka_unit_test(says_the_same_with_and_without_sections),
		cmocka_unit_test(reads_hardening_as_readelf_does),
		cmocka_unit_test(own_functions_tell_of_guards),
		cmocka_unit_test(leaves_open_what_the_linker_decides),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
