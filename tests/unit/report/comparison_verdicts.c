/* comparison_verdicts.c - checks that say something else of another image. */
#include "unit/support.h"

#include "report/comparison_verdicts.h"

static const struct check check_a = { .id = "ACC-01" }, check_b = { .id = "CRED-03" },
			  check_c = { .id = "SVC-01" };

static void only_what_changed_is_listed_by_check(void **state)
{
	const struct verdict left[] = { { .check = &check_c, .outcome = OUTCOME_FAIL },
					{ .check = &check_a, .outcome = OUTCOME_PASS },
					{ .check = &check_b, .outcome = OUTCOME_REVIEW } };
	const struct verdict right[] = {
		{ .check = &check_a, .outcome = OUTCOME_NOT_EVALUABLE, .reason = REASON_ENCRYPTED },
		{ .check = &check_b, .outcome = OUTCOME_REVIEW },
		{ .check = &check_c, .outcome = OUTCOME_PASS }
	};
	struct arena arena = { 0 };
	struct verdict_change *changes;
	uint32_t count;

	(void)state;
	assert_true(verdicts_compare(left, 3, right, 3, &arena, &changes, &count));
	assert_int_equal(count, 2);
	assert_ptr_equal(changes[0].check, &check_a);
	assert_ptr_equal(changes[0].left, &left[1]);
	assert_ptr_equal(changes[0].right, &right[0]);
	assert_ptr_equal(changes[1].check, &check_c);
	assert_true(verdicts_compare(right, 3, left, 3, &arena, &changes, &count));
	assert_int_equal(count, 2);
	assert_ptr_equal(changes[1].left, &right[2]);
	assert_ptr_equal(changes[1].right, &left[0]);
	arena_free(&arena);
}

static void another_reason_is_a_change(void **state)
{
	const struct verdict left = { .check = &check_a,
				      .outcome = OUTCOME_NOT_EVALUABLE,
				      .reason = REASON_ENCRYPTED };
	const struct verdict right = { .check = &check_a,
				       .outcome = OUTCOME_NOT_EVALUABLE,
				       .reason = REASON_NO_SYMBOLS };
	struct arena arena = { 0 };
	struct verdict_change *changes;
	uint32_t count;

	(void)state;
	assert_true(verdicts_compare(&left, 1, &right, 1, &arena, &changes, &count));
	assert_int_equal(count, 1);
	assert_true(verdicts_compare(&left, 1, &left, 1, &arena, &changes, &count));
	assert_int_equal(count, 0);
	assert_true(verdicts_compare(&left, 1, NULL, 0, &arena, &changes, &count));
	assert_int_equal(count, 1);
	assert_null(changes[0].right);
	arena_free(&arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(only_what_changed_is_listed_by_check),
		cmocka_unit_test(another_reason_is_a_change),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
