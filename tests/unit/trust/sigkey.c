/* sigkey.c - keys and signatures against RFC 8032 (7.1) and RFC 6979 (A.2.5), base64 against RFC
 * 4648 (10). */
#include "trust/sigkey.h"

#include "base/base64.h"
#include "unit/support.h"

static struct span from_hex(const char *hex, uint8_t *to)
{
	size_t n = strlen(hex) / 2;

	for (size_t i = 0; i < n; i++) {
		unsigned byte;

		sscanf(hex + 2 * i, "%2x", &byte);
		to[i] = (uint8_t)byte;
	}
	return (struct span){ to, n };
}

static void put_pem(struct text *pem, const char *what, struct span der)
{
	text_format(pem, "-----BEGIN %s-----\n", what);
	base64_write(pem, der);
	text_format(pem, "\n-----END %s-----\n", what);
}

static const struct {
	const char *secret, *public, *message, *signature;
} rfc8032[] = {
	{ "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
	  "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "",
	  "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e3970"
	  "1cf"
	  "9b46bd25bf5f0595bbe24655141438e7a100b" },
	{ "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
	  "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", "72",
	  "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613"
	  "d0f"
	  "11d8c387b2eaeb4302aeeb00d291612bb0c00" },
	{ "c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
	  "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025", "af82",
	  "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760"
	  "984"
	  "dc6594a7c15e9716ed28dc027beceea1ec40a" },
};

static void signs_as_rfc_8032(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rfc8032) / sizeof(rfc8032[0]); i++) {
		uint8_t der[64], message[8], expected[64], signature[MOST_SIGNATURE];
		struct text private = { 0 }, public = { 0 };
		struct sigkey *key, *pub;
		char hex[160];
		size_t n;

		snprintf(hex, sizeof(hex), "302e020100300506032b657004220420%s", rfc8032[i].secret);
		put_pem(&private, "PRIVATE KEY", from_hex(hex, der));
		snprintf(hex, sizeof(hex), "302a300506032b6570032100%s", rfc8032[i].public);
		put_pem(&public, "PUBLIC KEY", from_hex(hex, der));
		assert_int_equal(sigkey_read_private(text_span(&private), (struct span){ 0 }, &key),
				 SIGKEY_READ);
		pub = sigkey_read_public(text_span(&public));
		assert_non_null(pub);
		assert_int_equal(sigkey_kind_of(pub), SIGKEY_ED25519);
		assert_true(sigkey_sign(key, from_hex(rfc8032[i].message, message), signature, &n));
		assert_int_equal(n, 64);
		from_hex(rfc8032[i].signature, expected);
		assert_memory_equal(signature, expected, 64);
		assert_true(sigkey_verifies(pub, from_hex(rfc8032[i].message, message),
					    (struct span){ expected, 64 }));
		expected[0] ^= 1;
		assert_false(sigkey_verifies(pub, from_hex(rfc8032[i].message, message),
					     (struct span){ expected, 64 }));
		sigkey_free(key);
		sigkey_free(pub);
		secret_free(&private);
		text_free(&public);
	}
}

/* A.2.5, SHA-256, "sample"; r and s in DER. */
static void verifies_rfc_6979(void **state)
{
	static const char spki[] =
		"3059301306072a8648ce3d020106082a8648ce3d030107034200"
		"0460fed4ba255a9d31c961eb74c6356d68c049b8923b61fa6ce669622e60f29fb6"
		"7903fe1008b8bc99a41ae9e95628bc64f2f1b20c2d7e9f5177a3c294d4462299";
	static const char signature[] =
		"3046022100efd48b2aacb6a8fd1140dd9cd45e81d69d2c877b56aaf991c34d0ea84eaf3716"
		"022100f7cb1c942d657c41d436c7a1b6e29f65f3e900dbb9aff4064dc4ab2f843acda8";
	uint8_t der[128], sig[128];
	struct text pem = { 0 };
	struct sigkey *key;
	struct sigcheck *check;
	struct span made = from_hex(signature, sig);

	(void)state;
	put_pem(&pem, "PUBLIC KEY", from_hex(spki, der));
	key = sigkey_read_public(text_span(&pem));
	assert_non_null(key);
	assert_int_equal(sigkey_kind_of(key), SIGKEY_P256);
	assert_true(sigkey_verifies(key, span_text("sample"), made));
	assert_false(sigkey_verifies(key, span_text("samplf"), made));
	sig[20] ^= 1;
	assert_false(sigkey_verifies(key, span_text("sample"), made));
	assert_false(sigkey_verifies(key, span_text("sample"), (struct span){ 0 }));
	/* One that checks many: what was refused in between changes nothing. */
	check = sigcheck_new(key);
	assert_non_null(check);
	for (int i = 0; i < 3; i++) {
		assert_false(sigcheck_holds(check, span_text("sample"), made));
		assert_false(sigcheck_holds(check, span_text("sample"), (struct span){ 0 }));
		sig[20] ^= 1;
		assert_true(sigcheck_holds(check, span_text("sample"), made));
		assert_false(sigcheck_holds(check, span_text("samplf"), made));
		sig[20] ^= 1;
	}
	sigcheck_free(check);
	sigkey_free(key);
	text_free(&pem);
}

