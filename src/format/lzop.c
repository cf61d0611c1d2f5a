/* lzop.c - lzop files: a header with its own checksum, then blocks of LZO1X. All fields big-endian.
 */
#include "base/cursor.h"
#include "base/hash.h"
#include "format/own.h"
#include "format/stream.h"

#define LARGEST_BLOCK (64u << 20)

enum {
	FLAG_ADLER_PLAIN = 1,
	FLAG_ADLER_PACKED = 2,
	FLAG_EXTRA = 0x40,
	FLAG_CRC_PLAIN = 0x100,
	FLAG_CRC_PACKED = 0x200,
	FLAG_FILTER = 0x800,
	FLAG_HEADER_CRC = 0x1000,
};

struct lzop {
	uint32_t flags;
	uint64_t length; /* of the header */
	struct span name;
};

static struct fault read_header(struct span in, struct lzop *h)
{
	struct cursor c = { .in = in, .at = 9 };
	uint16_t version, needed;
	uint8_t method;
	uint32_t sum, found, filter;
	size_t end;

	if (in.n < 34)
		return fault_at(FAULT_SHORT, 0, "lzop header", in.n, 34);
	version = cursor_be16(&c);
	cursor_skip(&c, 2);
	needed = version >= 0x0940 ? cursor_be16(&c) : 0;
	method = cursor_u8(&c);
	if (version >= 0x0940)
		cursor_skip(&c, 1);
	h->flags = cursor_be32(&c);
	filter = h->flags & FLAG_FILTER ? cursor_be32(&c) : 0;
	cursor_skip(&c, version >= 0x0940 ? 12 : 8); /* mode, times */
	h->name = cursor_span(&c, cursor_u8(&c));
	end = c.at;
	sum = cursor_be32(&c);
	if (c.ran_out)
		return fault_at(FAULT_SHORT, c.at, "lzop header", in.n, end + 4);
	found = h->flags & FLAG_HEADER_CRC ? crc32_of(span_sub(in, 9, end - 9))
					   : adler32_of(span_sub(in, 9, end - 9));
	if (sum != found)
		return fault_at(FAULT_BROKEN, end, "header checksum", found, sum);
	if (method < 1 || method > 3 || needed > 0x1040)
		return fault_at(FAULT_UNKNOWN, 15, "lzop method", method, 3);
	if (filter)
		return fault_at(FAULT_UNKNOWN, 21, "lzop filter", filter, 0);
	if (h->flags & FLAG_EXTRA)
		cursor_skip(&c, (uint64_t)cursor_be32(&c) + 4);
	h->length = c.at;
	return c.ran_out ? fault_at(FAULT_SHORT, end, "extra field", 0, 0) : fine;
}

static struct fault probe(struct span in, struct found *f)
{
	struct lzop h = { 0 };
	struct fault bad = read_header(in, &h);

	if (bad.kind)
		return bad;
	f->len = in.n;
	f->open_end = true;
	f->proof = PROOF_CHECKSUM;
	label_bytes(f->label, h.name);
	return fine;
}

/* One block; *end is set at the closing zero. */
static struct fault block(struct cursor *c, uint32_t flags, struct sink *out, bool *end)
{
	uint32_t plain = cursor_be32(c);
	uint32_t packed = plain ? cursor_be32(c) : 0;
	uint32_t adler = 0, crc = 0;
	size_t before = out->n, at = c->at;
	struct span data, made;
	struct fault bad = fine;

