/* zstd.c - Zstandard frames; skippable frames between them belong to the stream. */
#include "base/cursor.h"
#include "format/stream.h"

#define MAGIC     0xFD2FB528u
#define SKIPPABLE 0x184D2A50u

static struct decoded frame(struct span in, uint64_t most, struct sink *out)
{
	if ((span_u32(in, 0, false) & ~15u) == SKIPPABLE) {
		uint64_t length = 8 + (uint64_t)span_u32(in, 4, false);

		if (length > in.n)
			return (struct decoded){ in.n, fault_at(FAULT_SHORT, 4, "skippable frame",
								in.n, length) };
		return (struct decoded){ length, fine };
	}
	return zstd_decode(in, most, out);
}

static bool again(struct span in)
{
	uint32_t magic = span_u32(in, 0, false);

	return in.n >= 8 && (magic == MAGIC || (magic & ~15u) == SKIPPABLE);
}

static struct fault probe(struct span in, struct found *f)
{
	int descriptor = span_byte(in, 4);

	if (descriptor < 0 || descriptor & 8 || !stream_begins(in, zstd_decode, 64))
		return fault_at(FAULT_BROKEN, 4, "zstd frame header", 0, 0);
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
	.magic = { { 0, 4, "\x28\xb5\x2f\xfd" } },
	.probe = probe,
	.load = load,
};
