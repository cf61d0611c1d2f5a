/* sigbundle.c - bundles that others made are read and come back as they were; what they do not say
 * is refused. */
#include "log/sigbundle.h"

#include "base/base64.h"
#include "log/checkpoint.h"
#include "log/entry.h"
#include "unit/support.h"

#define VECTORS "../vectors/bundle/"

static struct arena arena;

static int start(void **state)
{
	(void)state;
	hash_start();
	return 0;
}

static int end(void **state)
{
	(void)state;
	arena_free(&arena);
	return 0;
}

static const char *read_file(const char *name, struct span *file, struct sigbundle *b)
{
	*file = sample_read(name);
	return sigbundle_read(*file, &arena, b);
}

/* What the vector's keys.json and log.json say. */
static void vectors_are_read(void **state)
{
	static const char *const files[] = { VECTORS "dsse-p256.sigstore.json",
					     VECTORS "dsse-ed25519.sigstore.json" };
	static const char *const hints[] = { "IwFg9JTSX2jCgin54eDSRh2ChcJey/1DSnHdHttkhZU=",
					     "/EM1mvbWvxmDDHyzLqw0zTMTDrXRSOW8ee67y2W1Fj4=" };

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct text text = { 0 };
		struct sigbundle b;
		struct span file;

		assert_null(read_file(files[i], &file, &b));
		base64_write(&text, (struct span){ b.key_sha256, SHA256_SIZE });
		assert_string_equal(text.p, hints[i]);
		text.n = 0;
		base64_write(&text, (struct span){ b.log_id, SHA256_SIZE });
		assert_string_equal(text.p, "tWrlvq6ceMm5qISEeqLR5KpzeastheCxFOwvPJ3hRG4=");
		assert_int_equal(b.index, i);
		assert_int_equal(b.head.size, 7);
		assert_int_equal(b.path.count, 3);
		assert_true(span_starts(b.note, span_text("log.evenhand.example\n7\n")));
		assert_true(span_starts(b.envelope.payload, span_text("{\"_type\":")));
		text_free(&text);
		sample_free(file);
	}
}

static void the_log_is_known_by_its_key(void **state)
{
	static const char vkey[] =
		"log.evenhand.example+b56ae5be+AXiuDhFG3tswFA/wXl/a3vwytNcbmzsmEa4JWF/ddhMs";
	struct text text = { 0 };
	struct span expected = sample_read(VECTORS "trusted_root-v0.1.json");
	struct note_key key;
	uint8_t id[SHA256_SIZE];
	size_t n = 0;

	(void)state;
	assert_null(note_key_read(span_text(vkey), &key));
	sigbundle_log_id(&key, id);
	base64_write(&text, (struct span){ id, SHA256_SIZE });
	assert_string_equal(text.p, "tWrlvq6ceMm5qISEeqLR5KpzeastheCxFOwvPJ3hRG4=");
	text.n = 0;
	trusted_root_write(&text, &key, 1767225600);
	/* The vector has blanks between its marks, but none within texts. */
	for (size_t i = 0; i < expected.n; i++)
		if (expected.p[i] > ' ')
			sample_bytes(expected)[n++] = expected.p[i];
	assert_int_equal(n + 1, text.n);
	assert_memory_equal(text.p, expected.p, n);
	text_free(&text);
	sample_free(expected);
}

static void comes_back_as_it_was(void **state)
{
	struct text line = { 0 }, again = { 0 };
	struct sigbundle b, c;
	struct span file, rest, one;

	(void)state;
	assert_null(read_file(VECTORS "dsse-p256.sigstore.json", &file, &b));
	sigbundle_write(&line, &b);
	sigbundle_write(&line, &b);
	rest = text_span(&line);
	for (int i = 0; i < 2; i++) {
		assert_true(sigbundle_take(&rest, &one));
		assert_null(sigbundle_read(one, &arena, &c));
		again.n = 0;
		sigbundle_write(&again, &c);
		assert_true(span_equal(span_head(text_span(&again), again.n - 1), one));
	}
	assert_false(sigbundle_take(&rest, &one));
	/* One alone may have any layout. */
	rest = file;
	assert_true(sigbundle_take(&rest, &one));
	assert_true(span_equal(one, file));
	assert_false(sigbundle_take(&rest, &one));
	text_free(&line);
	text_free(&again);
	sample_free(file);
}

/* The key that keys.json names, as SubjectPublicKeyInfo. */
#define LAB_A                                                                                      \
	"MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEUO9eJ1c6M/CpBAfCLWm/eEPBUvc6RfCjLtPpMZyy+4sENI0bEHb"  \
	"w5ntHzxmOwJW7Rh/O18YkudtiuOtHJSe+VA=="

