/* log/entry: the bodies that others put into their logs for the same envelopes. */
#include "unit/log/vectors.h"

#include "log/entry.h"
#include "trust/dsse.h"

static int start(void **state)
{
	(void)state;
	hash_start();
	return 0;
}

static struct span spki_of(struct vectors *v, const char *pem_file)
{
	char path[128];
	struct span pem, spki;
	struct text base64 = { 0 };
	size_t from, to;

	snprintf(path, sizeof(path), "../vectors/bundle/%s", pem_file);
	pem = sample_read(path);
	from = span_find(pem, 0, span_text("\n"));
	to = span_find(pem, from, span_text("-----END"));
	for (size_t i = from; i < to; i++)
		if (pem.p[i] != '\n')
			text_char(&base64, (char)pem.p[i]);
	assert_true(base64_read(text_span(&base64), false, &v->arena, &spki));
	text_free(&base64);
	sample_free(pem);
	return spki;
}

static void makes(const char *bundle, const char *pem_file)
{
	struct vectors v;
	struct text pae = { 0 };
	uint8_t digest[SHA256_SIZE], out[ENTRY_MOST];
	struct span signature, want;
	size_t n;

	vectors_open(&v, bundle);
	want = vector_base64(&v, "verificationMaterial.tlogEntries.0.canonicalizedBody");
	if (vector_item(&v, "dsseEnvelope") != JSON_NONE) {
		dsse_pae(vector_text(&v, "dsseEnvelope.payloadType"),
			 vector_base64(&v, "dsseEnvelope.payload"), &pae);
		signature = vector_base64(&v, "dsseEnvelope.signatures.0.sig");
		sha256_of(text_span(&pae), digest);
	} else {
		signature = vector_base64(&v, "messageSignature.signature");
		memcpy(digest, vector_base64(&v, "messageSignature.messageDigest.digest").p,
		       SHA256_SIZE);
	}
	n = entry_write(digest, signature, spki_of(&v, pem_file), out);
	assert_true(span_equal((struct span){ out, n }, want));
	text_free(&pae);
	vectors_close(&v);
}

static void bodies_are_those_of_others(void **state)
{
	(void)state;
	makes("bundle/dsse-p256.sigstore.json", "lab-a-p256.pub.pem");
	makes("bundle/dsse-ed25519.sigstore.json", "lab-a-ed25519.pub.pem");
	makes("bundle/message-p256.sigstore.json", "lab-a-p256.pub.pem");
}

/* Room is 1024 bytes; what is over is refused, never cut. */
static void refuses_other_keys_and_long_signatures(void **state)
{
	static uint8_t signature[1 << 16];
	uint8_t digest[SHA256_SIZE] = { 0 }, out[ENTRY_MOST], other[91];
	struct vectors v;
	struct span spki;
	size_t n, longest = 0;

	(void)state;
	vectors_open(&v, "bundle/dsse-p256.sigstore.json");
	spki = spki_of(&v, "lab-a-p256.pub.pem");
	for (size_t i = 1; i < sizeof(signature); i++) {
		n = entry_write(digest, (struct span){ signature, i }, spki, out);
		assert_true(n <= ENTRY_MOST);
		longest = n ? i : longest;
	}
	assert_true(longest > MOST_SIGNATURE && longest < ENTRY_MOST);
	assert_int_equal(entry_write(digest, (struct span){ signature, 0 }, spki, out), 0);
	assert_int_equal(
		entry_write(digest, (struct span){ signature, 64 }, span_head(spki, 90), out), 0);
	for (size_t i = 0; i < 27; i++) {
		memcpy(other, spki.p, sizeof(other));
		other[i] ^= 1;
		n = entry_write(digest, (struct span){ signature, 64 },
				(struct span){ other, sizeof(other) }, out);
		assert_int_equal(n, 0);
	}
	vectors_close(&v);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bodies_are_those_of_others),
		cmocka_unit_test(refuses_other_keys_and_long_signatures),
	};

	return cmocka_run_group_tests(tests, start, NULL);
}
