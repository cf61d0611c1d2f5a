/* lzma.c - LZMA-alone: properties, dictionary, plain size, stream. It has no magic, so the usual
 * property bytes with round dictionaries are searched, and the first plain kilobytes must decode.
 * A stream that gives less than a tenth of its declared size is none. */
#include "base/cursor.h"
#include "format/own.h"
#include "format/stream.h"

#define HEADER        13
#define TRIAL         4096
#define LARGEST_PLAIN (1ull << 30)
#define LEAST_PACKED  64

static bool is_round(uint32_t dictionary)
{
	uint32_t top = dictionary & (dictionary - 1);

	/* 2^n, or 2^n + 2^(n-1) */
	return dictionary >= 4096 &&
	       (top == 0 || (top == (dictionary ^ top) << 1 && (top & (top - 1)) == 0));
}

static struct fault probe(struct span in, struct found *f)
{
	struct cursor c = { .in = in };
	uint8_t byte = cursor_u8(&c);
	uint32_t dictionary = cursor_le32(&c);
	uint64_t plain = cursor_le64(&c);
	struct lzma_properties p;

	if (in.n < HEADER + LEAST_PACKED || span_byte(in, HEADER) != 0)
		return fault_at(FAULT_UNKNOWN, HEADER, "first byte of the range coder", 0, 0);
	if (!lzma_properties_from(byte, dictionary, &p) || p.lc + p.lp > 4 || !is_round(dictionary))
		return fault_at(FAULT_UNKNOWN, 0, "LZMA properties", byte, 224);
	if (plain != PLAIN_UNKNOWN && (plain > LARGEST_PLAIN || plain < 128))
		return fault_at(FAULT_UNKNOWN, 5, "plain size", plain, LARGEST_PLAIN);
	if (!stream_begins(in, lzma_alone_decode, TRIAL))
		return fault_at(FAULT_BROKEN, HEADER, "first LZMA symbols", 0, 0);
	f->len = in.n;
	f->open_end = true;
	f->proof = PROOF_STRUCTURE;
	return fine;
}

static struct fault load(const struct listing *l, const struct entry *e, struct sink *out)
{
	uint64_t plain = span_u64(l->in, 5, false);
	struct decoded d = lzma_alone_decode(l->in, PLAIN_UNKNOWN, out);
	uint64_t least = plain == PLAIN_UNKNOWN ? 64 << 10 : plain / 10;

	(void)e;
	*l->len = d.used;
	if (d.fault.kind && d.fault.kind != FAULT_LIMIT && out->n < least)
		*l->len = 0;
	return d.fault;
}

static void own(const struct listing *l, struct own_list *out)
{
	(void)l;
	own_add(out, 0, 5, OWN_PACKING, "properties");
	own_add(out, 5, 8, OWN_STRUCTURE, "plain size");
}

/* clang-format off */
const struct format format_lzma = {
	.name = "lzma",
	.says = "LZMA-alone stream",
	.spec = "The .lzma file format (XZ Utils)",
	.shape = SHAPE_STREAM,
	.magic = { { 0, 5, "\x5d\x00\x00\x80\x00" }, { 0, 5, "\x5d\x00\x00\x00\x01" },
		   { 0, 5, "\x5d\x00\x00\x00\x02" }, { 0, 5, "\x5d\x00\x00\x00\x04" },
		   { 0, 5, "\x5d\x00\x00\x40\x00" }, { 0, 5, "\x5d\x00\x00\x20\x00" },
		   { 0, 5, "\x5d\x00\x00\x10\x00" }, { 0, 5, "\x5d\x00\x00\x08\x00" },
		   { 0, 5, "\x5d\x00\x00\x01\x00" }, { 0, 5, "\x5d\x00\x00\x04\x00" },
		   { 0, 5, "\x6d\x00\x00\x80\x00" }, { 0, 5, "\x6d\x00\x00\x00\x01" },
		   { 0, 5, "\x6d\x00\x00\x40\x00" }, { 0, 5, "\x6d\x00\x00\x10\x00" },
		   { 0, 5, "\x6d\x00\x00\x00\x02" }, { 0, 5, "\x6e\x00\x00\x80\x00" },
		   { 0, 5, "\x6e\x00\x00\x00\x01" }, { 0, 5, "\x6e\x00\x00\x01\x00" },
		   { 0, 5, "\x5e\x00\x00\x80\x00" }, { 0, 5, "\x5a\x00\x00\x80\x00" },
		   { 0, 5, "\x6e\x00\x00\x20\x00" }, { 0, 5, "\x6d\x00\x00\x20\x00" },
		   { 0, 5, "\x66\x00\x00\x80\x00" }, { 0, 5, "\x51\x00\x00\x80\x00" } },
	.probe = probe,
	.load = load,
	.own = own,
};
/* clang-format on */
