/* compress.c - UNIX compress: streams of ncompress, and codes that cannot be. */
#include "unit/support.h"

#include "codec/codec.h"

static void decodes_streams_of_any_width(void **state)
{
	static const char *const names[] = { "streams/plain.Z", "streams/ten.Z" };
	struct span plain = sample_read("streams/plain");

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct span in = sample_read(names[i]);
		struct sink out;
		struct decoded d;

		sink_init(&out, NULL, plain.n);
		d = compress_decode(in, plain.n, &out);
		assert_int_equal(d.fault.kind, FAULT_NONE);
		assert_int_equal(d.used, in.n);
		assert_true(span_equal(sink_span(&out), plain));
		sink_free(&out);
		sample_free(in);
	}
	sample_free(plain);
}

static void gives_the_beginning_of_a_cut_stream(void **state)
{
	struct span plain = sample_read("streams/plain"), in = sample_read("streams/plain.Z");
	struct guarded g = guarded_new(in.n);
	size_t last = 0;

	(void)state;
	for (size_t n = 3; n < in.n; n++) {
		struct sink out;

		sink_init(&out, NULL, plain.n);
		compress_decode(guarded_copy(g, span_head(in, n)), PLAIN_UNKNOWN, &out);
		assert_true(out.n >= last);
		assert_true(span_equal(sink_span(&out), span_head(plain, out.n)));
		last = out.n;
		sink_free(&out);
	}
	assert_true(last > plain.n - 16);
	guarded_free(g);
	sample_free(in);
	sample_free(plain);
}

static void refuses_codes_that_no_table_holds_yet(void **state)
{
	static const uint8_t first[] = { 0x1f, 0x9d, 0x90, 0x01, 0x03 };      /* 257 at once */
	static const uint8_t later[] = { 0x1f, 0x9d, 0x90, 'a', 0xff, 0x03 }; /* 'a', 511 */
	struct sink out;

	(void)state;
	sink_init(&out, NULL, 100);
	assert_int_equal(compress_decode((struct span){ first, 5 }, 100, &out).fault.kind,
			 FAULT_BROKEN);
	assert_int_equal(compress_decode((struct span){ later, 6 }, 100, &out).fault.kind,
			 FAULT_BROKEN);
	sink_free(&out);
}

static void refuses_headers_of_other_kinds(void **state)
{
	static const uint8_t bad[][4] = { { 0x1f, 0x9d, 0x88 },
					  { 0x1f, 0x9d, 0x91 },
					  { 0x1f, 0x9d, 0xb0 },
					  { 0x1f, 0x8b, 0x90 } };
	struct sink out;

	(void)state;
	sink_init(&out, NULL, 100);
	for (size_t i = 0; i < 4; i++)
		for (size_t n = 0; n < 5; n++)
			assert_int_equal(
				compress_decode((struct span){ bad[i], n < 4 ? n : 4 }, 100, &out)
					.fault.kind,
				FAULT_UNKNOWN);
	sink_free(&out);
}

static void keeps_bound_and_limit(void **state)
{
	struct span in = sample_read("streams/plain.Z");
	struct sink out;

	(void)state;
	sink_init(&out, NULL, 1000);
	assert_int_equal(compress_decode(in, PLAIN_UNKNOWN, &out).fault.kind, FAULT_LIMIT);
	assert_int_equal(out.n, 1000);
	sink_reset(&out, 100000);
	assert_int_equal(compress_decode(in, 1000, &out).fault.kind, FAULT_BROKEN);
	assert_int_equal(out.n, 1000);
	sink_free(&out);
	sample_free(in);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(decodes_streams_of_any_width),
		cmocka_unit_test(gives_the_beginning_of_a_cut_stream),
		cmocka_unit_test(refuses_codes_that_no_table_holds_yet),
		cmocka_unit_test(refuses_headers_of_other_kinds),
		cmocka_unit_test(keeps_bound_and_limit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
