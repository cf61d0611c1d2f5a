/* lz4.c - frames through LZ4F (which checks the header, block and content sums), legacy frames as
 * kernels have them, and bare blocks. */
#include <lz4.h>
#include <lz4frame.h>

#include "base/cursor.h"
#include "codec/codec.h"
#include "codec/internal.h"

#define STEP         (4u << 20)
#define LEGACY_BLOCK (8u << 20)
#define LEGACY_MAGIC 0x184C2102u

static _Thread_local LZ4F_dctx *context;

void lz4_thread_end(void)
{
	LZ4F_freeDecompressionContext(context);
	context = NULL;
}

struct decoded lz4_frame_decode(struct span in, uint64_t most, struct sink *out)
{
	struct decoded d = { 0 };
	uint64_t made = 0;
	size_t result = 1;

	if (!context && LZ4F_isError(LZ4F_createDecompressionContext(&context, LZ4F_VERSION))) {
		machine_ran_out();
		return (struct decoded){ 0, fault_at(FAULT_MEMORY, 0, "lz4 context", 0, 0) };
	}
	LZ4F_resetDecompressionContext(context);
	while (result) {
		uint64_t want = step_size(out, most, made, STEP);
		uint8_t *room = sink_room(out, want);
		size_t made_now = (size_t)want, used_now = in.n - (size_t)d.used;

		if (!room) {
			d.fault = out->fault;
			break;
		}
		result = LZ4F_decompress(context, room, &made_now, in.p + d.used, &used_now, NULL);
		if (LZ4F_isError(result)) {
			d.fault = fault_at(FAULT_BROKEN, d.used, "lz4 data", 0, 0);
			break;
		}
		sink_advance(out, made_now);
		made += made_now;
		d.used += used_now;
		if (result && made >= most && most != PLAIN_UNKNOWN && made_now == want) {
			d.fault = fault_at(FAULT_BROKEN, d.used, "plain size", made + 1, most);
			break;
		}
		if (result && made_now == 0 && used_now == 0) {
			d.fault = fault_at(FAULT_SHORT, d.used, "lz4 frame", in.n, d.used + result);
			break;
		}
	}
	return d;
}

struct decoded lz4_block_decode(struct span in, uint64_t most, struct sink *out)
{
	uint8_t *room = in.n <= LZ4_MAX_INPUT_SIZE && most <= LZ4_MAX_INPUT_SIZE
				? sink_room(out, most)
				: NULL;
	int made;

	if (!room)
		return (struct decoded){ 0, out->fault.kind ? out->fault
							    : fault_at(FAULT_BROKEN, 0, "lz4 block",
								       in.n, LZ4_MAX_INPUT_SIZE) };
	made = LZ4_decompress_safe((const char *)in.p, (char *)room, (int)in.n, (int)most);
	if (made < 0)
		return (struct decoded){ 0, fault_at(FAULT_BROKEN, 0, "lz4 block", 0, 0) };
	sink_advance(out, (size_t)made);
	return (struct decoded){ in.n, fine };
}

/* Blocks of 8 MiB plain; only the last is shorter, and it alone tells the end: the kernel's build
 * appends a size that looks like one more block. */
struct decoded lz4_legacy_decode(struct span in, uint64_t most, struct sink *out)
{
	struct cursor c = { .in = in };
	uint64_t made = 0;
	bool last = false;

	if (cursor_le32(&c) != LEGACY_MAGIC)
		return (struct decoded){ 0, fault_at(FAULT_UNKNOWN, 0, "lz4 legacy magic", 0, 0) };
	while (!last && cursor_left(&c) > 4) {
		size_t at = c.at;
		uint32_t size = cursor_le32(&c);
		size_t before = out->n;
		struct decoded d;

		if (size == 0 || size > LZ4_COMPRESSBOUND(LEGACY_BLOCK) || size == LEGACY_MAGIC)
			return (struct decoded){ at, fine };
		if (size > cursor_left(&c))
			return made && size != made
				       ? (struct decoded){ in.n,
							   fault_at(FAULT_SHORT, at, "lz4 block",
								    cursor_left(&c), size) }
				       : (struct decoded){
						 at, made ? fine
							  : fault_at(FAULT_SHORT, at, "lz4 block",
								     cursor_left(&c), size)
					 };
		d = lz4_block_decode(cursor_span(&c, size), LEGACY_BLOCK, out);
		if (d.fault.kind)
			return (struct decoded){ at, d.fault };
		made += out->n - before;
		last = out->n - before < LEGACY_BLOCK;
		if (made > most)
			return (struct decoded){ c.at, fault_at(FAULT_BROKEN, at, "plain size",
								made, most) };
	}
	return (struct decoded){ c.at, fine };
}
