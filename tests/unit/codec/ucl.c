/* ucl.c - our NRV2B decoder against the library that defines the stream (in this test alone). */
#include "unit/support.h"

#include <ucl/ucl.h>

#include "codec/codec.h"

#define MOST 300000u

/* Matches near and far, long and short, and noise. */
static void fill(uint8_t *p, size_t n, uint32_t x)
{
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

static struct span pack(struct span plain, int level, uint8_t *room)
{
	ucl_uint n = 0;

	assert_int_equal(ucl_nrv2b_99_compress(plain.p, (ucl_uint)plain.n, room, &n, NULL, level,
					       NULL, NULL),
			 UCL_E_OK);
	return (struct span){ room, n };
}

static void decodes_what_the_packer_wrote(void **state)
{
	static const size_t sizes[] = { 1, 2, 3, 4, 17, 100, 3328, 4096, 65536, MOST };
	uint8_t *plain = malloc(MOST), *room = malloc(2 * MOST);

	(void)state;
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++)
		for (int k = 0; k < 10; k++) {
			struct span in;
			struct sink out;
			struct decoded d;

			fill(plain, sizes[i], (uint32_t)k + 1);
			in = pack((struct span){ plain, sizes[i] }, 1 + k % 10, room);
			sink_init(&out, NULL, sizes[i]);
			d = nrv2b_decode(in, sizes[i], &out);
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
	struct span in;
	unsigned agreed = 0;

	(void)state;
	fill(plain, sizeof(plain), 7);
	in = pack((struct span){ plain, sizeof(plain) }, 9, room);
	for (size_t bit = 0; bit < in.n * 8; bit++) {
		ucl_uint n = sizeof(expected);
		struct sink out;
		struct decoded d;
		int result;

		room[bit / 8] ^= (uint8_t)(1u << bit % 8);
		result = ucl_nrv2b_decompress_safe_8(in.p, (ucl_uint)in.n, expected, &n, NULL);
		sink_init(&out, NULL, sizeof(expected));
		d = nrv2b_decode(guarded_copy(g, in), sizeof(expected), &out);
		room[bit / 8] ^= (uint8_t)(1u << bit % 8);
		if (result == UCL_E_OK) {
			assert_int_equal(d.fault.kind, FAULT_NONE);
			assert_int_equal(out.n, n);
			assert_memory_equal(out.p, expected, n);
			agreed++;
		} else if (result != UCL_E_INPUT_NOT_CONSUMED) {
			assert_int_not_equal(d.fault.kind, FAULT_NONE);
		}
		sink_free(&out);
	}
	assert_true(agreed > 100);
	guarded_free(g);
}

static void tells_where_a_stream_is_cut(void **state)
{
	uint8_t plain[500], room[1000];
	struct span in;
	struct sink out;

	(void)state;
	fill(plain, sizeof(plain), 3);
	in = pack((struct span){ plain, sizeof(plain) }, 9, room);
	sink_init(&out, NULL, sizeof(plain));
	for (size_t n = 0; n < in.n; n++) {
		sink_reset(&out, sizeof(plain));
		assert_int_equal(nrv2b_decode(span_head(in, n), sizeof(plain), &out).fault.kind,
				 FAULT_SHORT);
	}
	sink_reset(&out, sizeof(plain));
	assert_int_equal(nrv2b_decode(in, 100, &out).fault.kind, FAULT_BROKEN);
	sink_free(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(decodes_what_the_packer_wrote),
		cmocka_unit_test(agrees_with_the_library_on_broken_streams),
		cmocka_unit_test(tells_where_a_stream_is_cut),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
