/* zstd.c - Zstandard frames; skippable frames between them belong to the stream. */
#include "base/cursor.h"
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

const struct format format_zstd = {
	.name = "zstd",
	.says = "Zstandard stream",
	.spec = "RFC 8878",
	.shape = SHAPE_STREAM,
	.magic = { { 0, 4, "\x28\xb5\x2f\xfd" }, { 0, 8, "\x50\x2a\x4d\x18\x04\x00\x00\x00" } },
	.probe = probe,
	.load = load,
};
