/* identity.c - what an image calls itself, and the bytes that say so. */
#include "unit/observe/scenery.h"

static const struct identity_fact *only(const struct scenery *s)
{
	assert_int_equal(s->facts.count[FACT_IDENTITY], 1);
	return (const struct identity_fact *)s->facts.of[FACT_IDENTITY][0];
}

static void look_at(struct scenery *s, const char *path, const char *text)
{
	scenery_init(s);
	scenery_add(s, path, span_text(text));
	scenery_finish(s);
}

static void reads_release_files(void **state)
{
	struct scenery s;

	(void)state;
	look_at(&s, "/etc/acme/product",
		"# made\nvendor=Acme Networks\nproduct= \"R7\" \nversion=1.5\n");
	assert_true(span_is(only(&s)->vendor, "Acme Networks"));
	assert_true(span_is(only(&s)->product, "R7"));
	assert_true(span_is(only(&s)->version, "1.5"));
	assert_int_equal(only(&s)->f.offset, 7);
	assert_int_equal(only(&s)->f.length, 47);
	scenery_free(&s);
}

static void reads_files_of_one_line(void **state)
{
	struct scenery s;

	(void)state;
	look_at(&s, "/firmware_version", "V1.0.0.34\r\n");
	assert_true(span_is(only(&s)->version, "V1.0.0.34"));
	assert_int_equal(only(&s)->f.length, 9);
	scenery_free(&s);
	look_at(&s, "/etc/version", "first\nsecond\n");
	assert_int_equal(s.facts.count[FACT_IDENTITY], 0);
	scenery_free(&s);
}

static void a_name_that_every_build_has_is_none(void **state)
{
	struct scenery s;

	(void)state;
	look_at(&s, "/etc/device_info", "DEVICE_MANUFACTURER='LEDE'\nDEVICE_PRODUCT='Generic'\n");
	assert_true(span_is(only(&s)->vendor, "LEDE"));
	assert_int_equal(only(&s)->product.n, 0);
	scenery_free(&s);
}

static void other_files_name_nothing(void **state)
{
	static const char *const paths[] = { "/etc/products", "/usr/share/etc/versions",
					     "/home/os-release" };
	struct scenery s;

	(void)state;
	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
		look_at(&s, paths[i], "vendor=a\nproduct=b\nversion=c\n");
		assert_int_equal(s.facts.count[FACT_IDENTITY], 0);
		scenery_free(&s);
	}
	look_at(&s, "/etc/os-release",
		"\x7f"
		"ELF\x01\x01 NAME=x");
	assert_int_equal(s.facts.count[FACT_IDENTITY], 0);
	scenery_free(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_release_files),
		cmocka_unit_test(reads_files_of_one_line),
		cmocka_unit_test(a_name_that_every_build_has_is_none),
		cmocka_unit_test(other_files_name_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
