/* codec.c - what holds for every codec: what the libraries' encoders pack comes out again, exactly,
 * whatever bound the caller gives, from any prefix, with foreign bytes behind. */
#include "unit/support.h"

#include <bzlib.h>
#include <lz4.h>
#include <lz4frame.h>
#include <lzma.h>
#include <zlib.h>
#include <zstd.h>

#include "codec/internal.h"

typedef struct decoded decoder(struct span in, uint64_t most, struct sink *out);

struct codec {
	const char *name;
	size_t (*pack)(struct span plain, uint8_t *out, size_t room);
	decoder *unpack;
	bool has_end; /* the stream says itself where it ends */
	bool is_slow; /* no sizes beyond one step of its decoder */
};

static size_t pack_deflate(struct span plain, uint8_t *out, size_t room, int bits)
{
	z_stream z = { 0 };

	assert_int_equal(deflateInit2(&z, 6, Z_DEFLATED, bits, 8, Z_DEFAULT_STRATEGY), Z_OK);
	z.next_in = (Bytef *)(uintptr_t)plain.p;
	z.avail_in = (uInt)plain.n;
	z.next_out = out;
	z.avail_out = (uInt)room;
	assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
	deflateEnd(&z);
	return room - z.avail_out;
}

static size_t pack_raw(struct span plain, uint8_t *out, size_t room)
{
	return pack_deflate(plain, out, room, -15);
}

static size_t pack_zlib(struct span plain, uint8_t *out, size_t room)
{
	return pack_deflate(plain, out, room, 15);
}

static size_t pack_gzip(struct span plain, uint8_t *out, size_t room)
{
	return pack_deflate(plain, out, room, 31);
}

static size_t pack_xz(struct span plain, uint8_t *out, size_t room)
{
	size_t n = 0;

	assert_int_equal(
		lzma_easy_buffer_encode(0, LZMA_CHECK_CRC32, NULL, plain.p, plain.n, out, &n, room),
		LZMA_OK);
	return n;
}

static size_t pack_lzma(lzma_stream *z, struct span plain, uint8_t *out, size_t room)
{
	z->next_in = plain.p;
	z->avail_in = plain.n;
	z->next_out = out;
	z->avail_out = room;
	assert_int_equal(lzma_code(z, LZMA_FINISH), LZMA_STREAM_END);
	lzma_end(z);
	return room - z->avail_out;
}

static size_t pack_alone(struct span plain, uint8_t *out, size_t room)
{
	lzma_stream z = LZMA_STREAM_INIT;
	lzma_options_lzma options;

	lzma_lzma_preset(&options, 0);
	assert_int_equal(lzma_alone_encoder(&z, &options), LZMA_OK);
	return pack_lzma(&z, plain, out, room);
}

/* The header that liblzma's encoder leaves open says the size, as other encoders have it. */
static size_t pack_sized(struct span plain, uint8_t *out, size_t room)
{
	size_t n = pack_alone(plain, out, room);

	for (int i = 0; i < 8; i++)
		out[5 + i] = (uint8_t)((uint64_t)plain.n >> (8 * i));
	return n;
}

static size_t pack_bzip2(struct span plain, uint8_t *out, size_t room)
{
	unsigned n = (unsigned)room;

	assert_int_equal(BZ2_bzBuffToBuffCompress((char *)out, &n, (char *)(uintptr_t)plain.p,
						  (unsigned)plain.n, 1, 0, 0),
			 BZ_OK);
	return n;
}

/* As encoders with threads write it: blocks that say both their sizes. */
static size_t pack_xz_blocks(struct span plain, uint8_t *out, size_t room)
{
	const lzma_mt options = { .threads = 1, .block_size = 30000, .check = LZMA_CHECK_CRC64 };
	lzma_stream z = LZMA_STREAM_INIT;

	assert_int_equal(lzma_stream_encoder_mt(&z, &options), LZMA_OK);
	return pack_lzma(&z, plain, out, room);
}

static struct decoded alone; /* without helpers */
static size_t helped;        /* parts that helpers decoded */
static bool is_by_blocks;    /* and nothing was left for the decoder of whole streams */

