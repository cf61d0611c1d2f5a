/* json.c - canonical JSON, with whatever bytes an image has. */
#include "unit/support.h"

#include <inttypes.h>

#include "base/json.h"

static void writes_values_without_blanks_in_the_order_given(void **state)
{
	struct text t = { 0 };
	struct json j = { .out = &t };

	(void)state;
	json_object(&j);
	json_key(&j, "z");
	json_u64(&j, UINT64_MAX);
	json_key(&j, "a");
	json_i64(&j, INT64_MIN);
	json_key(&j, "list");
	json_array(&j);
	json_bool(&j, true);
	json_null(&j);
	json_array(&j);
	json_array_end(&j);
	json_object(&j);
	json_object_end(&j);
	json_hex(&j, span_text("\x01\xff"));
	json_array_end(&j);
	json_key(&j, "last");
	json_u64(&j, 0);
	json_object_end(&j);
	assert_string_equal(t.p, "{\"z\":18446744073709551615,\"a\":-9223372036854775808,"
				 "\"list\":[true,null,[],{},\"01ff\"],\"last\":0}");
	text_free(&t);
}

static void expect_bytes(struct span in, bool for_html, const char *expected)
{
	struct text t = { 0 };
	struct json j = { .out = &t, .for_html = for_html };

	json_bytes(&j, in);
	assert_string_equal(t.p, expected);
	text_free(&t);
}

static void escapes_bytes_of_the_image_twice(void **state)
{
	(void)state;
	expect_bytes(span_text("plain"), false, "\"plain\"");
	expect_bytes(span_text("a\"b"), false, "\"a\\\"b\"");
	expect_bytes(span_text("a\\b"), false, "\"a\\\\\\\\b\"");
	expect_bytes(span_text("\x1b[2J\n"), false, "\"\\\\x1b[2J\\\\x0a\"");
	expect_bytes(span_text("caf\xe9"), false, "\"caf\\\\xe9\"");
	expect_bytes(span_text("na\xc3\xafve"), false, "\"na\xc3\xafve\"");
	expect_bytes((struct span){ 0 }, false, "\"\"");
}

static void leaves_nothing_that_ends_a_script_element(void **state)
{
	struct text t = { 0 };
	struct json j = { .out = &t, .for_html = true };

	(void)state;
	expect_bytes(span_text("</script><!--&"), true,
		     "\"\\u003c/script\\u003e\\u003c!--\\u0026\"");
	json_text(&j, span_text("x\xe2\x80\xa8y\xe2\x80\xa9z\xe2\x80\xaa"));
	assert_string_equal(t.p, "\"x\\u2028y\\u2029z\xe2\x80\xaa\"");
	text_free(&t);
}

static void escapes_controls_of_our_own_texts(void **state)
{
	struct text t = { 0 };
	struct json j = { .out = &t };

	(void)state;
	json_text(&j, span_text("a\tb\n\x01"));
	assert_string_equal(t.p, "\"a\\u0009b\\u000a\\u0001\"");
	text_free(&t);
}

static void writes_hundredths_without_trailing_zeros(void **state)
{
	static const unsigned values[] = { 0, 5, 50, 90, 99, 100, 1230 };
	struct text t = { 0 };
	struct json j = { .out = &t };

	(void)state;
	json_array(&j);
	for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++)
		json_hundredths(&j, values[i]);
	json_array_end(&j);
	assert_string_equal(t.p, "[0,0.05,0.5,0.9,0.99,1,12.3]");
	text_free(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(writes_values_without_blanks_in_the_order_given),
		cmocka_unit_test(escapes_bytes_of_the_image_twice),
		cmocka_unit_test(leaves_nothing_that_ends_a_script_element),
		cmocka_unit_test(escapes_controls_of_our_own_texts),
		cmocka_unit_test(writes_hundredths_without_trailing_zeros),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
