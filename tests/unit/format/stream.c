/* stream.c - the formats of one compressed stream: what they take, refuse, and where they end. */
#include "unit/support.h"

#include "codec/codec.h"

struct stream {
	const char *format, *sample;
	bool joins; /* streams that follow each other at once are one */
	bool ends;  /* the end is known by decoding */
};

static const struct stream streams[] = {
	{ "gzip", "streams/plain.gz", true, true },
	{ "gzip", "streams/named.gz", true, true },
	{ "gzip", "streams/fields.gz", true, true },
	{ "zlib", "streams/plain.zlib", false, true },
	{ "xz", "streams/plain.xz", true, true },
	{ "xz", "streams/x86.xz", true, true },
	{ "lzma", "streams/plain.lzma", false, true },
	{ "lzma", "streams/sized.lzma", false, true },
	{ "lzip", "streams/plain.lz", true, true },
	{ "bzip2", "streams/plain.bz2", true, true },
	{ "zstd", "streams/plain.zst", true, true },
	{ "lz4", "streams/plain.lz4", true, true },
	{ "lz4-legacy", "streams/legacy.lz4", false, true },
	{ "lzop", "streams/plain.lzo", false, true },
	{ "compress", "streams/plain.Z", false, false },
	{ "compress", "streams/ten.Z", false, false },
	{ "brotli", "streams/plain.br", false, false },
	{ "brotli", "streams/small.br", false, false },
};

#define STREAMS (sizeof(streams) / sizeof(streams[0]))

static struct span plain;

static int set_up(void **state)
{
	(void)state;
	hash_start();
	codec_start();
	plain = sample_read("streams/plain");
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	sample_free(plain);
	codec_thread_end();
	return 0;
}

struct outcome {
	struct fault refused, fault;
	struct found found;
	uint64_t used;
	struct sink out;
};

/* Frees what the last call with the same outcome made. */
static void run(struct outcome *o, const char *format, struct span in)
{
	const struct format *f = format_named(format);
	struct opened opened;

	assert_non_null(f);
	sink_free(&o->out);
	*o = (struct outcome){ 0 };
	sink_init(&o->out, NULL, 1 << 20);
	opened_init(&opened, f, in);
	o->refused = opened.refused;
	o->found = opened.found;
	if (o->refused.kind == FAULT_NONE) {
		assert_int_equal(f->shape, SHAPE_STREAM);
		assert_int_equal(o->found.open_end || o->found.len == in.n, true);
		o->fault = f->load(&opened.l, NULL, &o->out);
		o->used = opened.stream_length;
	}
	opened_free(&opened);
}

static struct span join(struct span a, struct span b)
{
	uint8_t *p = malloc(a.n + b.n);

	memcpy(p, a.p, a.n);
	memcpy(p + a.n, b.p, b.n);
	return (struct span){ p, a.n + b.n };
}

static bool magic_of(const struct format *f, struct span in)
{
	for (int i = 0; i < FORMAT_MAGICS && f->magic[i].len; i++)
		if (span_equal(
			    span_sub(in, (uint64_t)f->magic[i].at, f->magic[i].len),
			    (struct span){ (const uint8_t *)f->magic[i].bytes, f->magic[i].len }))
			return true;
	return f->magic[0].len == 0; /* Brotli has none */
}

static void opens_what_the_reference_tool_wrote(void **state)
{
	struct outcome o = { 0 };

	(void)state;
	for (size_t i = 0; i < STREAMS; i++) {
		struct span in = sample_read(streams[i].sample);

		assert_true(magic_of(format_named(streams[i].format), in));
		run(&o, streams[i].format, in);
		if (o.refused.kind || o.fault.kind)
			fail_msg("%s: %s %s", streams[i].sample, o.refused.what, o.fault.what);
		assert_int_equal(o.used, in.n);
		assert_true(span_equal(sink_span(&o.out), plain));
		sample_free(in);
	}
	sink_free(&o.out);
}

static void ends_where_the_stream_does(void **state)
{
	static const char *const tails[] = { "tail that is no stream", "\xff\xff\xff\xff\xff\xff" };
	struct outcome o = { 0 };

	(void)state;
	for (size_t i = 0; i < STREAMS; i++)
		for (size_t t = 0; t < 2 && streams[i].ends; t++) {
			struct span in = sample_read(streams[i].sample);
			struct span more = join(in, span_text(tails[t]));

			run(&o, streams[i].format, more);
			assert_int_equal(o.refused.kind, FAULT_NONE);
			assert_int_equal(o.fault.kind, FAULT_NONE);
			assert_int_equal(o.used, in.n);
			assert_int_equal(o.out.n, plain.n);
			sample_free(more);
			sample_free(in);
		}
	sink_free(&o.out);
}

