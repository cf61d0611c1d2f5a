/* day.c - days against `date -u`. */
#include "base/day.h"

#include <time.h>

#include "unit/support.h"

static void days_are_those_of_the_calendar(void **state)
{
	/* date -u -d DAY +%s */
	static const struct {
		const char *day;
		int64_t begins;
	} cases[] = {
		{ "0001-01-01", -62135596800 },
		{ "1969-12-31", -86400 },
		{ "1970-01-01", 0 },
		{ "2000-02-29", 951782400 },
		{ "2026-11-26", 1795651200 },
		{ "2100-03-01", 4107542400 },
		{ "9999-12-31", 253402214400 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char text[DAY_TEXT];
		int64_t begins;

		assert_true(day_read(span_text(cases[i].day), &begins));
		assert_int_equal(begins, cases[i].begins);
		day_write(begins, text);
		assert_string_equal(text, cases[i].day);
		day_write(begins + 86399, text);
		assert_string_equal(text, cases[i].day);
	}
}

static void every_day_is_that_of_the_c_library(void **state)
{
	(void)state;
	for (int64_t day = -719162; day <= 2932896; day += 7) {
		time_t time = (time_t)(day * DAY_SECONDS);
		struct tm tm;
		char text[DAY_TEXT], expected[40];
		int64_t begins;

		gmtime_r(&time, &tm);
		snprintf(expected, sizeof(expected), "%04d-%02d-%02d", tm.tm_year + 1900,
			 tm.tm_mon + 1, tm.tm_mday);
		day_write(time, text);
		assert_string_equal(text, expected);
		assert_true(day_read(span_text(text), &begins));
		assert_int_equal(begins, time);
	}
}

static void what_is_no_day_is_refused(void **state)
{
	static const char *const cases[] = {
		"",           "2026-11-2",  "2026-11-266", "2026-11-31", "2026-00-01",
		"2026-13-01", "2026-01-00", "2023-02-29",  "1900-02-29", "2026/01/01",
		"2026-1--01", "0000-01-01", "+026-01-01",  "2026-01-0x",
	};
	int64_t begins;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_false(day_read(span_text(cases[i]), &begins));
}

static void other_times_are_shown_as_the_last_day(void **state)
{
	char text[DAY_TEXT];

	(void)state;
	day_write(INT64_MAX, text);
	assert_string_equal(text, "9999-12-31");
	day_write(INT64_MIN, text);
	assert_string_equal(text, "0001-01-01");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(days_are_those_of_the_calendar),
		cmocka_unit_test(every_day_is_that_of_the_c_library),
		cmocka_unit_test(what_is_no_day_is_refused),
		cmocka_unit_test(other_times_are_shown_as_the_last_day),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
