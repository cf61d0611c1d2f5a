/* lz4.c - lz4 frames. */
#include "base/cursor.h"
#include "format/own.h"
#include "format/stream.h"

static bool header_holds(struct span in)
{
	int flags = span_byte(in, 4), block = span_byte(in, 5);

	return in.n >= 11 && span_u32(in, 0, false) == 0x184D2204u && flags >> 6 == 1 &&
	       !(flags & 2) && (block & 0x8f) == 0 && block >> 4 >= 4;
}

static struct fault probe(struct span in, struct found *f)
{
	if (!header_holds(in) || !stream_begins(in, lz4_frame_decode, 64))
		return fault_at(FAULT_BROKEN, 4, "lz4 frame header", 0, 0);
	f->len = in.n;
	f->open_end = true;
	f->proof = PROOF_CHECKSUM;
	return fine;
}

static struct fault load(const struct listing *l, const struct entry *e, struct sink *out)
{
	(void)e;
	return stream_members(l, out, lz4_frame_decode, header_holds);
}

/* Checksums and sizes are the decoder's matter; a dictionary would be somebody's. */
static void own(const struct listing *l, struct own_list *out)
{
	int flags = span_byte(l->in, 4);
	uint64_t size = flags & 8 ? 8 : 0, id = flags & 1 ? 4 : 0;

	if (l->in.n < 7 + size + id)
		return;
	own_add(out, 0, 4, OWN_STRUCTURE, "magic");
	own_add(out, 4, 2, OWN_PACKING, "frame header");
	own_add(out, 6, size, OWN_STRUCTURE, "size");
	own_add(out, 6 + size, id, OWN_DATA, "dictionary");
	own_add(out, 6 + size + id, 1, OWN_CHECKSUM, "header checksum");
}

const struct format format_lz4 = {
	.name = "lz4",
	.says = "LZ4 frame",
	.spec = "lz4 doc/lz4_Frame_format.md",
	.shape = SHAPE_STREAM,
	.magic = { { 0, 4, "\x04\x22\x4d\x18" } },
	.probe = probe,
	.load = load,
	.own = own,
};
