/* internal.h - shared by the codecs. */
#ifndef EVENHAND_CODEC_INTERNAL_H
#define EVENHAND_CODEC_INTERNAL_H

#include "codec/codec.h"

#define MOST_MEMORY (256ull << 20) /* of a decoder's state */

/* How many bytes to ask of the sink next: one step, less where `most` or the sink's limit ends, but
 * never 0, so that a stream which goes on past its limit is noticed by the sink. */
static inline uint64_t step_size(const struct sink *out, uint64_t most, uint64_t made,
				 uint64_t step)
{
	uint64_t left = out->limit - out->n;

	if (most != PLAIN_UNKNOWN && most > made && most - made < step)
		step = most - made;
	if (left && left < step)
		step = left;
	return step;
}

void deflate_thread_end(void);
void lzma_thread_end(void);
void zstd_thread_end(void);
void lz4_thread_end(void);

#endif