static void a_passphrase_locks_a_key(void **state)
{
	struct sigkey *key = sigkey_new(SIGKEY_P256), *back;
	struct text pem = { 0 };
	const struct span none = { 0 };

	(void)state;
	assert_non_null(key);
	assert_true(sigkey_write_private(key, span_text("correct horse"), &pem));
	assert_true(sigkey_is_private(text_span(&pem)));
	assert_int_equal(sigkey_read_private(text_span(&pem), none, &back), SIGKEY_LOCKED);
	assert_int_equal(sigkey_read_private(text_span(&pem), span_text("correct hors"), &back),
			 SIGKEY_REFUSED);
	assert_null(back);
	assert_int_equal(sigkey_read_private(text_span(&pem), span_text("correct horse"), &back),
			 SIGKEY_READ);
	sigkey_free(back);
	sigkey_free(key);
	secret_free(&pem);
}

static void other_keys_are_refused(void **state)
{
	/* openssl genpkey -algorithm X25519 | openssl pkey -pubout */
	static const char x25519[] =
		"-----BEGIN PUBLIC KEY-----\n"
		"MCowBQYDK2VuAyEAHMRJuFzfp2g2ICNCrpvrTDw0llkjG0CaF1vtzaptI2g=\n"
		"-----END PUBLIC KEY-----\n";
	struct sigkey *key;

	(void)state;
	assert_null(sigkey_read_public(span_text(x25519)));
	assert_null(sigkey_read_public(span_text("")));
	assert_int_equal(sigkey_read_private(span_text(x25519), (struct span){ 0 }, &key),
			 SIGKEY_UNKNOWN);
}

static const struct {
	const char *plain, *base64;
} rfc4648[] = {
	{ "", "" },
	{ "f", "Zg==" },
	{ "fo", "Zm8=" },
	{ "foo", "Zm9v" },
	{ "foob", "Zm9vYg==" },
	{ "fooba", "Zm9vYmE=" },
	{ "foobar", "Zm9vYmFy" },
};

static void base64_is_that_of_rfc_4648(void **state)
{
	struct arena a = { 0 };
	struct span back;

	(void)state;
	for (size_t i = 0; i < sizeof(rfc4648) / sizeof(rfc4648[0]); i++) {
		struct text out = { 0 };

		base64_write(&out, span_text(rfc4648[i].plain));
		assert_true(span_is(text_span(&out), rfc4648[i].base64));
		assert_true(base64_read(span_text(rfc4648[i].base64), false, &a, &back));
		assert_true(span_is(back, rfc4648[i].plain));
		text_free(&out);
	}
	arena_free(&a);
}

/* Each character is one of the alphabet or none, in each of four places. */
static void every_character_is_known(void **state)
{
	static const char *const alphabets[] = {
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/",
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_",
	};

	(void)state;
	for (int url = 0; url < 2; url++)
		for (int c = 1; c < 256; c++)
			for (int at = 0; at < 4; at++) {
				const char *place = strchr(alphabets[url], c);
				char four[] = "AAAA";
				uint8_t bytes[3];
				size_t n = 0;
				bool ok;

				if (strchr(alphabets[!url], c) && !place)
					continue; /* of the other alphabet */
				four[at] = (char)c;
				ok = base64_read_into(span_text(four), url, bytes, 3, &n);
				if (c == '=' && at == 3)
					continue; /* two bytes */
				assert_int_equal(ok, place != NULL);
				if (ok)
					assert_int_equal(bytes[0] << 16 | bytes[1] << 8 | bytes[2],
							 (place - alphabets[url]) << (18 - 6 * at));
			}
}

/* What is written, read again, for every length around the pieces it is written in. */
static void base64_goes_both_ways(void **state)
{
	uint8_t bytes[1200];
	struct arena a = { 0 };
	struct span back;

	(void)state;
	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (uint8_t)(i * 167 + i / 256);
	for (size_t n = 0; n <= sizeof(bytes); n++) {
		struct text out = { 0 };

		base64_write(&out, (struct span){ bytes, n });
		assert_int_equal(out.n, (n + 2) / 3 * 4);
		assert_true(base64_read(text_span(&out), false, &a, &back));
		assert_true(span_equal(back, (struct span){ bytes, n }));
		text_free(&out);
	}
	arena_free(&a);
}

static void base64_has_one_form(void **state)
{
	static const char *const wrong[] = { "Zh==", "Zm9=",   "Zg",    "Zg=",  "Zg===", "=Zg=",
					     "Z===", "Zm9v\n", "Zm 9v", "====", "Zm-v",  "+_8=" };
	struct arena a = { 0 };
	struct span back;

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		assert_false(base64_read(span_text(wrong[i]), false, &a, &back));
	assert_true(base64_read(span_text("-_8="), true, &a, &back));
	assert_int_equal(back.p[0], 0xfb);
	assert_int_equal(back.p[1], 0xff);
	assert_false(base64_read(span_text("+_8="), true, &a, &back));
	arena_free(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(signs_as_rfc_8032),
		cmocka_unit_test(verifies_rfc_6979),
		cmocka_unit_test(a_passphrase_locks_a_key),
		cmocka_unit_test(other_keys_are_refused),
		cmocka_unit_test(base64_is_that_of_rfc_4648),
		cmocka_unit_test(every_character_is_known),
		cmocka_unit_test(base64_goes_both_ways),
		cmocka_unit_test(base64_has_one_form),
	};

	hash_start();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
