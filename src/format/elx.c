/* elx.c - images of I-O DATA (WN-AC1167GR, WN-AC733GR3), Edimax (RG21S, RA21S) and D-Link made by
 * one maker: 128 bytes with type 3, hardware, length (big-endian) and MD5 of the plain image, among
 * zeros; then the image, XORed with eight bytes that do not change. */
#include <stdio.h>

#include "base/cursor.h"
#include "base/hash.h"
#include "format/decrypt.h"
#include "format/parts.h"

#define HEADER  128
#define TYPE_AT 7
#define HARD_AT 42
#define SIZE_AT 62
#define MD5_AT  70
#define MD5     16
#define KEY     8

static bool zeros_stand(struct span in)
{
	return is_filled(in, 0, TYPE_AT, 0) &&
	       is_filled(in, TYPE_AT + 1, HARD_AT - TYPE_AT - 1, 0) &&
	       is_filled(in, HARD_AT + 4, SIZE_AT - HARD_AT - 4, 0) &&
	       is_filled(in, SIZE_AT + 4, MD5_AT - SIZE_AT - 4, 0) &&
	       is_filled(in, MD5_AT + MD5, HEADER - MD5_AT - MD5, 0);
}

static struct fault probe(struct span in, struct found *f)
{
	uint32_t size = span_u32(in, SIZE_AT, true), hardware = span_u32(in, HARD_AT, true);

	if (in.n <= HEADER)
		return fault_at(FAULT_SHORT, 0, "header", in.n, HEADER + 1);
	if (!zeros_stand(in) || in.p[TYPE_AT] != 3 || size == 0 || hardware == 0)
		return fault_at(FAULT_BROKEN, SIZE_AT, "length", size, 1);
	f->len = part_bound((uint64_t)HEADER + size, in);
	f->proof = PROOF_STRUCTURE;
	snprintf(f->label, sizeof(f->label), "hardware %08x, XOR, published key", hardware);
	return fine;
}

static struct fault load(const struct listing *l, const struct entry *e, struct sink *out)
{
	static const uint8_t key[KEY] = { 0x88, 0x44, 0xa2, 0xd1, 0x68, 0xb4, 0x5a, 0x2d };
	uint32_t size = span_u32(l->in, SIZE_AT, true);
	struct span data = span_head(span_from(l->in, HEADER), size);
	uint8_t digest[MD5];

	(void)e;
	if (!xor_into(out, (struct span){ key, KEY }, data))
		return out->fault;
	if (data.n < size)
		return fault_at(FAULT_SHORT, SIZE_AT, "length", data.n, size);
	md5_of(sink_span(out), digest);
	if (!span_equal((struct span){ digest, MD5 }, span_sub(l->in, MD5_AT, MD5)))
		return fault_at(FAULT_BROKEN, MD5_AT, "MD5", 0, 0);
	return fine;
}

const struct format format_elx = {
	.name = "elx",
	.says = "image of I-O DATA, Edimax, D-Link under XOR (ELX)",
	.domain = DOMAIN_BROADBAND,
	.spec = "openwrt/openwrt include/image-commands.mk, elx-header",
	.where = WHERE_ANCHORED,
	.shape = SHAPE_STREAM,
	.magic = { { 0, 16, "\0\0\0\0\0\0\0\x03\0\0\0\0\0\0\0\0" } },
	.probe = probe,
	.load = load,
};
