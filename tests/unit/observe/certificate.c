/* certificate.c - what is said of a certificate. Expected: openssl x509 -text. */
#include "unit/observe/scenery.h"

static const struct certificate_fact *first(const struct scenery *s)
{
	assert_true(s->facts.count[FACT_CERTIFICATE] > 0);
	return (const struct certificate_fact *)s->facts.of[FACT_CERTIFICATE][0];
}

static void check_sample(const char *name)
{
	struct span bytes = sample_read(name);
	struct scenery s;
	const struct certificate_fact *c;

	scenery_init(&s);
	scenery_add(&s, "/etc/ssl/c", bytes);
	scenery_finish(&s);
	c = first(&s);
	assert_int_equal(s.facts.count[FACT_CERTIFICATE], 1);
	assert_int_equal(s.facts.count[FACT_KEY], 0);
	assert_int_equal(c->f.offset, 0);
	assert_int_equal(c->f.length, bytes.n);
	assert_true(span_is(c->subject, "CN=t\\+x,O=A\\, B,C=DE"));
	assert_true(span_equal(c->issuer, c->subject));
	assert_true(c->self_signed);
	assert_true(c->is_ca);
	assert_true(span_is(c->signature, "sha256WithRSAEncryption"));
	assert_string_equal(c->key_algorithm, "rsa");
	assert_int_equal(c->key_bits, 1024);
	assert_true(span_is(c->not_before, "2026-11-25T21:52:52Z"));
	assert_true(span_is(c->not_after, "2036-11-22T21:52:52Z"));
	assert_true(span_is(c->sha256,
			    "bb4ab37ef8123d9af1449120228350333690fda7a6684b7417fd01b15516dad4"));
	scenery_free(&s);
	sample_free(bytes);
}

static void says_what_a_certificate_holds(void **state)
{
	(void)state;
	check_sample("keys/c.der");
	check_sample("keys/c.pem");
}

static void a_cut_certificate_is_none(void **state)
{
	struct span bytes = sample_read("keys/c.der");

	(void)state;
	for (size_t n = 0; n < bytes.n; n += 7) {
		struct scenery s;

		scenery_init(&s);
		scenery_add(&s, "/etc/ssl/c", span_head(bytes, n));
		scenery_finish(&s);
		assert_int_equal(s.facts.count[FACT_CERTIFICATE], 0);
		scenery_free(&s);
	}
	sample_free(bytes);
}

/* n copies of the sample in one file, each with a modulus of its own: how many keys were tested. */
static uint32_t tested_of(uint32_t n)
{
	struct span one = sample_read("keys/c.der");
	struct span modulus_begins = { (const uint8_t *)"\x02\x81\x81\x00", 4 };
	size_t at = span_find(one, 0, modulus_begins) + 40;
	uint8_t *all = malloc(one.n * n);
	struct scenery s;
	uint32_t tested = 0;

	assert_non_null(all);
	for (uint32_t i = 0; i < n; i++) {
		memcpy(all + i * one.n, one.p, one.n);
		all[i * one.n + at] ^= (uint8_t)i;
	}
	scenery_init(&s);
	scenery_add(&s, "/etc/ssl/certs/all", (struct span){ all, one.n * n });
	scenery_finish(&s);
	assert_int_equal(s.facts.count[FACT_CERTIFICATE], n);
	for (uint32_t i = 0; i < n; i++)
		tested += ((const struct certificate_fact *)s.facts.of[FACT_CERTIFICATE][i])
				  ->weaknesses.p != NULL;
	scenery_free(&s);
	free(all);
	sample_free(one);
	return tested;
}

static void a_store_of_authorities_is_not_tested_for_weak_keys(void **state)
{
	(void)state;
	assert_int_equal(tested_of(32), 32);
	assert_int_equal(tested_of(33), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(says_what_a_certificate_holds),
		cmocka_unit_test(a_cut_certificate_is_none),
		cmocka_unit_test(a_store_of_authorities_is_not_tested_for_weak_keys),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