static void joins_streams_that_follow_at_once(void **state)
{
	struct outcome o = { 0 };

	(void)state;
	for (size_t i = 0; i < STREAMS; i++) {
		struct span in = sample_read(streams[i].sample);
		struct span twice = join(in, in);

		if (streams[i].ends) {
			run(&o, streams[i].format, twice);
			assert_int_equal(o.fault.kind, FAULT_NONE);
			assert_int_equal(o.used, streams[i].joins ? twice.n : in.n);
			assert_int_equal(o.out.n, streams[i].joins ? 2 * plain.n : plain.n);
		}
		sample_free(twice);
		sample_free(in);
	}
	sink_free(&o.out);
}

static void leaves_a_broken_later_member_to_others(void **state)
{
	struct outcome o = { 0 };

	(void)state;
	for (size_t i = 0; i < STREAMS; i++) {
		struct span in = sample_read(streams[i].sample);
		struct span twice = join(in, in);

		if (streams[i].joins && strcmp(streams[i].format, "lz4") != 0) {
			memset(sample_bytes(twice) + in.n + in.n / 2, 0x5a, 20);
			run(&o, streams[i].format, twice);
			assert_int_equal(o.fault.kind, FAULT_NONE);
			assert_int_equal(o.used, in.n);
			assert_true(span_equal(sink_span(&o.out), plain));
		}
		sample_free(twice);
		sample_free(in);
	}
	sink_free(&o.out);
}

static void keeps_a_later_member_that_is_cut(void **state)
{
	struct outcome o = { 0 };

	(void)state;
	for (size_t i = 0; i < STREAMS; i++) {
		struct span in = sample_read(streams[i].sample);
		struct span twice = join(in, in);

		if (streams[i].joins) {
			run(&o, streams[i].format, span_head(twice, twice.n - 5));
			assert_int_equal(o.fault.kind, FAULT_SHORT);
			assert_true(o.fault.at >= in.n);
			assert_int_equal(o.used, twice.n - 5);
			assert_true(o.out.n >= plain.n);
		}
		sample_free(twice);
		sample_free(in);
	}
	sink_free(&o.out);
}

/* Truncation is never silence: a prefix is refused, or gives a beginning and a fault. */
static void reports_every_prefix(void **state)
{
	struct outcome o = { 0 };

	(void)state;
	for (size_t i = 0; i < STREAMS; i++) {
		struct span in = sample_read(streams[i].sample);
		struct guarded g = guarded_new(in.n);

		for (size_t n = 0; n < in.n; n++) {
			run(&o, streams[i].format, guarded_copy(g, span_head(in, n)));
			if (o.refused.kind)
				continue;
			if (o.fault.kind == FAULT_NONE && streams[i].ends)
				fail_msg("%s: %zu of %zu bytes pass for all", streams[i].sample, n,
					 in.n);
			assert_true(span_equal(sink_span(&o.out), span_head(plain, o.out.n)));
		}
		guarded_free(g);
		sample_free(in);
	}
	sink_free(&o.out);
}

static void survives_every_flipped_bit(void **state)
{
	struct outcome o = { 0 };

	(void)state;
	for (size_t i = 0; i < STREAMS; i++) {
		struct span in = sample_read(streams[i].sample);
		struct guarded g = guarded_new(in.n);

		for (size_t bit = 0; bit < in.n * 8; bit += bit < 512 ? 1 : 31) {
			sample_bytes(in)[bit / 8] ^= (uint8_t)(1u << bit % 8);
			run(&o, streams[i].format, guarded_copy(g, in));
			assert_true(o.used <= in.n);
			sample_bytes(in)[bit / 8] ^= (uint8_t)(1u << bit % 8);
		}
		guarded_free(g);
		sample_free(in);
	}
	sink_free(&o.out);
}

