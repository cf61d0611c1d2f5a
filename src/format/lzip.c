/* lzip.c - lzip members. */
#include "format/stream.h"

static bool header_holds(struct span in)
{
	int size = span_byte(in, 5);

	return in.n >= 26 && span_starts(in, span_text("LZIP\x01")) && (size & 31) >= 12 &&
	       (size & 31) <= 29;
}

static struct fault probe(struct span in, struct found *f)
{
	if (!header_holds(in) || !stream_begins(in, lzip_decode, 64))
		return fault_at(FAULT_BROKEN, 5, "lzip header", 0, 0);
	f->len = in.n;
	f->open_end = true;
	f->proof = PROOF_STRUCTURE;
	return fine;
}

static struct fault load(const struct listing *l, const struct entry *e, struct sink *out)
{
	(void)e;
	return stream_members(l, out, lzip_decode, header_holds);
}

const struct format format_lzip = {
	.name = "lzip",
	.says = "lzip stream",
	.spec = "Lzip manual, file format",
	.shape = SHAPE_STREAM,
	.magic = { { 0, 5, "LZIP\x01" } },
	.probe = probe,
	.load = load,
};
