/* lz4legacy.c - the LZ4 form that kernel images are packed with. */
#include "base/cursor.h"
#include "format/stream.h"

#define LARGEST_BLOCK 8421520u /* LZ4_COMPRESSBOUND(8 MiB) */
#define TRIAL         64

static struct fault probe(struct span in, struct found *f)
{
	uint32_t size = span_u32(in, 4, false);

	if (size < 16 || size > LARGEST_BLOCK || !stream_begins(in, lz4_legacy_decode, TRIAL))
		return fault_at(FAULT_BROKEN, 4, "first block", size, LARGEST_BLOCK);
	f->len = in.n;
	f->open_end = true;
	f->proof = PROOF_STRUCTURE;
	return fine;
}

static struct fault load(const struct listing *l, const struct entry *e, struct sink *out)
{
	struct decoded d = lz4_legacy_decode(l->in, PLAIN_UNKNOWN, out);

	(void)e;
	*l->len = d.used;
	return d.fault;
}

/* All else is blocks and their lengths: the decoder believes no other bytes. */
static void own(const struct listing *l, struct own_list *out)
{
	if (l->in.n >= 4)
		own_add(out, 0, 4, OWN_STRUCTURE, "magic");
}

const struct format format_lz4legacy = {
	.name = "lz4-legacy",
	.says = "LZ4 legacy frame",
	.spec = "lz4 doc/lz4_Frame_format.md, legacy frame",
	.shape = SHAPE_STREAM,
	.magic = { { 0, 4, "\x02\x21\x4c\x18" } },
	.probe = probe,
	.load = load,
	.own = own,
};
