/* patterns.c - databases of patterns: literals, expressions, serialised forms, fallbacks. */
#include "unit/support.h"

#include "base/patterns.h"

static const struct pattern list[] = {
	{ "hsqs", 4, 7 },
	{ "\x1f\x8b\x08\x00", 4, 8 },
	{ "a.c\n", 4, 9 },
	{ "^tool v[0-9]+\\.[0-9]+", 0, 10 },
};
#define COUNT (sizeof(list) / sizeof(list[0]))

struct matches {
	uint32_t ids[16];
	uint64_t ends[16];
	unsigned n, most;
};

static bool on_match(void *ctx, uint32_t id, uint64_t end)
{
	struct matches *f = ctx;

	if (f->n < 16) {
		f->ids[f->n] = id;
		f->ends[f->n] = end;
	}
	return ++f->n < f->most;
}

static struct patterns *compiled(int processor)
{
	char *error;
	struct patterns *p = patterns_compile(list, COUNT, processor, &error);

	assert_non_null(p);
	assert_null(error);
	return p;
}

static struct matches scan(struct patterns *p, struct span bytes, unsigned most)
{
	struct pattern_scratch *s = pattern_scratch_new(&p, 1);
	struct matches f = { .most = most };

	assert_non_null(s);
	patterns_scan(p, s, bytes, on_match, &f);
	pattern_scratch_free(s);
	return f;
}

static struct span bytes_of(const char *p, size_t n)
{
	return (struct span){ (const uint8_t *)p, n };
}

static void literals_are_bytes_and_no_expressions(void **state)
{
	static const char bytes[] = "..hsqs..\x1f\x8b\x08\x00..abc\n..a.c\n";
	struct patterns *p = compiled(-1);
	struct matches f = scan(p, bytes_of(bytes, sizeof(bytes) - 1), 100);

	(void)state;
	assert_int_equal(f.n, 3);
	assert_int_equal(f.ids[0], 7);
	assert_int_equal(f.ends[0], 6);
	assert_int_equal(f.ids[1], 8);
	assert_int_equal(f.ends[1], 12);
	assert_int_equal(f.ids[2], 9);
	patterns_free(p);
}

static void expressions_begin_at_a_line(void **state)
{
	struct patterns *p = compiled(-1);

	(void)state;
	assert_int_equal(scan(p, span_text("x\ntool v1.2"), 100).n, 1);
	assert_int_equal(scan(p, span_text("x tool v1.2"), 100).n, 0);
	patterns_free(p);
}

static void the_visitor_may_end_the_pass(void **state)
{
	struct patterns *p = compiled(-1);

	(void)state;
	assert_int_equal(scan(p, span_text("hsqs hsqs hsqs"), 2).n, 2);
	patterns_free(p);
}

static void no_bytes_give_no_match(void **state)
{
	struct patterns *p = compiled(-1);

	(void)state;
	assert_int_equal(scan(p, (struct span){ 0 }, 100).n, 0);
	patterns_free(p);
}

static void a_serialised_database_is_loaded(void **state)
{
	struct patterns *p = compiled(PROCESSOR_BASELINE), *loaded;
	char *bytes;
	size_t n;
	struct span image;

	(void)state;
	assert_true(patterns_serialise(p, &bytes, &n));
	image = bytes_of(bytes, n);
	loaded = patterns_load(&image, 1, NULL, 0);
	assert_non_null(loaded);
	assert_int_equal(scan(loaded, span_text("..hsqs"), 100).n, 1);
	patterns_free(loaded);
	patterns_free(p);
	free(bytes);
}

/* Another version of the library refuses what was serialised: then it is compiled anew. */
static void a_refused_database_is_compiled(void **state)
{
	const struct span broken[] = { span_text("no database"), { 0 } };
	struct patterns *p = patterns_load(broken, 2, list, COUNT);

	(void)state;
	assert_non_null(p);
	assert_int_equal(scan(p, span_text("..hsqs"), 100).n, 1);
	patterns_free(p);
}

static void a_bad_expression_is_named(void **state)
{
	static const struct pattern bad[] = { { "fine", 0, 1 }, { "(unclosed", 0, 2 } };
	char *error;

	(void)state;
	assert_null(patterns_compile(bad, 2, -1, &error));
	assert_non_null(error);
	assert_non_null(strstr(error, "(unclosed: "));
	free(error);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(literals_are_bytes_and_no_expressions),
		cmocka_unit_test(expressions_begin_at_a_line),
		cmocka_unit_test(the_visitor_may_end_the_pass),
		cmocka_unit_test(no_bytes_give_no_match),
		cmocka_unit_test(a_serialised_database_is_loaded),
		cmocka_unit_test(a_refused_database_is_compiled),
		cmocka_unit_test(a_bad_expression_is_named),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
