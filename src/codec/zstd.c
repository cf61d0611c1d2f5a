/* zstd.c - one Zstandard frame; its length is known from the block headers without decoding. */
#include <zstd.h>
#include <zstd_errors.h>

#include "codec/codec.h"
#include "codec/internal.h"

#define ROOM            (1u << 20)
#define WHOLE_BUFFER    (4u << 20) /* plain bytes asked for at once */
#define MOST_WINDOW_LOG 27

static _Thread_local ZSTD_DCtx *context;

void zstd_thread_end(void)
{
	ZSTD_freeDCtx(context);
	context = NULL;
}

static struct fault fault_of(size_t result, uint64_t at)
{
	switch (ZSTD_getErrorCode(result)) {
	case ZSTD_error_frameParameter_windowTooLarge:
		return fault_at(FAULT_LIMIT, at, "zstd window", 0, 1u << MOST_WINDOW_LOG);
	case ZSTD_error_dictionary_wrong:
	case ZSTD_error_dictionary_corrupted:
		return fault_at(FAULT_UNKNOWN, at, "zstd dictionary", 0, 0);
	case ZSTD_error_checksum_wrong:
		return fault_at(FAULT_BROKEN, at, "zstd checksum", 0, 0);
	case ZSTD_error_srcSize_wrong:
		return fault_at(FAULT_SHORT, at, "zstd frame", 0, 0);
	default:
		return fault_at(FAULT_BROKEN, at, "zstd data", 0, 0);
	}
}

static bool ready(void)
{
	if (!context)
		context = ZSTD_createDCtx();
	if (!context) {
		machine_ran_out();
		return false;
	}
	ZSTD_DCtx_reset(context, ZSTD_reset_session_only);
	return !ZSTD_isError(ZSTD_DCtx_setParameter(context, ZSTD_d_windowLogMax, MOST_WINDOW_LOG));
}

/* A bounded frame goes into the sink at once. */
static bool decode_whole(struct span in, uint64_t most, struct sink *out, struct decoded *d)
{
	size_t length = most <= WHOLE_BUFFER && most <= out->limit - out->n
				? ZSTD_findFrameCompressedSize(in.p, in.n)
				: 0;
	uint8_t *room;
	size_t made;

	if (length == 0 || ZSTD_isError(length))
		return false;
	room = sink_room(out, most);
	made = room ? ZSTD_decompressDCtx(context, room, (size_t)most, in.p, length) : 0;
	if (!room || ZSTD_isError(made))
		return false;
	sink_advance(out, made);
	d->used = length;
	return true;
}

static enum step step(struct stepper *s, uint8_t *room, size_t *n)
{
	ZSTD_inBuffer input = { s->in.p, s->in.n, (size_t)s->used };
	ZSTD_outBuffer output = { room, *n, 0 };
	size_t result = ZSTD_decompressStream(context, &output, &input);

	s->used = input.pos;
	*n = output.pos;
	if (!ZSTD_isError(result))
		return result ? STEP_MORE : STEP_END;
	s->fault = fault_of(result, s->used);
	return STEP_FAILED;
}

struct decoded zstd_decode(struct span in, uint64_t most, struct sink *out)
{
	struct stepper s = { .in = in, .what = "zstd frame", .room = ROOM, .step = step };
	struct decoded d = { 0 };

	if (!ready())
		return (struct decoded){ 0, fault_at(FAULT_MEMORY, 0, "zstd context", 0, 0) };
	if (decode_whole(in, most, out, &d))
		return d;
	ZSTD_DCtx_reset(context, ZSTD_reset_session_only);
	d = step_through(&s, most, out);
	if (ZSTD_sizeof_DCtx(context) > KEEP_MEMORY)
		zstd_thread_end();
	return d;
}
