/* rules.c - rules are read strictly; what no line allows is not allowed. */
#include "log/rules.h"

#include "unit/support.h"

/* RFC 8032 7.1, tests 1 and 2. */
#define KEY_1 "MCowBQYDK2VwAyEA11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="
#define KEY_2 "MCowBQYDK2VwAyEAPUAXw+hDiVqStwqnTRt+vJyYLM8uxJaMwM1V8Sr0Zgw="
#define KEYS  "key a lab " KEY_1 "\nkey b vendor " KEY_2 "\n"

static struct rules rules;

static int start(void **state)
{
	(void)state;
	hash_start();
	return 0;
}

static void rules_are_read(void **state)
{
	(void)state;
	assert_null(
		rules_read(span_text("# ours\n" KEYS "need 1 lab evaluation\n\tneed 2 any release\n"
				     "allow not-evaluable all\nallow review ACC-01 ACC-02\n"
				     "allow fail ACC-03\nallow opaque @0x500000 393216\n"
				     "age 90\nclaims none\n"),
			   &rules));
	assert_int_equal(rules.roster.count, 2);
	assert_int_equal(rules.roster.keys[1].line, 3);
	assert_int_equal(rules.need_count, 2);
	assert_int_equal(rules.needs[0].role, ROLE_LAB);
	assert_int_equal(rules.needs[0].kind, STATEMENT_EVALUATION);
	assert_int_equal(rules.needs[1].count, 2);
	assert_int_equal(rules.needs[1].role, ROLES);
	assert_int_equal(rules.needs[1].line, 5);
	assert_int_equal(rules.age, 90);
	assert_int_equal(rules.claims, CLAIMS_NONE);
	assert_int_equal(rules.unwitnessed, 0);
	assert_null(rules_read(span_text(KEYS "need 1 lab evaluation\nallow unwitnessed"), &rules));
	assert_int_equal(rules.unwitnessed, 4);
	assert_int_equal(rules.claims, CLAIMS_ANSWERED);
	assert_int_equal(rules.age, 0);
}

static uint32_t allows(const char *check, enum test_end end)
{
	struct test t = { span_text(check), end };

	return rules_allow(&rules, &t);
}

static uint32_t opens(const char *where, uint64_t size)
{
	struct opaque o = { span_text(where), size };

	return rules_allow_opaque(&rules, &o);
}

static void what_no_line_allows_is_not_allowed(void **state)
{
	(void)state;
	assert_null(rules_read(span_text(KEYS "need 1 lab evaluation\nallow review A B\n"
					      "allow fail C\nallow opaque @0x10!/a\\x20b 100\n"
					      "allow not-evaluable A all\n"),
			       &rules));
	assert_int_equal(allows("A", TEST_WARNED), 4);
	assert_int_equal(allows("B", TEST_WARNED), 4);
	assert_int_equal(allows("C", TEST_WARNED), 0);
	assert_int_equal(allows("A", TEST_FAILED), 0);
	assert_int_equal(allows("C", TEST_FAILED), 5);
	assert_int_equal(allows("Z", TEST_NOT_EVALUABLE), 7);
	assert_int_equal(opens("@0x10!/a b", 100), 6);
	assert_int_equal(opens("@0x10!/a b", 99), 6);
	assert_int_equal(opens("@0x10!/a b", 101), 0);
	assert_int_equal(opens("@0x10!/a b2", 100), 0);
	assert_int_equal(opens("@0x10!/a", 100), 0);
	assert_int_equal(opens("", 0), 0);
	assert_null(rules_read(span_text(KEYS "need 1 lab evaluation\nallow opaque all"), &rules));
	assert_int_equal(opens("", 7), 4);
}

static bool is_of(const char *vendor, const char *product)
{
	struct statement s = { .vendor = span_text(vendor), .product = span_text(product) };

	return rules_are_of(&rules, &s);
}

static void releases_are_of_the_products_that_are_named(void **state)
{
	(void)state;
	assert_null(rules_read(span_text(KEYS "need 1 vendor release\nproduct acme AR\\x20431\n"
					      "product acme AR-820\n"),
			       &rules));
	assert_true(is_of("acme", "AR 431"));
	assert_true(is_of("acme", "AR-820"));
	assert_false(is_of("acme", "AR-8200"));
	assert_false(is_of("acme", "AR-82"));
	assert_false(is_of("other", "AR-820"));
	assert_false(is_of("acme", ""));
	assert_null(rules_read(span_text(KEYS "need 1 vendor release\n"), &rules));
	assert_true(is_of("other", "any"));
}

static void what_is_wrong_is_said(void **state)
{
	static const struct {
		const char *text, *wrong;
		uint32_t line;
	} cases[] = {
		{ "", "no line says what is needed", 1 },
		{ KEYS, "no line says what is needed", 2 },
		{ KEYS "quorum a\n", "a line begins with key", 3 },
		{ KEYS "key a lab " KEY_1 "\n", "the key stands there already", 3 },
		{ KEYS "need\n", "need is not followed", 3 },
		{ KEYS "need 0 lab evaluation\n", "need is not followed", 3 },
		{ KEYS "need 01 lab evaluation\n", "need is not followed", 3 },
		{ KEYS "need 1 boss evaluation\n", "the role is none of", 3 },
		{ KEYS "need 1 lab rumour\n", "the kind is none of", 3 },
		{ KEYS "need 1 lab evaluation now\n", "a line is: need", 3 },
		{ KEYS "need 1 lab evaluation\nneed 2 lab evaluation\n", "needs more keys", 4 },
		{ KEYS "need 3 any release\n", "needs more keys", 3 },
		{ KEYS "allow\n", "allow takes fail", 3 },
		{ KEYS "allow pass A\n", "allow takes fail", 3 },
		{ KEYS "allow fail\n", "not followed by checks", 3 },
		{ KEYS "allow opaque @0x0\n", "allow opaque PLACE SIZE", 3 },
		{ KEYS "allow opaque @0x0 0x10\n", "allow opaque PLACE SIZE", 3 },
		{ KEYS "allow opaque @0x0 1 2\n", "allow opaque PLACE SIZE", 3 },
		{ KEYS "allow unwitnessed please\n", "allow takes fail", 3 },
		{ KEYS "age\n", "age is not followed", 3 },
		{ KEYS "age 0\n", "age is not followed", 3 },
		{ KEYS "age 36501\n", "age is not followed", 3 },
		{ KEYS "age 1\nage 2\n", "age stands there already", 4 },
		{ KEYS "product acme\n", "a line is: product", 3 },
		{ KEYS "product acme AR 431\n", "a line is: product", 3 },
		{ KEYS "product acme AR\nneed 1 lab evaluation\n", "where a release is needed", 3 },
		{ KEYS "claims some\n", "claims takes", 3 },
		{ KEYS "claims none\nclaims none\n", "claims stands there already", 4 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const char *wrong = rules_read(span_text(cases[i].text), &rules);

		if (!wrong || !strstr(wrong, cases[i].wrong) || rules.wrong_line != cases[i].line)
			fail_msg("%s: line %u: %s", cases[i].text, rules.wrong_line,
				 wrong ? wrong : "taken");
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rules_are_read),
		cmocka_unit_test(what_no_line_allows_is_not_allowed),
		cmocka_unit_test(releases_are_of_the_products_that_are_named),
		cmocka_unit_test(what_is_wrong_is_said),
	};

	return cmocka_run_group_tests(tests, start, NULL);
}
