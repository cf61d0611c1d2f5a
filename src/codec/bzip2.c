/* bzip2.c - one bzip2 stream through libbz2, which checks the CRC of every block. */
#include <bzlib.h>

#include "codec/codec.h"
#include "codec/internal.h"

#define STEP (1u << 20)

static struct fault fault_of(int result, uint64_t at)
{
	if (result == BZ_MEM_ERROR)
		machine_ran_out();
	if (result == BZ_OK)
		return fault_at(FAULT_SHORT, at, "bzip2 stream", 0, 0);
	return fault_at(FAULT_BROKEN, at,
			result == BZ_DATA_ERROR_MAGIC ? "bzip2 header" : "bzip2 block", 0, 0);
}

struct decoded bzip2_decode(struct span in, uint64_t most, struct sink *out)
{
	bz_stream b = { 0 };
	struct decoded d = { 0 };
	uint64_t given = 0, made = 0;
	int result = BZ2_bzDecompressInit(&b, 0, 0);

	while (result == BZ_OK) {
		uint64_t want = step_size(out, most, made, STEP);
		uint8_t *room = sink_room(out, want);

		if (!room) {
			d.fault = out->fault;
			break;
		}
		if (b.avail_in == 0 && given < in.n) {
			b.avail_in =
				in.n - given < (1u << 30) ? (unsigned)(in.n - given) : 1u << 30;
			b.next_in = (char *)(uintptr_t)(in.p + given);
			given += b.avail_in;
		}
		b.next_out = (char *)room;
		b.avail_out = (unsigned)want;
		result = BZ2_bzDecompress(&b);
		sink_advance(out, (size_t)(want - b.avail_out));
		made += want - b.avail_out;
		if (result == BZ_OK && made >= most && b.avail_out == 0 && most != PLAIN_UNKNOWN) {
			d.fault = fault_at(FAULT_BROKEN, given - b.avail_in, "plain size", made + 1,
					   most);
			break;
		}
		if (result == BZ_OK && b.avail_out && b.avail_in == 0 && given == in.n)
			break;
	}
	d.used = given - b.avail_in;
	if (result != BZ_STREAM_END && d.fault.kind == FAULT_NONE)
		d.fault = fault_of(result, d.used);
	BZ2_bzDecompressEnd(&b);
	return d;
}
