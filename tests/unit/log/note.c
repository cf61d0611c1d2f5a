/* log/note: notes and keys of others are told apart, and what is written others wrote alike. */
#include "unit/log/vectors.h"

#include "log/line.h"
#include "log/note.h"
#include "trust/signature.h"

static int start(void **state)
{
	(void)state;
	hash_start();
	return 0;
}

/* NULL where the note is good under the keys that are trusted; *names: "NAME+ID" of those that
 * signed, each with a blank behind it. */
static const char *judge_note(struct vectors *v, struct span bytes, struct text *names)
{
	static struct note n;
	uint32_t list = json_find(&v->json, v->at, "vkeys");
	const char *wrong = note_read(bytes, &n);

	if (wrong)
		return wrong;
	for (uint32_t i = json_child(&v->json, list); i != JSON_NONE; i = json_next(&v->json, i)) {
		struct note_key k;

		assert_null(note_key_read(vector_string(v, v->json.items[i].value), &k));
		switch (note_check(&n, &k)) {
		case NOTE_BROKEN:
			return "broken";
		case NOTE_UNSIGNED:
			break;
		case NOTE_SIGNED:
			text_put(names, k.name);
			text_char(names, '+');
			text_hex(names, (struct span){ k.id, NOTE_KEY_ID });
			text_char(names, ' ');
		}
	}
	return names->n ? NULL : "nobody known signed it";
}

static void compare_names(struct vectors *v, const struct text *names)
{
	uint32_t list = json_find(&v->json, v->at, "verified");
	struct text wanted = { 0 };

	for (uint32_t i = json_child(&v->json, list); i != JSON_NONE; i = json_next(&v->json, i)) {
		text_put(&wanted, vector_string(v, v->json.items[i].value));
		text_char(&wanted, ' ');
	}
	if (!span_equal(text_span(&wanted), text_span(names)))
		vector_fail(v, names->p);
	text_free(&wanted);
}

static void notes_of_others_are_told_apart(void **state)
{
	struct vectors v;
	unsigned n = 0;

	(void)state;
	for (vectors_open(&v, "note/notes.json"); v.at != JSON_NONE; vectors_next(&v), n++) {
		struct text names = { 0 };
		const char *wrong = judge_note(&v, vector_base64(&v, "note_b64"), &names);
		bool is_good = span_is(json_value(&v.json, v.at, "expect"), "ok");

		if (is_good != !wrong)
			vector_fail(&v, wrong ? wrong : "it was taken");
		if (is_good)
			compare_names(&v, &names);
		text_free(&names);
	}
	assert_int_equal(n, 27);
	vectors_close(&v);
}

/* Whoever is trusted: from that case on it is the form that is wrong. */
static void malformed_notes_are_not_read(void **state)
{
	static struct note note;
	bool is_form = false;
	struct vectors v;
	unsigned n = 0;

	(void)state;
	for (vectors_open(&v, "note/notes.json"); v.at != JSON_NONE; vectors_next(&v)) {
		is_form |= span_is(json_value(&v.json, v.at, "name"), "no signatures");
		if (!is_form || span_is(json_value(&v.json, v.at, "expect"), "ok"))
			continue;
		if (!note_read(vector_base64(&v, "note_b64"), &note))
			vector_fail(&v, "it was read");
		n++;
	}
	assert_int_equal(n, 17);
	vectors_close(&v);
}

static void keys_of_others_are_told_apart(void **state)
{
	struct vectors v;
	unsigned n = 0;

	(void)state;
	for (vectors_open(&v, "note/vkeys.json"); v.at != JSON_NONE; vectors_next(&v), n++) {
		struct span vkey = json_value(&v.json, v.at, "vkey");
		struct text again = { 0 };
		struct note_key k;
		const char *wrong = note_key_read(vkey, &k);

		if (span_is(json_value(&v.json, v.at, "expect"), "ok") != !wrong)
			vector_fail(&v, wrong ? wrong : "it was taken");
		if (wrong)
			continue;
		note_key_write(&again, &k);
		assert_true(span_equal(text_span(&again), vkey));
		text_free(&again);
	}
	assert_int_equal(n, 10);
	vectors_close(&v);
}

