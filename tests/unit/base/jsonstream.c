/* jsonstream.c - JSON through a small window: whatever the sizes of the pieces, the same is read.
 */
#include "unit/support.h"

#include <stdlib.h>

#include "base/jsonstream.h"

struct source {
	struct span text;
	size_t piece;
};

static size_t more(void *ctx, uint8_t *to, size_t n)
{
	struct source *s = ctx;
	struct span some = span_head(s->text, n < s->piece ? n : s->piece);

	memcpy(to, some.p, some.n);
	s->text = span_from(s->text, some.n);
	return some.n;
}

static struct source source;
static struct json_stream stream;
static uint8_t window[2 * JSON_MOST_STRING];

static struct json_stream *start(struct span text, size_t piece)
{
	source = (struct source){ text, piece };
	stream.more = more;
	stream.ctx = &source;
	stream.window = window;
	stream.size = sizeof(window);
	json_stream_start(&stream);
	return &stream;
}

static const char sample[] = " {\"a\" : \"x\\u00e9\\ud83d\\ude00\\\"\\\\\\/\\n\", \"skip\":"
			     "[1,{\"]\":\"}\\\"]\"},[[]],\"\\\\\"], \"n\":-1.5e3,\"t\": true,"
			     "\"list\":[ \"1\" ,\"2\",3 ],\"o\":{},\"e\":[]}\n";

static void read_sample(size_t piece)
{
	struct json_stream *s = start(span_text(sample), piece);
	struct span key, v;
	int members = 0, elements = 0;

	assert_int_equal(json_peek(s), JSON_IS_OBJECT);
	assert_true(json_enter_object(s));
	while (json_next_member(s, &key)) {
		members++;
		if (span_is(key, "a")) {
			assert_true(json_take_string(s, &v));
			assert_true(span_is(v, "x\xc3\xa9\xf0\x9f\x98\x80\"\\/\n"));
		} else if (span_is(key, "n")) {
			assert_true(json_take_word(s, &v));
			assert_true(span_is(v, "-1.5e3"));
		} else if (span_is(key, "t")) {
			assert_false(json_take_string(s, &v));
		} else if (span_is(key, "list")) {
			assert_true(json_enter_array(s));
			while (json_next_element(s))
				elements += json_take_string(s, &v);
		} else if (span_is(key, "o")) {
			assert_true(json_enter_object(s));
			assert_false(json_next_member(s, &key));
		} else if (span_is(key, "e")) {
			assert_false(json_enter_object(s));
		} else {
			assert_true(span_is(key, "skip"));
			json_skip(s);
		}
	}
	assert_int_equal(members, 7);
	assert_int_equal(elements, 2);
	assert_int_equal(s->fault.kind, FAULT_NONE);
	assert_int_equal(json_peek(s), JSON_END);
}

static void any_size_of_pieces_reads_alike(void **state)
{
	(void)state;
	for (size_t piece = 1; piece < sizeof(sample) + 1; piece++)
		read_sample(piece);
}

/* A string longer than is handed over reads as the empty one, and what follows is found. */
static void long_strings_are_passed(void **state)
{
	static const size_t lengths[] = { 65535, 65536, 65537, 131070, 131072, 400000 };

	(void)state;
	for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
		size_t n = lengths[i];
		char *text = malloc(n + 32);
		struct json_stream *s;
		struct span v;

		text[0] = '[';
		text[1] = '"';
		memset(text + 2, 'x', n);
		text[n] = '\\'; /* an escape right at its end */
		text[n + 1] = '"';
		memcpy(text + n + 2, "\",\"after\"]", 11);
		s = start(span_text(text), 4099);
		assert_true(json_enter_array(s));
		assert_true(json_next_element(s));
		assert_true(json_take_string(s, &v));
		assert_int_equal(v.n, n <= JSON_MOST_STRING ? n - 1 : 0);
		assert_true(json_next_element(s));
		assert_true(json_take_string(s, &v));
		assert_true(span_is(v, "after"));
		assert_false(json_next_element(s));
		assert_int_equal(s->fault.kind, FAULT_NONE);
		free(text);
	}
}

/* "\u" without digits is two bytes: what is read of it must not be longer, or many overrun.
 */
static void escapes_without_digits_stay_letters(void **state)
{
	static char text[JSON_MOST_STRING + 4];
	struct json_stream *s;
	struct span v;

	(void)state;
	text[0] = text[JSON_MOST_STRING + 1] = '"';
	for (size_t i = 1; i <= JSON_MOST_STRING; i += 2)
		memcpy(text + i, "\\u", 2);
	s = start(span_text(text), 4099);
	assert_true(json_take_string(s, &v));
	assert_int_equal(v.n, JSON_MOST_STRING / 2);
	assert_int_equal(v.p[0], 'u');
	s = start(span_text("\"\\u12g4\\ud800\\ud83d\\u0041\\u00"), 3);
	assert_false(json_take_string(s, &v));
	s = start(span_text("\"\\u12g4\\ud800\\ud83d\\u0041\\u00\""), 3);
	assert_true(json_take_string(s, &v));
	assert_true(span_is(v, "u12g4\xef\xbf\xbd\xef\xbf\xbd"
			       "Au00"));
}

static enum fault_kind walk(struct json_stream *s)
{
	struct span key;

	switch (json_peek(s)) {
	case JSON_IS_OBJECT:
		if (json_enter_object(s))
			while (json_next_member(s, &key))
				walk(s);
		break;
	case JSON_IS_ARRAY:
		if (json_enter_array(s))
			while (json_next_element(s))
				walk(s);
		break;
	default:
		json_skip(s);
	}
	return s->fault.kind;
}

static void what_is_no_json_is_a_fault(void **state)
{
	static const struct {
		const char *text;
		enum fault_kind kind;
	} rows[] = {
		{ "{\"a\":1}", FAULT_NONE },  { "[]", FAULT_NONE },
		{ "[1,", FAULT_SHORT },       { "{\"a\"", FAULT_BROKEN },
		{ "{\"a\":", FAULT_SHORT },   { "{\"a\":\"b", FAULT_SHORT },
		{ "[1 2]", FAULT_BROKEN },    { "{1:2}", FAULT_BROKEN },
		{ "[\"a\\\"]", FAULT_SHORT }, { "{\"a\":1 \"b\":2}", FAULT_BROKEN },
		{ "[1}", FAULT_BROKEN },
	};
	char deep[200];

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_int_equal(walk(start(span_text(rows[i].text), 3)), rows[i].kind);
	memset(deep, '[', sizeof(deep));
	assert_int_equal(walk(start((struct span){ (uint8_t *)deep, sizeof(deep) }, 7)),
			 FAULT_LIMIT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(any_size_of_pieces_reads_alike),
		cmocka_unit_test(long_strings_are_passed),
		cmocka_unit_test(escapes_without_digits_stay_letters),
		cmocka_unit_test(what_is_no_json_is_a_fault),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
