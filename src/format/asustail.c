/* asustail.c - 64 bytes that Asus puts behind images for Broadcom's BCM4908 and its kin, in front
 * of the foot of 20 bytes that those have: version, build, an extended number, product;
 * little-endian. It has no mark: products begin alike, and nothing but that foot may follow. Others
 * have 24 bytes, big-endian: an extended number and a build, then a footer of 12 with a mark and a
 * sum of its own words. */
#include <stdio.h>

#include "base/cursor.h"
#include "format/parts.h"
#include "format/wfi.h"

#define TAIL       64
#define BUILD_AT   4
#define PRODUCT_AT 8
#define PRODUCT    12
#define CONTENT    12
#define FOOTER     12
#define FOOTER_SUM 4

static bool ends_its_space(struct span in)
{
	return in.n == TAIL || wfi_is_foot(span_from(in, TAIL));
}

static struct fault probe(struct span in, struct found *f)
{
	struct span product = field_text(in, PRODUCT_AT, PRODUCT);
	struct cursor c = { .in = in };
	unsigned v[4];

	if (!ends_its_space(in))
		return fault_at(in.n < TAIL ? FAULT_SHORT : FAULT_BROKEN, 0, "end", in.n, TAIL);
	if (!is_padded_text(in, PRODUCT_AT, PRODUCT) || !is_filled(in, 20, 8, 0) ||
	    !is_filled(in, 32, 31, 0))
		return fault_at(FAULT_BROKEN, 20, "reserved bytes", 0, 0);
	for (int i = 0; i < 4; i++)
		v[i] = cursor_u8(&c);
	f->len = TAIL;
	f->proof = PROOF_STRUCTURE;
	label_add(f->label, "", product);
	snprintf(f->label + product.n, sizeof(f->label) - product.n, " %u.%u.%u.%u.%u", v[0], v[1],
		 v[2], v[3], span_u16(in, BUILD_AT, false));
	return fine;
}

/* Words as a little-endian machine reads them, the footer's own sum left out. */
static uint16_t footer_sum(struct span foot)
{
	uint16_t sum = 0xffff;

	for (uint64_t i = 0; i + 1 < foot.n; i += 2)
		if (i != FOOTER_SUM)
			sum ^= span_u16(foot, i, false);
	return sum;
}

static struct fault probe_footer(struct span in, struct found *f)
{
	struct span foot = span_sub(in, CONTENT, FOOTER);

	if (in.n < CONTENT + FOOTER)
		return fault_at(FAULT_SHORT, 0, "footer", in.n, CONTENT + FOOTER);
	if (footer_sum(foot) != span_u16(foot, FOOTER_SUM, true))
		return fault_at(FAULT_BROKEN, CONTENT + FOOTER_SUM, "sum of the footer",
				footer_sum(foot), span_u16(foot, FOOTER_SUM, true));
	f->len = CONTENT + FOOTER;
	f->proof = PROOF_CHECKSUM;
	snprintf(f->label, sizeof(f->label), "build %u.%u", span_u16(in, 4, true),
		 span_u32(in, 0, true));
	return fine;
}

const struct format format_asusfooter = {
	.name = "asus-footer",
	.says = "build number behind an Asus image",
	.domain = DOMAIN_BROADBAND,
	.spec = "openwrt/firmware-utils src/asusuimage.c",
	.shape = SHAPE_LEAF,
	.magic = { { CONTENT + 8, 4, "\x2a\xfe\xd4\x14" } },
	.probe = probe_footer,
};

const struct format format_asustail = {
	.name = "asus-tail",
	.says = "version and product behind an Asus image (BCM4908)",
	.domain = DOMAIN_BROADBAND,
	.spec = "openwrt/firmware-utils src/bcm4908asus.c",
	.shape = SHAPE_LEAF,
	.magic = { { PRODUCT_AT, 5, "RT-AC" },
		   { PRODUCT_AT, 5, "RT-AX" },
		   { PRODUCT_AT, 5, "RT-BE" },
		   { PRODUCT_AT, 5, "GT-AC" },
		   { PRODUCT_AT, 5, "GT-AX" },
		   { PRODUCT_AT, 5, "GT-BE" },
		   { PRODUCT_AT, 6, "TUF-AX" },
		   { PRODUCT_AT, 6, "TUF-BE" },
		   { PRODUCT_AT, 6, "DSL-AX" },
		   { PRODUCT_AT, 4, "RP-A" },
		   { PRODUCT_AT, 3, "XT1" },
		   { PRODUCT_AT, 3, "ET1" } },
	.probe = probe,
};
