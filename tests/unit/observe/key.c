/* key.c - keys in every dress, and bytes that only look like one. Expected values: README of the
 * samples. */
#include "unit/observe/scenery.h"

#define RSA "8ece9fdd"

static const struct key_fact *key_of(const struct scenery *s, uint32_t i)
{
	return i < s->facts.count[FACT_KEY] ? (const struct key_fact *)s->facts.of[FACT_KEY][i]
					    : NULL;
}

static void look_at(struct scenery *s, struct span bytes)
{
	scenery_init(s);
	scenery_add(s, "/etc/thing", bytes);
	scenery_finish(s);
}

static uint32_t keys_in(struct span bytes)
{
	struct scenery s;
	uint32_t n;

	look_at(&s, bytes);
	n = s.facts.count[FACT_KEY];
	scenery_free(&s);
	return n;
}

static const struct {
	const char *sample, *kind, *algorithm, *curve, *encoding, *spki;
	uint32_t bits;
	bool encrypted;
	uint64_t offset, length; /* 0: the whole file */
} forms[] = {
	{ "r1.der", "private", "rsa", NULL, "der pkcs1", RSA, 1024, false, 0, 0 },
	{ "r1.pem", "private", "rsa", NULL, "pem pkcs1", RSA, 1024, false, 0, 0 },
	{ "r1e.pem", "private", "rsa", NULL, "pem pkcs1", NULL, 0, true, 0, 0 },
	{ "r8.der", "private", "rsa", NULL, "der pkcs8", RSA, 1024, false, 0, 0 },
	{ "r8e.der", "private", NULL, NULL, "der pkcs8", NULL, 0, true, 0, 0 },
	{ "r8e.pem", "private", NULL, NULL, "pem pkcs8", NULL, 0, true, 0, 0 },
	{ "pub.der", "public", "rsa", NULL, "der spki", RSA, 1024, false, 0, 0 },
	{ "pub.pem", "public", "rsa", NULL, "pem spki", RSA, 1024, false, 0, 0 },
	{ "rsapub.pem", "public", "rsa", NULL, "pem pkcs1", RSA, 1024, false, 0, 0 },
	{ "empty.p12", "private", "rsa", NULL, "pkcs12", RSA, 1024, false, 0, 0 },
	{ "secret.p12", "private", NULL, NULL, "pkcs12", NULL, 0, true, 0, 0 },
	{ "plain.p12", "private", "rsa", NULL, "pkcs12", RSA, 1024, false, 0, 0 },
	{ "key.json", "private", "rsa", NULL, "pem pkcs8", RSA, 1024, false, 9, 930 },
	{ "k.jks", "private", NULL, NULL, "jks", NULL, 0, true, 12, 716 },
	{ "ec-prime256v1.der", "private", "ec", "prime256v1", "der sec1", "bc669faf", 256, false, 0,
	  0 },
	{ "ec8-secp384r1.der", "private", "ec", "secp384r1", "der pkcs8", "fc45e7a9", 384, false, 0,
	  0 },
	{ "ed.der", "private", "ed25519", NULL, "der pkcs8", "b9a29112", 256, false, 0, 0 },
	{ "dsa8.der", "private", "dsa", NULL, "der pkcs8", "b61f678e", 1024, false, 0, 0 },
	{ "dsa.der", "private", "dsa", NULL, "der dsa", "b61f678e", 1024, false, 0, 0 },
	{ "ssh-ed25519", "private", "ed25519", NULL, "openssh", "5ea41f90", 256, false, 0, 0 },
	{ "sshe-ecdsa", "private", "ec", "prime256v1", "openssh", "0324b9db", 256, true, 0, 0 },
	{ "ssh-ecdsa.pub", "public", "ec", "prime256v1", "openssh", "b0fa387f", 256, false, 0,
	  160 },
	{ "db-rsa", "private", "rsa", NULL, "dropbear", "65a18f6f", 2048, false, 0, 0 },
	{ "db-ecdsa", "private", "ec", "prime256v1", "dropbear", "5b74e5e0", 256, false, 0, 0 },
	{ "db-ecdsa.line", "public", "ec", "prime256v1", "openssh", "5b74e5e0", 256, false, 0,
	  160 },
	{ "db-ed25519", "private", "ed25519", NULL, "dropbear", "7216bc08", 256, false, 0, 0 },
};

