/* deflate.c - RFC 1950, 1951, 1952. libdeflate decodes where the plain size is bounded and the
 * whole output fits beforehand; zlib streams the rest and salvages what a broken stream holds. */
#include <libdeflate.h>
#include <zlib.h>

#include "base/cursor.h"
#include "base/hash.h"
#include "codec/codec.h"
#include "codec/internal.h"

#define WHOLE_BUFFER (4u << 20)  /* plain bytes asked for at once when their number is a guess */
#define MOST_HINT    (64u << 20) /* the same when a trailer states it */
#define ROOM         (256u << 10)
#define MOST_FEED    (1u << 30) /* zlib counts in 32 bits */
#define BEST_RATIO   1032
#define LONGEST_NAME 4096

enum wrapping { WRAP_RAW = -15, WRAP_ZLIB = 15 }; /* as zlib names them */

static _Thread_local struct libdeflate_decompressor *fast;
static _Thread_local z_stream stream;
static _Thread_local bool stream_ready;

void deflate_thread_end(void)
{
	libdeflate_free_decompressor(fast);
	fast = NULL;
	if (stream_ready)
		inflateEnd(&stream);
	stream_ready = false;
}

/* The whole stream at once, into at most `most` bytes. False: let zlib try and say what is wrong.
 */
static bool decode_whole(struct span in, enum wrapping wrap, uint64_t most, struct sink *out,
			 struct decoded *d)
{
	size_t used = 0, made = 0;
	enum libdeflate_result result;
	uint8_t *room;

	if (most > out->limit - out->n)
		return false;
	if (!fast)
		fast = libdeflate_alloc_decompressor();
	room = sink_room(out, most);
	if (!fast || !room)
		return false;
	if (wrap == WRAP_ZLIB)
		result = libdeflate_zlib_decompress_ex(fast, in.p, in.n, room, (size_t)most, &used,
						       &made);
	else
		result = libdeflate_deflate_decompress_ex(fast, in.p, in.n, room, (size_t)most,
							  &used, &made);
	if (result != LIBDEFLATE_SUCCESS)
		return false;
	sink_advance(out, made);
	*d = (struct decoded){ used, fine };
	return true;
}

static struct fault fault_of(int result, uint64_t at)
{
	if (result == Z_MEM_ERROR) {
		machine_ran_out();
		return fault_at(FAULT_MEMORY, at, "deflate memory", 0, 0);
	}
	if (result == Z_NEED_DICT)
		return fault_at(FAULT_UNKNOWN, at, "preset dictionary", 0, 0);
	return fault_at(FAULT_BROKEN, at, "deflate data", 0, 0);
}

static enum step step(struct stepper *s, uint8_t *room, size_t *n)
{
	struct span feed = span_head(span_from(s->in, s->used), MOST_FEED);
	int result;

	stream.next_in = (Bytef *)(uintptr_t)feed.p;
	stream.avail_in = (uInt)feed.n;
	stream.next_out = room;
	stream.avail_out = (uInt)*n;
	result = inflate(&stream, Z_NO_FLUSH);
	s->used += feed.n - stream.avail_in;
	*n -= stream.avail_out;
	if (result == Z_OK || result == Z_BUF_ERROR)
		return STEP_MORE;
	s->fault = fault_of(result, s->used);
	return result == Z_STREAM_END ? STEP_END : STEP_FAILED;
}

static struct decoded decode_steps(struct span in, enum wrapping wrap, uint64_t most,
				   struct sink *out)
{
	struct stepper s = { .in = in, .what = "deflate stream", .room = ROOM, .step = step };
	int result =
		stream_ready ? inflateReset2(&stream, (int)wrap) : inflateInit2(&stream, (int)wrap);

	if (result != Z_OK)
		return (struct decoded){ 0, fault_of(result, 0) };
	stream_ready = true;
	return step_through(&s, most, out);
}

static struct decoded decode(struct span in, enum wrapping wrap, uint64_t most, struct sink *out)
{
	struct decoded d;

	if (most <= WHOLE_BUFFER && decode_whole(in, wrap, most, out, &d))
		return d;
	return decode_steps(in, wrap, most, out);
}

