/* lzma.c - xz, LZMA-alone, lzip and raw LZMA through liblzma. The stream object is kept per thread:
 * liblzma reuses its memory when the next stream asks for the same decoder. */
#include <lzma.h>

#include "base/cursor.h"
#include "codec/codec.h"
#include "codec/internal.h"

#define ROOM (1u << 20)

static _Thread_local lzma_stream stream = LZMA_STREAM_INIT;

void lzma_thread_end(void)
{
	lzma_end(&stream);
	stream = (lzma_stream)LZMA_STREAM_INIT;
}

static struct fault fault_of(lzma_ret result, uint64_t at)
{
	switch (result) {
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

static enum step step(struct stepper *s, uint8_t *room, size_t *n)
{
	struct span feed = span_from(s->in, s->used);
	lzma_ret result;

	stream.next_in = feed.p;
	stream.avail_in = feed.n;
	stream.next_out = room;
	stream.avail_out = *n;
	result = lzma_code(&stream, LZMA_FINISH);
	s->used += feed.n - stream.avail_in;
	*n -= stream.avail_out;
	if (result == LZMA_OK || result == LZMA_BUF_ERROR)
		return STEP_MORE;
	s->fault = fault_of(result, s->used);
	return result == LZMA_STREAM_END ? STEP_END : STEP_FAILED;
}

/* Runs the prepared decoder over the input. */
static struct decoded run(struct span in, lzma_ret prepared, uint64_t most, struct sink *out)
{
	struct stepper s = { .in = in, .what = "LZMA stream", .room = ROOM, .step = step };

	if (prepared != LZMA_OK)
		return (struct decoded){ 0, fault_of(prepared, 0) };
	return step_through(&s, most, out);
}

/* The same for streams whose own header sizes the dictionary. */
static struct decoded run_headed(struct span in, lzma_ret prepared, uint64_t most, struct sink *out)
{
	struct decoded d = run(in, prepared, most, out);

	if (lzma_memusage(&stream) > KEEP_MEMORY)
		lzma_thread_end();
	return d;
}

struct decoded xz_decode(struct span in, uint64_t most, struct sink *out)
{
	struct decoded d = { 0 };

	if (xz_decode_blocks(in, most, out, &d))
		return d;
	return run_headed(in, lzma_stream_decoder(&stream, MOST_MEMORY, 0), most, out);
}

struct decoded lzip_decode(struct span in, uint64_t most, struct sink *out)
{
	return run_headed(in, lzma_lzip_decoder(&stream, MOST_MEMORY, 0), most, out);
}

bool lzma_properties_from(uint8_t byte, uint32_t dictionary, struct lzma_properties *p)
{
	if (byte >= 225)
		return false;
	*p = (struct lzma_properties){ byte % 9u, byte / 9u % 5u, byte / 45u, dictionary, false };
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

/* `plain` is what the header says, `most` what the caller allows. */
static struct decoded decode_raw(struct span in, const struct lzma_properties *p, uint64_t plain,
				 uint64_t most, struct sink *out)
{
	lzma_options_lzma options = {
		.dict_size =
			window(p->dictionary, plain < most ? plain : most, out->limit - out->n),
		.lc = p->lc,
		.lp = p->lp,
		.pb = p->pb,
		.ext_flags = LZMA_LZMA1EXT_ALLOW_EOPM,
		.ext_size_low = (uint32_t)plain,
		.ext_size_high = (uint32_t)(plain >> 32),
	};
	const lzma_filter filters[] = { { LZMA_FILTER_X86, NULL },
					{ LZMA_FILTER_LZMA1EXT, &options },
					{ LZMA_VLI_UNKNOWN, NULL } };
	struct decoded d;

	if (p->lc + p->lp > 4)
		return (struct decoded){ 0, fault_at(FAULT_UNKNOWN, 0, "LZMA lc + lp",
						     p->lc + p->lp, 4) };
	if (options.dict_size > MOST_MEMORY)
		return (struct decoded){ 0, fault_at(FAULT_LIMIT, 0, "LZMA dictionary",
						     options.dict_size, MOST_MEMORY) };
	d = run(in, lzma_raw_decoder(&stream, p->x86 ? filters : filters + 1), most, out);
	if (options.dict_size > KEEP_MEMORY)
		lzma_thread_end();
	return d;
}

struct decoded lzma_raw_decode(struct span in, const struct lzma_properties *p, uint64_t plain,
			       struct sink *out)
{
	return decode_raw(in, p, plain, PLAIN_UNKNOWN, out);
}

struct decoded microlzma_decode(struct span in, uint64_t plain, bool is_exact, struct sink *out)
{
	uint32_t dictionary = window(UINT32_MAX, plain, out->limit - out->n);
	struct decoded d;

	if (dictionary > MOST_MEMORY)
		return (struct decoded){ 0, fault_at(FAULT_LIMIT, 0, "LZMA dictionary", dictionary,
						     MOST_MEMORY) };
	d = run(in, lzma_microlzma_decoder(&stream, in.n, plain, is_exact, dictionary), plain, out);
	if (dictionary > KEEP_MEMORY)
		lzma_thread_end();
	return d;
}

static struct decoded decode_alone(struct span in, bool x86, uint64_t most, struct sink *out)
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
	p.x86 = x86;
	d = decode_raw(span_from(in, c.at), &p, plain, most, out);
	d.used += c.at;
	d.fault.at += d.fault.kind ? c.at : 0;
	return d;
}

struct decoded lzma_alone_decode(struct span in, uint64_t most, struct sink *out)
{
	return decode_alone(in, false, most, out);
}

struct decoded lzma_x86_decode(struct span in, uint64_t most, struct sink *out)
{
	return decode_alone(in, true, most, out);
}
