/* span.c - spans and cursors fail closed. */
#include "unit/support.h"

static const uint8_t bytes[] = { 1, 2, 3, 4, 5, 6, 7, 8 };
static const struct span eight = { bytes, 8 };

static void gives_nothing_where_anything_is_missing(void **state)
{
	(void)state;
	assert_int_equal(span_sub(eight, 0, 8).n, 8);
	assert_int_equal(span_sub(eight, 8, 0).n, 0);
	assert_int_equal(span_sub(eight, 0, 9).n, 0);
	assert_int_equal(span_sub(eight, 9, 0).n, 0);
	assert_int_equal(span_sub(eight, 1, UINT64_MAX).n, 0);
	assert_int_equal(span_sub(eight, UINT64_MAX, 2).n, 0);
	assert_int_equal(span_from(eight, 9).n, 0);
	assert_int_equal(span_from(eight, UINT64_MAX).n, 0);
	assert_int_equal(span_head(eight, UINT64_MAX).n, 8);
	assert_int_equal(span_byte(eight, 8), -1);
	assert_int_equal(span_byte(eight, 7), 8);
}

static void works_on_the_empty_span(void **state)
{
	const struct span none = { 0 };

	(void)state;
	assert_int_equal(span_sub(none, 0, 0).n, 0);
	assert_int_equal(span_from(none, 0).n, 0);
	assert_int_equal(span_byte(none, 0), -1);
	assert_true(span_equal(none, none));
	assert_true(span_starts(none, none));
	assert_true(span_ends(eight, none));
	assert_int_equal(span_compare(none, none), 0);
	assert_true(span_find(none, 0, span_text("x")) == SIZE_MAX);
	assert_true(span_find(eight, 0, none) == SIZE_MAX);
}

static void orders_by_bytes_then_by_length(void **state)
{
	(void)state;
	assert_true(span_compare(span_text("a"), span_text("b")) < 0);
	assert_true(span_compare(span_text("a"), span_text("aa")) < 0);
	assert_true(span_compare(span_text("\xff"), span_text("a")) > 0);
	assert_int_equal(span_compare(span_text("ab"), span_text("ab")), 0);
}

static void finds_from_a_place_on(void **state)
{
	struct span s = span_text("abcabc");

	(void)state;
	assert_int_equal(span_find(s, 0, span_text("bc")), 1);
	assert_int_equal(span_find(s, 2, span_text("bc")), 4);
	assert_true(span_find(s, 5, span_text("bc")) == SIZE_MAX);
	assert_true(span_find(s, 7, span_text("a")) == SIZE_MAX);
	assert_true(span_ends(s, span_text("abc")) && !span_ends(s, span_text("zabcabc")));
}

static void reads_both_byte_orders(void **state)
{
	struct cursor c = { .in = eight };

	(void)state;
	assert_int_equal(cursor_le16(&c), 0x0201);
	assert_int_equal(cursor_be16(&c), 0x0304);
	assert_int_equal(cursor_le32(&c), 0x08070605);
	assert_false(c.ran_out);
	cursor_seek(&c, 0);
	assert_true(cursor_le64(&c) == 0x0807060504030201);
	cursor_seek(&c, 0);
	assert_true(cursor_be64(&c) == 0x0102030405060708);
	assert_int_equal(span_u16(eight, 6, true), 0x0708);
	assert_int_equal(span_u32(eight, 5, false), 0);
	assert_true(span_u64(eight, 0, true) == 0x0102030405060708);
}

static void stays_run_out_and_reads_zeros(void **state)
{
	struct cursor c = { .in = eight, .at = 6 };

	(void)state;
	assert_int_equal(cursor_le32(&c), 0);
	assert_true(c.ran_out);
	assert_int_equal(c.at, 6);
	assert_int_equal(cursor_u8(&c), 0); /* though a byte is there */
	assert_null(cursor_take(&c, 0));
	assert_int_equal(cursor_span(&c, 1).n, 0);
	c = (struct cursor){ 0 }; /* found by fuzzing: nothing, read from nowhere */
	assert_null(cursor_take(&c, 0));
	assert_false(c.ran_out);
}

static void takes_no_more_than_is_left(void **state)
{
	struct cursor c = { .in = eight };

	(void)state;
	cursor_skip(&c, UINT64_MAX);
	assert_true(c.ran_out);
	c = (struct cursor){ .in = eight };
	cursor_seek(&c, 8);
	assert_false(c.ran_out);
	assert_int_equal(cursor_left(&c), 0);
	cursor_seek(&c, 9);
	assert_true(c.ran_out);
}

static void runs_out_where_it_begins_behind_the_end(void **state)
{
	struct cursor c = { .in = eight, .at = 9 };

	(void)state;
	assert_int_equal(cursor_left(&c), 0);
	assert_int_equal(cursor_be32(&c), 0);
	assert_true(c.ran_out);
	c = (struct cursor){ .in = eight, .at = 9 };
	assert_null(cursor_take(&c, 0));
	assert_true(c.ran_out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(gives_nothing_where_anything_is_missing),
		cmocka_unit_test(works_on_the_empty_span),
		cmocka_unit_test(orders_by_bytes_then_by_length),
		cmocka_unit_test(finds_from_a_place_on),
		cmocka_unit_test(reads_both_byte_orders),
		cmocka_unit_test(stays_run_out_and_reads_zeros),
		cmocka_unit_test(takes_no_more_than_is_left),
		cmocka_unit_test(runs_out_where_it_begins_behind_the_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
