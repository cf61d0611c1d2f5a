/* codec.c - what all codecs share: nothing but their beginning and end. */
#include "codec/codec.h"

#include "codec/internal.h"

/* A decoder that meets its library for the first time inside the jail could not load anything: each
 * is run once on nothing before the jail closes. */
void codec_start(void)
{
	static struct decoded (*const all[])(struct span, uint64_t, struct sink *) = {
		inflate_raw,      inflate_gzip,     xz_decode,    lzma_alone_decode,
		lzip_decode,      brotli_decode,    bzip2_decode, zstd_decode,
		lz4_frame_decode, lz4_block_decode, lzo1x_decode,
	};
	struct sink nowhere;

	sink_init(&nowhere, NULL, 64);
	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		all[i]((struct span){ (const uint8_t *)"", 0 }, 64, &nowhere);
	sink_free(&nowhere);
	codec_thread_end();
}

void codec_thread_end(void)
{
	deflate_thread_end();
	lzma_thread_end();
	zstd_thread_end();
	lz4_thread_end();
}