static void a_key_has_an_id_for_each_type(void **state)
{
	struct vectors v;
	unsigned n = 0;

	(void)state;
	for (vectors_open(&v, "note/keyids.json"); v.at != JSON_NONE; vectors_next(&v), n++) {
		struct span type = vector_hex(&v, "type_hex");
		uint8_t id[NOTE_KEY_ID];

		note_key_id(vector_text(&v, "name"), (enum note_key_type)type.p[0],
			    vector_hex(&v, "public_hex"), id);
		assert_true(
			span_equal((struct span){ id, sizeof(id) }, vector_hex(&v, "key_id_hex")));
	}
	assert_int_equal(n, 6);
	vectors_close(&v);
}

/* Any flipped bit is another text, another signature or no note. */
static void every_flipped_bit_is_seen(void **state)
{
	struct span file = vector_file("checkpoints/small-600");
	static struct note n;
	struct note_key k;

	(void)state;
	assert_null(note_key_read(span_text("log.evenhand.example/vectors+5a5cb903+"
					    "ATATN1YcbZVPXXrt1CavBZIJeqCXzFS/rXLJhzdz50ZZ"),
				  &k));
	assert_true(!note_read(file, &n) && note_check(&n, &k) == NOTE_SIGNED);
	for (size_t i = 0; i < 8 * file.n; i++) {
		uint8_t *byte = sample_bytes(file) + i / 8;

		*byte ^= (uint8_t)(1u << i % 8);
		assert_true(note_read(file, &n) || note_check(&n, &k) != NOTE_SIGNED);
		*byte ^= (uint8_t)(1u << i % 8);
	}
	sample_free(file);
}

static void names_hold_no_blank_of_any_script(void **state)
{
	static const char *const bad[] = {
		"",          "a b",           "a+b",          "a\tb",
		"a\xc2\x85", "a\xe1\x9a\x80", "\xe3\x80\x80", "a\xe2\x80\xa8",
		"\xff",      "a\x01",         "a\xe2\x80\x8a"
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_false(note_name_is_valid(span_text(bad[i])));
	assert_true(note_name_is_valid(span_text("log.example/\xe8\xa8\xbc\xe4\xba\xba")));
	assert_true(note_name_is_valid(span_text("a\xe2\x80\x8b"))); /* U+200B is no space */
}

static void numbers_have_one_form(void **state)
{
	static const char *const bad[] = { "",
					   "00",
					   "01",
					   "+1",
					   "-1",
					   " 1",
					   "1 ",
					   "0x1",
					   "9223372036854775808",
					   "18446744073709551616",
					   "10000000000000000000" };
	uint8_t text[DECIMAL_MOST];
	uint64_t value;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_false(decimal_read(span_text(bad[i]), &value));
	assert_true(decimal_read(span_text("9223372036854775807"), &value) && value == INT64_MAX);
	assert_true(decimal_read(span_text("0"), &value) && value == 0);
	assert_int_equal(decimal_write(0, text), 1);
	assert_memory_equal(text, "0", 1);
	assert_int_equal(decimal_write(UINT64_MAX, text), 20);
	assert_memory_equal(text, "18446744073709551615", 20);
}

/* A signature of Ed25519 has one value (RFC 8032), so what others signed is signed again alike. */
static void signs_as_others_do(void **state)
{
	struct span file = vector_file("checkpoints/small-600");
	struct text line = { 0 };
	struct sigkey *key = vector_key(LOG_SEED);
	static struct note n;

	(void)state;
	assert_null(note_read(file, &n));
	assert_true(note_sign(key, span_text("log.evenhand.example/vectors"), n.text, &line));
	assert_true(span_equal(text_span(&line), n.lines[0].line));
	text_free(&line);
	sigkey_free(key);
	sample_free(file);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(notes_of_others_are_told_apart),
		cmocka_unit_test(malformed_notes_are_not_read),
		cmocka_unit_test(keys_of_others_are_told_apart),
		cmocka_unit_test(a_key_has_an_id_for_each_type),
		cmocka_unit_test(every_flipped_bit_is_seen),
		cmocka_unit_test(names_hold_no_blank_of_any_script),
		cmocka_unit_test(numbers_have_one_form),
		cmocka_unit_test(signs_as_others_do),
	};

	return cmocka_run_group_tests(tests, start, NULL);
}