/* What is wrong with a vector of lab A and the log of log.json. */
static const char *wrong_with(const char *name)
{
	static const char vkey[] =
		"log.evenhand.example+b56ae5be+AXiuDhFG3tswFA/wXl/a3vwytNcbmzsmEa4JWF/ddhMs";
	static struct checkpoint c;
	uint8_t spki[91], body[ENTRY_MOST], leaf[SHA256_SIZE];
	struct span entry = { body, 0 };
	struct note_key key;
	struct sigbundle b;
	struct span file;
	uint64_t time;
	size_t n = 0;

	assert_true(base64_read_into(span_text(LAB_A), false, spki, sizeof(spki), &n));
	assert_null(note_key_read(span_text(vkey), &key));
	assert_null(read_file(name, &file, &b));
	sample_free(file);
	if (!dsse_signed_by(&b.envelope, (struct span){ spki, n }))
		return "signature";
	entry.n = entry_write(b.envelope.pae_sha256, b.envelope.signatures[0],
			      (struct span){ spki, n }, body);
	if (!span_equal(entry, b.body))
		return "entry";
	if (checkpoint_read(b.note, &c) || checkpoint_check(&c, &key, &time) != NOTE_SIGNED ||
	    !merkle_head_equal(&c.head, &b.head))
		return "checkpoint";
	merkle_leaf(&entry, 1, leaf);
	return merkle_included(leaf, b.index, &b.head, &b.path) ? NULL : "proof";
}

static void what_others_refuse_does_not_hold(void **state)
{
	(void)state;
	assert_null(wrong_with(VECTORS "dsse-p256.sigstore.json"));
	assert_string_equal(wrong_with(VECTORS "dsse-p256-bad-proof_fail.sigstore.json"), "proof");
	assert_string_equal(wrong_with(VECTORS "dsse-p256-no-log-signature_fail.sigstore.json"),
			    "checkpoint");
	assert_string_equal(wrong_with(VECTORS "dsse-p256-other-entry_fail.sigstore.json"),
			    "entry");
}

/* The text of the vector with one thing in it replaced. */
static const char *read_changed(struct span file, const char *from, const char *to)
{
	struct text t = { 0 };
	size_t at = span_find(file, 0, span_text(from));
	static struct sigbundle b;
	const char *wrong;

	assert_true(at != SIZE_MAX);
	text_put(&t, span_head(file, at));
	text_puts(&t, to);
	text_put(&t, span_from(file, at + strlen(from)));
	wrong = sigbundle_read(text_span(&t), &arena, &b);
	text_free(&t);
	return wrong ? wrong : "taken";
}

static void what_is_not_of_the_form_is_refused(void **state)
{
	static const struct {
		const char *from, *to, *wrong;
	} cases[] = {
		{ "v0.3+json", "v0.4+json", "mediaType" },
		{ "\"mediaType\"", "\"mediaTyp\\u0065\"", "escapes" },
		{ "\"hint\"", "\"hinT\"", "not known" },
		{ "\"tlogEntries\": [", "\"tlogEntries\": [{},", "more than one" },
		{ "\"tlogEntries\": [", "\"tlogEntries\": [], \"x\": [", "not known" },
		{ "\"kind\": \"hashedrekord\"", "\"kind\": \"dsse\"", "kind" },
		{ "\"version\": \"0.0.2\"", "\"version\": \"0.0.1\"", "version" },
		{ "\"logIndex\": \"0\"", "\"logIndex\": \"1\"", "indexes differ" },
		{ "\"logIndex\": \"0\"", "\"logIndex\": \"00\"", "logIndex" },
		{ "\"logIndex\": \"0\"", "\"logIndex\": 0", "logIndex" },
		{ "\"logIndex\": \"0\"", "\"logIndex\": \"0\", \"logIndex\": \"0\"", "twice" },
		{ "\"logIndex\": \"0\"", "\"logIndex\": \"-1\"", "logIndex" },
		{ "\"treeSize\": \"7\"", "\"treeSize\": \"9223372036854775808\"", "treeSize" },
		{ "\"inclusionProof\"", "\"inclusionProo\"", "not known" },
		{ "\"hashes\": [", "\"hashes\": [\"AA==\",", "hashes" },
		{ "\"sig\":", "\"keyid\": \"\", \"sig\":", "not known" },
		{ "\"signatures\": [", "\"signatures\": [{\"sig\": \"AAAA\"},", "more than one" },
		{ "\"dsseEnvelope\"", "\"messageSignature\"", "a signed file" },
		{ "\"publicKey\"", "\"certificate\"", "not known" },
	};
	struct span file = sample_read(VECTORS "dsse-p256.sigstore.json");
	struct sigbundle b;
	struct span other;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const char *wrong = read_changed(file, cases[i].from, cases[i].to);

		if (!strstr(wrong, cases[i].wrong))
			fail_msg("%s -> %s: %s", cases[i].from, cases[i].to, wrong);
	}
	for (size_t n = 0; n + 1 < file.n; n += 7)
		assert_non_null(sigbundle_read(span_head(file, n), &arena, &b));
	sample_free(file);
	assert_non_null(read_file(VECTORS "dsse-p256-no-tlog.sigstore.json", &other, &b));
	sample_free(other);
	assert_non_null(read_file(VECTORS "message-p256.sigstore.json", &other, &b));
	sample_free(other);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(vectors_are_read),
		cmocka_unit_test(the_log_is_known_by_its_key),
		cmocka_unit_test(comes_back_as_it_was),
		cmocka_unit_test(what_others_refuse_does_not_hold),
		cmocka_unit_test(what_is_not_of_the_form_is_refused),
	};

	return cmocka_run_group_tests(tests, start, end);
}
