/* lz4.c - frames through LZ4F (which checks the header, block and content sums), legacy frames as
 * kernels have them, and bare blocks. */
#include <lz4.h>
#include <lz4frame.h>

#include "base/cursor.h"
#include "codec/codec.h"
#include "codec/internal.h"

#define ROOM         (4u << 20)
#define LEGACY_BLOCK (8u << 20)
#define MOST_CUT     32
#define LEGACY_MAGIC 0x184C2102u

static _Thread_local LZ4F_dctx *context;

void lz4_thread_end(void)
{
	LZ4F_freeDecompressionContext(context);
	context = NULL;
}

static enum step step(struct stepper *s, uint8_t *room, size_t *n)
{
	struct span rest = span_from(s->in, s->used);
	size_t used = rest.n;
	size_t result = LZ4F_decompress(context, room, n, rest.p, &used, NULL);

	if (LZ4F_isError(result)) {
		*n = 0;
		s->fault = fault_at(FAULT_BROKEN, s->used, "lz4 data", 0, 0);
		return STEP_FAILED;
	}
	s->used += used;
	return result ? STEP_MORE : STEP_END;
}

struct decoded lz4_frame_decode(struct span in, uint64_t most, struct sink *out)
{
	struct stepper s = { .in = in, .what = "lz4 frame", .room = ROOM, .step = step };

	if (!context && LZ4F_isError(LZ4F_createDecompressionContext(&context, LZ4F_VERSION))) {
		machine_ran_out();
		return (struct decoded){ 0, fault_at(FAULT_MEMORY, 0, "lz4 context", 0, 0) };
	}
	LZ4F_resetDecompressionContext(context);
	return step_through(&s, most, out);
}

struct decoded lz4_block_decode(struct span in, uint64_t most, struct sink *out)
{
	uint8_t *room;
	int made;

	if (in.n > LZ4_MAX_INPUT_SIZE || most > LZ4_MAX_INPUT_SIZE)
		return (struct decoded){ 0, fault_at(FAULT_BROKEN, 0, "lz4 block", in.n,
						     LZ4_MAX_INPUT_SIZE) };
	room = sink_room(out, most);
	if (!room)
		return (struct decoded){ 0, out->fault };
	made = LZ4_decompress_safe((const char *)in.p, (char *)room, (int)in.n, (int)most);
	if (made < 0)
		return (struct decoded){ 0, fault_at(FAULT_BROKEN, 0, "lz4 block", 0, 0) };
	sink_advance(out, (size_t)made);
	return (struct decoded){ in.n, fine };
}

/* A count that its nibble has no room for goes on in bytes, up to the first that is not full. */
static uint64_t long_count(struct cursor *c, uint32_t nibble)
{
	uint64_t count = nibble;
	uint8_t byte = 255;

	while (nibble == 15 && byte == 255 && !c->ran_out)
		count += byte = cursor_u8(c);
	return count;
}

uint64_t lz4_block_length(struct span in, uint64_t plain)
{
	struct cursor c = { .in = in };
	uint64_t made = 0;

	for (;;) {
		uint8_t token = cursor_u8(&c);
		uint64_t literals = long_count(&c, token >> 4);

		cursor_skip(&c, literals);
		made += literals;
		if (c.ran_out || made >= plain)
			return c.ran_out || made > plain ? 0 : c.at;
		cursor_skip(&c, 2);
		made += 4 + long_count(&c, token & 15);
	}
}

/* The beginning of a block, as far as input and room go. The library refuses some inputs that are
 * cut inside an instruction or its look-ahead: then a little less is tried. */
static void salvage_block(struct span in, size_t room_left, struct sink *out)
{
	uint8_t *room = sink_room(out, room_left);
	int made = -1;

	for (size_t less = 0; room && made <= 0 && less < MOST_CUT && less < in.n; less++)
		made = LZ4_decompress_safe_partial((const char *)in.p, (char *)room,
						   (int)(in.n - less), (int)room_left,
						   (int)room_left);
	sink_advance(out, made > 0 ? (size_t)made : 0);
}

static uint64_t smaller(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

/* One block of a legacy frame, at c, of at most `most` plain bytes. */
static struct fault legacy_block(struct cursor *c, uint32_t size, uint64_t most, struct sink *out)
{
	size_t at = c->at, before = out->n;
	size_t room = (size_t)smaller(smaller(most, LEGACY_BLOCK), out->limit - out->n);
	bool cut = size > cursor_left(c);
	struct span block = cursor_span(c, cut ? cursor_left(c) : size);

	if (!cut && lz4_block_decode(block, room, out).fault.kind == FAULT_NONE)
		return fine;
	salvage_block(block, room, out);
	if (cut)
		return fault_at(FAULT_SHORT, at, "lz4 block", block.n, size);
	if (out->n - before < room || room == LEGACY_BLOCK)
		return fault_at(FAULT_BROKEN, at, "lz4 block", 0, 0);
	if (room == most)
		return fault_at(FAULT_BROKEN, at, "plain size", most + 1, most);
	sink_room(out, 1); /* refuses, and says why */
	return out->fault;
}

/* What cannot be the size of a further block ends the frame: the kernel's build appends the plain
 * size of all, other packers anything. */
static bool ends_frame(uint32_t size, uint64_t made)
{
	return size == 0 || size > LZ4_COMPRESSBOUND(LEGACY_BLOCK) || size == LEGACY_MAGIC ||
	       size == made;
}

/* Blocks of 8 MiB plain; a shorter one is the last. */
struct decoded lz4_legacy_decode(struct span in, uint64_t most, struct sink *out)
{
	struct cursor c = { .in = in };
	uint64_t made = 0;
	bool last = false;

	if (cursor_le32(&c) != LEGACY_MAGIC)
		return (struct decoded){ 0, fault_at(FAULT_UNKNOWN, 0, "lz4 legacy magic", 0, 0) };
	while (!last && cursor_left(&c) > 4) {
		size_t at = c.at, before = out->n;
		uint32_t size = cursor_le32(&c);
		struct fault fault;

		if (ends_frame(size, made))
			return (struct decoded){ at, fine };
		fault = legacy_block(&c, size, most - made, out);
		made += out->n - before;
		if (fault.kind)
			return (struct decoded){ c.at, fault };
		last = out->n - before < LEGACY_BLOCK;
	}
	if (made == 0 && cursor_left(&c))
		return (struct decoded){ in.n, fault_at(FAULT_SHORT, c.at, "lz4 block",
							cursor_left(&c), 4) };
	return (struct decoded){ c.at, fine };
}
