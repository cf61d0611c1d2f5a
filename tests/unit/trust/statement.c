/* statement.c - envelopes against vectors that others signed; statements of each kind, and those
 * that contradict themselves. */
#include "trust/statement.h"

#include "trust/statement_text.h"

#include "base/json.h"

#include "unit/support.h"

#define VECTORS "../vectors/dsse/"
#define SHA     "c51d8a3b96b209aae7e3fe33b7e2ffaefd616135b02f85ee28b874d010d8dd50"

/* DSSE 1.0.2, protocol.md, and lengths that count bytes. */
static void pae_is_that_of_dsse(void **state)
{
	static const struct {
		const char *type, *payload, *pae;
	} cases[] = {
		{ "http://example.com/HelloWorld", "hello world",
		  "DSSEv1 29 http://example.com/HelloWorld 11 hello world" },
		{ "", "", "DSSEv1 0  0 " },
		{ "text/\xc3\xa9", "x", "DSSEv1 7 text/\xc3\xa9 1 x" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct text pae = { 0 };

		dsse_pae(span_text(cases[i].type), span_text(cases[i].payload), &pae);
		assert_true(span_is(text_span(&pae), cases[i].pae));
		text_free(&pae);
	}
}

static bool holds(const char *envelope, const char *key_file)
{
	struct span json = sample_read(envelope), pem = sample_read(key_file);
	struct sigkey *key = sigkey_read_public(pem);
	struct arena a = { 0 };
	struct envelope e;
	bool ok;

	assert_non_null(key);
	ok = !dsse_read(json, &a, &e) && dsse_verifies(&e, key);
	sigkey_free(key);
	arena_free(&a);
	sample_free(json);
	sample_free(pem);
	return ok;
}

static void envelopes_of_others_are_told_apart(void **state)
{
	static const char *const good[] = { "ok-good.json",          "ok-url-safe-base64.json",
					    "ok-unknown-field.json", "ok-no-keyid.json",
					    "ok-wrong-keyid.json",   "envelope-ed25519.json" };
	static const char *const bad[] = { "reject-payloadtype-changed.json",
					   "reject-payload-changed.json",
					   "reject-no-signatures.json",
					   "reject-payload-missing.json", "envelope-p256.json" };
	char path[128];

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		snprintf(path, sizeof(path), VECTORS "%s", good[i]);
		assert_true(holds(path, VECTORS "lab-a-ed25519.pub.pem"));
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		snprintf(path, sizeof(path), VECTORS "%s", bad[i]);
		assert_false(holds(path, VECTORS "lab-a-ed25519.pub.pem"));
	}
	assert_true(holds(VECTORS "envelope-p256.json", VECTORS "lab-a-p256.pub.pem"));
}

/* pae.json of the vectors says so, by sha256sum. */
static void a_statement_is_named_by_its_pae(void **state)
{
	struct span json = sample_read(VECTORS "envelope-p256.json");
	struct text hex = { 0 };
	struct arena a = { 0 };
	struct envelope e;

	(void)state;
	assert_null(dsse_read(json, &a, &e));
	text_hex(&hex, (struct span){ e.pae_sha256, SHA256_SIZE });
	assert_string_equal(hex.p,
			    "b33dcf74a197bb76117134cf7cebe739736ac2694462a378e0d7423c1a08e035");
	text_free(&hex);
	arena_free(&a);
	sample_free(json);
}

static void a_flipped_bit_is_refused(void **state)
{
	struct span json = sample_read(VECTORS "envelope-ed25519.json");
	struct span pem = sample_read(VECTORS "lab-a-ed25519.pub.pem");
	size_t from = span_find(json, 0, span_text("eyJ"));
	struct sigkey *key = sigkey_read_public(pem);
	uint8_t *bytes = (uint8_t *)(uintptr_t)json.p;

	(void)state;
	for (size_t at = from; at < from + 64; at++)
		for (int bit = 0; bit < 8; bit++) {
			struct arena a = { 0 };
			struct envelope e;

			bytes[at] ^= (uint8_t)(1 << bit);
			assert_false(!dsse_read(json, &a, &e) && dsse_verifies(&e, key));
			bytes[at] ^= (uint8_t)(1 << bit);
			arena_free(&a);
		}
	sigkey_free(key);
	sample_free(json);
	sample_free(pem);
}

