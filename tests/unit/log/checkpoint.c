/* log/checkpoint: what logs and witnesses of others signed holds; changed, it does not. */
#include "unit/log/vectors.h"

#include "log/policy.h"
#include "trust/sigkey.h"

#define LOG_KEY    "log.evenhand.example/vectors+5a5cb903+ATATN1YcbZVPXXrt1CavBZIJeqCXzFS/rXLJhzdz50ZZ"
#define VENDOR_KEY "witness.vendor.example/w1+ccbdc7a7+BF/sd1mLhCCRv6UTDQAzO15Q2jqAWwt8+lMeZwsWynkv"
#define TESSERA    "example.com/log/testdata+33d7b496+AeHTu4Q3hEIMHNqc6fASMsq3rKNx280NI+oO5xCFkkSx"

static int start(void **state)
{
	(void)state;
	hash_start();
	return 0;
}

static void texts_of_others_are_told_apart(void **state)
{
	static struct checkpoint c;
	struct vectors v;
	unsigned n = 0;

	(void)state;
	for (vectors_open(&v, "note/checkpoint-bodies.json"); v.at != JSON_NONE;
	     vectors_next(&v), n++) {
		const char *wrong = checkpoint_body_read(vector_text(&v, "body"), &c);

		if (span_is(json_value(&v.json, v.at, "expect"), "ok") != !wrong)
			vector_fail(&v, wrong ? wrong : "it was taken");
	}
	assert_int_equal(n, 20);
	vectors_close(&v);
}

static enum note_check check(struct span file, const char *vkey, uint64_t *time)
{
	static struct checkpoint c;
	struct note_key k;

	assert_null(note_key_read(span_text(vkey), &k));
	assert_null(checkpoint_read(file, &c));
	return checkpoint_check(&c, &k, time);
}

/* Each file of others with the key that signed it, and the time that a cosignature states. */
static const struct {
	const char *file, *vkey;
	uint64_t size, time;
} signed_by_others[] = {
	{ "small-0", LOG_KEY, 0, 0 },
	{ "small-1", LOG_KEY, 1, 0 },
	{ "small-2", LOG_KEY, 2, 0 },
	{ "small-255", LOG_KEY, 255, 0 },
	{ "small-256", LOG_KEY, 256, 0 },
	{ "small-257", LOG_KEY, 257, 0 },
	{ "small-511", LOG_KEY, 511, 0 },
	{ "small-512", LOG_KEY, 512, 0 },
	{ "small-600", LOG_KEY, 600, 0 },
	{ "small-cosigned", LOG_KEY, 600, 0 },
	{ "small-600-mldsa44", LOG_KEY, 600, 0 },
	{ "small-cosigned", VENDOR_KEY, 600, 1767225600 },
	{ "small-cosigned",
	  "witness.lab.example/w2+027810d3+BHhp0ZY8M10RcIgiTr2T0/b6ZT8A/dvmyt9C6jIIM0hC", 600,
	  1767225603 },
	{ "small-cosigned",
	  "witness.regulator.example/w3+68854696+BH7QwUHngK82NhabDVu6O40Nly6oFj+/OgBAG1eGEKBl", 600,
	  1767225606 },
	{ "sunlight-witness",
	  "witness.example.org+b8a2cf20+BFLN3yikSfFkVAJtrnh/CiY3Zozkoy7clp+P7XB28qUN", 300,
	  1767139200 },
	{ "sunlight-witness2",
	  "witness2.example.org+2e55b896+BIZ7fpceQWd60IfqQeS9IAnmNOCZjMDne8lZuguz/bi9", 300,
	  1767139200 },
	{ "sunlight-mirror",
	  "mirror.example.org+3fb148ef+BAAjjch9GyYz0sJsJx7ALhbdAtz2ov0unbzSl1vMp94O", 300,
	  1767139200 },
	{ "tessera", TESSERA, 15, 0 },
	{ "tessera.0", TESSERA, 0, 0 },
	{ "tessera.1", TESSERA, 1, 0 },
	{ "tessera.2", TESSERA, 2, 0 },
	{ "tessera.3", TESSERA, 3, 0 },
	{ "tessera.4", TESSERA, 4, 0 },
	{ "tessera.5", TESSERA, 5, 0 },
	{ "tessera.6", TESSERA, 6, 0 },
	{ "tessera.7", TESSERA, 7, 0 },
	{ "tessera.8", TESSERA, 8, 0 },
	{ "tessera.9", TESSERA, 9, 0 },
	{ "tessera.10", TESSERA, 10, 0 },
	{ "tessera.11", TESSERA, 11, 0 },
	{ "tessera.12", TESSERA, 12, 0 },
	{ "tessera.13", TESSERA, 13, 0 },
	{ "tessera.14", TESSERA, 14, 0 },
	{ "tessera.15", TESSERA, 15, 0 },
};

