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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(says_what_a_certificate_holds),
		cmocka_unit_test(a_cut_certificate_is_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
