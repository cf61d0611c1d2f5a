/* compress.c - UNIX compress. Neither length nor checksum: believed only where something begins,
 * and only when all of it decodes. */
#include "base/cursor.h"
#include "format/stream.h"

#define LARGEST (64u << 20)

static struct fault probe(struct span in, struct found *f)
{
	if (in.n < 5 || in.n > LARGEST || !stream_begins(in, compress_decode, 256))
		return fault_at(FAULT_BROKEN, 3, "first LZW codes", 0, 0);
	f->len = in.n;
	f->proof = PROOF_PLAUSIBLE;
	return fine;
}

static struct fault load(const struct listing *l, const struct entry *e, struct sink *out)
{
	struct decoded d = compress_decode(l->in, PLAIN_UNKNOWN, out);

	(void)e;
	*l->len = d.fault.kind == FAULT_BROKEN ? 0 : d.used;
	return d.fault;
}

const struct format format_compress = {
	.name = "compress",
	.says = "UNIX compress stream (.Z)",
	.spec = "ncompress 4.2; IEEE Std 1003.1-2024, compress",
	.where = WHERE_ANCHORED,
	.shape = SHAPE_STREAM,
	/* Flags: block mode or not, 9 to 16 bits. */
	.magic = { { 0, 3, "\x1f\x9d\x90" },
		   { 0, 3, "\x1f\x9d\x8f" },
		   { 0, 3, "\x1f\x9d\x8e" },
		   { 0, 3, "\x1f\x9d\x8d" },
		   { 0, 3, "\x1f\x9d\x8c" },
		   { 0, 3, "\x1f\x9d\x8b" },
		   { 0, 3, "\x1f\x9d\x8a" },
		   { 0, 3, "\x1f\x9d\x89" },
		   { 0, 3, "\x1f\x9d\x10" },
		   { 0, 3, "\x1f\x9d\x0f" },
		   { 0, 3, "\x1f\x9d\x0e" },
		   { 0, 3, "\x1f\x9d\x0d" },
		   { 0, 3, "\x1f\x9d\x0c" } },
	.probe = probe,
	.load = load,
};
