/* qnxdeflate.c - files that QNX' deflate packed for a file system that unpacks them on the way:
 * sixteen bytes of header, then blocks of LZO1X or NRV2B, each with eight bytes in front that count
 * to its neighbours; one that has no next ends them. Little-endian. */
#include <stdio.h>

#include "base/cursor.h"
#include "format/stream.h"

#define HEADER     16
#define BLOCK_HEAD 8

static struct fault probe(struct span in, struct found *f)
{
	uint32_t plain = span_u32(in, 8, false), block = span_u16(in, 12, false);
	uint16_t next = span_u16(in, HEADER + 2, false);

	if (in.n < HEADER + BLOCK_HEAD)
		return fault_at(FAULT_SHORT, 0, "header", in.n, HEADER + BLOCK_HEAD);
	if (block < 4096 || block > 32768 || (block & (block - 1)))
		return fault_at(FAULT_BROKEN, 12, "size of a block", block, 32768);
	if (span_byte(in, 14) > 1)
		return fault_at(FAULT_UNKNOWN, 14, "compression", span_u16(in, 14, false), 1);
	if (plain == 0 || next <= BLOCK_HEAD || span_u16(in, HEADER, false) != 0)
		return fault_at(FAULT_BROKEN, HEADER, "first block", next, BLOCK_HEAD);
	f->len = in.n;
	f->open_end = true;
	f->proof = PROOF_STRUCTURE;
	snprintf(f->label, sizeof(f->label), "%s, %u bytes", span_byte(in, 14) ? "UCL" : "LZO",
		 plain);
	return fine;
}

static struct fault block(struct cursor *c, stream_decoder *decode, struct sink *out, bool *last)
{
	size_t at = c->at, before = out->n;
	uint16_t next, plain;
	struct span packed;
	struct fault bad;

	cursor_skip(c, 2);
	next = cursor_le16(c);
	cursor_skip(c, 2);
	plain = cursor_le16(c);
	*last = next == 0;
	if (c->ran_out)
		return fault_at(FAULT_SHORT, at, "block", cursor_left(c), BLOCK_HEAD);
	if (*last)
		return fine;
	packed = cursor_span(c, next > BLOCK_HEAD ? next - BLOCK_HEAD : 0);
	if (packed.n == 0)
		return fault_at(FAULT_BROKEN, at + 2, "next block", next, BLOCK_HEAD);
	bad = decode(packed, plain, out).fault;
	if (bad.kind == FAULT_NONE && out->n - before != plain)
		bad = fault_at(FAULT_BROKEN, at + 6, "plain size", out->n - before, plain);
	return bad;
}

static struct fault load(const struct listing *l, const struct entry *e, struct sink *out)
{
	struct cursor c = { .in = l->in, .at = HEADER };
	stream_decoder *decode = span_byte(l->in, 14) ? nrv2b_decode : lzo1x_decode;
	struct fault bad = fine;
	bool last = false;

	(void)e;
	while (!last && bad.kind == FAULT_NONE)
		bad = block(&c, decode, out, &last);
	*l->len = c.at;
	if (bad.kind == FAULT_NONE && out->n != span_u32(l->in, 8, false))
		bad = fault_at(FAULT_BROKEN, 8, "plain size", out->n, span_u32(l->in, 8, false));
	return bad;
}

const struct format format_qnxdeflate = {
	.name = "qnx-deflate",
	.says = "file packed by QNX' deflate (LZO or UCL)",
	.domain = DOMAIN_TELECOM,
	.spec = "onekey-sec/unblob compression/qnx_deflate.py",
	.shape = SHAPE_STREAM,
	.magic = { { 0, 8, "iwlyfmbp" } },
	.probe = probe,
	.load = load,
};
