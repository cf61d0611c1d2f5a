/* internal.h - shared by the codecs. */
#ifndef EVENHAND_CODEC_INTERNAL_H
#define EVENHAND_CODEC_INTERNAL_H

#include "codec/codec.h"

#define MOST_MEMORY (256ull << 20) /* of a decoder's state */
#define KEEP_MEMORY (16ull << 20)  /* of it that a thread keeps for the next stream */

enum step { STEP_MORE, STEP_END, STEP_FAILED };

/* A library's decoder that gives its output in steps. */
struct stepper {
	struct span in;
	uint64_t used;      /* bytes of in; step() keeps it */
	struct fault fault; /* set by step() when it fails */
	const char *what;   /* static: what is cut short when the input ends too early */
	size_t room;        /* bytes to ask of the sink at a time */
	void *state;        /* the codec's own */
	/* One call of the library: at most *n bytes into room; *n becomes what was written. */
	enum step (*step)(struct stepper *s, uint8_t *room, size_t *n);
};

/* Runs a decoder to the end of its stream. A stream that goes on behind `most` is broken, one that
 * goes on behind the sink's limit met a limit; one that ends exactly there is fine. */
struct decoded step_through(struct stepper *s, uint64_t most, struct sink *out);

struct decoded bzip2_decode_stream(struct span in, uint64_t most, struct sink *out);
/* With helpers, block by block. False: there are none, there is one block alone, or the stream is
 * damaged or over a limit; nothing was put into the sink. */
bool bzip2_decode_blocks(struct span in, uint64_t most, struct sink *out, struct decoded *d);
bool xz_decode_blocks(struct span in, uint64_t most, struct sink *out, struct decoded *d);

void deflate_thread_end(void);
void lzma_thread_end(void);
void zstd_thread_end(void);
void lz4_thread_end(void);

#endif
