/* zstd.c - Zstandard frames; skippable frames between them belong to the stream. */
#include "base/cursor.h"
#include "format/own.h"
#include "format/stream.h"

#define MAGIC     0xFD2FB528u
#define SKIPPABLE 0x184D2A50u

static bool is_skippable(struct span in)
{
	return in.n >= 8 && (span_u32(in, 0, false) & ~15u) == SKIPPABLE;
}

static struct decoded frame(struct span in, uint64_t most, struct sink *out)
{
	uint64_t length = 8 + (uint64_t)span_u32(in, 4, false);

	if (!is_skippable(in))
		return zstd_decode(in, most, out);
	if (length > in.n)
		return (struct decoded){ in.n, fault_at(FAULT_SHORT, 4, "skippable frame", in.n,
							length) };
	return (struct decoded){ length, fine };
}

static bool again(struct span in)
{
	return is_skippable(in) || (in.n >= 8 && span_u32(in, 0, false) == MAGIC);
}

/* A skippable frame in front is pzstd's, and says how long the next frame is. */
static struct fault probe(struct span in, struct found *f)
{
	uint64_t skip = is_skippable(in) ? 8 + (uint64_t)span_u32(in, 4, false) : 0;
	struct span first = span_from(in, skip);
	int descriptor = span_byte(first, 4);

	if (descriptor < 0 || descriptor & 8 || span_u32(first, 0, false) != MAGIC ||
	    !stream_begins(first, zstd_decode, 64))
		return fault_at(FAULT_BROKEN, skip, "zstd frame header", 0, 0);
	f->len = in.n;
	f->open_end = true;
	f->proof = PROOF_STRUCTURE;
	return fine;
}

static struct fault load(const struct listing *l, const struct entry *e, struct sink *out)
{
	(void)e;
	return stream_members(l, out, frame, again);
}

/* The header of a frame (RFC 8878, 3.1.1.1); its length, or 0 where it is none. */
static uint64_t own_header_of(struct own_list *out, struct span in, uint64_t base)
{
	static const uint8_t ids[] = { 0, 1, 2, 4 }, sizes[] = { 0, 2, 4, 8 };
	int descriptor = span_byte(in, 4);
	bool single = descriptor & 0x20;
	uint64_t window = !single, id = ids[descriptor & 3];
	uint64_t size = descriptor >> 6 || !single ? sizes[descriptor >> 6 & 3] : 1;
	uint64_t length = 5 + window + id + size;

	if (descriptor < 0 || length > in.n)
		return 0;
	own_add(out, base, 4, OWN_STRUCTURE, "magic");
	own_add(out, base + 4, 1 + window, own_if(!(descriptor & 0x18), OWN_PACKING),
		"frame header");
	own_add(out, base + 5 + window, id, OWN_DATA, "dictionary");
	own_add(out, base + 5 + window + id, size, OWN_STRUCTURE, "size");
	return length;
}

/* A frame ends behind its last block and a checksum, which load() has checked. */
static uint64_t own_frame(struct own_list *out, struct span in, uint64_t base)
{
	uint64_t at = own_header_of(out, in, base);
	bool last = at == 0;

	if (last)
		return 0;
	while (!last && in.n - at >= 3) {
		uint32_t header = span_u16(in, at, false) | (uint32_t)span_byte(in, at + 2) << 16;
		uint64_t size = (header >> 1 & 3) == 1 ? 1 : header >> 3;

		last = header & 1;
		if (size > in.n - at - 3)
			return 0;
		at += 3 + size;
	}
	if (!last || !(span_byte(in, 4) & 4))
		return last ? at : 0;
	own_add(out, base + at, in.n - at < 4 ? in.n - at : 4, OWN_CHECKSUM, "checksum");
	return at + 4;
}

static void own(const struct listing *l, struct own_list *out)
{
	struct span in = stream_bytes(l);
	uint64_t at = 0, n = 1;

	for (; at < in.n && n && !out->full; at += n) {
		struct span rest = span_from(in, at);

		if (!is_skippable(rest)) {
			n = own_frame(out, rest, at);
			continue;
		}
		n = 8 + (uint64_t)span_u32(rest, 4, false);
		n = n < rest.n ? n : rest.n;
		own_add(out, at, n, OWN_DATA, "skippable frame");
	}
	if (at < in.n)
		own_add(out, at, in.n - at, OWN_DATA, "not decoded");
}

const struct format format_zstd = {
	.name = "zstd",
	.says = "Zstandard stream",
	.spec = "RFC 8878",
	.shape = SHAPE_STREAM,
	.magic = { { 0, 4, "\x28\xb5\x2f\xfd" }, { 0, 8, "\x50\x2a\x4d\x18\x04\x00\x00\x00" } },
	.probe = probe,
	.load = load,
	.own = own,
};