static void refuses_foreign_bytes(void **state)
{
	uint8_t noise[4096];
	uint32_t x = 5;
	struct outcome o = { 0 };

	(void)state;
	for (int round = 0; round < 50; round++)
		for (size_t i = 0; i < STREAMS; i++) {
			const struct format *f = format_named(streams[i].format);

			for (size_t k = 0; k < sizeof(noise); k++) {
				x = x * 1664525u + 1013904223u;
				noise[k] = (uint8_t)(x >> 24);
			}
			memcpy(noise + f->magic[0].at, f->magic[0].bytes, f->magic[0].len);
			run(&o, streams[i].format, (struct span){ noise, sizeof(noise) });
			/* What a chance lets through gives a fault when it is decoded. */
			if (o.refused.kind == FAULT_NONE)
				assert_int_not_equal(o.fault.kind, FAULT_NONE);
		}
	sink_free(&o.out);
}

static void labels_a_stream_with_its_name(void **state)
{
	struct span in = sample_read("streams/named.gz");
	struct outcome o = { 0 };

	(void)state;
	run(&o, "gzip", in);
	assert_string_equal(o.found.label, "numbers.txt");
	memcpy(sample_bytes(in) + 10, "\x1b[2J<\n>", 7);
	run(&o, "gzip", in);
	assert_string_equal(o.found.label, "?[2J<?>.txt");
	sink_free(&o.out);
	sample_free(in);
}

static void takes_stream_padding_of_xz(void **state)
{
	static const uint8_t zeros[12];
	struct span xz = sample_read("streams/plain.xz");
	struct outcome o = { 0 };

	(void)state;
	for (size_t n = 0; n <= 12; n++) {
		struct span padded = join(xz, (struct span){ zeros, n });
		struct span all = join(padded, xz);

		run(&o, "xz", all);
		assert_int_equal(o.fault.kind, FAULT_NONE);
		assert_int_equal(o.used, n % 4 ? xz.n : all.n);
		assert_int_equal(o.out.n, n % 4 ? plain.n : 2 * plain.n);
		run(&o, "xz", padded);
		assert_int_equal(o.used, xz.n);
		sample_free(all);
		sample_free(padded);
	}
	sink_free(&o.out);
	sample_free(xz);
}

static void takes_skippable_frames_of_zstd(void **state)
{
	static const uint8_t skip[] = { 0x50, 0x2a, 0x4d, 0x18, 4, 0, 0, 0, 1, 2, 3, 4 };
	struct span frame = sample_read("streams/plain.zst");
	struct span front = join((struct span){ skip, sizeof(skip) }, frame);
	struct span both = join(front, front);
	struct outcome o = { 0 };

	(void)state;
	assert_true(magic_of(format_named("zstd"), front));
	run(&o, "zstd", both);
	assert_int_equal(o.refused.kind, FAULT_NONE);
	assert_int_equal(o.used, both.n);
	assert_int_equal(o.out.n, 2 * plain.n);
	run(&o, "zstd", (struct span){ skip, sizeof(skip) });
	assert_int_not_equal(o.refused.kind, FAULT_NONE);
	sink_free(&o.out);
	sample_free(both);
	sample_free(front);
	sample_free(frame);
}

static void stops_at_the_limit_of_the_sink(void **state)
{
	(void)state;
	for (size_t i = 0; i < STREAMS; i++) {
		struct span in = sample_read(streams[i].sample);
		const struct format *f = format_named(streams[i].format);
		struct opened o;
		struct sink out;
		struct fault fault;

		sink_init(&out, NULL, 1000);
		opened_init(&o, f, in);
		fault = f->load(&o.l, NULL, &out);
		assert_int_equal(fault.kind, FAULT_LIMIT);
		assert_true(out.n == 1000 || strcmp(f->name, "lzop") == 0);
		assert_true(o.stream_length > 0);
		opened_free(&o);
		sink_free(&out);
		sample_free(in);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(opens_what_the_reference_tool_wrote),
		cmocka_unit_test(ends_where_the_stream_does),
		cmocka_unit_test(joins_streams_that_follow_at_once),
		cmocka_unit_test(leaves_a_broken_later_member_to_others),
		cmocka_unit_test(keeps_a_later_member_that_is_cut),
		cmocka_unit_test(reports_every_prefix),
		cmocka_unit_test(survives_every_flipped_bit),
		cmocka_unit_test(refuses_foreign_bytes),
		cmocka_unit_test(labels_a_stream_with_its_name),
		cmocka_unit_test(takes_stream_padding_of_xz),
		cmocka_unit_test(takes_skippable_frames_of_zstd),
		cmocka_unit_test(stops_at_the_limit_of_the_sink),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
