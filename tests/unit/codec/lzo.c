/* lzo.c - our LZO1X decoder against the library that defines the stream (in this test alone). */
#include "unit/support.h"

#include <lzo/lzo1x.h>

#include "codec/codec.h"

typedef int packer(const lzo_bytep in, lzo_uint n, lzo_bytep out, lzo_uintp made, lzo_voidp memory);

static packer *const packers[] = { lzo1x_1_compress, lzo1x_1_11_compress, lzo1x_1_12_compress,
				   lzo1x_1_15_compress, lzo1x_999_compress };

static uint8_t memory[LZO1X_999_MEM_COMPRESS];

/* Matches near and far, long runs, noise: every form of instruction comes up. */
static void fill(uint8_t *p, size_t n, unsigned seed)
{
	uint32_t x = seed;

	for (size_t i = 0; i < n;) {
		x = x * 1664525u + 1013904223u;
		size_t run = x >> 8 & (x >> 28 == 0 ? 0xffff : 31);
		size_t back = x >> 13 & (x & 1 ? 0xffff : 63);

		for (; run && i < n; run--, i++) {
			x = x * 1664525u + 1013904223u;
			p[i] = back && back <= i ? p[i - back] : (uint8_t)(x >> 24);
		}
	}
}

static struct span pack(packer *with, struct span plain, uint8_t *room)
{
	lzo_uint n = 0;

	assert_int_equal(with(plain.p, plain.n, room, &n, memory), LZO_E_OK);
	return (struct span){ room, n };
}

static void decodes_what_every_packer_wrote(void **state)
{
	static const size_t sizes[] = { 1,   2,   3,    4,     17,     18,    21,
					100, 273, 4096, 65536, 131072, 300000 };
	uint8_t *plain = malloc(300000), *room = malloc(400000);

	(void)state;
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++)
		for (size_t k = 0; k < 5 * 8; k++) {
			struct span in;
			struct sink out;
			struct decoded d;

			fill(plain, sizes[i], (unsigned)(k + 1));
			in = pack(packers[k % 5], (struct span){ plain, sizes[i] }, room);
			sink_init(&out, NULL, sizes[i]);
			d = lzo1x_decode(in, sizes[i], &out);
			assert_int_equal(d.fault.kind, FAULT_NONE);
			assert_int_equal(d.used, in.n);
			assert_int_equal(out.n, sizes[i]);
			assert_memory_equal(out.p, plain, sizes[i]);
			sink_free(&out);
		}
	free(plain);
	free(room);
}

/* Cut or changed bytes: the library and we agree on what is valid, and we read and write no byte
 * too far. */
static void agrees_with_the_library_on_broken_streams(void **state)
{
	uint8_t plain[2000], room[4000], expected[2000];
	struct guarded g = guarded_new(sizeof(room));
	unsigned agreed = 0;

	(void)state;
	fill(plain, sizeof(plain), 7);
	for (size_t k = 0; k < 5; k++) {
		struct span in = pack(packers[k], (struct span){ plain, sizeof(plain) }, room);

		for (size_t bit = 0; bit < in.n * 8; bit++) {
			lzo_uint n = sizeof(expected);
			struct sink out;
			struct decoded d;
			int result;

			room[bit / 8] ^= (uint8_t)(1u << bit % 8);
			result = lzo1x_decompress_safe(in.p, in.n, expected, &n, NULL);
			sink_init(&out, NULL, sizeof(expected));
			d = lzo1x_decode(guarded_copy(g, in), sizeof(expected), &out);
			room[bit / 8] ^= (uint8_t)(1u << bit % 8);
			if (result == LZO_E_OK) {
				assert_int_equal(d.fault.kind, FAULT_NONE);
				assert_int_equal(out.n, n);
				assert_memory_equal(out.p, expected, n);
				agreed++;
			} else if (result != LZO_E_INPUT_NOT_CONSUMED) {
				assert_int_not_equal(d.fault.kind, FAULT_NONE);
			}
			sink_free(&out);
		}
	}
	assert_true(agreed > 100);
	guarded_free(g);
}

/* 32 KiB of zeros as Linux 6.1 packs them with its "lzo-rle": a version, five zeros, runs of 2047,
 * a shorter one, two literals and 16 more. */
