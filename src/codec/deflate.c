/* deflate.c - RFC 1950, 1951, 1952. libdeflate decodes where the plain size is bounded and the
 * whole output fits beforehand; zlib streams the rest and salvages what a broken stream holds. */
#include <libdeflate.h>
#include <stdlib.h>
#include <zlib.h>

#include "base/cursor.h"
#include "base/hash.h"
#include "codec/codec.h"
#include "codec/internal.h"

#define WHOLE_BUFFER (4u << 20) /* plain bytes asked for at once when their number is a guess */
#define STEP         (256u << 10)
#define LONGEST_NAME 4096

enum wrapping { WRAP_RAW, WRAP_ZLIB };

static _Thread_local struct libdeflate_decompressor *fast;

void deflate_thread_end(void)
{
	libdeflate_free_decompressor(fast);
	fast = NULL;
}

/* The whole stream at once, into at most `most` bytes. False: let zlib try and say what is wrong.
 */
static bool decode_whole(struct span in, enum wrapping wrap, uint64_t most, struct sink *out,
			 struct decoded *d)
{
	size_t used = 0, made = 0;
	enum libdeflate_result result;
	uint8_t *room;

	if (most > WHOLE_BUFFER || most > out->limit - out->n)
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
	d->used = used;
	return true;
}

static struct fault zlib_fault(const z_stream *z, int result, bool no_input)
{
	if (result == Z_BUF_ERROR || no_input)
		return fault_at(FAULT_SHORT, z->total_in, "deflate stream", 0, 0);
	if (result == Z_NEED_DICT)
		return fault_at(FAULT_UNKNOWN, z->total_in, "preset dictionary", 0, 0);
	if (result == Z_MEM_ERROR)
		machine_ran_out();
	return fault_at(FAULT_BROKEN, z->total_in, "deflate data", 0, 0);
}

/* zlib's avail fields are 32 bits wide. */
static void feed(z_stream *z, struct span in, uint64_t *given)
{
	if (z->avail_in == 0 && *given < in.n) {
		uint64_t n = in.n - *given < (1u << 30) ? in.n - *given : 1u << 30;

		z->next_in = (Bytef *)(uintptr_t)(in.p + *given);
		z->avail_in = (uInt)n;
		*given += n;
	}
}

static struct decoded decode_steps(struct span in, enum wrapping wrap, uint64_t most,
				   struct sink *out)
{
	z_stream z = { 0 };
	uint64_t given = 0, made = 0;
	struct fault fault = fine;
	int result = inflateInit2(&z, wrap == WRAP_ZLIB ? 15 : -15);

	while (result == Z_OK) {
		uint64_t want = step_size(out, most, made, STEP);
		uint8_t *room = sink_room(out, want);

		if (!room) {
			fault = out->fault;
			break;
		}
		feed(&z, in, &given);
		z.next_out = room;
		z.avail_out = (uInt)want;
		result = inflate(&z, Z_NO_FLUSH);
		sink_advance(out, (size_t)(want - z.avail_out));
		made += want - z.avail_out;
		if (result == Z_OK && z.avail_out == 0 && made >= most && most != PLAIN_UNKNOWN) {
			fault = fault_at(FAULT_BROKEN, z.total_in, "plain size", made + 1, most);
			break;
		}
		if (result == Z_OK && z.avail_out && z.avail_in == 0 && given == in.n)
			result = Z_BUF_ERROR;
	}
	if (result != Z_STREAM_END && fault.kind == FAULT_NONE)
		fault = zlib_fault(&z, result, false);
	inflateEnd(&z);
	return (struct decoded){ z.total_in, fault };
}

static struct decoded decode(struct span in, enum wrapping wrap, uint64_t most, struct sink *out)
{
	struct decoded d = { 0 };

	if (decode_whole(in, wrap, most, out, &d))
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

struct decoded inflate_gzip(struct span in, uint64_t most, struct sink *out)
{
	uint64_t head = 0;
	size_t before = out->n;
	struct span name, plain;
	struct decoded d = { .fault = gzip_header(in, &head, &name) };
	struct cursor c;
	uint32_t crc, size;

	if (d.fault.kind)
		return d;
	d = decode(span_from(in, head), WRAP_RAW, most, out);
	d.used += head;
	d.fault.at += head;
	if (d.fault.kind)
		return d;
	c = (struct cursor){ .in = span_from(in, d.used) };
	crc = cursor_le32(&c);
	size = cursor_le32(&c);
	plain = span_from(sink_span(out), before);
	if (c.ran_out)
		return (struct decoded){ in.n, fault_at(FAULT_SHORT, d.used, "gzip trailer",
							in.n - d.used, 8) };
	if (crc != crc32_of(plain))
		d.fault = fault_at(FAULT_BROKEN, d.used, "CRC-32", crc32_of(plain), crc);
	else if (size != (uint32_t)plain.n)
		d.fault = fault_at(FAULT_BROKEN, d.used + 4, "plain size", plain.n, size);
	d.used += 8;
	return d;
}