static void last_first(void *ctx, size_t n, void (*one)(void *parts, size_t i), void *parts)
{
	(void)ctx;
	helped += n;
	while (n-- > 0)
		one(parts, n);
}

/* With helpers all is as without them, whatever the stream. */
static struct decoded with_helpers(decoder *decode, struct span in, uint64_t most, struct sink *out)
{
	const struct helpers helpers = { last_first, NULL, 3 };
	size_t before = out->n;
	struct sink other, blocks;
	struct decoded d, of_blocks;

	sink_init(&other, NULL, out->limit - before);
	sink_init(&blocks, NULL, out->limit - before);
	alone = decode(in, most, &other);
	codec_take_helpers(&helpers);
	d = decode(in, most, out);
	is_by_blocks = (decode == xz_decode ? xz_decode_blocks
					    : bzip2_decode_blocks)(in, most, &blocks, &of_blocks);
	codec_take_helpers(NULL);
	assert_int_equal(blocks.n, is_by_blocks ? other.n : 0);
	assert_int_equal(d.used, alone.used);
	assert_int_equal(d.fault.kind, alone.fault.kind);
	assert_int_equal(d.fault.at, alone.fault.at);
	assert_true(span_equal(span_from(sink_span(out), before), sink_span(&other)));
	sink_free(&other);
	sink_free(&blocks);
	return d;
}

static struct decoded bzip2_with_helpers(struct span in, uint64_t most, struct sink *out)
{
	return with_helpers(bzip2_decode, in, most, out);
}

static struct decoded xz_with_helpers(struct span in, uint64_t most, struct sink *out)
{
	return with_helpers(xz_decode, in, most, out);
}

static size_t pack_zstd(struct span plain, uint8_t *out, size_t room)
{
	ZSTD_CCtx *z = ZSTD_createCCtx();
	size_t n;

	ZSTD_CCtx_setParameter(z, ZSTD_c_checksumFlag, 1);
	n = ZSTD_compress2(z, out, room, plain.p, plain.n);
	assert_false(ZSTD_isError(n));
	ZSTD_freeCCtx(z);
	return n;
}

static size_t pack_lz4_frame(struct span plain, uint8_t *out, size_t room)
{
	LZ4F_preferences_t p = { .frameInfo = { .contentChecksumFlag =
							LZ4F_contentChecksumEnabled } };
	size_t n = LZ4F_compressFrame(out, room, plain.p, plain.n, &p);

	assert_false(LZ4F_isError(n));
	return n;
}

static size_t pack_lz4_block(struct span plain, uint8_t *out, size_t room)
{
	return (size_t)LZ4_compress_default((const char *)plain.p, (char *)out, (int)plain.n,
					    (int)room);
}

static const struct codec codecs[] = {
	{ "deflate", pack_raw, inflate_raw, true, false },
	{ "zlib", pack_zlib, inflate_zlib, true, false },
	{ "gzip", pack_gzip, inflate_gzip, true, false },
	{ "xz", pack_xz, xz_decode, true, true },
	{ "lzma", pack_alone, lzma_alone_decode, true, true },
	{ "lzma with size", pack_sized, lzma_alone_decode, true, true },
	{ "bzip2", pack_bzip2, bzip2_decode, true, true },
	{ "bzip2 by blocks", pack_bzip2, bzip2_with_helpers, true, true },
	{ "xz of blocks", pack_xz_blocks, xz_decode, true, true },
	{ "xz by blocks", pack_xz_blocks, xz_with_helpers, true, true },
	{ "zstd", pack_zstd, zstd_decode, true, false },
	{ "lz4", pack_lz4_frame, lz4_frame_decode, true, false },
	{ "lz4 block", pack_lz4_block, lz4_block_decode, false, false },
};

/* Runs, text-like stretches and noise, the same on every machine. */
static void fill(uint8_t *p, size_t n)
{
	uint32_t x = 1;

	for (size_t i = 0; i < n; i++) {
		x = x * 1664525u + 1013904223u;
		p[i] = i >> 11 & 1   ? (uint8_t)(i >> 6)
		       : i >> 10 & 1 ? (uint8_t)(x >> 30)
		       : i >> 8 & 1  ? 0
				     : (uint8_t)(x >> 24);
	}
}

