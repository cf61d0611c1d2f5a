/* jcg.c - JCG's images: "YSZJ", version and information in text, type 1, CRC-32 of image and of
 * header; 512 bytes, big-endian. The image runs to the end of the file and is XORed with a key made
 * of those texts, how is not published; where they are zero it is plain. */
#include <stdio.h>

#include "base/cursor.h"
#include "base/hash.h"
#include "format/parts.h"
#include "format/sums.h"

#define HEADER  512
#define TEXTS   104 /* both, with the type between them */
#define DATA_AT 504
#define CRC_AT  508

static uint32_t header_crc(struct span in)
{
	return crc32_around(0, span_head(in, HEADER), CRC_AT);
}

static bool is_plain(struct span in)
{
	return is_filled(in, 4, 32, 0) && is_filled(in, 40, TEXTS - 40, 0);
}

static struct fault probe(struct span in, struct found *f)
{
	if (in.n <= HEADER)
		return fault_at(FAULT_SHORT, 0, "header", in.n, HEADER + 1);
	if (header_crc(in) != span_u32(in, CRC_AT, true))
		return fault_at(FAULT_BROKEN, CRC_AT, "header CRC-32", header_crc(in),
				span_u32(in, CRC_AT, true));
	f->len = in.n;
	f->proof = PROOF_CHECKSUM;
	snprintf(f->label, sizeof(f->label), "version %u.%u", span_u16(in, 108, true),
		 span_u16(in, 110, true));
	return fine;
}

static struct fault list(struct listing *l)
{
	struct span data = span_from(l->in, HEADER);

	l->kind = LISTING_REGIONS;
	part_rest(l, HEADER, is_plain(l->in) ? "" : "encrypted");
	if (!is_plain(l->in))
		return fault_at(FAULT_ENCRYPTED, HEADER, "XOR with a key from the header", 0, 0);
	part_sum(l, DATA_AT, "CRC-32 of the image", crc32_of(data), span_u32(l->in, DATA_AT, true));
	return fine;
}

const struct format format_jcg = {
	.name = "jcg",
	.says = "JCG image",
	.domain = DOMAIN_BROADBAND,
	.spec = "openwrt/firmware-utils src/jcgimage.c",
	.shape = SHAPE_CONTAINER,
	.magic = { { 0, 4, "YSZJ" } },
	.probe = probe,
	.list = list,
};