static const char *const malformed[] = {
	"",
	"[]",
	"{\"payload\":\"\"}",
	"{\"payload\":\"eA==\",\"payloadType\":\"t\",\"signatures\":{}}",
	"{\"payload\":\"eA==\",\"payloadType\":\"t\",\"signatures\":[{\"sig\":\"e\"}]}",
	"{\"payload\":\"eA==\",\"payloadType\":\"t\",\"signatures\":[{\"keyid\":\"e\"}]}",
	"{\"payload\":1,\"payloadType\":\"t\",\"signatures\":[{\"sig\":\"eA==\"}]}",
	/* twice, and once more under another spelling */
	"{\"payload\":\"eA==\",\"payload\":\"eQ==\",\"payloadType\":\"t\",\"signatures\":[{\"sig\":"
	"\"eA==\"}]}",
	"{\"payload\":\"eA==\",\"p\\u0061yload\":\"eQ==\",\"payloadType\":\"t\",\"signatures\":[{"
	"\"sig\":\"eA==\"}]}",
};

static void malformed_envelopes_are_refused(void **state)
{
	struct arena a = { 0 };
	struct envelope e;

	(void)state;
	for (size_t i = 0; i < sizeof(malformed) / sizeof(malformed[0]); i++)
		assert_non_null(dsse_read(span_text(malformed[i]), &a, &e));
	assert_null(dsse_read(span_text("{\"payload\":\"\\u0065A==\",\"payloadType\":\"t\\/\\ud83d"
					"\\ude00\",\"signatures\":[{\"sig\":\"eA==\"}]}"),
			      &a, &e));
	assert_true(span_is(e.payload, "x"));
	assert_true(span_is(e.payload_type, "t/\xf0\x9f\x98\x80"));
	arena_free(&a);
}

#define HEAD(kind)                                                                                 \
	"{\"_type\":\"https://in-toto.io/Statement/"                                               \
	"v1\",\"subject\":[{\"digest\":{\"sha256\":\"" SHA                                         \
	"\"}}],\"predicateType\":\"https://evenhand.example/" kind "/v1\",\"predicate\":"
#define SUMS "{\"size\":1,\"digest\":{\"sha256\":\"" SHA "\"}}"
#define EVALUATION(result, failed, passed, fails)                                                  \
	HEAD("evaluation")                                                                         \
	"{\"result\":\"" result "\",\"failedTests\":[" failed "],\"warnedTests\":[],"              \
	"\"notEvaluableTests\":[],\"passedTests\":[" passed "],\"notApplicableTests\":[],"         \
	"\"counts\":{\"fail\":" fails ",\"review\":0,\"not-evaluable\":0,\"pass\":1,"              \
	"\"not-applicable\":0},\"report\":" SUMS                                                   \
	",\"published\":{\"size\":1,\"digest\":{\"sha256\":"                                       \
	"\"" SHA "\"},\"passwords_left_out\":2},\"tool\":{\"version\":\"1\",\"knowledge\":{"       \
	"\"observing\":\"a\",\"judging\":\"b\"}}}}"

#define OPAQUE(all, regions)                                                                       \
	HEAD("evaluation")                                                                         \
	"{\"opaque\":{\"count\":" all ",\"regions\":[" regions "]},"                               \
	"\"result\":\"PASSED\",\"failedTests\":[],\"warnedTests\":[],\"notEvaluableTests\":[],"    \
	"\"passedTests\":[],\"notApplicableTests\":[],"                                            \
	"\"counts\":{\"fail\":0,\"review\":0,\"not-evaluable\":0,\"pass\":0,"                      \
	"\"not-applicable\":0},\"report\":" SUMS                                                   \
	",\"published\":{\"size\":1,\"digest\":{\"sha256\":"                                       \
	"\"" SHA "\"},\"passwords_left_out\":2},\"tool\":{\"version\":\"1\",\"knowledge\":{"       \
	"\"observing\":\"a\",\"judging\":\"b\"}}}}"
#define REGION "{\"where\":\"@0x500000\",\"size\":393216,\"state\":\"encrypted\"}"

