/* lzma.c - LZMA in its vendor forms, and dictionaries that ask for too much. */
#include "unit/support.h"

#include <lzma.h>

#include "codec/codec.h"

static struct span plain;
static struct sink out;

static int set_up(void **state)
{
	(void)state;
	plain = sample_read("streams/plain");
	sink_init(&out, NULL, 1 << 20);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	sample_free(plain);
	sink_free(&out);
	codec_thread_end();
	return 0;
}

static void expect_plain(struct decoded d, uint64_t used)
{
	assert_int_equal(d.fault.kind, FAULT_NONE);
	assert_int_equal(d.used, used);
	assert_true(span_equal(sink_span(&out), plain));
	sink_reset(&out, 1 << 20);
}

static void reads_properties_from_their_byte(void **state)
{
	struct lzma_properties p;

	(void)state;
	assert_true(lzma_properties_from(0x5d, 4096, &p));
	assert_true(p.lc == 3 && p.lp == 0 && p.pb == 2);
	assert_true(lzma_properties_from(0x6d, 4096, &p));
	assert_true(p.lc == 1 && p.lp == 2 && p.pb == 2);
	assert_true(lzma_properties_from(224, 4096, &p));
	assert_true(p.lc == 8 && p.lp == 4 && p.pb == 4);
	assert_false(lzma_properties_from(225, 4096, &p));
}

static void decodes_bare_streams_with_end_mark_or_size(void **state)
{
	struct span raw = sample_read("streams/raw.lzma1");
	struct lzma_properties p = { .lp = 2, .pb = 2, .dictionary = 65536 };

	(void)state;
	expect_plain(lzma_raw_decode(raw, &p, PLAIN_UNKNOWN, &out), raw.n);
	expect_plain(lzma_raw_decode(raw, &p, plain.n, &out), raw.n);
	sample_free(raw);
}

/* By liblzma's own encoder, with the first 4000 bytes of the plain ones. */
static void decodes_microlzma_whole_and_in_part(void **state)
{
	static uint8_t packed[8192];
	lzma_stream z = LZMA_STREAM_INIT;
	lzma_options_lzma options;
	struct span whole = plain, in;
	struct decoded d;

	(void)state;
	plain = span_head(plain, 4000);
	lzma_lzma_preset(&options, 6);
	assert_int_equal(lzma_microlzma_encoder(&z, &options), LZMA_OK);
	z.next_in = plain.p;
	z.avail_in = plain.n;
	z.next_out = packed;
	z.avail_out = sizeof(packed);
	assert_int_equal(lzma_code(&z, LZMA_FINISH), LZMA_STREAM_END);
	assert_int_equal(z.total_in, plain.n);
	in = (struct span){ packed, (size_t)z.total_out };
	lzma_end(&z);
	expect_plain(microlzma_decode(in, plain.n, true, &out), in.n);
	d = microlzma_decode(in, 1000, false, &out);
	assert_int_equal(d.fault.kind, FAULT_NONE);
	assert_int_equal(out.n, 1000);
	assert_memory_equal(out.p, plain.p, 1000);
	sink_reset(&out, 1 << 20);
	assert_int_equal(microlzma_decode(in, 1000, true, &out).fault.kind, FAULT_BROKEN);
	sink_reset(&out, 1 << 20);
	assert_int_not_equal(
		microlzma_decode(span_head(in, in.n / 2), plain.n, true, &out).fault.kind,
		FAULT_NONE);
	sink_reset(&out, 1 << 20);
	plain = whole;
}

static void takes_odd_dictionaries(void **state)
{
	static const uint32_t odd[] = { 0, 1, 4095, 5000, 65537, 0x7fffffff, 0xffffffff };
	struct span raw = sample_read("streams/raw.lzma1");

	(void)state;
	for (size_t i = 0; i < sizeof(odd) / sizeof(odd[0]); i++) {
		struct lzma_properties p = { .lp = 2, .pb = 2, .dictionary = odd[i] };

		expect_plain(lzma_raw_decode(raw, &p, plain.n, &out), raw.n);
	}
	sample_free(raw);
}

static void refuses_a_dictionary_beyond_its_memory(void **state)
{
	struct span raw = sample_read("streams/raw.lzma1");
	struct lzma_properties p = { .lp = 2, .pb = 2, .dictionary = 0xffffffff };
	struct decoded d;

	(void)state;
	sink_reset(&out, 1ull << 40);
	d = lzma_raw_decode(raw, &p, PLAIN_UNKNOWN, &out);
	assert_int_equal(d.fault.kind, FAULT_LIMIT);
	assert_int_equal(out.n, 0);
	sink_reset(&out, 1 << 20);
	sample_free(raw);
}

static void refuses_properties_that_no_decoder_here_knows(void **state)
{
	struct lzma_properties p = { .lc = 4, .lp = 1, .dictionary = 4096 };

	(void)state;
	assert_int_equal(lzma_raw_decode(plain, &p, 10, &out).fault.kind, FAULT_UNKNOWN);
}

static void bounds_a_stream_with_end_mark(void **state)
{
	struct span alone = sample_read("streams/plain.lzma");

	(void)state;
	expect_plain(lzma_alone_decode(alone, plain.n, &out), alone.n);
	assert_int_equal(lzma_alone_decode(alone, plain.n - 1, &out).fault.kind, FAULT_BROKEN);
	assert_int_equal(out.n, plain.n - 1);
	sink_reset(&out, 1 << 20);
	sample_free(alone);
}

static void takes_a_size_and_an_end_mark_together(void **state)
{
	struct span sized = sample_read("streams/sized.lzma");

	(void)state;
	expect_plain(lzma_alone_decode(sized, PLAIN_UNKNOWN, &out), sized.n);
	sample_bytes(sized)[5]--;
	assert_int_equal(lzma_alone_decode(sized, PLAIN_UNKNOWN, &out).fault.kind, FAULT_BROKEN);
	assert_int_equal(out.n, plain.n - 1);
	sink_reset(&out, 1 << 20);
	sample_free(sized);
}

static void undoes_filters_of_xz(void **state)
{
	struct span xz = sample_read("streams/x86.xz");

	(void)state;
	expect_plain(xz_decode(xz, PLAIN_UNKNOWN, &out), xz.n);
	expect_plain(xz_decode(xz, plain.n, &out), xz.n);
	sample_free(xz);
}

static void reports_a_wrong_check_with_all_that_came_out(void **state)
{
	struct span lz = sample_read("streams/plain.lz");
	struct decoded d;

	(void)state;
	sample_bytes(lz)[lz.n - 20] ^= 1; /* the CRC-32 of the trailer */
	d = lzip_decode(lz, PLAIN_UNKNOWN, &out);
	assert_int_equal(d.fault.kind, FAULT_BROKEN);
	assert_true(span_equal(sink_span(&out), plain));
	sink_reset(&out, 1 << 20);
	sample_free(lz);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_properties_from_their_byte),
		cmocka_unit_test(decodes_bare_streams_with_end_mark_or_size),
		cmocka_unit_test(decodes_microlzma_whole_and_in_part),
		cmocka_unit_test(takes_odd_dictionaries),
		cmocka_unit_test(refuses_a_dictionary_beyond_its_memory),
		cmocka_unit_test(refuses_properties_that_no_decoder_here_knows),
		cmocka_unit_test(bounds_a_stream_with_end_mark),
		cmocka_unit_test(takes_a_size_and_an_end_mark_together),
		cmocka_unit_test(undoes_filters_of_xz),
		cmocka_unit_test(reports_a_wrong_check_with_all_that_came_out),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
