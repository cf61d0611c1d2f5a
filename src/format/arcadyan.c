/* arcadyan.c - Arcadyan's obscured LZMA, in images of Speedport, EasyBox, Belkin and others: four
 * bytes, then LZMA-alone of which 32 bytes at 4 stand exchanged with those at 0x68, and with their
 * nibbles and the bytes of each pair exchanged too. Nothing states the packed size. */
#include "base/cursor.h"
#include "format/stream.h"

#define STREAM  4    /* where LZMA begins once it is put right */
#define SWAPPED 0x68 /* where its first bytes stand instead */
#define BLOCK   32
#define HEADER  13
#define TRIAL   1024 /* plain bytes that must come out of the first packed ones */
#define HEAD    8192
#define LARGEST 0x1b0000 /* packed, by the source; it bounds the copy */

/* The first n bytes as they were; `to` has room for them. */
static void put_right(struct span in, size_t n, uint8_t *to)
{
	memcpy(to, in.p, n);
	memcpy(to + SWAPPED, in.p + STREAM, BLOCK);
	for (size_t i = 0; i < BLOCK; i++) {
		uint8_t byte = in.p[SWAPPED + (i ^ 1)];

		to[STREAM + i] = (uint8_t)(byte << 4 | byte >> 4);
	}
}

static struct fault probe(struct span in, struct found *f)
{
	uint8_t right[HEAD];
	size_t n = in.n < HEAD ? in.n : HEAD;
	struct span stream = { right + STREAM, n - STREAM };

	if (in.n < SWAPPED + BLOCK)
		return fault_at(FAULT_SHORT, 0, "header", in.n, SWAPPED + BLOCK);
	put_right(in, n, right);
	if (span_byte(stream, HEADER) != 0 || span_u64(stream, 5, false) > LARGEST * 64ull ||
	    span_u64(stream, 5, false) < TRIAL)
		return fault_at(FAULT_BROKEN, SWAPPED, "plain size", span_u64(stream, 5, false),
				LARGEST * 64ull);
	if (!stream_begins(stream, lzma_alone_decode, TRIAL))
		return fault_at(FAULT_BROKEN, SWAPPED, "first LZMA symbols", 0, 0);
	f->len = in.n < LARGEST ? in.n : LARGEST;
	f->open_end = true;
	f->proof = PROOF_STRUCTURE;
	return fine;
}

static struct fault load(const struct listing *l, const struct entry *e, struct sink *out)
{
	uint64_t plain;
	struct sink copy;
	struct decoded d = { 0 };
	uint8_t *right;

	(void)e;
	sink_init(&copy, NULL, LARGEST);
	right = sink_room(&copy, l->in.n);
	if (right) {
		put_right(l->in, l->in.n, right);
		plain = span_u64((struct span){ right, l->in.n }, STREAM + 5, false);
		d = lzma_alone_decode((struct span){ right + STREAM, l->in.n - STREAM },
				      PLAIN_UNKNOWN, out);
		*l->len = d.used + STREAM;
		if (d.fault.kind && d.fault.kind != FAULT_LIMIT && out->n < plain / 10)
			*l->len = 0;
		d.fault.at += STREAM;
	} else {
		*l->len = 0;
		d.fault = copy.fault;
	}
	sink_free(&copy);
	return d.fault;
}

const struct format format_arcadyan = {
	.name = "arcadyan",
	.says = "LZMA obscured by Arcadyan",
	.domain = DOMAIN_BROADBAND,
	.spec = "ReFirmLabs/binwalk src/extractors/arcadyan.rs",
	.shape = SHAPE_STREAM,
	.magic = { { SWAPPED, 4, "\x00\xd5\x08\x00" } },
	.probe = probe,
	.load = load,
};
