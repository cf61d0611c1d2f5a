/* deflate.c - what RFC 1952 wraps around a deflate stream. */
#include "unit/support.h"

#include "codec/codec.h"

static struct span plain;
static struct sink out;

static int set_up(void **state)
{
	(void)state;
	hash_start();
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

static void reads_every_optional_field(void **state)
{
	struct span gz = sample_read("streams/fields.gz");
	uint64_t length = 0;
	struct span name;
	struct decoded d;

	(void)state;
	assert_int_equal(gzip_header(gz, &length, &name).kind, FAULT_NONE);
	assert_true(span_is(name, "numbers"));
	assert_int_equal(length, 10 + 8 + 8 + 10 + 2);
	d = inflate_gzip(gz, PLAIN_UNKNOWN, &out);
	assert_int_equal(d.fault.kind, FAULT_NONE);
	assert_int_equal(d.used, gz.n);
	assert_true(span_equal(sink_span(&out), plain));
	sink_reset(&out, 1 << 20);
	sample_free(gz);
}

static void refuses_a_header_with_a_wrong_crc(void **state)
{
	struct span gz = sample_read("streams/fields.gz");
	uint64_t length = 0;
	struct span name;

	(void)state;
	sample_bytes(gz)[4] ^= 1;
	assert_int_equal(gzip_header(gz, &length, &name).kind, FAULT_BROKEN);
	sample_free(gz);
}

static void gives_no_name_where_there_is_none(void **state)
{
	struct span gz = sample_read("streams/plain.gz");
	uint64_t length = 0;
	struct span name = span_text("before");

	(void)state;
	assert_int_equal(gzip_header(gz, &length, &name).kind, FAULT_NONE);
	assert_int_equal(length, 10);
	assert_int_equal(name.n, 0);
	sample_free(gz);
}

static void refuses_headers_cut_anywhere(void **state)
{
	struct span gz = sample_read("streams/fields.gz");
	struct guarded g = guarded_new(64);

	(void)state;
	for (size_t n = 0; n < 38; n++) {
		uint64_t length;
		struct span name;

		assert_int_not_equal(
			gzip_header(guarded_copy(g, span_head(gz, n)), &length, &name).kind,
			FAULT_NONE);
	}
	guarded_free(g);
	sample_free(gz);
}

static void keeps_plain_bytes_when_the_trailer_is_wrong(void **state)
{
	static const struct {
		size_t from_end;
		const char *what;
	} places[] = { { 8, "CRC-32" }, { 4, "plain size" } };

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct span gz = sample_read("streams/plain.gz");
		struct decoded d;

		sample_bytes(gz)[gz.n - places[i].from_end] ^= 1;
		d = inflate_gzip(gz, PLAIN_UNKNOWN, &out);
		assert_int_equal(d.fault.kind, FAULT_BROKEN);
		assert_string_equal(d.fault.what, places[i].what);
		assert_int_equal(d.fault.at, gz.n - places[i].from_end);
		assert_int_equal(d.used, gz.n);
		assert_true(span_equal(sink_span(&out), plain));
		sink_reset(&out, 1 << 20);
		sample_free(gz);
	}
}

static void keeps_plain_bytes_when_the_trailer_is_cut(void **state)
{
	struct span gz = sample_read("streams/plain.gz");

	(void)state;
	for (size_t cut = 1; cut <= 8; cut++) {
		struct decoded d = inflate_gzip(span_head(gz, gz.n - cut), PLAIN_UNKNOWN, &out);

		assert_int_equal(d.fault.kind, FAULT_SHORT);
		assert_int_equal(d.used, gz.n - cut);
		assert_true(span_equal(sink_span(&out), plain));
		sink_reset(&out, 1 << 20);
	}
	sample_free(gz);
}

/* Behind a kernel's gzip stands anything; its last four bytes are then no plain size. */
static void is_not_misled_by_what_follows_a_member(void **state)
{
	static const uint32_t lies[] = { 1, 2691, 2693, 1 << 20, 0xffffffff };
	struct span gz = sample_read("streams/plain.gz");
	uint8_t bytes[2000];

	(void)state;
	memcpy(bytes, gz.p, gz.n);
	for (size_t i = 0; i < sizeof(lies) / sizeof(lies[0]); i++) {
		struct decoded d;

		for (int k = 0; k < 4; k++)
			bytes[gz.n + 4 + (size_t)k] = (uint8_t)(lies[i] >> (8 * k));
		d = inflate_gzip((struct span){ bytes, gz.n + 8 }, PLAIN_UNKNOWN, &out);
		assert_int_equal(d.fault.kind, FAULT_NONE);
		assert_int_equal(d.used, gz.n);
		assert_true(span_equal(sink_span(&out), plain));
		sink_reset(&out, 1 << 20);
	}
	sample_free(gz);
}

static void says_that_a_preset_dictionary_is_missing(void **state)
{
	static const uint8_t asks[] = {
		0x78, 0xbb, 0x12, 0x34, 0x56, 0x78, 0x4b, 0x04, 0x00, 0, 0
	};
	struct decoded d;

	(void)state;
	d = inflate_zlib((struct span){ asks, sizeof(asks) }, PLAIN_UNKNOWN, &out);
	assert_int_equal(d.fault.kind, FAULT_UNKNOWN);
	sink_reset(&out, 1 << 20);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_every_optional_field),
		cmocka_unit_test(refuses_a_header_with_a_wrong_crc),
		cmocka_unit_test(gives_no_name_where_there_is_none),
		cmocka_unit_test(refuses_headers_cut_anywhere),
		cmocka_unit_test(keeps_plain_bytes_when_the_trailer_is_wrong),
		cmocka_unit_test(keeps_plain_bytes_when_the_trailer_is_cut),
		cmocka_unit_test(is_not_misled_by_what_follows_a_member),
		cmocka_unit_test(says_that_a_preset_dictionary_is_missing),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
