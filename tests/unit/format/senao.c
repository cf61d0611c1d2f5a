/* senao.c - Senao's header, with and without the part for access controllers. */
#include "unit/format/header_cases.h"

enum { PLAIN, COMBO };

static const struct header_case cases[] = {
	{ .format = "senao",
	  .file = "good.senao",
	  .label = "0101/0078 v1.2, XOR key of mksenaofw",
	  .parts = 1 },
	{ .format = "senao",
	  .file = "good-combo.senao",
	  .label = "0101/0078 v1.2 ENS620EXT, XOR key of mksenaofw",
	  .parts = 1 },
};

HEADER_CASES(cases)

/* The kernel that the packer was given stands at the end of another sample as it is. */
static void holds_kernel(struct span image)
{
	struct span ras = sample_read("vendorb/good.ras");
	struct opened o;
	struct sink out;

	sink_init(&out, NULL, CASE_CONTENT);
	opened_init(&o, format_named("senao"), image);
	assert_int_equal(o.l.count, 1);
	assert_int_equal(opened_load(&o, &o.l.entries[0], &out, CASE_CONTENT).kind, FAULT_NONE);
	assert_int_equal(out.n, 500);
	assert_memory_equal(out.p, ras.p + ras.n - 500, 500);
	opened_free(&o);
	sink_free(&out);
	sample_free(ras);
}

static void takes_the_key_off(void **state)
{
	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct span in = case_read(&cases[i]);

		holds_kernel(in);
		sample_free(in);
	}
}

static void takes_a_size_that_counts_the_header(void **state)
{
	struct span in = case_read(&cases[COMBO]);
	uint8_t *p = sample_bytes(in);

	(void)state;
	p[34] = (uint8_t)(in.n >> 8);
	p[35] = (uint8_t)in.n;
	holds_kernel(in);
	sample_free(in);
}

/* A payload with a run of zeros, from the fourth byte of the key on. */
static void finds_where_in_the_key_a_payload_begins(void **state)
{
	static const uint8_t key[] = { 0x78, 0x3c, 0x9e, 0xcf, 0x67, 0xb3, 0x59, 0xac };
	struct span in = case_read(&cases[PLAIN]);
	uint8_t *p = sample_bytes(in), plain[500] = "begins with text";
	struct opened o;
	struct sink out;

	(void)state;
	md5_of((struct span){ plain, sizeof(plain) }, p + 40);
	for (size_t i = 0; i < sizeof(plain); i++)
		p[96 + i] = plain[i] ^ key[(i + 3) % 8];
	memset(p + 88, 0, 4);
	for (size_t i = 0, sum = 0; i < 96; i++) {
		sum += i < 88 || i >= 92 ? p[i] : 0;
		if (i == 95) {
			p[90] = (uint8_t)(sum >> 8);
			p[91] = (uint8_t)sum;
		}
	}
	sink_init(&out, NULL, CASE_CONTENT);
	opened_init(&o, format_named("senao"), in);
	assert_int_equal(opened_load(&o, &o.l.entries[0], &out, CASE_CONTENT).kind, FAULT_NONE);
	assert_memory_equal(out.p, plain, sizeof(plain));
	opened_free(&o);
	sink_free(&out);
	sample_free(in);
}

static void tells_a_wrong_md5(void **state)
{
	(void)state;
	case_tells_damage(&cases[PLAIN], 300, 1, "MD5");
	case_tells_damage(&cases[COMBO], 50, 1, "MD5");
}

static void refuses_headers_whose_fields_disagree(void **state)
{
	(void)state;
	case_refuses(&cases[PLAIN], 6);  /* vendor, under the sum */
	case_refuses(&cases[PLAIN], 28); /* type */
	case_refuses(&cases[COMBO], 39); /* zero */
	case_refuses(&cases[COMBO], 133);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		HEADER_TESTS,
		cmocka_unit_test(takes_the_key_off),
		cmocka_unit_test(takes_a_size_that_counts_the_header),
		cmocka_unit_test(finds_where_in_the_key_a_payload_begins),
		cmocka_unit_test(tells_a_wrong_md5),
		cmocka_unit_test(refuses_headers_whose_fields_disagree),
	};

	return cmocka_run_group_tests(tests, set_up, NULL);
}
