/* roster.c - keys with roles, read strictly: what is wrong is said with its line. */
#include "trust/roster.h"

#include "unit/support.h"

/* RFC 8032 7.1, tests 1 and 2; RFC 6979 A.2.5: as `openssl pkey -pubin -outform DER | base64` has
 * them. */
#define KEY_1 "MCowBQYDK2VwAyEA11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="
#define KEY_2 "MCowBQYDK2VwAyEAPUAXw+hDiVqStwqnTRt+vJyYLM8uxJaMwM1V8Sr0Zgw="
#define KEY_P256                                                                                   \
	"MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEYP7UuiVanTHJYet0xjVtaMBJuJI7Yfps5mliLmDyn7Z5"         \
	"A/4QCLi8maQa6elWKLxk8vGyDC1+n1F3o8KU1EYimQ=="

static struct roster roster;

static int start(void **state)
{
	(void)state;
	hash_start();
	return 0;
}

static const char *read_text(const char *text, uint32_t *line)
{
	return roster_read(span_text(text), &roster, line);
}

static void keys_are_read(void **state)
{
	/* openssl pkey -pubin -outform DER | sha256sum */
	static const uint8_t digest[] = { 0x06, 0xe3, 0xfd, 0x8f, 0xda, 0x29, 0xbb, 0x60 };
	uint32_t line;

	(void)state;
	assert_null(read_text("# whom we take in\n\n"
			      "key lab-one.example lab " KEY_1 "\n"
			      " key\tlab-two.example\tlab  " KEY_2 " from 2026-01-01\n"
			      "key vendor.example vendor " KEY_P256
			      " from 2026-01-01 until 2026-12-31",
			      &line));
	assert_int_equal(roster.count, 3);
	assert_true(span_is(roster.keys[2].name, "vendor.example"));
	assert_int_equal(roster.keys[2].role, ROLE_VENDOR);
	assert_int_equal(roster.keys[2].line, 5);
	assert_int_equal(roster.keys[2].spki_size, 91);
	assert_int_equal(roster.keys[0].spki_size, 44);
	assert_memory_equal(roster.keys[0].sha256, digest, sizeof(digest));
	assert_ptr_equal(roster_find(&roster, roster.keys[1].sha256), &roster.keys[1]);
	assert_null(roster_find(&roster, roster.keys[1].spki));
}

static void days_are_taken_in(void **state)
{
	uint32_t line;

	(void)state;
	assert_null(read_text("key a lab " KEY_1 " from 2026-01-01 until 2026-02-28\n", &line));
	/* date -u -d 2026-01-01 +%s; date -u -d 2026-03-01 +%s */
	assert_false(roster_key_counts(&roster.keys[0], 1767225599));
	assert_true(roster_key_counts(&roster.keys[0], 1767225600));
	assert_true(roster_key_counts(&roster.keys[0], 1772323199));
	assert_false(roster_key_counts(&roster.keys[0], 1772323200));
	assert_null(read_text("key a lab " KEY_1 "\n", &line));
	assert_true(roster_key_counts(&roster.keys[0], 0));
	assert_true(roster_key_counts(&roster.keys[0], INT64_MAX - 1));
}

static void what_is_wrong_is_said(void **state)
{
	static const struct {
		const char *text, *wrong;
		uint32_t line;
	} cases[] = {
		{ "\nwitness a\n", "a line is: key", 2 },
		{ "key\n", "needs a name", 1 },
		{ "key a\x07 lab " KEY_1 "\n", "needs a name", 1 },
		{ "key a boss " KEY_1 "\n", "role is none of", 1 },
		{ "key a lab\n", "the key is not base64", 1 },
		{ "key a lab MCowBQYDK2VwAyEA\n", "the key is not base64", 1 },
		{ "key a lab " KEY_1 "\r\n", "the key is not base64", 1 },
		{ "key a lab " KEY_1 " from\n", "from is not followed", 1 },
		{ "key a lab " KEY_1 " from 2026-02-29\n", "from is not followed", 1 },
		{ "key a lab " KEY_1 " until 2026-1-1\n", "until is not followed", 1 },
		{ "key a lab " KEY_1 " until 2026-01-01 from 2025-01-01\n", "behind the key", 1 },
		{ "key a lab " KEY_1 " from 2026-01-02 until 2026-01-01\n", "before it begins", 1 },
		{ "key a lab " KEY_1 " always\n", "behind the key", 1 },
		{ "key a lab " KEY_1 "\nkey b lab " KEY_1 "\n", "key stands there", 2 },
		{ "key a lab " KEY_1 "\nkey a lab " KEY_2 "\n", "name stands there", 2 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		uint32_t line = 0;
		const char *wrong = read_text(cases[i].text, &line);

		assert_non_null(wrong);
		if (!strstr(wrong, cases[i].wrong) || line != cases[i].line)
			fail_msg("%s: line %u: %s", cases[i].text, line, wrong);
	}
}

static void there_is_room_for_256(void **state)
{
	struct text file = { 0 };
	uint32_t line;

	(void)state;
	for (unsigned i = 0; i < 257; i++) {
		text_format(&file, "key lab-%u lab MCowBQYDK2VwAyEA%c%c", i, 'A' + i % 26,
			    'A' + i / 26);
		text_puts(&file, "qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=\n");
	}
	assert_string_equal(roster_read(text_span(&file), &roster, &line),
			    "there are more than 256 keys");
	assert_int_equal(line, 257);
	assert_int_equal(roster.count, 256);
	text_free(&file);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(keys_are_read),
		cmocka_unit_test(days_are_taken_in),
		cmocka_unit_test(what_is_wrong_is_said),
		cmocka_unit_test(there_is_room_for_256),
	};

	return cmocka_run_group_tests(tests, start, NULL);
}