static void reads_runs_of_zeros_of_version_1(void **state)
{
	uint8_t stream[97] = { 0x11, 1, 2 };
	struct span in = { stream, sizeof(stream) };
	struct sink out;

	(void)state;
	for (size_t i = 0; i < 15; i++)
		memcpy(stream + 8 + i * 4, "\x1f\xfc\xff\xff", 4);
	memcpy(stream + 68, "\x1e\xfc\xff\xf6\0\2", 6);
	stream[94] = 0x11;
	sink_init(&out, NULL, 32768);
	assert_int_equal(lzo1x_rle_decode(in, 32768, &out).fault.kind, FAULT_NONE);
	assert_int_equal(out.n, 32768);
	for (size_t i = 0; i < out.n; i++)
		assert_int_equal(out.p[i], 0);
	sink_reset(&out, 32768);
	assert_int_equal(lzo1x_rle_decode(in, 4000, &out).fault.kind, FAULT_BROKEN);
	for (size_t n = 5; n < in.n; n++) {
		sink_reset(&out, 32768);
		assert_int_equal(lzo1x_rle_decode(span_head(in, n), 32768, &out).fault.kind,
				 FAULT_SHORT);
	}
	sink_free(&out);
}

static void reads_plain_streams_where_runs_may_be(void **state)
{
	uint8_t plain[3000], room[4000];
	struct span in;
	struct sink out;

	(void)state;
	fill(plain, sizeof(plain), 3);
	in = pack(lzo1x_1_compress, (struct span){ plain, sizeof(plain) }, room);
	sink_init(&out, NULL, sizeof(plain));
	assert_int_equal(lzo1x_rle_decode(in, sizeof(plain), &out).fault.kind, FAULT_NONE);
	assert_memory_equal(out.p, plain, sizeof(plain));
	sink_free(&out);
}

static void reports_every_prefix(void **state)
{
	uint8_t plain[3000], room[4000];
	struct guarded g = guarded_new(sizeof(room));
	struct span in;

	(void)state;
	fill(plain, sizeof(plain), 3);
	in = pack(lzo1x_999_compress, (struct span){ plain, sizeof(plain) }, room);
	for (size_t n = 0; n < in.n; n++) {
		struct sink out;

		sink_init(&out, NULL, sizeof(plain));
		assert_int_equal(
			lzo1x_decode(guarded_copy(g, span_head(in, n)), sizeof(plain), &out)
				.fault.kind,
			FAULT_SHORT);
		assert_memory_equal(out.n ? out.p : plain, plain, out.n);
		sink_free(&out);
	}
	guarded_free(g);
}

static void refuses_a_plain_size_that_does_not_fit(void **state)
{
	uint8_t plain[5000], room[6000];
	struct sink out;
	struct span in;

	(void)state;
	fill(plain, sizeof(plain), 9);
	in = pack(lzo1x_1_compress, (struct span){ plain, sizeof(plain) }, room);
	sink_init(&out, NULL, 1 << 20);
	assert_int_equal(lzo1x_decode(in, sizeof(plain) - 1, &out).fault.kind, FAULT_BROKEN);
	sink_reset(&out, sizeof(plain) - 1);
	assert_int_equal(lzo1x_decode(in, sizeof(plain), &out).fault.kind, FAULT_LIMIT);
	sink_free(&out);
}

/* A length whose zero bytes go on for the whole input. */
static void ends_on_an_endless_length(void **state)
{
	static uint8_t zeros[1 << 20];
	struct sink out;

	(void)state;
	zeros[0] = 0;
	sink_init(&out, NULL, 1 << 20);
	assert_int_not_equal(
		lzo1x_decode((struct span){ zeros, sizeof(zeros) }, 1 << 20, &out).fault.kind,
		FAULT_NONE);
	zeros[0] = 0x20;
	assert_int_not_equal(
		lzo1x_decode((struct span){ zeros, sizeof(zeros) }, 1 << 20, &out).fault.kind,
		FAULT_NONE);
	sink_free(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(decodes_what_every_packer_wrote),
		cmocka_unit_test(agrees_with_the_library_on_broken_streams),
		cmocka_unit_test(reads_runs_of_zeros_of_version_1),
		cmocka_unit_test(reads_plain_streams_where_runs_may_be),
		cmocka_unit_test(reports_every_prefix),
		cmocka_unit_test(refuses_a_plain_size_that_does_not_fit),
		cmocka_unit_test(ends_on_an_endless_length),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
