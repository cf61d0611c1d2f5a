/* declaration.c - declarations that are refused, where and why; and what a row declares. */
#include "judge/declaration.h"

#include "unit/support.h"

#define HEAD "schema: evenhand-declaration/1\n"

static const struct {
	const char *yaml;
	uint32_t line, column;
	const char *what; /* stands in the sentence */
} refused[] = {
	{ "", 0, 0, "no declaration" },
	{ "- a\n", 0, 0, "no declaration" },
	{ "accounts:\n", 1, 1, "schema" },
	{ "schema: evenhand-declaration/2\n", 1, 9, "schema" },
	{ HEAD "acounts:\n", 2, 1, "\"acounts\" is no section" },
	{ HEAD "accounts: yes\n", 2, 11, "is a list" },
	{ HEAD "accounts:\n  - root\n", 3, 5, "one account with its fields" },
	{ HEAD "accounts:\n  - name: root\n    shel: /bin/sh\n    reason: r\n", 4, 5,
	  "\"shel\" is no field of an account" },
	{ HEAD "accounts:\n  - uid: 0\n    reason: r\n", 3, 5, "no \"name\"" },
	{ HEAD "accounts:\n  - name: root\n", 3, 5, "no \"reason\"" },
	{ HEAD "accounts:\n  - name: root\n    reason: ?\n", 4, 13, "no reason is given" },
	{ HEAD "accounts:\n  - name: root\n    reason: '?'\n", 4, 13, "no reason is given" },
	{ HEAD "accounts:\n  - name: root\n    uid: zero\n    reason: r\n", 4, 10,
	  "\"zero\" is not a number" },
	{ HEAD "accounts:\n  - name: root\n    login: maybe\n    reason: r\n", 4, 12,
	  "not yes or no" },
	{ HEAD "accounts:\n  - name: [root]\n    reason: r\n", 3, 5, "one value" },
	{ HEAD "accounts:\n  - name: a\n    name: b\n    reason: r\n", 4, 11, "stands twice" },
	{ HEAD "accounts: []\nservices: []\naccounts:\n  - name: a\n    reason: r\n", 5, 3,
	  "\"accounts\" stands twice" },
	{ HEAD "accounts:\nservices: []\n", 0, 0, NULL },
	{ HEAD "services:\n  - name: telnetd\n    reason: r\n  - name: x\n    reason: r\n"
	       "  - name: telnetd\n    reason: s\n",
	  7, 5, "service \"telnetd\" is declared twice" },
	{ HEAD "keys:\n  - path: /k\n    spki_sha256: ab\n    reason: r\n", 4, 18, "SHA-256" },
	{ HEAD "privileged:\n  - path: /bin/su\n    kind: setuid\n    mode: 755\n    reason: r\n",
	  5, 11, "octal" },
	{ HEAD "exceptions:\n  - check: NO-01\n    owner: o\n    expires: 2027-01-31\n"
	       "    reason: r\n",
	  3, 12, "id of a check" },
	{ HEAD "exceptions:\n  - check: KEY-02\n    owner: o\n    expires: 2027-13-31\n"
	       "    reason: r\n",
	  5, 14, "a date" },
	{ HEAD "accounts:\n\t- name: root\n", 3, 1, "no YAML" },
	{ HEAD "accounts: [\n", 3, 1, "no YAML" },
};

static bool read_text(const char *yaml, struct arena *a, struct declaration *d,
		      struct declaration_error *e)
{
	arena_init(a, 0);
	return declaration_read(span_text(yaml), a, d, e);
}

static void what_is_wrong_is_told_with_its_place(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
		struct declaration d;
		struct declaration_error e;
		struct arena a;
		bool ok = read_text(refused[i].yaml, &a, &d, &e);

		if (!refused[i].what) {
			assert_true(ok);
		} else if (ok || e.line != refused[i].line || e.column != refused[i].column ||
			   !strstr(e.what, refused[i].what)) {
			fail_msg("case %zu: %u:%u %s", i, e.line, e.column, e.what);
		}
		arena_free(&a);
	}
}

