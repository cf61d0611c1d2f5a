/* arena.c - zeroed, aligned, never past its ceiling. */
#include "unit/support.h"

#include "base/arena.h"

static bool is_zero(const uint8_t *p, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (p[i])
			return false;
	return true;
}

static void gives_zeroed_and_aligned_bytes_of_their_own(void **state)
{
	struct arena a = { 0 };
	uint8_t *p[400];

	(void)state;
	for (size_t i = 0; i < 400; i++) {
		p[i] = arena_take(&a, i * i + 1, 3);
		assert_non_null(p[i]);
		assert_int_equal((uintptr_t)p[i] % _Alignof(max_align_t), 0);
		assert_true(is_zero(p[i], (i * i + 1) * 3));
		memset(p[i], (int)i, (i * i + 1) * 3);
	}
	for (size_t i = 0; i < 400; i++)
		for (size_t k = 0; k < (i * i + 1) * 3; k++)
			if (p[i][k] != (uint8_t)i)
				fail_msg("object %zu was overwritten", i);
	arena_free(&a);
}

static void refuses_what_would_pass_the_ceiling(void **state)
{
	struct arena a;

	(void)state;
	arena_init(&a, 1 << 20);
	assert_null(arena_take(&a, (1 << 20) + 1, 1));
	assert_non_null(arena_take(&a, 1 << 19, 1));
	assert_null(arena_take(&a, (1 << 19) + 1, 1));
	assert_non_null(arena_take(&a, 1 << 19, 1));
	assert_null(arena_take(&a, 1, 1));
	arena_free(&a);
	assert_non_null(arena_take(&a, 1 << 20, 1));
	arena_free(&a);
}

static void refuses_products_that_overflow(void **state)
{
	struct arena a = { 0 };

	(void)state;
	assert_null(arena_take(&a, UINT64_MAX, 1));
	assert_null(arena_take(&a, UINT64_MAX / 8 + 2, 8));
	assert_null(arena_take(&a, 1ull << 32, (size_t)1 << 32));
	assert_null(arena_take(&a, UINT64_MAX - 7, 2));
	assert_non_null(arena_take(&a, 0, 100));
	assert_non_null(arena_take(&a, 100, 0));
	arena_free(&a);
}

static void an_emptied_one_gives_zeroes_again(void **state)
{
	struct arena a;

	(void)state;
	arena_init(&a, 1 << 20);
	for (int i = 0; i < 200; i++) {
		size_t n =
			i % 7 == 0 ? 200000 : (size_t)(1 + i * 131); /* a block of its own, too */
		uint8_t *p = arena_take(&a, n, 1), *q = arena_take(&a, 100, 1);

		assert_non_null(p); /* the ceiling counts from the beginning each time */
		assert_non_null(q);
		assert_true(is_zero(p, n) && is_zero(q, 100));
		memset(p, 0xff, n);
		memset(q, 0xff, 100);
		arena_empty(&a);
	}
	assert_null(arena_take(&a, 2 << 20, 1));
	arena_free(&a);
}

static void copies_outlive_their_source(void **state)
{
	struct arena a = { 0 };
	char source[] = "text";
	struct span copy = arena_copy(&a, span_text(source));
	char *text = arena_text(&a, span_text(source));

	(void)state;
	memset(source, 'x', 4);
	assert_true(span_is(copy, "text"));
	assert_string_equal(text, "text");
	assert_string_equal(arena_text(&a, (struct span){ 0 }), "");
	assert_int_equal(arena_copy(&a, (struct span){ 0 }).n, 0);
	arena_free(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(gives_zeroed_and_aligned_bytes_of_their_own),
		cmocka_unit_test(refuses_what_would_pass_the_ceiling),
		cmocka_unit_test(refuses_products_that_overflow),
		cmocka_unit_test(an_emptied_one_gives_zeroes_again),
		cmocka_unit_test(copies_outlive_their_source),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
