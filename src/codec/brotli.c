/* brotli.c - one Brotli stream (RFC 7932) through libbrotlidec. Nothing in it is checksummed. Its
 * largest window is 16 MiB; larger ones, which the library knows too, are not asked for. */
#include <brotli/decode.h>

#include "codec/codec.h"
#include "codec/internal.h"

#define ROOM (1u << 20)

static struct fault fault_of(BrotliDecoderErrorCode code, uint64_t at)
{
	if (code <= BROTLI_DECODER_ERROR_ALLOC_CONTEXT_MODES &&
	    code >= BROTLI_DECODER_ERROR_ALLOC_BLOCK_TYPE_TREES) {
		machine_ran_out();
		return fault_at(FAULT_MEMORY, at, "Brotli memory", 0, 0);
	}
	return fault_at(FAULT_BROKEN, at, "Brotli data", 0, 0);
}

static enum step step(struct stepper *s, uint8_t *room, size_t *n)
{
	BrotliDecoderState *b = s->state;
	struct span feed = span_from(s->in, s->used);
	const uint8_t *next = feed.p;
	size_t left = feed.n, free = *n;
	BrotliDecoderResult result =
		BrotliDecoderDecompressStream(b, &left, &next, &free, &room, NULL);

	s->used += feed.n - left;
	*n -= free;
	if (result == BROTLI_DECODER_RESULT_ERROR) {
		s->fault = fault_of(BrotliDecoderGetErrorCode(b), s->used);
		return STEP_FAILED;
	}
	return result == BROTLI_DECODER_RESULT_SUCCESS ? STEP_END : STEP_MORE;
}

struct decoded brotli_decode(struct span in, uint64_t most, struct sink *out)
{
	BrotliDecoderState *b = BrotliDecoderCreateInstance(NULL, NULL, NULL);
	struct stepper s = {
		.in = in, .what = "Brotli stream", .room = ROOM, .state = b, .step = step
	};
	struct decoded d;

	if (!b) {
		machine_ran_out();
		return (struct decoded){ 0, fault_at(FAULT_MEMORY, 0, "Brotli memory", 0, 0) };
	}
	d = step_through(&s, most, out);
	BrotliDecoderDestroyInstance(b);
	return d;
}