static void twice_names_the_first_line(void **state)
{
	struct declaration d;
	struct declaration_error e;
	struct arena a;

	(void)state;
	assert_false(read_text(HEAD "services:\n  - name: b\n    reason: r\n  - name: b\n"
				    "    reason: s\n",
			       &a, &d, &e));
	assert_int_equal(e.first, 3);
	assert_int_equal(e.line, 5);
	arena_free(&a);
}

static void fields_that_are_not_given_agree_with_any(void **state)
{
	struct account_fact root = { .f.kind = FACT_ACCOUNT,
				     .name = span_text("root"),
				     .shell = span_text("/bin/sh"),
				     .can_log_in = true };
	struct declaration d;
	struct declaration_error e;
	struct declared_row row;
	enum section section;
	struct arena a;

	(void)state;
	assert_true(read_text(HEAD "accounts:\n  - name: root\n    uid: 0\n    reason: r\n", &a, &d,
			      &e));
	assert_true(declared_row_of(&root.f, &a, &section, &row));
	assert_int_equal(section, SECTION_ACCOUNTS);
	assert_non_null(declared_next(&d, section, &row, NULL));
	root.uid = 1;
	assert_true(declared_row_of(&root.f, &a, &section, &row));
	assert_null(declared_next(&d, section, &row, NULL));
	root.name = span_text("toor");
	assert_true(declared_row_of(&root.f, &a, &section, &row));
	assert_null(declared_next(&d, section, &row, NULL));
	arena_free(&a);
}

static void a_fact_may_agree_with_several_rows(void **state)
{
	struct account_fact root = { .f.kind = FACT_ACCOUNT, .name = span_text("root") };
	const struct declared_row *first, *second;
	struct declaration d;
	struct declaration_error e;
	struct declared_row row;
	enum section section;
	struct arena a;

	(void)state;
	assert_true(read_text(HEAD "accounts:\n  - name: root\n    reason: r\n"
				   "  - name: root\n    uid: 0\n    reason: s\n",
			      &a, &d, &e));
	assert_true(declared_row_of(&root.f, &a, &section, &row));
	first = declared_next(&d, section, &row, NULL);
	assert_non_null(first);
	second = declared_next(&d, section, &row, first);
	assert_non_null(second);
	assert_null(declared_next(&d, section, &row, second));
	arena_free(&a);
}

static void texts_are_compared_as_reports_show_them(void **state)
{
	struct account_fact odd = { .f.kind = FACT_ACCOUNT, .name = span_text("a\x1b[2J'\\") };
	struct declaration d;
	struct declaration_error e;
	struct declared_row row;
	enum section section;
	struct arena a;

	(void)state;
	assert_true(read_text(HEAD "accounts:\n  - name: 'a\\x1b[2J''\\\\'\n    reason: r\n", &a,
			      &d, &e));
	assert_true(declared_row_of(&odd.f, &a, &section, &row));
	assert_non_null(declared_next(&d, section, &row, NULL));
	arena_free(&a);
}

static void what_is_not_started_need_not_be_declared(void **state)
{
	struct service_fact off = { .f.kind = FACT_SERVICE, .name = span_text("ntpd") };
	struct declared_row row;
	enum section section;
	struct arena a;

	(void)state;
	arena_init(&a, 0);
	assert_false(declared_row_of(&off.f, &a, &section, &row));
	off.enabled = true;
	assert_true(declared_row_of(&off.f, &a, &section, &row));
	arena_free(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_wrong_is_told_with_its_place),
		cmocka_unit_test(twice_names_the_first_line),
		cmocka_unit_test(fields_that_are_not_given_agree_with_any),
		cmocka_unit_test(a_fact_may_agree_with_several_rows),
		cmocka_unit_test(texts_are_compared_as_reports_show_them),
		cmocka_unit_test(what_is_not_started_need_not_be_declared),
	};

	hash_start();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