/* Around every size at which a decoder asks for more room or changes its method. */
static const size_t sizes[] = { 0, 1, 5, 4096, 262144, 262145, 1048576, 1048577, 4194304, 4194305 };

struct packed {
	struct span plain, bytes;
	uint8_t *room, *plain_room;
};

static struct packed packed_new(const struct codec *codec, size_t n)
{
	size_t room = n + n / 8 + 4096;
	struct packed p = { .room = malloc(room), .plain_room = malloc(n + 1) };

	assert_non_null(p.room);
	assert_non_null(p.plain_room);
	fill(p.plain_room, n);
	p.plain = (struct span){ p.plain_room, n };
	p.bytes = (struct span){ p.room, codec->pack(p.plain, p.room, room) };
	return p;
}

static void packed_free(struct packed p)
{
	free(p.room);
	free(p.plain_room);
}

static void expect_all(const struct codec *codec, const struct packed *p, uint64_t most,
		       uint64_t limit)
{
	struct sink out;
	struct decoded d;

	sink_init(&out, NULL, limit);
	d = codec->unpack(p->bytes, most, &out);
	if (d.fault.kind || d.used != p->bytes.n || !span_equal(sink_span(&out), p->plain))
		fail_msg("%s of %zu, most %llu, limit %llu: fault %s (%s), %llu of %zu used, %zu "
			 "out",
			 codec->name, p->plain.n, (unsigned long long)most,
			 (unsigned long long)limit, fault_kind_name(d.fault.kind),
			 d.fault.what ? d.fault.what : "", (unsigned long long)d.used, p->bytes.n,
			 out.n);
	sink_free(&out);
}

/* Decoding ends with that fault, and what is out is the beginning of the plain bytes. */
static void expect_fault(const struct codec *codec, const struct packed *p, uint64_t most,
			 uint64_t limit, enum fault_kind kind)
{
	struct sink out;
	struct decoded d;

	sink_init(&out, NULL, limit);
	d = codec->unpack(p->bytes, most, &out);
	if (d.fault.kind != kind || d.used > p->bytes.n ||
	    !span_equal(sink_span(&out), span_head(p->plain, out.n)))
		fail_msg("%s of %zu, most %llu, limit %llu: fault %s, expected %s", codec->name,
			 p->plain.n, (unsigned long long)most, (unsigned long long)limit,
			 fault_kind_name(d.fault.kind), fault_kind_name(kind));
	sink_free(&out);
}

static void each_size(void (*check)(const struct codec *codec, const struct packed *p))
{
	for (size_t c = 0; c < sizeof(codecs) / sizeof(codecs[0]); c++)
		for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
			struct packed p;

			if (codecs[c].is_slow && sizes[i] > 2 << 20)
				continue;
			p = packed_new(&codecs[c], sizes[i]);
			check(&codecs[c], &p);
			packed_free(p);
		}
}

static void check_bounds(const struct codec *codec, const struct packed *p)
{
	expect_all(codec, p, p->plain.n, 1ull << 30);
	expect_all(codec, p, p->plain.n + 1, 1ull << 30);
	expect_all(codec, p, p->plain.n, p->plain.n);
	if (!codec->has_end)
		return;
	expect_all(codec, p, PLAIN_UNKNOWN, 1ull << 30);
	expect_all(codec, p, PLAIN_UNKNOWN, p->plain.n);
}

static void gives_all_bytes_within_any_bound_that_holds_them(void **state)
{
	(void)state;
	each_size(check_bounds);
}

static void check_too_small(const struct codec *codec, const struct packed *p)
{
	if (p->plain.n == 0)
		return;
	expect_fault(codec, p, p->plain.n - 1, 1ull << 30, FAULT_BROKEN);
	if (codec->has_end)
		expect_fault(codec, p, PLAIN_UNKNOWN, p->plain.n - 1, FAULT_LIMIT);
}

