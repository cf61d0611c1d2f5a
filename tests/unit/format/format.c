/* format.c - the list of formats as a whole, and listings as formats fill them. */
#include "unit/support.h"

static void every_format_says_what_it_is(void **state)
{
	(void)state;
	for (size_t i = 0; i < format_count; i++) {
		const struct format *f = formats[i];

		for (const char *c = f->name; *c; c++)
			assert_true((*c >= 'a' && *c <= 'z') || (*c >= '0' && *c <= '9') ||
				    *c == '-' || *c == '.');
		assert_true(f->says && f->says[0] && f->spec && f->spec[0]);
		assert_non_null(f->probe);
		assert_ptr_equal(format_named(f->name), f); /* the name is its own */
	}
	assert_null(format_named("none"));
}

static void every_format_can_be_opened(void **state)
{
	(void)state;
	for (size_t i = 0; i < format_count; i++) {
		const struct format *f = formats[i];

		if (f->shape == SHAPE_STREAM)
			assert_non_null(f->load);
		if (f->shape == SHAPE_CONTAINER)
			assert_true(f->walk || f->list);
	}
}

static void searched_formats_have_a_strong_magic(void **state)
{
	(void)state;
	for (size_t i = 0; i < format_count; i++) {
		const struct format *f = formats[i];
		bool strong = f->where == WHERE_ANCHORED;

		for (int m = 0; m < FORMAT_MAGICS && f->magic[m].len; m++)
			strong |= f->magic[m].len >= 4;
		if (!strong)
			fail_msg("%s would never be found", f->name);
	}
}

/* No probe may claim the empty span, or read beyond a few bytes. */
static void no_probe_takes_next_to_nothing(void **state)
{
	struct guarded g = guarded_new(64);
	uint8_t bytes[64];

	(void)state;
	for (size_t i = 0; i < format_count; i++)
		for (size_t n = 0; n < 5; n++) {
			const struct magic *m = &formats[i]->magic[0];
			struct found found = { 0 };

			if (n == 4 && strcmp(formats[i]->name, "end-mark") == 0)
				continue; /* the mark is all of it */
			memset(bytes, 0, sizeof(bytes));
			if (m->at >= 0 && m->at < 8)
				memcpy(bytes + m->at, m->bytes, m->len);
			assert_int_not_equal(
				formats[i]
					->probe(guarded_copy(g, (struct span){ bytes, n }), &found)
					.kind,
				FAULT_NONE);
		}
	guarded_free(g);
}

static struct span added_name(const char *name)
{
	static struct arena arena;
	struct listing l = { .arena = &arena, .most = 1 };
	struct entry e = entry_new(KIND_FILE, span_text(name));

	assert_int_equal(listing_add(&l, &e), 0);
	return l.entries[0].name;
}

static void cleans_the_paths_of_archives(void **state)
{
	(void)state;
	assert_true(span_is(added_name("a/b"), "a/b"));
	assert_true(span_is(added_name("/a/b"), "a/b"));
	assert_true(span_is(added_name("./a/./b/."), "a/b"));
	assert_true(span_is(added_name("a//b/"), "a/b"));
	assert_true(span_is(added_name("."), ""));
	assert_true(span_is(added_name("./"), ""));
	assert_true(span_is(added_name("///"), ""));
	assert_true(span_is(added_name("../a/../b"), "../a/../b"));
	assert_true(span_is(added_name("..."), "..."));
	assert_true(span_is(added_name(".a/.b"), ".a/.b"));
}

static void leaves_the_components_of_file_systems_as_they_are(void **state)
{
	struct arena arena = { 0 };
	struct listing l = { .arena = &arena, .most = 10 };
	struct entry e = entry_new(KIND_FILE, span_text("./odd"));

	(void)state;
	e.parent = 0;
	listing_add(&l, &e);
	assert_true(span_is(l.entries[0].name, "./odd"));
	arena_free(&arena);
}

static void grows_up_to_its_limit_and_says_so(void **state)
{
	struct arena arena = { 0 };
	struct listing l = { .arena = &arena, .most = 1000 };

	(void)state;
	for (uint32_t i = 0; i < 1000; i++) {
		struct entry e = entry_new(KIND_FILE, span_text("x"));

		e.size = i;
		assert_int_equal(listing_add(&l, &e), i);
	}
	for (uint32_t i = 0; i < 1000; i++)
		assert_int_equal(l.entries[i].size, i);
	assert_int_equal(l.fault.kind, FAULT_NONE);
	listing_region(&l, 0, 1, span_text("one too many"));
	assert_int_equal(l.fault.kind, FAULT_LIMIT);
	assert_int_equal(l.count, 1000);
	listing_fault(&l, fault_at(FAULT_BROKEN, 0, "later", 0, 0));
	assert_int_equal(l.fault.kind, FAULT_LIMIT); /* the first stays */
	arena_free(&arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_format_says_what_it_is),
		cmocka_unit_test(every_format_can_be_opened),
		cmocka_unit_test(searched_formats_have_a_strong_magic),
		cmocka_unit_test(no_probe_takes_next_to_nothing),
		cmocka_unit_test(cleans_the_paths_of_archives),
		cmocka_unit_test(leaves_the_components_of_file_systems_as_they_are),
		cmocka_unit_test(grows_up_to_its_limit_and_says_so),
	};

	hash_start();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
