/* signature.c - signatures against RFC 8032 (7.1), Wycheproof and OpenSSL; what changes one bit of
 * them does not hold. */
#include "trust/signature.h"

#include "trust/sigkey.h"
#include "unit/support.h"

/* The same once more as the program for devices has it. */
#define p256_verifies      device_p256_verifies
#define ed25519_verifies   device_ed25519_verifies
#define signature_verifies device_signature_verifies
#define spki_is_known      device_spki_is_known
bool device_p256_verifies(const uint8_t point[P256_POINT], const uint8_t digest[SHA256_SIZE],
			  const struct ecdsa *s);
bool device_ed25519_verifies(const uint8_t key[ED25519_KEY], struct span message,
			     struct span signature);
bool device_signature_verifies(struct span spki, struct span message, struct span signature);
bool device_spki_is_known(struct span spki);
/* clang-format off */
#include "../src/device/p256.c"
#include "../src/trust/signature.c"
/* clang-format on */
#undef p256_verifies
#undef ed25519_verifies
#undef signature_verifies
#undef spki_is_known

#define VECTORS "tests/vectors/wycheproof/signatures.txt"

static int start(void **state)
{
	(void)state;
	hash_start();
	return 0;
}

static struct span from_hex(const char *hex, uint8_t *to)
{
	size_t n = strcmp(hex, "-") == 0 ? 0 : strlen(hex) / 2;

	for (size_t i = 0; i < n; i++) {
		unsigned byte;

		assert_int_equal(sscanf(hex + 2 * i, "%2x", &byte), 1);
		to[i] = (uint8_t)byte;
	}
	return (struct span){ to, n };
}

static void holds_as_rfc_8032(void **state)
{
	static const char *const cases[][3] = {
		{ "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "-",
		  "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bac"
		  "c61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b" },
		{ "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", "72",
		  "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e"
		  "458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00" },
		{ "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025", "af82",
		  "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290"
		  "ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		uint8_t key[32], message[8], signature[65];
		struct span m, s;

		from_hex(cases[i][0], key);
		m = from_hex(cases[i][1], message);
		s = from_hex(cases[i][2], signature);
		assert_true(ed25519_verifies(key, m, s));
		assert_false(ed25519_verifies(key, m, span_sub(s, 0, 63)));
		assert_false(ed25519_verifies(key, m, (struct span){ signature, 65 }));
		for (size_t bit = 0; bit < 512; bit++) {
			signature[bit / 8] ^= (uint8_t)(1u << bit % 8);
			assert_false(ed25519_verifies(key, m, s));
			signature[bit / 8] ^= (uint8_t)(1u << bit % 8);
		}
	}
}

static void agrees_with_wycheproof(void **state)
{
	char name[64], result[16], key[256], message[1024], signature[1024];
	uint8_t bytes[3][512];
	FILE *f = fopen(VECTORS, "r");
	unsigned n = 0;

	(void)state;
	assert_non_null(f);
	while (fscanf(f, "%63s %15s %255s %1023s %1023s", name, result, key, message, signature) ==
	       5) {
		struct span k = from_hex(key, bytes[0]);
		struct span m = from_hex(message, bytes[1]), s = from_hex(signature, bytes[2]);
		bool holds = signature_verifies(k, m, s);

		if (holds != (strcmp(result, "valid") == 0))
			fail_msg("%s is %s, not %s", name, holds ? "taken" : "refused", result);
		assert_int_equal(device_signature_verifies(k, m, s), holds);
		assert_true(spki_is_known(k));
		n++;
	}
	fclose(f);
	assert_int_equal(n, 280);
}

/* A key's SubjectPublicKeyInfo, out of its PEM. */
static struct span spki_of(const struct sigkey *key, struct text *der)
{
	struct text pem = { 0 };
	struct span s;
	size_t from;

	assert_true(sigkey_write_public(key, &pem));
	s = text_span(&pem);
	from = span_find(s, 0, span_text("-----\n")) + 6;
	text_base64(der, span_sub(s, from, span_find(s, from, span_text("-----END")) - from));
	text_free(&pem);
	return text_span(der);
}

static void agrees_with_openssl(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 40; i++) {
		struct sigkey *key = sigkey_new(i % 2 ? SIGKEY_P256 : SIGKEY_ED25519);
		uint8_t signature[MOST_SIGNATURE], message[100] = { (uint8_t)i };
		struct span m = { message, i }, s = { signature, 0 };
		struct text der = { 0 };
		struct span k = spki_of(key, &der);

		assert_true(sigkey_sign(key, m, signature, &s.n));
		assert_true(signature_verifies(k, m, s));
		assert_true(device_signature_verifies(k, m, s));
		assert_false(
			signature_verifies(k, span_head((struct span){ message, 100 }, i + 1), s));
		for (size_t bit = 0; i < 4 && bit < 8 * s.n; bit++) {
			signature[bit / 8] ^= (uint8_t)(1u << bit % 8);
			assert_false(signature_verifies(k, m, s));
			assert_false(device_signature_verifies(k, m, s));
			signature[bit / 8] ^= (uint8_t)(1u << bit % 8);
		}
		for (size_t n = 0; i < 4 && n < s.n; n++)
			assert_false(signature_verifies(k, m, span_head(s, n)));
		text_free(&der);
		sigkey_free(key);
	}
}

static void other_keys_are_unknown(void **state)
{
	struct sigkey *key = sigkey_new(SIGKEY_P256);
	struct text der = { 0 };
	struct span k = spki_of(key, &der);

	(void)state;
	assert_true(spki_is_known(k));
	assert_false(spki_is_known(span_head(k, k.n - 1)));
	assert_false(spki_is_known((struct span){ 0 }));
	for (size_t bit = 0; bit < 27 * 8; bit++) {
		der.p[bit / 8] ^= (char)(1u << bit % 8);
		assert_false(spki_is_known(k));
		assert_false(signature_verifies(k, k, k));
		der.p[bit / 8] ^= (char)(1u << bit % 8);
	}
	text_free(&der);
	sigkey_free(key);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(holds_as_rfc_8032),
		cmocka_unit_test(agrees_with_wycheproof),
		cmocka_unit_test(agrees_with_openssl),
		cmocka_unit_test(other_keys_are_unknown),
	};

	return cmocka_run_group_tests(tests, start, NULL);
}
