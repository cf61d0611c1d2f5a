/* bcmtag.c - the tag in front of images for Broadcom's BCM63xx: 256 bytes, numbers as decimal text,
 * CRC-32s without the final inversion. Vendors and OpenWrt put kernel and root file system in
 * either order and pad them: the image is one part, and what is in it is found by its own format.
 */
#include "base/cursor.h"
#include "base/hash.h"
#include "base/text.h"
#include "format/parts.h"

#define HEADER     256
#define SUMMED     236
#define LENGTH_AT  62
#define LENGTH_END 10
#define BOARD_AT   44
#define CRC_AT     216

static struct fault read_length(struct span in, uint64_t *length)
{
	struct span text = field_text(in, LENGTH_AT, LENGTH_END);
	uint32_t crc = crc32_open(span_sub(in, 0, SUMMED));
	size_t used;

	if (in.n < HEADER)
		return fault_at(FAULT_SHORT, 0, "header", in.n, HEADER);
	if (crc != span_u32(in, SUMMED, true))
		return fault_at(FAULT_BROKEN, SUMMED, "header CRC-32", crc,
				span_u32(in, SUMMED, true));
	if (!span_number(text, 10, length, &used) || used != text.n || *length == 0)
		return fault_at(FAULT_BROKEN, LENGTH_AT, "length", 0, 0);
	return fine;
}

static struct fault probe(struct span in, struct found *f)
{
	uint64_t length;
	struct fault bad = read_length(in, &length);

	if (bad.kind)
		return bad;
	f->len = part_bound(HEADER + length, in);
	f->proof = PROOF_CHECKSUM;
	label_add(f->label, "BCM", field_text(in, 38, 6));
	label_add(f->label, " ", field_text(in, BOARD_AT, 16));
	return fine;
}

/* T-Com's Speedport W 303V has a signature of its own and sums these bytes behind the image. */
static struct span tcom_suffix(struct span in)
{
	static const char suffix[] =
		"\x18!!\x18!!!!!!!\x18!$!\x1b\x18\x18$$\x18!!!!!!!\x1b\x18\x18$$!!!!!!!\x18"
		"!!!!!!\x18!!!!!!!!!\x18!!!!!!";

	return span_byte(in, 4) == 'A' ? span_text(suffix) : (struct span){ 0 };
}

static struct fault list(struct listing *l)
{
	uint64_t length;
	struct fault bad = read_length(l->in, &length);
	uint32_t crc;

	if (bad.kind)
		return bad;
	l->kind = LISTING_REGIONS;
	part_list(l, LENGTH_AT, HEADER, length, "");
	crc = crc32_update(crc32_of(span_sub(l->in, HEADER, length)), tcom_suffix(l->in));
	part_sum(l, CRC_AT, "CRC-32 of the image", (uint32_t)~crc, span_u32(l->in, CRC_AT, true));
	return fine;
}

const struct format format_bcmtag = {
	.name = "bcm-tag",
	.says = "image tag of Broadcom BCM63xx",
	.domain = DOMAIN_BROADBAND,
	.spec = "openwrt/firmware-utils src/bcm_tag.h, imagetag.c, spw303v.c",
	.shape = SHAPE_CONTAINER,
	.magic = { { 4, 18, "Broadcom Corporati" }, { 4, 18, "AAAAAAAA Corporati" } },
	.probe = probe,
	.list = list,
};