static void what_others_signed_holds(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(signed_by_others) / sizeof(signed_by_others[0]); i++) {
		static struct checkpoint c;
		struct span file;
		uint64_t time;
		char name[64];

		snprintf(name, sizeof(name), "checkpoints/%s", signed_by_others[i].file);
		file = vector_file(name);
		assert_null(checkpoint_read(file, &c));
		assert_int_equal(c.head.size, signed_by_others[i].size);
		if (check(file, signed_by_others[i].vkey, &time) != NOTE_SIGNED)
			fail_msg("%s", name);
		assert_int_equal(time, signed_by_others[i].time);
		sample_free(file);
	}
}

/* The log's line, then one of a witness, over the text: a note. */
static struct text note_of(struct span body, struct span line)
{
	struct text note = { 0 };

	text_put(&note, body);
	text_char(&note, '\n');
	text_put(&note, line);
	return note;
}

static void cosignatures_of_others_are_told_apart(void **state)
{
	static struct checkpoint c;
	struct vectors v;
	unsigned n = 0;

	(void)state;
	for (vectors_open(&v, "cosig/cosignatures.json"); v.at != JSON_NONE; vectors_next(&v)) {
		struct span vkey = json_value(&v.json, v.at, "vkey");
		struct span body = vector_text(&v, "body"), expect = vector_text(&v, "expect");
		struct text note = note_of(body, vector_text(&v, "line"));
		uint64_t time = 0, wanted = 0;
		struct note_key k;

		/* But a line of a key that is not told, or of a subtree. */
		if (vkey.n > 0 && body.n > 0) {
			assert_null(note_key_read(vkey, &k));
			assert_null(checkpoint_read(text_span(&note), &c));
			assert_int_equal(checkpoint_check(&c, &k, &time),
					 span_is(expect, "ok")       ? NOTE_SIGNED
					 : span_is(expect, "ignore") ? NOTE_UNSIGNED
								     : NOTE_BROKEN);
			if (json_number(&v.json, v.at, "timestamp", &wanted))
				assert_int_equal(time, wanted);
			n++;
		}
		text_free(&note);
	}
	assert_int_equal(n, 11);
	vectors_close(&v);
}

static void signed_bytes_are_those_of_others(void **state)
{
	static uint8_t message[MOST_COSIGNATURE_MESSAGE];
	struct vectors v;
	unsigned n = 0;

	(void)state;
	for (vectors_open(&v, "cosig/cosignatures.json"); v.at != JSON_NONE; vectors_next(&v)) {
		uint64_t time;

		if (!span_starts(json_value(&v.json, v.at, "kind"), span_text("ed25519")) ||
		    !json_number(&v.json, v.at, "timestamp", &time) ||
		    json_value(&v.json, v.at, "signed_bytes_b64").n == 0)
			continue;
		assert_true(span_equal(
			(struct span){ message, cosignature_message(vector_text(&v, "body"), time,
								    message) },
			vector_base64(&v, "signed_bytes_b64")));
		n++;
	}
	assert_int_equal(n, 5);
	vectors_close(&v);
}

/* Two signers of one text and time make the same bytes (RFC 8032). */
static void cosigns_as_others_do(void **state)
{
	struct span file = vector_file("checkpoints/small-cosigned");
	struct sigkey *key = vector_key(WITNESS_SEED);
	struct text line = { 0 }, again = { 0 };
	static struct checkpoint c;

	(void)state;
	assert_null(checkpoint_read(file, &c));
	assert_true(checkpoint_cosign(key, span_text("witness.vendor.example/w1"), &c, 1767225600,
				      &line));
	assert_true(span_equal(text_span(&line), c.note.lines[1].line));
	checkpoint_write(&again, c.origin, &c.head);
	assert_true(span_equal(text_span(&again), c.note.text));
	c.has_extensions = true;
	assert_false(checkpoint_cosign(key, span_text("w"), &c, 1, &line));
	text_free(&line);
	text_free(&again);
	sigkey_free(key);
	sample_free(file);
}