	*end = plain == 0;
	if (plain == 0 || c->ran_out)
		return c->ran_out ? fault_at(FAULT_SHORT, at, "lzop block", 0, 0) : fine;
	if (plain > LARGEST_BLOCK || packed > plain || packed == 0)
		return fault_at(FAULT_BROKEN, at, "lzop block", packed, plain);
	if (flags & FLAG_ADLER_PLAIN)
		adler = cursor_be32(c);
	if (flags & FLAG_CRC_PLAIN)
		crc = cursor_be32(c);
	if (packed < plain)
		cursor_skip(c, (flags & FLAG_ADLER_PACKED ? 4u : 0) +
				       (flags & FLAG_CRC_PACKED ? 4u : 0));
	data = cursor_span(c, packed);
	if (c->ran_out)
		return fault_at(FAULT_SHORT, at, "lzop block", cursor_left(c), packed);
	if (packed == plain)
		bad = sink_put(out, data) ? fine : out->fault;
	else
		bad = lzo1x_decode(data, plain, out).fault;
	made = span_from(sink_span(out), before);
	if (bad.kind == FAULT_NONE && made.n != plain)
		bad = fault_at(FAULT_BROKEN, at, "plain size", made.n, plain);
	if (bad.kind == FAULT_NONE && flags & FLAG_ADLER_PLAIN && adler32_of(made) != adler)
		bad = fault_at(FAULT_BROKEN, at, "Adler-32", adler32_of(made), adler);
	if (bad.kind == FAULT_NONE && flags & FLAG_CRC_PLAIN && crc32_of(made) != crc)
		bad = fault_at(FAULT_BROKEN, at, "CRC-32", crc32_of(made), crc);
	return bad;
}

static struct fault load(const struct listing *l, const struct entry *e, struct sink *out)
{
	struct lzop h = { 0 };
	struct fault bad = read_header(l->in, &h);
	struct cursor c = { .in = l->in, .at = (size_t)h.length };
	bool end = false;

	(void)e;
	while (bad.kind == FAULT_NONE && !end)
		bad = block(&c, h.flags, out, &end);
	*l->len = c.at;
	return bad;
}

/* Sums over packed bytes, which nothing needs, are computed; those over plain ones load() has
 * checked. Gives where the next block begins, or 0. */
static uint64_t own_block(struct own_list *out, struct span in, uint64_t at, uint32_t flags)
{
	uint32_t plain = span_u32(in, at, true), packed = span_u32(in, at + 4, true);
	uint64_t plain_sums = (flags & FLAG_ADLER_PLAIN ? 4 : 0) + (flags & FLAG_CRC_PLAIN ? 4 : 0);
	uint64_t adler = packed < plain && flags & FLAG_ADLER_PACKED ? 4 : 0;
	uint64_t crc = packed < plain && flags & FLAG_CRC_PACKED ? 4 : 0;
	uint64_t sums = at + 8 + plain_sums, data = sums + adler + crc;
	struct span body = span_sub(in, data, packed);

	if (plain == 0)
		return 0;
	if (body.n == 0) {
		own_add(out, at, in.n - at, OWN_DATA, "not decoded");
		return 0;
	}
	own_add(out, at, 8, OWN_STRUCTURE, "block");
	own_add(out, at + 8, plain_sums, OWN_CHECKSUM, "checksum");
	own_add(out, sums, adler,
		own_if(adler32_of(body) == span_u32(in, sums, true), OWN_CHECKSUM), "checksum");
	own_add(out, sums + adler, crc,
		own_if(crc32_of(body) == span_u32(in, sums + adler, true), OWN_CHECKSUM),
		"checksum");
	return data + packed;
}

static void own(const struct listing *l, struct own_list *out)
{
	struct span in = stream_bytes(l);
	struct lzop h = { 0 };
	bool is_new = span_u16(in, 9, true) >= 0x0940;
	uint64_t times = is_new ? 25 : 22, at;

	if (read_header(in, &h).kind)
		return;
	times += h.flags & FLAG_FILTER ? 4 : 0;
	own_add(out, 0, 9, OWN_STRUCTURE, "magic");
	own_add(out, 9, times - 9, OWN_DATA, "version, flags, mode");
	own_time(out, times, 4, "mtime", span_u32(in, times, true));
	own_add(out, times + 4, h.length - times - 4, OWN_DATA, "name, checksum, extra field");
	for (at = h.length; at && at < in.n && !out->full;) {
		uint64_t next = own_block(out, in, at, h.flags);

		if (next == 0 && span_u32(in, at, true) == 0)
			own_add(out, at, in.n - at, own_if(in.n - at == 4, OWN_STRUCTURE), "end");
		at = next;
	}
}

const struct format format_lzop = {
	.name = "lzop",
	.says = "lzop stream",
	.spec = "lzop 1.04, src/conf.h and lzop.c",
	.shape = SHAPE_STREAM,
	.magic = { { 0, 9, "\x89LZO\x00\x0d\x0a\x1a\x0a" } },
	.probe = probe,
	.load = load,
	.own = own,
};