static void tells_a_broken_size_from_a_limit(void **state)
{
	(void)state;
	each_size(check_too_small);
}

static void leaves_bytes_behind_the_stream_alone(void **state)
{
	(void)state;
	for (size_t c = 0; c < sizeof(codecs) / sizeof(codecs[0]); c++) {
		struct packed p = packed_new(&codecs[c], 100000);
		uint8_t *more = malloc(p.bytes.n + 64);
		struct sink out;
		struct decoded d;

		memcpy(more, p.bytes.p, p.bytes.n);
		memset(more + p.bytes.n, 0xa5, 64);
		sink_init(&out, NULL, 1 << 20);
		if (codecs[c].has_end) {
			d = codecs[c].unpack((struct span){ more, p.bytes.n + 64 }, PLAIN_UNKNOWN,
					     &out);
			assert_int_equal(d.fault.kind, FAULT_NONE);
			assert_int_equal(d.used, p.bytes.n);
			assert_true(span_equal(sink_span(&out), p.plain));
		}
		sink_free(&out);
		free(more);
		packed_free(p);
	}
}

/* Every prefix ends with a fault; the input ends against an unreadable page. */
static void check_prefixes(const struct codec *codec, size_t plain, size_t step)
{
	struct packed p = packed_new(codec, plain);
	struct guarded g = guarded_new(p.bytes.n);

	for (size_t n = 0; n < p.bytes.n; n += step) {
		struct span cut = guarded_copy(g, span_head(p.bytes, n));
		struct sink out;
		struct decoded d;

		sink_init(&out, NULL, 1 << 20);
		d = codec->unpack(cut, codec->has_end ? PLAIN_UNKNOWN : plain, &out);
		if (d.fault.kind == FAULT_NONE && codec->has_end)
			fail_msg("%s: %zu of %zu bytes pass for all", codec->name, n, p.bytes.n);
		assert_true(d.used <= n);
		assert_true(span_equal(sink_span(&out), span_head(p.plain, out.n)));
		sink_free(&out);
	}
	guarded_free(g);
	packed_free(p);
}

static void reports_every_prefix_and_keeps_what_came_out(void **state)
{
	(void)state;
	for (size_t c = 0; c < sizeof(codecs) / sizeof(codecs[0]); c++) {
		check_prefixes(&codecs[c], 1500, 1);
		check_prefixes(&codecs[c], 200000, 17919);
	}
}

static void survives_a_flipped_bit_anywhere(void **state)
{
	(void)state;
	for (size_t c = 0; c < sizeof(codecs) / sizeof(codecs[0]); c++) {
		struct packed p = packed_new(&codecs[c], 600);
		struct guarded g = guarded_new(p.bytes.n);

		for (size_t bit = 0; bit < p.bytes.n * 8; bit++) {
			struct sink out;
			struct decoded d;

			p.room[bit / 8] ^= (uint8_t)(1u << bit % 8);
			sink_init(&out, NULL, 1 << 20);
			d = codecs[c].unpack(guarded_copy(g, p.bytes), bit & 1 ? 4096 : 1 << 20,
					     &out);
			assert_true(d.used <= p.bytes.n);
			sink_free(&out);
			p.room[bit / 8] ^= (uint8_t)(1u << bit % 8);
		}
		guarded_free(g);
		packed_free(p);
	}
}

/* A thread's state from a broken stream must not reach the next one. */
static void decodes_a_good_stream_after_a_broken_one(void **state)
{
	(void)state;
	for (size_t c = 0; c < sizeof(codecs) / sizeof(codecs[0]); c++) {
		struct packed p = packed_new(&codecs[c], 50000);
		struct packed broken = packed_new(&codecs[c], 50000);
		struct sink out;

		memset(broken.room + broken.bytes.n / 2, 0x55, 64);
		sink_init(&out, NULL, 1 << 20);
		codecs[c].unpack(broken.bytes, 50000, &out);
		codecs[c].unpack(span_head(p.bytes, p.bytes.n / 2), 50000, &out);
		sink_free(&out);
		expect_all(&codecs[c], &p, 50000, 1 << 20);
		packed_free(broken);
		packed_free(p);
	}
}

