/* text.c - nothing of an image reaches a terminal unescaped, and everything escaped comes back. */
#include "unit/support.h"

#include "base/text.h"

static void expect_escaped(struct span in, const char *also, const char *expected)
{
	struct text t = { 0 }, back = { 0 };

	text_escape(&t, in, also);
	if (!span_is(text_span(&t), expected))
		fail_msg("\"%s\" instead of \"%s\"", t.p ? t.p : "", expected);
	assert_true(text_unescape(&back, text_span(&t)));
	assert_true(span_equal(text_span(&back), in));
	text_free(&t);
	text_free(&back);
}

static void leaves_what_a_person_can_read(void **state)
{
	(void)state;
	expect_escaped(span_text("plain-name_1.0 (x).txt"), "", "plain-name_1.0 (x).txt");
	expect_escaped(span_text("na\xc3\xafve \xe6\x97\xa5\xe6\x9c\xac"), "",
		       "na\xc3\xafve \xe6\x97\xa5\xe6\x9c\xac");
	expect_escaped(span_text(""), "", "");
}

static void escapes_what_could_steer_a_terminal(void **state)
{
	(void)state;
	expect_escaped(span_text("\x1b[2J"), "", "\\x1b[2J");
	expect_escaped(span_text("a\nb\tc\r\x7f\x07"), "", "a\\x0ab\\x09c\\x0d\\x7f\\x07");
	expect_escaped((struct span){ (const uint8_t *)"a\0b", 3 }, "", "a\\x00b");
	/* C1 controls, right-to-left override, isolate, zero width, byte order mark, line separator
	 */
	expect_escaped(span_text("\xc2\x9b"), "", "\\xc2\\x9b");
	expect_escaped(span_text("x\xe2\x80\xaegpj.exe"), "", "x\\xe2\\x80\\xaegpj.exe");
	expect_escaped(span_text("\xe2\x81\xa6"), "", "\\xe2\\x81\\xa6");
	expect_escaped(span_text("\xe2\x80\x8b"), "", "\\xe2\\x80\\x8b");
	expect_escaped(span_text("\xef\xbb\xbf"), "", "\\xef\\xbb\\xbf");
	expect_escaped(span_text("\xe2\x80\xa8"), "", "\\xe2\\x80\\xa8");
}

static void escapes_what_is_no_utf8(void **state)
{
	(void)state;
	expect_escaped(span_text("\xff\xfe"), "", "\\xff\\xfe");
	expect_escaped(span_text("\xc0\xaf"), "", "\\xc0\\xaf");          /* overlong */
	expect_escaped(span_text("\xe0\x80\xaf"), "", "\\xe0\\x80\\xaf"); /* overlong */
	expect_escaped(span_text("\xed\xa0\x80"), "", "\\xed\\xa0\\x80"); /* surrogate */
	expect_escaped(span_text("\xf4\x90\x80\x80"), "", "\\xf4\\x90\\x80\\x80");
	expect_escaped(span_text("a\xc3"), "", "a\\xc3");     /* cut */
	expect_escaped(span_text("caf\xe9"), "", "caf\\xe9"); /* Latin-1 */
}

static void keeps_escapes_apart_from_names_that_look_like_them(void **state)
{
	(void)state;
	expect_escaped(span_text("\\x41"), "", "\\\\x41");
	expect_escaped(span_text("\\"), "", "\\\\");
	expect_escaped(span_text("a!b"), "!", "a\\x21b");
	expect_escaped(span_text(" a b "), "", "\\x20a b\\x20");
}

static void every_byte_comes_back(void **state)
{
	uint8_t all[512];
	uint32_t x = 3;

	(void)state;
	for (int round = 0; round < 500; round++) {
		struct text t = { 0 }, back = { 0 };
		struct span in = { all, sizeof(all) };

		for (size_t i = 0; i < sizeof(all); i++) {
			x = x * 1664525u + 1013904223u;
			all[i] = x >> 31 ? (uint8_t)(x >> 16) : (uint8_t)(0x80 | x >> 24);
		}
		text_escape(&t, in, "!");
		for (size_t i = 0; i < t.n;) {
			uint32_t code = 0;
			size_t n = utf8_decode(span_from(text_span(&t), i), &code);

			assert_true(n > 0 && code_point_visible(code));
			i += n;
		}
		assert_true(text_unescape(&back, text_span(&t)));
		assert_true(span_equal(text_span(&back), in));
		text_free(&t);
		text_free(&back);
	}
}

static void refuses_malformed_escapes(void **state)
{
	static const char *const bad[] = { "a\\", "a\\x", "a\\x4", "a\\xZZ", "a\\n", "a\\x4G" };

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct text t = { 0 };

		assert_false(text_unescape(&t, span_text(bad[i])));
		assert_true(span_is(text_span(&t), "a"));
		text_free(&t);
	}
}

static void decodes_percents(void **state)
{
	static const struct {
		const char *in, *out;
	} cases[] = { { "", "" },        { "lib%2b%2Bc", "lib++c" }, { "%40a%2Fb", "@a/b" },
		      { "%", "%" },      { "a%4", "a%4" },           { "%4g%zz%%41", "%4g%zz%A" },
		      { "%2541", "%41" } };

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct text t = { 0 };

		text_unpercent(&t, span_text(cases[i].in));
		assert_true(span_is(text_span(&t), cases[i].out));
		text_free(&t);
	}
}