/* Two cosigners of ML-DSA-44 and the log's second key of that type. */
static void mldsa_cosigners_hold(void **state)
{
	struct span file = vector_file("checkpoints/small-600-mldsa44");
	struct span roles = vector_file("policy/roles.policy");
	static struct policy_outcome o;
	static struct checkpoint c;
	static struct policy p;
	struct span line;

	(void)state;
	assert_null(policy_read(roles, &p));
	assert_null(checkpoint_read(file, &c));
	policy_judge(&p, &c, &o);
	assert_int_equal(o.log, 0);
	for (uint32_t i = 0; i < p.witness_count; i++) {
		bool is_there = p.witnesses[i].key.type == NOTE_MLDSA44;

		assert_int_equal(o.witness[i], is_there ? NOTE_SIGNED : NOTE_UNSIGNED);
		assert_int_equal(o.time[i], is_there ? 1767225609 : 0);
	}
	line = c.note.lines[3].line;
	sample_bytes(file)[span_place(file, line) + line.n - 2000] ^= 1;
	assert_null(checkpoint_read(file, &c));
	policy_judge(&p, &c, &o);
	assert_true(o.is_broken);
	sample_free(roles);
	sample_free(file);
}

static void every_flipped_bit_is_seen(void **state)
{
	struct span file = vector_file("checkpoints/sunlight-mirror");
	static struct checkpoint c;
	struct note_key k;
	uint64_t time;

	(void)state;
	assert_null(note_key_read(span_text("mirror.example.org+3fb148ef+"
					    "BAAjjch9GyYz0sJsJx7ALhbdAtz2ov0unbzSl1vMp94O"),
				  &k));
	for (size_t i = 0; i < 8 * file.n; i++) {
		uint8_t *byte = sample_bytes(file) + i / 8;

		*byte ^= (uint8_t)(1u << i % 8);
		assert_true(checkpoint_read(file, &c) ||
			    checkpoint_check(&c, &k, &time) != NOTE_SIGNED);
		*byte ^= (uint8_t)(1u << i % 8);
	}
	sample_free(file);
}

/* One line that holds does not make up for one that does not; the newest time counts. */
static void all_lines_of_a_key_must_hold(void **state)
{
	struct span file = vector_file("checkpoints/small-cosigned");
	struct sigkey *key = vector_key(WITNESS_SEED);
	static struct checkpoint c;
	struct text more = { 0 };
	struct note_key k;
	uint64_t time;

	(void)state;
	assert_null(note_key_read(span_text(VENDOR_KEY), &k));
	assert_null(checkpoint_read(file, &c));
	text_put(&more, file);
	assert_true(checkpoint_cosign(key, k.name, &c, 1767225700, &more));
	assert_null(checkpoint_read(text_span(&more), &c));
	assert_int_equal(checkpoint_check(&c, &k, &time), NOTE_SIGNED);
	assert_int_equal(time, 1767225700);
	more.p[more.n - 9] ^= 1;
	assert_null(checkpoint_read(text_span(&more), &c));
	assert_int_equal(checkpoint_check(&c, &k, &time), NOTE_BROKEN);
	text_free(&more);
	sigkey_free(key);
	sample_free(file);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(texts_of_others_are_told_apart),
		cmocka_unit_test(what_others_signed_holds),
		cmocka_unit_test(cosignatures_of_others_are_told_apart),
		cmocka_unit_test(signed_bytes_are_those_of_others),
		cmocka_unit_test(cosigns_as_others_do),
		cmocka_unit_test(mldsa_cosigners_hold),
		cmocka_unit_test(every_flipped_bit_is_seen),
		cmocka_unit_test(all_lines_of_a_key_must_hold),
	};

	return cmocka_run_group_tests(tests, start, NULL);
}
