/* bzip2.c - bzip2 streams. */
#include "format/own.h"
#include "format/stream.h"

#define BLOCK "\x31\x41\x59\x26\x53\x59"
#define END   "\x17\x72\x45\x38\x50\x90"

static bool header_holds(struct span in)
{
	int level = span_byte(in, 3);
	struct span magic = span_sub(in, 4, 6);

	return span_starts(in, span_text("BZh")) && level >= '1' && level <= '9' && in.n >= 14 &&
	       (span_is(magic, BLOCK) || span_is(magic, END));
}

static struct fault probe(struct span in, struct found *f)
{
	if (!header_holds(in) || !stream_begins(in, bzip2_decode, 64))
		return fault_at(FAULT_BROKEN, 4, "first bzip2 block", 0, 0);
	f->len = in.n;
	f->open_end = true;
	f->proof = PROOF_CHECKSUM;
	return fine;
}

static struct fault load(const struct listing *l, const struct entry *e, struct sink *out)
{
	(void)e;
	return stream_members(l, out, bzip2_decode, header_holds);
}

static void own(const struct listing *l, struct own_list *out)
{
	(void)l;
	own_add(out, 0, 4, OWN_PACKING, "magic and block size");
}

const struct format format_bzip2 = {
	.name = "bzip2",
	.says = "bzip2 stream",
	.spec = "bzip2 1.0.8, decompress.c",
	.shape = SHAPE_STREAM,
	.magic = { { 4, 6, BLOCK }, { 4, 6, END } },
	.probe = probe,
	.load = load,
	.own = own,
};