static bool same(const char *a, const char *b)
{
	return a == b || (a && b && strcmp(a, b) == 0);
}

static void check_form(size_t i, struct span bytes)
{
	struct scenery s;
	const struct key_fact *k;

	look_at(&s, bytes);
	k = key_of(&s, 0);
	if (!k || s.facts.count[FACT_KEY] != 1)
		fail_msg("%s: %u keys", forms[i].sample, s.facts.count[FACT_KEY]);
	if (!same(k->key_kind, forms[i].kind) || !same(k->algorithm, forms[i].algorithm) ||
	    !same(k->curve, forms[i].curve) || !same(k->encoding, forms[i].encoding) ||
	    k->bits != forms[i].bits || k->encrypted != forms[i].encrypted ||
	    k->f.offset != forms[i].offset ||
	    k->f.length != (forms[i].length ? forms[i].length : bytes.n))
		fail_msg("%s: %s %s %s %s %u bits at %llu, %llu long", forms[i].sample, k->key_kind,
			 k->algorithm, k->curve, k->encoding, k->bits,
			 (unsigned long long)k->f.offset, (unsigned long long)k->f.length);
	if (!forms[i].spki)
		assert_int_equal(k->spki_sha256.n, 0);
	else if (k->spki_sha256.n != 64 || !span_starts(k->spki_sha256, span_text(forms[i].spki)))
		fail_msg("%s: another public half", forms[i].sample);
	scenery_free(&s);
}

static char sample_name[128];

static struct span key_sample(const char *name)
{
	snprintf(sample_name, sizeof(sample_name), "keys/%s", name);
	return sample_read(sample_name);
}

static void reads_every_form(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
		struct span bytes = key_sample(forms[i].sample);

		check_form(i, bytes);
		sample_free(bytes);
	}
}

static void check_cuts(size_t i, struct span bytes)
{
	size_t least = forms[i].offset + 2;
	size_t end = forms[i].length ? forms[i].offset + forms[i].length : bytes.n;

	for (size_t n = end - 2; n > least; n -= n > 64 ? 37 : 1)
		if (keys_in(span_head(bytes, n)))
			fail_msg("%s: %zu bytes are a key", forms[i].sample, n);
}

/* Of a cut PKCS#12 store the bag of the key may be whole. */
static void a_cut_key_is_none(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
		struct span bytes = key_sample(forms[i].sample);

		if (strcmp(forms[i].encoding, "pkcs12") != 0)
			check_cuts(i, bytes);
		sample_free(bytes);
	}
}

static void finds_keys_in_a_binary_by_their_bytes(void **state)
{
	struct span der = key_sample("ec-prime256v1.der"), pem = key_sample("r1.pem");
	struct text t = { 0 };
	struct scenery s;

	(void)state;
	text_put(&t, (struct span){ (const uint8_t *)"\x7f"
						     "ELF\0\0\0\x01\x02",
				    9 });
	text_put(&t, der);
	text_char(&t, 0);
	text_put(&t, pem);
	text_char(&t, 0);
	look_at(&s, text_span(&t));
	assert_int_equal(s.facts.count[FACT_KEY], 2);
	assert_int_equal(key_of(&s, 0)->f.offset, 9);
	assert_int_equal(key_of(&s, 0)->f.length, der.n);
	assert_int_equal(key_of(&s, 1)->f.offset, 10 + der.n);
	assert_int_equal(key_of(&s, 1)->f.line, 0);
	scenery_free(&s);
	text_free(&t);
	sample_free(der);
	sample_free(pem);
}

static void counts_the_lines_of_a_bundle(void **state)
{
	struct span pem = key_sample("pub.pem");
	struct text t = { 0 };
	struct scenery s;

	(void)state;
	for (int i = 0; i < 3; i++) {
		text_puts(&t, "# name\n");
		text_put(&t, pem);
	}
	look_at(&s, text_span(&t));
	assert_int_equal(s.facts.count[FACT_KEY], 3);
	for (uint32_t i = 0; i < 3; i++)
		assert_int_equal(key_of(&s, i)->f.line, 2 + 7 * i);
	scenery_free(&s);
	text_free(&t);
	sample_free(pem);
}

