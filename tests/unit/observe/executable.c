/* executable.c - what ELF files say of their own hardening; expected values from readelf. */
#include "unit/observe/scenery.h"

static void add_sample(struct scenery *s, const char *file)
{
	char path[64];
	struct span in;

	snprintf(path, sizeof(path), "headers/%s", file);
	in = sample_read(path);
	scenery_add(s, file, in);
	sample_free(in);
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(says_the_same_with_and_without_sections),
		cmocka_unit_test(reads_hardening_as_readelf_does),
		cmocka_unit_test(leaves_open_what_the_linker_decides),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