static void makes_letters_small(void **state)
{
	struct text t = { 0 };

	(void)state;
	text_lower(&t, span_text("@AMZ[`amz{ 09_\xc3\x84\xff"));
	assert_string_equal(t.p, "@amz[`amz{ 09_\xc3\x84\xff");
	text_free(&t);
}

static void parts_thousands(void **state)
{
	static const struct {
		uint64_t value;
		const char *text;
	} cases[] = { { 0, "0" },
		      { 999, "999" },
		      { 1000, "1,000" },
		      { 5701632, "5,701,632" },
		      { UINT64_MAX, "18,446,744,073,709,551,615" } };

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct text t = { 0 };

		text_number(&t, cases[i].value);
		assert_string_equal(t.p, cases[i].text);
		text_free(&t);
	}
}

static void reads_numbers_whole_or_not_at_all(void **state)
{
	uint64_t v = 0;
	size_t used = 0;

	(void)state;
	assert_true(parse_u64("0", &v) && v == 0);
	assert_true(parse_u64("18446744073709551615", &v) && v == UINT64_MAX);
	assert_true(parse_u64("0xFf", &v) && v == 255);
	assert_false(parse_u64("18446744073709551616", &v));
	assert_false(parse_u64("", &v) || parse_u64("0x", &v) || parse_u64("1 ", &v));
	assert_false(parse_u64("-1", &v) || parse_u64("+1", &v) || parse_u64("1k", &v));
	assert_true(span_number(span_text("0755 "), 8, &v, &used) && v == 0755 && used == 4);
	assert_true(span_number(span_text("789"), 8, &v, &used) && v == 7 && used == 1);
	assert_false(span_number(span_text("xyz"), 16, &v, &used));
	assert_false(span_number(span_text("fffffffffffffffff"), 16, &v, &used));
}

static void tells_text_from_bytes(void **state)
{
	uint8_t uniform[256 * 16];

	(void)state;
	for (size_t i = 0; i < sizeof(uniform); i++)
		uniform[i] = (uint8_t)i;
	assert_true(looks_like_text(span_text("#!/bin/sh\necho hi\n")));
	assert_true(looks_like_text(span_text("caf\xe9 \x1b[1m")));
	assert_false(looks_like_text((struct span){ 0 }));
	assert_false(looks_like_text((struct span){ uniform, sizeof(uniform) }));
	assert_int_equal(entropy_millibits((struct span){ uniform, sizeof(uniform) }), 8000);
	assert_int_equal(entropy_millibits(span_text("aaaaaaaa")), 0);
	assert_int_equal(entropy_millibits(span_text("abababab")), 1000);
	assert_int_equal(entropy_millibits((struct span){ 0 }), 0);
}

static void knows_how_wide_characters_are(void **state)
{
	(void)state;
	assert_int_equal(code_point_width('a'), 1);
	assert_int_equal(code_point_width(0x65e5), 2);
	assert_int_equal(code_point_width(0x0301), 0);
}

/* RFC 4648, section 10; then what stands around keys in other files. */
static void reads_base64(void **state)
{
	static const struct {
		const char *base64, *plain;
	} samples[] = { { "", "" },
			{ "Zg==", "f" },
			{ "Zm8=", "fo" },
			{ "Zm9vYmFy", "foobar" },
			{ "Zm9v\r\nYm Fy", "foobar" },
			{ "Zm9v\\nYm\\rFy\"", "foobar" },
			{ "Zm9v-YmFy", "foo" } };

	(void)state;
	for (size_t i = 0; i < sizeof(samples) / sizeof(samples[0]); i++) {
		struct text t = { 0 };

		text_base64(&t, span_text(samples[i].base64));
		assert_true(span_is(text_span(&t), samples[i].plain));
		text_free(&t);
	}
}

static void counts_every_byte(void **state)
{
	uint8_t bytes[259];
	uint64_t count[256];

	(void)state;
	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (uint8_t)i;
	byte_counts((struct span){ bytes, sizeof(bytes) }, count);
	for (int i = 0; i < 256; i++)
		assert_int_equal(count[i], i < 3 ? 2 : 1);
	assert_int_equal(entropy_millibits((struct span){ bytes, 256 }), 8000);
	assert_int_equal(entropy_millibits((struct span){ bytes, 1 }), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(leaves_what_a_person_can_read),
		cmocka_unit_test(escapes_what_could_steer_a_terminal),
		cmocka_unit_test(escapes_what_is_no_utf8),
		cmocka_unit_test(keeps_escapes_apart_from_names_that_look_like_them),
		cmocka_unit_test(every_byte_comes_back),
		cmocka_unit_test(refuses_malformed_escapes),
		cmocka_unit_test(decodes_percents),
		cmocka_unit_test(makes_letters_small),
		cmocka_unit_test(parts_thousands),
		cmocka_unit_test(reads_numbers_whole_or_not_at_all),
		cmocka_unit_test(tells_text_from_bytes),
		cmocka_unit_test(knows_how_wide_characters_are),
		cmocka_unit_test(reads_base64),
		cmocka_unit_test(counts_every_byte),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