static void a_header_alone_is_no_key(void **state)
{
	static const char *const texts[] = {
		"-----BEGIN RSA PRIVATE KEY-----",
		"-----BEGIN PRIVATE KEY-----\0-----END PRIVATE KEY-----\0",
		"grep -l '-----BEGIN RSA PRIVATE KEY-----' *\n-----END RSA PRIVATE KEY-----\n",
		"-----BEGIN RSA PRIVATE KEY-----\nMIIB\n-----END RSA PRIVATE KEY-----\n",
		"-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\n\nAAAA\n"
		"-----END RSA PRIVATE KEY-----\n",
		"ssh-rsa AAAAB3NzaC1yc2EAAAADAQAB user@host\n",
		"-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXktdjEAAAAABG5vbmU=\n"
		"-----END OPENSSH PRIVATE KEY-----\n",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		assert_int_equal(
			keys_in((struct span){ (const uint8_t *)texts[i], strlen(texts[i]) + 1 }),
			0);
}

/* Any changed bit of the numbers makes p * q another n, d * G another point. */
static void numbers_that_contradict_each_other_are_no_key(void **state)
{
	static const struct {
		const char *sample;
		size_t at;
	} changes[] = {
		{ "r1.der", 20 },     { "r8.der", 60 },   { "ec-prime256v1.der", 20 },
		{ "db-rsa", 60 },     { "db-rsa", 700 },  { "db-ecdsa", 138 },
		{ "db-ed25519", 30 }, { "dsa.der", 455 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(changes) / sizeof(changes[0]); i++) {
		struct span bytes = key_sample(changes[i].sample);

		assert_true(changes[i].at < bytes.n);
		sample_bytes(bytes)[changes[i].at] ^= 4;
		if (keys_in(bytes))
			fail_msg("%s with byte %zu changed is a key", changes[i].sample,
				 changes[i].at);
		sample_free(bytes);
	}
}

static void a_store_of_certificates_is_no_private_key(void **state)
{
	struct span bytes = key_sample("certs.p12");

	(void)state;
	assert_int_equal(keys_in(bytes), 0);
	sample_free(bytes);
}

/* The MAC's rounds, the last INTEGER of the file. */
static void a_store_cannot_ask_for_endless_rounds(void **state)
{
	struct span bytes = key_sample("empty.p12");
	struct scenery s;

	(void)state;
	assert_int_equal(bytes.p[bytes.n - 4], 2);
	sample_bytes(bytes)[bytes.n - 2] = 0x7f;
	sample_bytes(bytes)[bytes.n - 1] = 0xff;
	look_at(&s, bytes);
	assert_int_equal(s.facts.count[FACT_KEY], 1);
	assert_true(key_of(&s, 0)->encrypted);
	scenery_free(&s);
	sample_free(bytes);
}

/* The weaknesses of the i-th key, in one text. */
static const char *weaknesses_of(const struct scenery *s, uint32_t i)
{
	static char all[128];
	const struct key_fact *k = key_of(s, i);

	all[0] = 0;
	if (!k || !k->weaknesses.p)
		return "not tested";
	for (uint32_t w = 0; w < k->weaknesses.n; w++)
		snprintf(all + strlen(all), sizeof(all) - strlen(all), "%s%.*s", w ? ", " : "",
			 (int)k->weaknesses.p[w].n, (const char *)k->weaknesses.p[w].p);
	return all;
}

static void finds_each_weakness_and_no_other(void **state)
{
	static const char *const rows[][2] = {
		{ "weak-roca.der", "roca" },
		{ "weak-close.der", "close primes" },
		{ "weak-square.der", "close primes" },
		{ "weak-factor.der", "small factor" },
		{ "weak-even.der", "small factor" },
		{ "weak-e1.der", "exponent" },
		{ "weak-e2.der", "exponent" },
		{ "weak-shared-1.der", "" },
		{ "odd-near.der", "" },
		{ "good-factor.der", "" },
		{ "r1.pem", "" },
		{ "rsapub.pem", "" },
		{ "db-rsa", "" },
		{ "empty.p12", "" },
		{ "secret.p12", "not tested" },
		{ "ssh-ed25519", "not tested" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct span bytes = key_sample(rows[i][0]);
		struct scenery s;

		look_at(&s, bytes);
		if (strcmp(weaknesses_of(&s, 0), rows[i][1]) != 0)
			fail_msg("%s: %s", rows[i][0], weaknesses_of(&s, 0));
		scenery_free(&s);
		sample_free(bytes);
	}
}

/* Copies and both halves of one key share nothing; a certificate counts like a key. */
static void finds_primes_that_keys_of_the_image_share(void **state)
{
	static const struct {
		const char *sample, *weaknesses;
	} rows[] = {
		{ "weak-shared-1.der", "shared prime" },
		{ "weak-shared-2.der", "shared prime" },
		{ "weak-shared-1.der", "shared prime" },
		{ "r1.pem", "" },
		{ "pub.der", "" },
		{ "c.der", NULL },
		{ "db-rsa", "" },
		{ "weak-roca.der", "roca" },
	};
	const struct certificate_fact *x;
	struct scenery s;
	uint32_t key = 0;

	(void)state;
	scenery_init(&s);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct span bytes = key_sample(rows[i].sample);

		scenery_add(&s, rows[i].sample, bytes);
		sample_free(bytes);
	}
	scenery_finish(&s);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (rows[i].weaknesses && strcmp(weaknesses_of(&s, key++), rows[i].weaknesses) != 0)
			fail_msg("%s: %s", rows[i].sample, weaknesses_of(&s, key - 1));
	x = (const void *)s.facts.of[FACT_CERTIFICATE][0];
	assert_true(x->weaknesses.p && x->weaknesses.n == 0);
	scenery_free(&s);
}

/* Heads of stores stand in the alias of the first entry, and all lead to the same 200 entries. */
static void nested_stores_do_not_multiply_their_keys(void **state)
{
	enum { HEADS = 100, ALIAS = HEADS * 18, ENTRIES = 200, SEALED = 8 };
	struct text t = { 0 };
	struct scenery s;

	(void)state;
	for (int i = 0; i < HEADS; i++) { /* version 2, entries; tag 1, length of the alias */
		size_t left = (size_t)(HEADS - 1 - i) * 18;

		text_put(&t, (struct span){ (const uint8_t *)"\xfe\xed\xfe\xed\0\0\0\2\0\0\0\xc8"
							     "\0\0\0\1",
					    16 });
		text_char(&t, (char)(left >> 8));
		text_char(&t, (char)left);
	}
	for (int i = 0; i < ENTRIES; i++) { /* date, key, no chain; the next entry without alias */
		text_put(&t, (struct span){ (const uint8_t *)"\0\0\0\0\0\0\0\0\0\0\0\x08"
							     "\x30\x06\4\4wxyz\0\0\0\0"
							     "\0\0\0\1\0\0",
					    30 });
	}
	look_at(&s, text_span(&t));
	assert_in_range(s.facts.count[FACT_KEY], ENTRIES, 8192);
	scenery_free(&s);
	text_free(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nested_stores_do_not_multiply_their_keys),
		cmocka_unit_test(finds_each_weakness_and_no_other),
		cmocka_unit_test(finds_primes_that_keys_of_the_image_share),
		cmocka_unit_test(reads_every_form),
		cmocka_unit_test(a_cut_key_is_none),
		cmocka_unit_test(finds_keys_in_a_binary_by_their_bytes),
		cmocka_unit_test(counts_the_lines_of_a_bundle),
		cmocka_unit_test(a_header_alone_is_no_key),
		cmocka_unit_test(numbers_that_contradict_each_other_are_no_key),
		cmocka_unit_test(a_store_of_certificates_is_no_private_key),
		cmocka_unit_test(a_store_cannot_ask_for_endless_rounds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
