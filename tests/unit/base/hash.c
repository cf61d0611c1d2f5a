/* hash.c - published check values. */
#include "unit/support.h"

static const struct span check = { (const uint8_t *)"123456789", 9 };

static void expect_hex(const uint8_t *digest, size_t n, const char *hex)
{
	char have[2 * SHA512_SIZE + 1];

	for (size_t i = 0; i < n; i++)
		snprintf(have + 2 * i, 3, "%02x", digest[i]);
	assert_string_equal(have, hex);
}

static void digests_are_those_of_the_standards(void **state)
{
	uint8_t d[SHA512_SIZE];

	(void)state;
	sha256_of(span_text("abc"), d);
	expect_hex(d, 32, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
	sha256_of((struct span){ 0 }, d);
	expect_hex(d, 32, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
	sha384_of(span_text("abc"), d);
	expect_hex(d, 48,
		   "cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed"
		   "8086072ba1e7cc2358baeca134c825a7");
	sha512_of(span_text("abc"), d);
	expect_hex(d, 64,
		   "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
		   "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f");
	sha1_of(span_text("abc"), d);
	expect_hex(d, 20, "a9993e364706816aba3e25717850c26c9cd0d89d");
	md5_of(span_text("abc"), d);
	expect_hex(d, 16, "900150983cd24fb0d6963f7d28e17f72");
}

/* RFC 4231, cases 1, 2 and 6; in parts as in one. */
static void hmac_is_that_of_the_standard(void **state)
{
	uint8_t key[131], d[SHA256_SIZE];
	struct span parts[2] = { span_text("Hi "), span_text("There") };

	(void)state;
	memset(key, 0x0b, 20);
	hmac_sha256_of_parts((struct span){ key, 20 }, parts, 2, d);
	expect_hex(d, 32, "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
	parts[0] = span_text("what do ya want for nothing?");
	hmac_sha256_of_parts(span_text("Jefe"), parts, 1, d);
	expect_hex(d, 32, "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
	memset(key, 0xaa, sizeof(key));
	parts[0] = span_text("Test Using Larger Than Block-Size Key - Hash Key First");
	hmac_sha256_of_parts((struct span){ key, sizeof(key) }, parts, 1, d);
	expect_hex(d, 32, "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
}

static void checksums_have_their_check_values(void **state)
{
	(void)state;
	assert_int_equal(crc32_of(check), 0xCBF43926);
	assert_int_equal(crc32_update(crc32_of(span_head(check, 4)), span_from(check, 4)),
			 0xCBF43926);
	assert_int_equal(crc32_open(check), 0x340BC6D9);
	assert_int_equal(crc32_bare(check), 0x2DFD2D88);
	assert_int_equal(crc32_bare((struct span){ 0 }), 0);
	assert_int_equal(~crc32c_update(~0u, check), 0xE3069283);
	assert_int_equal(crc16_a001(0, check), 0xBB3D);
	assert_int_equal(crc16_a001(0xffff, check), 0x4B37);
	assert_int_equal(crc16_1021(0, check), 0x31C3);
	assert_int_equal(adler32_of(span_text("Wikipedia")), 0x11E60398);
	assert_int_equal(adler32_of((struct span){ 0 }), 1);
	assert_int_equal(crc32_of((struct span){ 0 }), 0);
}

/* Eight bytes at a time and one at a time agree, at any alignment and cut. */
static void crc32c_goes_on_from_any_cut(void **state)
{
	uint8_t bytes[100];
	uint32_t whole;

	(void)state;
	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (uint8_t)(i * 37);
	whole = crc32c_update(~0u, (struct span){ bytes, sizeof(bytes) });
	for (size_t cut = 0; cut <= sizeof(bytes); cut++) {
		uint32_t c = crc32c_update(~0u, (struct span){ bytes, cut });

		assert_int_equal(crc32c_update(c, (struct span){ bytes + cut, 100 - cut }), whole);
	}
}

static int set_up(void **state)
{
	(void)state;
	hash_start();
	hash_start(); /* twice is once */
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	hash_thread_end();
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(digests_are_those_of_the_standards),
		cmocka_unit_test(hmac_is_that_of_the_standard),
		cmocka_unit_test(checksums_have_their_check_values),
		cmocka_unit_test(crc32c_goes_on_from_any_cut),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
