/* bzip2.c - one bzip2 stream through libbz2, which checks the CRC of every block. Of a long one the
 * blocks are decoded side by side, where there are threads for it. */
#include <bzlib.h>

#include "codec/codec.h"
#include "codec/internal.h"

#define ROOM      (1u << 20)
#define MOST_FEED (1u << 30) /* libbz2 counts in 32 bits */

static struct fault fault_of(int result, uint64_t at)
{
	if (result == BZ_MEM_ERROR) {
		machine_ran_out();
		return fault_at(FAULT_MEMORY, at, "bzip2 memory", 0, 0);
	}
	return fault_at(FAULT_BROKEN, at,
			result == BZ_DATA_ERROR_MAGIC ? "bzip2 header" : "bzip2 block", 0, 0);
}

static enum step step(struct stepper *s, uint8_t *room, size_t *n)
{
	bz_stream *b = s->state;
	struct span feed = span_head(span_from(s->in, s->used), MOST_FEED);
	int result;

	b->next_in = (char *)(uintptr_t)feed.p;
	b->avail_in = (unsigned)feed.n;
	b->next_out = (char *)room;
	b->avail_out = (unsigned)*n;
	result = BZ2_bzDecompress(b);
	s->used += feed.n - b->avail_in;
	*n -= b->avail_out;
	if (result == BZ_OK)
		return STEP_MORE;
	s->fault = fault_of(result, s->used);
	return result == BZ_STREAM_END ? STEP_END : STEP_FAILED;
}

struct decoded bzip2_decode_stream(struct span in, uint64_t most, struct sink *out)
{
	bz_stream b = { 0 };
	struct stepper s = {
		.in = in, .what = "bzip2 stream", .room = ROOM, .state = &b, .step = step
	};
	struct decoded d;
	int result = BZ2_bzDecompressInit(&b, 0, 0);

	if (result != BZ_OK)
		return (struct decoded){ 0, fault_of(result, 0) };
	d = step_through(&s, most, out);
	BZ2_bzDecompressEnd(&b);
	return d;
}

struct decoded bzip2_decode(struct span in, uint64_t most, struct sink *out)
{
	struct decoded d = { 0 };

	return bzip2_decode_blocks(in, most, out, &d) ? d : bzip2_decode_stream(in, most, out);
}
