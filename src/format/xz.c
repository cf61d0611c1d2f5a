/* xz.c - .xz streams; the header's own CRC32 makes a false hit all but impossible. Streams that
 * follow each other, with stream padding of four zero bytes each between them, are one. */
#include "base/cursor.h"
#include "base/hash.h"
#include "format/own.h"
#include "format/stream.h"

#define MOST_PADDING (64u << 10)

static bool header_holds(struct span in)
{
	return in.n >= 32 && span_starts(in, (struct span){ (const uint8_t *)"\xfd\x37zXZ", 6 }) &&
	       span_u32(in, 8, false) == crc32_of(span_sub(in, 6, 2));
}

static struct fault probe(struct span in, struct found *f)
{
	if (!header_holds(in))
		return fault_at(FAULT_BROKEN, 8, "header CRC32", span_u32(in, 8, false), 0);
	f->len = in.n;
	f->open_end = true;
	f->proof = PROOF_CHECKSUM;
	return fine;
}

/* What stands behind stream padding. */
static struct span behind_padding(struct span in)
{
	static const uint8_t zeros[4];
	uint64_t at = 0;

	while (at < MOST_PADDING && span_equal(span_sub(in, at, 4), (struct span){ zeros, 4 }))
		at += 4;
	return span_from(in, at);
}

static bool again(struct span rest)
{
	return header_holds(behind_padding(rest));
}

static struct decoded padded_stream(struct span in, uint64_t most, struct sink *out)
{
	struct span stream = behind_padding(in);
	uint64_t padding = in.n - stream.n;
	struct decoded d = xz_decode(stream, most, out);

	d.used += padding;
	d.fault.at += padding;
	return d;
}

static struct fault load(const struct listing *l, const struct entry *e, struct sink *out)
{
	(void)e;
	return stream_members(l, out, padded_stream, again);
}

/* All that is in between is the decoder's matter: it allows no byte that it does not know. */
static void own(const struct listing *l, struct own_list *out)
{
	uint64_t n = stream_bytes(l).n;

	own_add(out, 0, 12, OWN_PACKING, "stream header");
	if (n >= 24)
		own_add(out, n - 12, 12, OWN_PACKING, "stream footer");
}

const struct format format_xz = {
	.name = "xz",
	.says = "xz stream",
	.spec = "The .xz file format 1.1.0, section 2",
	.shape = SHAPE_STREAM,
	.magic = { { 0, 6, "\xfd\x37zXZ\x00" } },
	.probe = probe,
	.load = load,
	.own = own,
};