static void appends_behind_what_the_sink_holds(void **state)
{
	(void)state;
	for (size_t c = 0; c < sizeof(codecs) / sizeof(codecs[0]); c++) {
		struct packed p = packed_new(&codecs[c], 10000);
		struct sink out;
		struct decoded d;

		sink_init(&out, NULL, 1 << 20);
		sink_put(&out, span_text("before"));
		d = codecs[c].unpack(p.bytes, 10000, &out);
		assert_int_equal(d.fault.kind, FAULT_NONE);
		assert_true(span_starts(sink_span(&out), span_text("before")));
		assert_true(span_equal(span_from(sink_span(&out), 6), p.plain));
		sink_free(&out);
		packed_free(p);
	}
}

/* Each bit of the headers and of what stands at the end; some between. */
static size_t flip_next(size_t bit, size_t all)
{
	if (bit < 200 || bit >= all - 100)
		return bit + 1;
	return bit + 90001 < all - 100 ? bit + 90001 : all - 100;
}

static void decodes_blocks_side_by_side_where_all_of_the_stream_holds(void **state)
{
	(void)state;
	for (size_t c = 0; c < sizeof(codecs) / sizeof(codecs[0]); c++) {
		const struct codec *codec = &codecs[c];
		struct packed p = packed_new(codec, 350000);

		helped = 0;
		expect_all(codec, &p, p.plain.n, 1 << 20);
		if (codec->unpack != bzip2_with_helpers && codec->unpack != xz_with_helpers) {
			assert_int_equal(helped, 0);
			packed_free(p);
			continue;
		}
		assert_true(is_by_blocks);
		assert_true(codec->pack == pack_bzip2 ? helped > 2 : helped == 24);
		for (size_t bit = 0, all = p.bytes.n * 8; bit < all; bit = flip_next(bit, all)) {
			struct sink out;

			p.room[bit / 8] ^= (uint8_t)(1u << bit % 8);
			sink_init(&out, NULL, 1 << 20);
			codec->unpack(p.bytes, PLAIN_UNKNOWN, &out);
			assert_int_equal(is_by_blocks, alone.fault.kind == FAULT_NONE);
			sink_free(&out);
			p.room[bit / 8] ^= (uint8_t)(1u << bit % 8);
		}
		packed_free(p);
	}
}

/* The footer's own CRC holds, and it says another size of the index, or another check. */
static void takes_no_stream_whose_footer_is_of_another(void **state)
{
	const struct codec *codec = &codecs[0];
	struct packed p;

	(void)state;
	while (codec->unpack != xz_with_helpers)
		codec++;
	p = packed_new(codec, 100000);
	for (size_t at = 4; at <= 9; at += 5) {
		uint8_t *footer = p.room + p.bytes.n - LZMA_STREAM_HEADER_SIZE;
		uint32_t crc;

		footer[at] ^= 1;
		crc = lzma_crc32(footer + 4, 6, 0);
		for (int i = 0; i < 4; i++)
			footer[i] = (uint8_t)(crc >> 8 * i);
		expect_fault(codec, &p, PLAIN_UNKNOWN, 1 << 20, FAULT_BROKEN);
		assert_false(is_by_blocks);
		footer[at] ^= 1;
	}
	packed_free(p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(gives_all_bytes_within_any_bound_that_holds_them),
		cmocka_unit_test(tells_a_broken_size_from_a_limit),
		cmocka_unit_test(leaves_bytes_behind_the_stream_alone),
		cmocka_unit_test(reports_every_prefix_and_keeps_what_came_out),
		cmocka_unit_test(survives_a_flipped_bit_anywhere),
		cmocka_unit_test(decodes_a_good_stream_after_a_broken_one),
		cmocka_unit_test(appends_behind_what_the_sink_holds),
		cmocka_unit_test(decodes_blocks_side_by_side_where_all_of_the_stream_holds),
		cmocka_unit_test(takes_no_stream_whose_footer_is_of_another),
	};
	int failed;

	hash_start();
	codec_start();
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	codec_thread_end();
	hash_thread_end();
	return failed;
}
