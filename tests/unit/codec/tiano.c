/* tiano.c - the compression of UEFI, against streams that TianoCompress of EDK II wrote. */
#include "unit/support.h"

#include "codec/codec.h"

static const struct {
	const char *file;
	unsigned position_bits;
} streams[] = { { "uefi/good-tiano.bin", 5 }, { "uefi/good-efi11.bin", 4 } };

static struct span plain_text(void)
{
	static char text[2048];
	size_t n = 0;

	for (int i = 1; i <= 60; i++)
		n += (size_t)snprintf(text + n, sizeof(text) - n, "line %d of a text\n", i);
	return (struct span){ (const uint8_t *)text, n };
}

static void decodes_both_versions_each_with_its_width(void **state)
{
	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct span in = sample_read(streams[i].file);
		struct sink out;
		struct decoded d;

		sink_init(&out, NULL, 1 << 20);
		d = tiano_decode(in, streams[i].position_bits, PLAIN_UNKNOWN, &out);
		assert_int_equal(d.fault.kind, FAULT_NONE);
		assert_int_equal(d.used, in.n);
		assert_true(span_equal(sink_span(&out), plain_text()));
		sink_reset(&out, 1 << 20);
		d = tiano_decode(in, 9 - streams[i].position_bits, PLAIN_UNKNOWN, &out);
		assert_true(d.fault.kind || !span_equal(sink_span(&out), plain_text()));
		sink_free(&out);
		sample_free(in);
	}
}

static void tells_where_a_cut_stream_ends(void **state)
{
	struct span in = sample_read(streams[0].file);
	struct guarded g = guarded_new(in.n);
	struct sink out;

	(void)state;
	sink_init(&out, NULL, 1 << 20);
	/* The packer ends with a byte that no code needs. */
	for (size_t n = 0; n + 2 < in.n; n++) {
		struct decoded d;

		sink_reset(&out, 1 << 20);
		d = tiano_decode(guarded_copy(g, span_head(in, n)), 5, PLAIN_UNKNOWN, &out);
		assert_int_not_equal(d.fault.kind, FAULT_NONE);
		assert_true(d.used <= n);
	}
	sink_free(&out);
	guarded_free(g);
	sample_free(in);
}

static void refuses_more_plain_bytes_than_are_allowed(void **state)
{
	struct span in = sample_read(streams[0].file);
	struct sink out;

	(void)state;
	sink_init(&out, NULL, 1 << 20);
	assert_int_equal(tiano_decode(in, 5, 100, &out).fault.kind, FAULT_BROKEN);
	sink_reset(&out, 100);
	assert_int_equal(tiano_decode(in, 5, PLAIN_UNKNOWN, &out).fault.kind, FAULT_LIMIT);
	sink_free(&out);
	sample_free(in);
}

/* Trees of one symbol each take no bits: sixteen bits stand for 65,535 matches of 256 bytes. */
static void unpacks_trees_of_one_symbol(void **state)
{
	/* block of 3; lengths: none, 0; symbols: none, 'A'; distances: none, 0 */
	static const uint8_t letters[] = { 7, 0, 0, 0, 3, 0, 0, 0, 0, 3, 0, 0, 0x04, 0x10, 0 };
	struct sink out;

	(void)state;
	sink_init(&out, NULL, 100);
	assert_int_equal(
		tiano_decode((struct span){ letters, sizeof(letters) }, 5, PLAIN_UNKNOWN, &out)
			.fault.kind,
		FAULT_NONE);
	assert_true(span_is(sink_span(&out), "AAA"));
	sink_free(&out);
}

static void refuses_a_match_before_the_first_byte(void **state)
{
	/* the same with symbol 256, a match, as the first */
	static const uint8_t match[] = { 7, 0, 0, 0, 3, 0, 0, 0, 0, 3, 0, 0, 0x10, 0, 0 };
	struct sink out;
	struct decoded d;

	(void)state;
	sink_init(&out, NULL, 100);
	d = tiano_decode((struct span){ match, sizeof(match) }, 5, PLAIN_UNKNOWN, &out);
	assert_int_equal(d.fault.kind, FAULT_BROKEN);
	assert_string_equal(d.fault.what, "distance");
	sink_free(&out);
}

static void put_bits(uint8_t *to, size_t *bit, unsigned count, uint32_t value)
{
	while (count-- > 0) {
		to[*bit / 8] = (uint8_t)(to[*bit / 8] | (value >> count & 1) << (7 - *bit % 8));
		++*bit;
	}
}

/* A block whose trees have one symbol each. */
static void put_block(uint8_t *to, size_t *bit, uint32_t count, uint32_t symbol, uint32_t distance)
{
	put_bits(to, bit, 16, count);
	put_bits(to, bit, 10, 0);
	put_bits(to, bit, 9, 0);
	put_bits(to, bit, 9, symbol);
	put_bits(to, bit, 5, 0);
	put_bits(to, bit, 5, distance);
}

/* Of a distance with 17 bits the highest comes first: back over three times 65,536 letters. */
static void reaches_further_than_16_bits(void **state)
{
	uint8_t stream[64] = { sizeof(stream) - 8, 0, 0, 0, 4, 0, 3 };
	size_t bit = 64;
	struct sink out;

	(void)state;
	put_block(stream, &bit, 1, 'B', 0);
	for (int i = 0; i < 3; i++)
		put_block(stream, &bit, 65535, 'A', 0);
	put_block(stream, &bit, 3, 'A', 0);
	put_block(stream, &bit, 1, 256, 18);
	put_bits(stream, &bit, 17, 1u << 16);
	assert_true(bit <= 8 * sizeof(stream));
	sink_init(&out, NULL, 1 << 20);
	assert_int_equal(
		tiano_decode((struct span){ stream, sizeof(stream) }, 5, PLAIN_UNKNOWN, &out)
			.fault.kind,
		FAULT_NONE);
	assert_true(span_is(span_from(sink_span(&out), 3 * 65536), "ABAA"));
	sink_free(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(decodes_both_versions_each_with_its_width),
		cmocka_unit_test(tells_where_a_cut_stream_ends),
		cmocka_unit_test(refuses_more_plain_bytes_than_are_allowed),
		cmocka_unit_test(unpacks_trees_of_one_symbol),
		cmocka_unit_test(refuses_a_match_before_the_first_byte),
		cmocka_unit_test(reaches_further_than_16_bits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
