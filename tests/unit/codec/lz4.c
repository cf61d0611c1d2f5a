/* lz4.c - legacy frames, which say nowhere where they end. */
#include "unit/support.h"

#include <lz4.h>

#include "codec/codec.h"

#define BLOCK (8u << 20)

/* A legacy frame of n zero-ish bytes, and what follows it. */
static struct span make_frame(size_t n, const void *tail, size_t tail_size)
{
	size_t blocks = (n + BLOCK - 1) / BLOCK, made = 4;
	uint8_t *plain = calloc(1, BLOCK);
	uint8_t *frame = malloc(4 + blocks * (4 + 40000) + tail_size);

	memcpy(frame, "\x02\x21\x4c\x18", 4);
	for (size_t left = n; left > 0; left -= left < BLOCK ? left : BLOCK) {
		size_t part = left < BLOCK ? left : BLOCK;
		int size = LZ4_compress_default((char *)plain, (char *)frame + made + 4, (int)part,
						40000);

		assert_true(size > 0);
		for (int k = 0; k < 4; k++)
			frame[made++] = (uint8_t)(size >> (8 * k));
		made += (size_t)size;
	}
	memcpy(frame + made, tail, tail_size);
	free(plain);
	return (struct span){ frame, made + tail_size };
}

/* The kernel's build appends the plain size, which looks like the size of one more block. */
static void stops_before_the_size_that_a_kernel_build_appends(void **state)
{
	static const size_t sizes[] = { 100000, BLOCK, BLOCK + 5, 2 * BLOCK };

	(void)state;
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		const uint8_t tail[] = { (uint8_t)sizes[i], (uint8_t)(sizes[i] >> 8),
					 (uint8_t)(sizes[i] >> 16), (uint8_t)(sizes[i] >> 24) };
		struct span frame = make_frame(sizes[i], tail, 4);
		struct sink out;
		struct decoded d;

		sink_init(&out, NULL, 1 << 25);
		d = lz4_legacy_decode(frame, PLAIN_UNKNOWN, &out);
		assert_int_equal(d.fault.kind, FAULT_NONE);
		assert_int_equal(d.used, frame.n - 4);
		assert_int_equal(out.n, sizes[i]);
		sink_free(&out);
		sample_free(frame);
	}
}

static void stops_before_what_is_no_block(void **state)
{
	static const uint8_t tails[][12] = { { 0 },
					     { 0xff, 0xff, 0xff, 0xff },
					     { 0x02, 0x21, 0x4c, 0x18 } };

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		struct span frame = make_frame(2 * BLOCK, tails[i], sizeof(tails[i]));
		struct sink out;
		struct decoded d;

		sink_init(&out, NULL, 1 << 25);
		d = lz4_legacy_decode(frame, PLAIN_UNKNOWN, &out);
		assert_int_equal(d.fault.kind, FAULT_NONE);
		assert_int_equal(d.used, frame.n - sizeof(tails[i]));
		assert_int_equal(out.n, 2 * BLOCK);
		sink_free(&out);
		sample_free(frame);
	}
}

/* A block in a room that is larger, and the same one where the plain length is not one at which it
 * ends. */
static void a_block_ends_where_its_plain_length_does(void **state)
{
	uint8_t plain[5000], room[6000] = { 0 };
	struct span in = { room, sizeof(room) };
	int size;

	(void)state;
	for (size_t i = 0; i < sizeof(plain); i++)
		plain[i] = (uint8_t)(i < 2000 ? i * i >> 4 : 7);
	size = LZ4_compress_default((char *)plain, (char *)room, sizeof(plain), sizeof(room));
	assert_true(size > 300);
	assert_int_equal(lz4_block_length(in, sizeof(plain)), size);
	assert_int_equal(lz4_block_length(in, sizeof(plain) - 7), 0);
	assert_int_equal(lz4_block_length(in, sizeof(plain) + 1), 0);
	assert_int_equal(lz4_block_length(span_head(in, 200), sizeof(plain)), 0);
	assert_int_equal(lz4_block_length((struct span){ 0 }, 1), 0);
}

static void keeps_the_beginning_of_a_cut_block(void **state)
{
	struct span plain = sample_read("streams/plain"), frame = sample_read("streams/legacy.lz4");
	struct sink out;

	(void)state;
	sink_init(&out, NULL, 1 << 20);
	for (size_t n = 64; n < frame.n; n++) {
		struct decoded d = lz4_legacy_decode(span_head(frame, n), PLAIN_UNKNOWN, &out);

		assert_int_equal(d.fault.kind, FAULT_SHORT);
		assert_true(out.n >= n / 2);
		assert_true(span_equal(sink_span(&out), span_head(plain, out.n)));
		sink_reset(&out, 1 << 20);
	}
	sink_free(&out);
	sample_free(plain);
	sample_free(frame);
}

static void keeps_bound_and_limit_within_a_block(void **state)
{
	struct span plain = sample_read("streams/plain"), frame = sample_read("streams/legacy.lz4");
	struct sink out;
	struct decoded d;

	(void)state;
	sink_init(&out, NULL, plain.n);
	d = lz4_legacy_decode(frame, PLAIN_UNKNOWN, &out);
	assert_int_equal(d.fault.kind, FAULT_NONE);
	assert_true(span_equal(sink_span(&out), plain));
	sink_reset(&out, 1000);
	d = lz4_legacy_decode(frame, PLAIN_UNKNOWN, &out);
	assert_int_equal(d.fault.kind, FAULT_LIMIT);
	assert_true(span_equal(sink_span(&out), span_head(plain, 1000)));
	sink_reset(&out, 1 << 20);
	d = lz4_legacy_decode(frame, plain.n, &out);
	assert_int_equal(d.fault.kind, FAULT_NONE);
	sink_reset(&out, 1 << 20);
	d = lz4_legacy_decode(frame, plain.n - 1, &out);
	assert_int_equal(d.fault.kind, FAULT_BROKEN);
	assert_string_equal(d.fault.what, "plain size");
	assert_true(span_equal(sink_span(&out), span_head(plain, plain.n - 1)));
	sink_free(&out);
	sample_free(plain);
	sample_free(frame);
}

static void asks_for_a_bound_that_a_block_may_have(void **state)
{
	struct sink out;

	(void)state;
	sink_init(&out, NULL, 1 << 20);
	assert_int_equal(lz4_block_decode(span_text("x"), PLAIN_UNKNOWN, &out).fault.kind,
			 FAULT_BROKEN);
	assert_int_equal(lz4_block_decode(span_text("\0"), 10, &out).fault.kind, FAULT_BROKEN);
	sink_free(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(stops_before_the_size_that_a_kernel_build_appends),
		cmocka_unit_test(stops_before_what_is_no_block),
		cmocka_unit_test(a_block_ends_where_its_plain_length_does),
		cmocka_unit_test(keeps_the_beginning_of_a_cut_block),
		cmocka_unit_test(keeps_bound_and_limit_within_a_block),
		cmocka_unit_test(asks_for_a_bound_that_a_block_may_have),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
