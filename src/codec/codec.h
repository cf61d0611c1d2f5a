/* codec.h - compressed bytes in, bytes into a sink. Whole input in memory, so no codec is
 * resumable. What came out before a fault stays in the sink. Codec state is kept per thread and
 * reused; codec_thread_end frees it. Memory limits: a decoder may take at most 256 MiB of state
 * (dictionary, window); a stream that asks for more is FAULT_LIMIT. */
#ifndef EVENHAND_CODEC_CODEC_H
#define EVENHAND_CODEC_CODEC_H

#include "base/sink.h"

#define PLAIN_UNKNOWN UINT64_MAX

struct decoded {
	uint64_t used;      /* bytes of the input that belong to the stream, exactly */
	struct fault fault; /* `at` counts in the input */
};

/* RFC 1951, RFC 1950, RFC 1952. `most` bounds the plain size (PLAIN_UNKNOWN: the sink's limit
 * alone); a plausible bound lets the fast whole-buffer decoder run. inflate_gzip decodes one
 * member and checks CRC-32 and length; `used` includes the trailer. */
struct decoded inflate_raw(struct span in, uint64_t most, struct sink *out);
struct decoded inflate_zlib(struct span in, uint64_t most, struct sink *out);
struct decoded inflate_gzip(struct span in, uint64_t most, struct sink *out);

/* Inflates piece by piece, for contents of which the whole is never held. */
struct puller;
struct puller *puller_new(void); /* NULL: no memory */
void puller_free(struct puller *p);
/* Begins a stream: the members of a gzip file, or the raw deflate stream of a zip's entry. */
bool puller_start(struct puller *p, struct span in, bool is_gzip);
/* At most n plain bytes; 0 at the end, and at a fault, which puller_fault then tells. */
size_t puller_read(struct puller *p, uint8_t *to, size_t n);
struct fault puller_fault(const struct puller *p);
/* Bytes of the input that were used. */
uint64_t puller_used(const struct puller *p);

/* Reads a gzip header: its length, and the original name where it has one. */
struct fault gzip_header(struct span in, uint64_t *length, struct span *name);

/* One .xz stream (header to footer), every filter that liblzma knows. */
struct decoded xz_decode(struct span in, uint64_t most, struct sink *out);
/* .lzma: properties, dictionary, size, stream; and the lzip member. */
struct decoded lzma_alone_decode(struct span in, uint64_t most, struct sink *out);
/* .lzma whose plain bytes pass the filter for x86 code: UEFI. */
struct decoded lzma_x86_decode(struct span in, uint64_t most, struct sink *out);
struct decoded lzip_decode(struct span in, uint64_t most, struct sink *out);

struct lzma_properties {
	uint32_t lc, lp, pb;
	uint32_t dictionary; /* bytes; raised to 4096 */
	bool x86;            /* jumps of x86 code were made absolute before they were packed */
};

/* byte = (pb * 5 + lp) * 9 + lc; false for byte >= 225. */
bool lzma_properties_from(uint8_t byte, uint32_t dictionary, struct lzma_properties *p);

/* A bare LZMA1 stream. `plain` is its exact plain size, or PLAIN_UNKNOWN when an end marker ends
 * it. lc + lp > 4, which liblzma refuses, is FAULT_UNKNOWN. */
struct decoded lzma_raw_decode(struct span in, const struct lzma_properties *p, uint64_t plain,
			       struct sink *out);

/* MicroLZMA: all of `in` is one LZMA1 stream whose first byte is the inverse of its properties. Of
 * one that goes on behind `plain` the first bytes are given where `is_exact` is false. */
struct decoded microlzma_decode(struct span in, uint64_t plain, bool is_exact, struct sink *out);

struct decoded brotli_decode(struct span in, uint64_t most, struct sink *out);
struct decoded bzip2_decode(struct span in, uint64_t most, struct sink *out);
struct decoded zstd_decode(struct span in, uint64_t most, struct sink *out); /* one frame */

struct decoded lz4_frame_decode(struct span in, uint64_t most, struct sink *out);
struct decoded lz4_legacy_decode(struct span in, uint64_t most, struct sink *out);
/* One block, all of `in`, at most `most` plain bytes (must be given). */
struct decoded lz4_block_decode(struct span in, uint64_t most, struct sink *out);
/* How many bytes of `in` are a block of which the last literals end at `plain`; 0: none are. */
uint64_t lz4_block_length(struct span in, uint64_t plain);

/* One LZO1X block, all of `in` up to its end marker, at most `most` plain bytes (must be given).
 * Ours, after the public description of the stream (kernel Documentation/staging/lzo.rst). */
struct decoded lzo1x_decode(struct span in, uint64_t most, struct sink *out);
/* The same, or version 1 of the stream, which the kernel calls "lzo-rle". */
struct decoded lzo1x_rle_decode(struct span in, uint64_t most, struct sink *out);

/* One NRV2B stream with bytes as bit buffers, up to its end mark, at most `most` plain bytes (must
 * be given). Ours, after the public description of the UCL streams. */
struct decoded nrv2b_decode(struct span in, uint64_t most, struct sink *out);

/* UEFI's own compression, with its header. position_bits: 4 for EFI 1.1, 5 for Tiano; the wrong one
 * is most often, not always, a fault. */
struct decoded tiano_decode(struct span in, unsigned position_bits, uint64_t most,
			    struct sink *out);

/* UNIX compress (.Z): the whole span is one stream. */
struct decoded compress_decode(struct span in, uint64_t most, struct sink *out);

/* Other threads, which decode parts of one stream beside the calling one: `each` runs one(parts, i)
 * for every i in [0, n) and returns when all are done. What comes out is the same without them. */
struct helpers {
	void (*each)(void *ctx, size_t n, void (*one)(void *parts, size_t i), void *parts);
	void *ctx;
	size_t threads;
};
/* For the calling thread, until it is called again with NULL. */
void codec_take_helpers(const struct helpers *h);

/* Loads what codecs need from shared libraries before the jail closes. */
void codec_start(void);
void codec_thread_end(void);

#endif
