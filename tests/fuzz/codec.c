/* codec.c - decoders that containers call without a header of their own. The first byte chooses the
 * decoder, the second the bound. */
#include <stdlib.h>

#include "base/cursor.h"
#include "codec/codec.h"

#define LARGEST (1u << 20)

static struct decoded raw_lzma(struct span in, uint64_t most, struct sink *out)
{
	struct cursor c = { .in = in };
	uint8_t byte = cursor_u8(&c);
	bool sized = cursor_u8(&c) & 1;
	struct lzma_properties p;

	if (!lzma_properties_from(byte, 1 << 16, &p))
		return (struct decoded){ 0 };
	return lzma_raw_decode(span_from(in, c.at), &p, sized ? most : PLAIN_UNKNOWN, out);
}

static void one_by_one(void *ctx, size_t n, void (*one)(void *parts, size_t i), void *parts)
{
	(void)ctx;
	for (size_t i = 0; i < n; i++)
		one(parts, i);
}

/* Blocks side by side give what the whole stream gives. */
static void check_blocks(bool xz, struct span in, uint64_t most, const struct sink *out,
			 const struct decoded *alone)
{
	const struct helpers helpers = { one_by_one, NULL, 3 };
	struct decoded d;
	struct sink other;

	sink_init(&other, NULL, LARGEST);
	codec_take_helpers(&helpers);
	d = (xz ? xz_decode : bzip2_decode)(in, most, &other);
	codec_take_helpers(NULL);
	if (d.used != alone->used || d.fault.kind != alone->fault.kind ||
	    !span_equal(sink_span(&other), sink_span(out)))
		abort();
	sink_free(&other);
}

static struct decoded (*const decoders[])(struct span, uint64_t, struct sink *) = {
	lzo1x_decode,     lz4_block_decode,  inflate_raw,   inflate_zlib,
	inflate_gzip,     raw_lzma,          zstd_decode,   xz_decode,
	lz4_frame_decode, lz4_legacy_decode, lzip_decode,   bzip2_decode,
	compress_decode,  lzma_alone_decode, brotli_decode, nrv2b_decode,
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const uint64_t bounds[] = { 0, 1, 100, 4096, 65536, 131072, LARGEST, 2 * LARGEST };
	size_t n = size > 2 ? size - 2 : 0;
	uint8_t *copy = malloc(n ? n : 1);
	uint64_t most = size > 1 ? bounds[data[1] % 8] : 0;
	unsigned which = size ? data[0] % (sizeof(decoders) / sizeof(decoders[0])) : 0;
	struct sink out;
	struct decoded d;

	if (!copy || size < 2) {
		free(copy);
		return 0;
	}
	memcpy(copy, data + 2, n);
	sink_init(&out, NULL, LARGEST);
	d = decoders[which]((struct span){ copy, n }, most, &out);
	/* Only raw LZMA is told its size and not its bound. */
	if (d.used > n || out.n > LARGEST || (out.n > most && decoders[which] != raw_lzma))
		abort();
	if (decoders[which] == xz_decode || decoders[which] == bzip2_decode)
		check_blocks(decoders[which] == xz_decode, (struct span){ copy, n }, most, &out,
			     &d);
	sink_free(&out);
	free(copy);
	return 0;
}
