/* names.c - the table of names against a list of them. */
#include "base/names.h"
#include "unit/support.h"

#define NAMES 5000

static struct span number_text(char *to, unsigned i)
{
	sprintf(to, "/usr/lib/%u", i);
	return span_text(to);
}

static void finds_what_was_added(void **state)
{
	static char texts[NAMES][24];
	struct arena arena = { 0 };
	struct names t = { .arena = &arena };
	char other[24];

	(void)state;
	assert_null(names_find(&t, span_text("")));
	for (unsigned i = 0; i < NAMES; i++) {
		struct name *added = names_add(&t, number_text(texts[i], i));

		assert_non_null(added);
		assert_int_equal(added->number, 0);
		added->number = i + 1;
	}
	for (unsigned i = 0; i < NAMES; i++) {
		assert_int_equal(names_find(&t, number_text(other, i))->number, i + 1);
		assert_int_equal(names_add(&t, number_text(other, i))->number, i + 1);
	}
	assert_null(names_find(&t, number_text(other, NAMES)));
	assert_int_equal(t.used, NAMES);
	arena_free(&arena);
}

/* The empty name and one that begins another are names of their own. */
static void tells_names_apart(void **state)
{
	struct arena arena = { 0 };
	struct names t = { .arena = &arena };

	(void)state;
	names_add(&t, (struct span){ 0 })->number = 1;
	names_add(&t, span_text("a"))->number = 2;
	names_add(&t, (struct span){ (const uint8_t *)"a\0", 2 })->number = 3;
	assert_int_equal(names_find(&t, span_text(""))->number, 1);
	assert_int_equal(names_find(&t, span_text("a"))->number, 2);
	assert_int_equal(names_find(&t, (struct span){ (const uint8_t *)"a\0", 2 })->number, 3);
	arena_free(&arena);
}

static void says_when_there_is_no_room(void **state)
{
	struct arena arena;
	struct names t = { .arena = &arena };

	(void)state;
	arena_init(&arena, 100);
	assert_null(names_add(&t, span_text("a")));
	assert_null(names_find(&t, span_text("a")));
	arena_free(&arena);
}

static void the_hash_has_a_key(void **state)
{
	uint64_t without = names_hash(0, span_text("name"));

	(void)state;
	/* CPython 3.11 with PYTHONHASHSEED=0, whose key is zero: hash(b"...") & (2**64 - 1). */
	assert_true(without == 12177597882656411558u);
	assert_true(names_hash(0, span_text("/usr/lib/libcrypto.so.3")) == 2360701688642871341u);
	assert_int_not_equal(without, names_hash(1, span_text("name")));
	names_start();
	assert_int_not_equal(without, names_hash(0, span_text("name")));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(finds_what_was_added),
		cmocka_unit_test(tells_names_apart),
		cmocka_unit_test(says_when_there_is_no_room),
		cmocka_unit_test(the_hash_has_a_key),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
