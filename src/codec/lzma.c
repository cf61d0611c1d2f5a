/* lzma.c - xz, LZMA-alone, lzip and raw LZMA through liblzma. The stream object is kept per thread:
 * liblzma reuses its memory when the next stream asks for the same decoder. */
#include <lzma.h>

#include "base/cursor.h"
#include "codec/codec.h"
#include "codec/internal.h"

#define STEP (1u << 20)

static _Thread_local lzma_stream stream = LZMA_STREAM_INIT;

void lzma_thread_end(void)
{
	lzma_end(&stream);
	stream = (lzma_stream)LZMA_STREAM_INIT;
}

static struct fault fault_of(lzma_ret result, uint64_t at)
{
	switch (result) {
	case LZMA_BUF_ERROR:
		return fault_at(FAULT_SHORT, at, "LZMA stream", 0, 0);
	case LZMA_MEM_ERROR:
		machine_ran_out();
		return fault_at(FAULT_MEMORY, at, "LZMA memory", 0, 0);
	case LZMA_MEMLIMIT_ERROR:
		return fault_at(FAULT_LIMIT, at, "LZMA dictionary", lzma_memusage(&stream),
				MOST_MEMORY);
	case LZMA_OPTIONS_ERROR:
		return fault_at(FAULT_UNKNOWN, at, "LZMA options", 0, 0);
	case LZMA_FORMAT_ERROR:
		return fault_at(FAULT_UNKNOWN, at, "LZMA header", 0, 0);
	default:
		return fault_at(FAULT_BROKEN, at, "LZMA data", 0, 0);
	}
}

/* Runs the prepared decoder over the input. `ends` : the stream says itself where it ends; else it
 * is complete when `most` bytes are out. */
static struct decoded run(struct span in, uint64_t most, bool ends, struct sink *out)
{
	struct decoded d = { 0 };
	lzma_ret result = LZMA_OK;
	uint64_t made = 0;

	stream.next_in = in.p;
	stream.avail_in = in.n;
	while (result == LZMA_OK) {
		uint64_t want = step_size(out, most, made, most <= STEP ? most : STEP);
		uint8_t *room = sink_room(out, want ? want : 1);

		if (!room) {
			d.fault = out->fault;
			break;
		}
		stream.next_out = room;
		stream.avail_out = want;
		result = lzma_code(&stream, LZMA_FINISH);
		sink_advance(out, want - stream.avail_out);
		made += want - stream.avail_out;
		if (result == LZMA_OK && made >= most && most != PLAIN_UNKNOWN) {
			if (ends && stream.avail_out == 0 && made > most)
				d.fault = fault_at(FAULT_BROKEN, in.n - stream.avail_in,
						   "plain size", made, most);
			else if (ends)
				result = lzma_code(&stream, LZMA_FINISH); /* the end mark alone */
			if (result == LZMA_OK)
				break;
		}
	}
	d.used = in.n - stream.avail_in;
	if (result == LZMA_STREAM_END)
		return d;
	if (result == LZMA_BUF_ERROR && made == most && stream.avail_in)
		d.fault = fault_at(FAULT_BROKEN, d.used, "plain size", made + 1, most);
	else if (result != LZMA_OK && d.fault.kind == FAULT_NONE)
		d.fault = fault_of(result, d.used);
	return d;
}

struct decoded xz_decode(struct span in, uint64_t most, struct sink *out)
{
	lzma_ret result = lzma_stream_decoder(&stream, MOST_MEMORY, 0);

	if (result != LZMA_OK)
		return (struct decoded){ 0, fault_of(result, 0) };
	return run(in, most, true, out);
}

struct decoded lzip_decode(struct span in, uint64_t most, struct sink *out)
{
	lzma_ret result = lzma_lzip_decoder(&stream, MOST_MEMORY, 0);

	if (result != LZMA_OK)
		return (struct decoded){ 0, fault_of(result, 0) };
	return run(in, most, true, out);
}

bool lzma_properties_from(uint8_t byte, uint32_t dictionary, struct lzma_properties *p)
{
	if (byte >= 225)
		return false;
	*p = (struct lzma_properties){ byte % 9u, byte / 9u % 5u, byte / 45u, dictionary };
	return true;
}

/* A dictionary larger than the content is never used in full, whatever a header claims. */
static uint32_t window(uint32_t dictionary, uint64_t plain, uint64_t limit)
{
	uint64_t most = plain < limit ? plain : limit;

	if (dictionary > most)
		dictionary = (uint32_t)most;
	return dictionary < LZMA_DICT_SIZE_MIN ? LZMA_DICT_SIZE_MIN : dictionary;
}

struct decoded lzma_raw_decode(struct span in, const struct lzma_properties *p, uint64_t plain,
			       struct sink *out)
{
	lzma_options_lzma options = {
		.dict_size = window(p->dictionary, plain, out->limit - out->n),
		.lc = p->lc,
		.lp = p->lp,
		.pb = p->pb,
		.ext_flags = LZMA_LZMA1EXT_ALLOW_EOPM,
		.ext_size_low = (uint32_t)plain,
		.ext_size_high = (uint32_t)(plain >> 32),
	};
	const lzma_filter filters[] = { { LZMA_FILTER_LZMA1EXT, &options },
					{ LZMA_VLI_UNKNOWN, NULL } };
	lzma_ret result;

	if (p->lc + p->lp > 4)
		return (struct decoded){ 0, fault_at(FAULT_UNKNOWN, 0, "LZMA lc + lp",
						     p->lc + p->lp, 4) };
	if (options.dict_size > MOST_MEMORY)
		return (struct decoded){ 0, fault_at(FAULT_LIMIT, 0, "LZMA dictionary",
						     options.dict_size, MOST_MEMORY) };
	result = lzma_raw_decoder(&stream, filters);
	if (result != LZMA_OK)
		return (struct decoded){ 0, fault_of(result, 0) };
	return run(in, plain, true, out);
}

struct decoded lzma_alone_decode(struct span in, uint64_t most, struct sink *out)
{
	struct cursor c = { .in = in };
	uint8_t byte = cursor_u8(&c);
	uint32_t dictionary = cursor_le32(&c);
	uint64_t plain = cursor_le64(&c);
	struct lzma_properties p;
	struct decoded d;

	if (c.ran_out)
		return (struct decoded){ in.n, fault_at(FAULT_SHORT, 0, "LZMA header", in.n, 13) };
	if (!lzma_properties_from(byte, dictionary, &p))
		return (struct decoded){ 0,
					 fault_at(FAULT_BROKEN, 0, "LZMA properties", byte, 224) };
	if (plain != PLAIN_UNKNOWN && plain > most)
		return (struct decoded){ 0, fault_at(FAULT_BROKEN, 5, "plain size", plain, most) };
	d = lzma_raw_decode(span_from(in, 13), &p, plain, out);
	d.used += 13;
	d.fault.at += d.fault.kind ? 13 : 0;
	return d;
}