struct decoded inflate_raw(struct span in, uint64_t most, struct sink *out)
{
	return decode(in, WRAP_RAW, most, out);
}

struct decoded inflate_zlib(struct span in, uint64_t most, struct sink *out)
{
	return decode(in, WRAP_ZLIB, most, out);
}

static bool skip_text(struct cursor *c)
{
	for (int i = 0; i < LONGEST_NAME && !c->ran_out; i++)
		if (cursor_u8(c) == 0)
			return !c->ran_out;
	return false;
}

/* RFC 1952 section 2.3; *name is the original file name, empty if there is none. */
struct fault gzip_header(struct span in, uint64_t *length, struct span *name)
{
	struct cursor c = { .in = in };
	uint16_t magic = cursor_be16(&c);
	uint8_t method = cursor_u8(&c), flags = cursor_u8(&c), os;
	uint16_t stored;
	size_t from;

	cursor_skip(&c, 5);
	os = cursor_u8(&c);
	*name = (struct span){ 0 };
	if (c.ran_out)
		return fault_at(FAULT_SHORT, c.at, "gzip header", in.n, 10);
	if (magic != 0x1f8b || method != 8 || flags & 0xe0 || (os > 13 && os != 255))
		return fault_at(FAULT_UNKNOWN, 0, "gzip header", flags, 0x1f);
	if (flags & 4)
		cursor_skip(&c, cursor_le16(&c));
	from = c.at;
	if (flags & 8) {
		if (!skip_text(&c))
			return fault_at(FAULT_BROKEN, from, "gzip name", 0, 0);
		*name = span_sub(in, from, c.at - 1 - from);
	}
	if (flags & 16 && !skip_text(&c))
		return fault_at(FAULT_BROKEN, c.at, "gzip comment", 0, 0);
	from = c.at;
	stored = flags & 2 ? cursor_le16(&c) : 0;
	if (c.ran_out)
		return fault_at(FAULT_SHORT, c.at, "gzip header", in.n, c.at);
	if (flags & 2 && stored != (crc32_of(span_sub(in, 0, from)) & 0xffff))
		return fault_at(FAULT_BROKEN, from, "gzip header CRC", stored, 0);
	*length = c.at;
	return fine;
}

/* A file that is one member ends with its plain size: then the fast decoder can run. */
static bool decode_hinted(struct span in, uint64_t most, struct sink *out, struct decoded *d)
{
	uint64_t hint = in.n < 8 ? 0 : span_u32(in, in.n - 4, false);

	return hint && hint <= most && hint <= MOST_HINT && hint / BEST_RATIO <= in.n &&
	       decode_whole(in, WRAP_RAW, hint, out, d);
}

static struct fault check_trailer(struct span trailer, struct span plain, uint64_t at)
{
	uint32_t crc = span_u32(trailer, 0, false), size = span_u32(trailer, 4, false);

	if (trailer.n < 8)
		return fault_at(FAULT_SHORT, at, "gzip trailer", trailer.n, 8);
	if (crc != crc32_of(plain))
		return fault_at(FAULT_BROKEN, at, "CRC-32", crc32_of(plain), crc);
	if (size != (uint32_t)plain.n)
		return fault_at(FAULT_BROKEN, at + 4, "plain size", plain.n, size);
	return fine;
}

struct decoded inflate_gzip(struct span in, uint64_t most, struct sink *out)
{
	uint64_t head = 0;
	size_t before = out->n;
	struct span name, body, trailer;
	struct decoded d = { .fault = gzip_header(in, &head, &name) };

	if (d.fault.kind)
		return d;
	body = span_from(in, head);
	if (!decode_hinted(body, most, out, &d))
		d = decode(body, WRAP_RAW, most, out);
	d.used += head;
	if (d.fault.kind) {
		d.fault.at += head;
		return d;
	}
	trailer = span_head(span_from(in, d.used), 8);
	d.fault = check_trailer(trailer, span_from(sink_span(out), before), d.used);
	d.used += trailer.n;
	return d;
}
