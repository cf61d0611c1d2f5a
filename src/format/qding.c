/* qding.c - QDing's images (MT7628 routers): 1024 bytes, little-endian: board and version, the
 * words "UBOOT" and "FIRMWARE" where there is one, a mark, SHA-1 of everything behind the header,
 * and both lengths. */
#include "base/cursor.h"
#include "base/hash.h"
#include "format/parts.h"

#define HEADER   0x400
#define TEXT     8
#define MARK_AT  48
#define SHA_AT   52
#define BOOT_AT  72
#define SIZE_AT  76
#define SHA_SIZE 20

static struct fault probe(struct span in, struct found *f)
{
	uint64_t boot = span_u32(in, BOOT_AT, false), size = span_u32(in, SIZE_AT, false);

	if (in.n <= HEADER)
		return fault_at(FAULT_SHORT, 0, "header", in.n, HEADER + 1);
	if (!is_filled(in, 80, HEADER - 80, 0) || boot + size == 0 ||
	    !is_padded_text(in, 0, field_text(in, 0, TEXT).n))
		return fault_at(FAULT_BROKEN, BOOT_AT, "length", boot + size, 1);
	f->len = part_bound(HEADER + boot + size, in);
	f->proof = PROOF_STRUCTURE;
	label_add(f->label, "", field_text(in, 0, TEXT));
	label_add(f->label, " ", field_text(in, TEXT, TEXT));
	return fine;
}

static struct fault list(struct listing *l)
{
	uint64_t boot = span_u32(l->in, BOOT_AT, false), size = span_u32(l->in, SIZE_AT, false);
	uint8_t digest[SHA_SIZE];

	l->kind = LISTING_REGIONS;
	if (boot)
		part_list(l, BOOT_AT, HEADER, boot, "u-boot");
	if (size)
		part_list(l, SIZE_AT, HEADER + boot, size, "firmware");
	sha1_of(span_from(l->in, HEADER), digest);
	part_sum(l, SHA_AT, "SHA-1",
		 span_equal((struct span){ digest, SHA_SIZE }, span_sub(l->in, SHA_AT, SHA_SIZE)),
		 true);
	return fine;
}

const struct format format_qding = {
	.name = "qding",
	.says = "QDing image",
	.domain = DOMAIN_BROADBAND,
	.spec = "openwrt/firmware-utils src/mkqdimg.c",
	.shape = SHAPE_CONTAINER,
	.magic = { { MARK_AT, 4, "\x12\x06\x15\x20" } },
	.probe = probe,
	.list = list,
};
