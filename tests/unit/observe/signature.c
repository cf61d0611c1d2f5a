/* signature.c - Qualcomm's signatures: who signed, how, and which keys verify it. The whole way,
 * from an image to its report, is tried by tests/e2e/signatures.py. */
#include "unit/support.h"

#include <openssl/x509.h>

#include "base/hash.h"
#include "observe/signature.h"

/* A message as observe_signatures keeps it. */
static void read_message(struct opened *o, const char *file, struct span *in, struct message *m)
{
	const struct signature *s;
	struct span all;

	hash_start();
	*in = sample_read(file);
	opened_init(o, format_named("qcom-elf"), *in);
	assert_int_equal(o->l.signature_count, 1);
	s = &o->l.signatures[0];
	*m = (struct message){ .by = s->by, .value = s->value, .certificates = s->certificates };
	m->digest_name = s->value.n == 104 ? "sha384" : "sha256";
	m->digest_size = s->value.n == 104 ? 48 : 32;
	all = span_sub(*in, s->covers[0].offset, s->covers[0].length);
	(m->digest_size == 48 ? sha384_of : sha256_of)(all, m->digest);
}

/* The key of the n-th certificate. */
static EVP_PKEY *key_of(struct span certificates, int n)
{
	const uint8_t *p = certificates.p;
	EVP_PKEY *key = NULL;

	for (; n >= 0; n--) {
		X509 *x = d2i_X509(NULL, &p, certificates.p + certificates.n - p);

		assert_non_null(x);
		EVP_PKEY_free(key);
		key = X509_get_pubkey(x);
		X509_free(x);
	}
	return key;
}

static bool verifies(const struct message *m, int n)
{
	EVP_PKEY *key = key_of(m->certificates, n);
	bool ok = message_fits(m, key) && message_verifies(m, key);

	EVP_PKEY_free(key);
	return ok;
}

static const struct {
	const char *file;
	enum signing by;
	const char *digest;
	uint32_t bits;
} kinds[] = {
	{ "signature/v3.qcom", SIGNING_QUALCOMM, "sha256", 2048 },
	{ "signature/v5.qcom", SIGNING_RSA_PSS, "sha256", 2048 },
	{ "signature/v6.qcom", SIGNING_ECDSA, "sha384", 384 },
};

static void verifies_by_each_key_of_the_chain(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		struct cms_signer who = { 0 };
		struct message m;
		struct opened o;
		struct span in;

		read_message(&o, kinds[i].file, &in, &m);
		assert_true(qualcomm_describe(m.value, m.certificates, &who));
		assert_int_equal(who.by, kinds[i].by);
		assert_string_equal(who.digest, kinds[i].digest);
		assert_int_equal(who.bits, kinds[i].bits);
		text_free(&who.name);
		for (int n = 0; n < 3; n++)
			assert_true(verifies(&m, n));
		m.digest[5] ^= 1;
		for (int n = 0; n < 3; n++)
			assert_false(verifies(&m, n));
		opened_free(&o);
		sample_free(in);
	}
}

static void asks_for_what_leads_to_the_signer(void **state)
{
	struct message m, cut;
	struct opened o;
	struct span in;
	EVP_PKEY *root, *ca;

	(void)state;
	read_message(&o, "signature/v3.qcom", &in, &m);
	root = key_of(m.certificates, 2);
	ca = key_of(m.certificates, 1);
	cut = m;
	cut.certificates = span_head(m.certificates, span_u16(m.certificates, 2, true) + 4);
	assert_true(message_verifies(&cut, ca)); /* signed the one that is left */
	assert_false(message_verifies(&cut, root));
	EVP_PKEY_free(root);
	EVP_PKEY_free(ca);
	opened_free(&o);
	sample_free(in);
}

static void says_nothing_without_certificates(void **state)
{
	static const uint8_t ones[64] = { 0xff, 0xff }, none[] = { 0x30, 0x03, 0x02, 0x01, 0x00 };
	static const struct span chains[] = { { NULL, 0 },
					      { ones, sizeof(ones) },
					      { none, sizeof(none) } };
	struct span value = { ones, sizeof(ones) };

	(void)state;
	for (size_t i = 0; i < sizeof(chains) / sizeof(chains[0]); i++) {
		struct message m = {
			SIGNING_QUALCOMM, "sha256", { 0 }, 32, value, chains[i], { 0 }
		};
		struct cms_signer who = { 0 };

		assert_false(qualcomm_describe(value, chains[i], &who));
		assert_int_equal(who.name.n, 0);
		assert_null(qualcomm_open(&m));
	}
}

/* Every cut of a chain, and each of its first bytes changed, against an unreadable page. */
static void survives_broken_certificates(void **state)
{
	struct message m;
	struct opened o;
	struct span in;

	(void)state;
	read_message(&o, "signature/v6.qcom", &in, &m);
	for (size_t n = 0; n < m.certificates.n; n += 7) {
		struct guarded g = guarded_new(n);
		struct cms_signer who = { 0 };

		qualcomm_describe(m.value, guarded_copy(g, span_head(m.certificates, n)), &who);
		text_free(&who.name);
		guarded_free(g);
	}
	for (size_t at = 0; at < 500; at++) {
		struct guarded g = guarded_new(m.certificates.n);
		struct cms_signer who = { 0 };

		struct span copy = guarded_copy(g, m.certificates);

		g.map[g.size - copy.n + at] ^= 0x41;
		qualcomm_describe(m.value, copy, &who);
		text_free(&who.name);
		guarded_free(g);
	}
	opened_free(&o);
	sample_free(in);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(verifies_by_each_key_of_the_chain),
		cmocka_unit_test(asks_for_what_leads_to_the_signer),
		cmocka_unit_test(says_nothing_without_certificates),
		cmocka_unit_test(survives_broken_certificates),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