/* What a statement says; wrong: what is wrong with it, or NULL. */
static const struct {
	const char *payload, *wrong;
} statements[] = {
	{ EVALUATION("FAILED", "\"A\"", "\"B\"", "1"), NULL },
	{ EVALUATION("PASSED", "", "\"B\"", "0"), NULL },
	{ EVALUATION("PASSED", "\"A\"", "\"B\"", "1"), "a result that is not that of its tests" },
	{ EVALUATION("FAILED", "\"A\"", "\"A\"", "1"), "a check that ended twice" },
	{ EVALUATION("FAILED", "\"A\"", "\"B\"", "2"), "counts that are not those of its tests" },
	{ OPAQUE("0", ""), NULL },
	{ OPAQUE("1", REGION), NULL },
	{ OPAQUE("2", REGION "," REGION), NULL },
	{ OPAQUE("0", REGION), "a count that is not that of its parts" },
	{ OPAQUE("2", REGION), "a count that is not that of its parts" },
	{ OPAQUE("1", "{\"where\":\"@0x0\"}"), "size" },
	{ OPAQUE("1", "{\"size\":1}"), "where" },
	{ OPAQUE("1", "{\"where\":1,\"size\":1}"), "where" },
	{ HEAD("declaration") "{\"declaration\":" SUMS "}}", NULL },
	{ HEAD("declaration") "{}}", "declaration" },
	{ HEAD("release") "{\"vendor\":\"a\",\"product\":\"b\",\"version\":\"c\"}}", NULL },
	{ HEAD("release") "{\"vendor\":\"a\",\"product\":\"\",\"version\":\"c\"}}", "product" },
	{ HEAD("claim") "{\"alleges\":\"a\",\"standing\":\"allegation without "
			"evidence\",\"evidence\":"
			"[]}}",
	  NULL },
	{ HEAD("claim") "{\"alleges\":\"a\",\"standing\":\"allegation with "
			"evidence\",\"evidence\":[" SUMS "]}}",
	  NULL },
	{ HEAD("claim") "{\"alleges\":\"a\",\"standing\":\"allegation with "
			"evidence\",\"evidence\":[]}}",
	  "a standing that is not that of its evidence" },
	{ HEAD("response") "{\"statement\":{\"pae_sha256\":\"" SHA
			   "\"},\"says\":\"a\",\"evidence\":[]}}",
	  NULL },
	{ HEAD("revocation") "{\"statement\":{\"pae_sha256\":\"" SHA "\"},\"reason\":\"a\"}}",
	  NULL },
	{ HEAD("revocation") "{\"statement\":{\"pae_sha256\":\"C5\"},\"reason\":\"a\"}}",
	  "pae_sha256" },
	{ HEAD("comparison") "{\"answer\":\"different\",\"report\":" SUMS "}}",
	  "a comparison of other than two images" },
	{ HEAD("rumour") "{}}", "a predicate type that is not known here" },
	{ "{\"_type\":\"https://in-toto.io/Statement/v0.1\"}",
	  "it is no in-toto statement of version 1" },
};

static void statements_that_contradict_themselves_are_refused(void **state)
{
	static struct statement s;

	(void)state;
	for (size_t i = 0; i < sizeof(statements) / sizeof(statements[0]); i++) {
		struct arena a = { 0 };
		const char *wrong = statement_read(span_text(statements[i].payload), &a, &s);

		if (!statements[i].wrong)
			assert_null(wrong);
		else
			assert_string_equal(wrong, statements[i].wrong);
		arena_free(&a);
	}
}

static void what_could_not_be_opened_is_named(void **state)
{
	static struct statement s;
	struct arena a = { 0 };

	(void)state;
	assert_null(statement_read(span_text(OPAQUE("1", REGION)), &a, &s));
	assert_true(s.has_opaque);
	assert_int_equal(s.opaque_all, 1);
	assert_int_equal(s.opaque_count, 1);
	assert_true(span_is(s.opaque[0].where, "@0x500000"));
	assert_int_equal(s.opaque[0].size, 393216);
	assert_null(statement_read(span_text(EVALUATION("PASSED", "", "\"B\"", "0")), &a, &s));
	assert_false(s.has_opaque);
	arena_free(&a);
}

static void what_a_person_says_comes_back(void **state)
{
	static const enum statement_kind kinds[] = { STATEMENT_RELEASE, STATEMENT_CLAIM,
						     STATEMENT_RESPONSE, STATEMENT_REVOCATION };
	static struct statement back;
	struct file_digest file = { .size = 7 };
	struct subject image = { .has_sha512 = true };

	(void)state;
	for (size_t i = 0; i < 4; i++) {
		struct statement s = { .kind = kinds[i],
				       .text = span_text("\"quoted\" \\ \xc3\xa9"),
				       .vendor = span_text("v"),
				       .product = span_text("p"),
				       .release = span_text("1"),
				       .attached = &file,
				       .attached_count = 1 };
		struct text out = { 0 };
		struct json j = { .out = &out };
		struct arena a = { 0 };

		image.sha256[0] = image.sha512[63] = 0xab;
		s.pae_sha256[5] = 9;
		statement_begin(&j, kinds[i], &image, 1);
		statement_said(&j, &s);
		statement_end(&j);
		assert_null(statement_read(text_span(&out), &a, &back));
		assert_int_equal(back.kind, kinds[i]);
		assert_true(span_equal(back.text, s.text));
		assert_memory_equal(back.subjects[0].sha256, image.sha256, SHA256_SIZE);
		assert_memory_equal(back.subjects[0].sha512, image.sha512, SHA512_SIZE);
		if (kinds[i] >= STATEMENT_RESPONSE)
			assert_memory_equal(back.pae_sha256, s.pae_sha256, SHA256_SIZE);
		arena_free(&a);
		text_free(&out);
	}
}

/* -- as a person reads it -- */

/* Columns of a line, by the widths that terminals have. */
static unsigned columns_of(struct span line)
{
	unsigned n = 0;

	for (size_t at = 0, used; at < line.n; at += used) {
		uint32_t code = 0;

		used = utf8_decode(span_from(line, at), &code);
		assert_true(used > 0 && code_point_visible(code));
		n += (unsigned)code_point_width(code);
	}
	return n;
}

static void line_is_ours(struct span line, bool is_first)
{
	static const char first[] = "claim        alleged without evidence: \"";

	if (columns_of(line) > 80 ||
	    !span_starts(line, span_text(is_first ? first : "           | ")) ||
	    (!is_first && span_find(span_from(line, 13), 0, span_text("  ")) != SIZE_MAX))
		fail_msg("%.*s", (int)line.n, line.p);
}

/* The first line is ours, the others have the bar; one quotation begins, and ends at the end. */
static void is_one_quotation(struct span text)
{
	struct statement st = { .kind = STATEMENT_CLAIM, .text = text };
	struct text out = { 0 };
	struct span rest;
	size_t quotes = 0;

	text_puts(&out, "claim        ");
	statement_text(&out, &st);
	rest = text_span(&out);
	assert_true(span_ends(rest, span_text("\"\n")));
	for (size_t i = 0; i < rest.n; i++)
		quotes += rest.p[i] == '"';
	assert_int_equal(quotes, 2);
	for (unsigned n = 0; rest.n; n++) {
		size_t end = span_find(rest, 0, span_text("\n"));

		line_is_ours(span_head(rest, end), n == 0);
		rest = span_from(rest, end + 1);
	}
	text_free(&out);
}

static void what_others_said_is_no_line_of_ours(void **state)
{
	static const char blanks[] = "good"
				     "                                                            "
				     "  signed by  lab.example";
	static const char repeated[] = "evidence: 9 files, by digest evidence: 9 files, by digest "
				       "evidence: 9 files, by digest evidence: 9 files, by digest";
	static const char *const texts[] = {
		"",
		" ",
		"x",
		"it calls home",
		"a\nsigned by lab.example",
		"a\r\nb\x1b[2J",
		"\"\n  signed by  lab.example\n\"",
		"\\",
		"ends with a blank ",
		blanks,
		repeated,
		"no\u00a0break\u2003quad\u3000wide\u2028line\u202eover",
		"\u4f60\u597d\u4f60\u597d\u4f60\u597d\u4f60\u597d\u4f60\u597d\u4f60\u597d\u4f60"
		"\u4f60\u597d\u4f60\u597d\u4f60\u597d\u4f60\u597d\u4f60\u597d\u4f60\u597d\u4f60",
	};
	uint64_t dice = 88172645463325252u;

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++)
		is_one_quotation(span_text(texts[i]));
	for (unsigned i = 0; i < 2000; i++) {
		static const char signs[] = "   \n\t\"\\|ab\xc2\xa0\xe4\xbd\xa0\xff-";
		uint8_t bytes[300];

		for (size_t k = 0; k < sizeof(bytes); k++) {
			dice ^= dice << 13;
			dice ^= dice >> 7;
			dice ^= dice << 17;
			bytes[k] = (uint8_t)signs[dice % (sizeof(signs) - 1)];
		}
		is_one_quotation((struct span){ bytes, dice % sizeof(bytes) });
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pae_is_that_of_dsse),
		cmocka_unit_test(envelopes_of_others_are_told_apart),
		cmocka_unit_test(a_statement_is_named_by_its_pae),
		cmocka_unit_test(a_flipped_bit_is_refused),
		cmocka_unit_test(malformed_envelopes_are_refused),
		cmocka_unit_test(statements_that_contradict_themselves_are_refused),
		cmocka_unit_test(what_could_not_be_opened_is_named),
		cmocka_unit_test(what_a_person_says_comes_back),
		cmocka_unit_test(what_others_said_is_no_line_of_ours),
	};

	hash_start();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
