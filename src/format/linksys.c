/* linksys.c - what Linksys puts around images: a last line of 256 bytes (".LINKSYS.", version,
 * model, POSIX cksum of all bytes before it in hexadecimal, end of the kernel, all text); a header
 * "CHDR" with length and a CRC-32 without final inversion (EA8500, EA7300 by CyberTAN); and, on
 * switches, Belkin's header, which is like U-Boot's but for its own magic and a CRC-32 without any
 * inversion. The last line's cksum covers bytes before this object: it is not checked here. */
#include "base/cursor.h"
#include "base/hash.h"
#include "format/parts.h"
#include "format/sums.h"

#define FOOTER      256
#define FOOTER_TEXT 64
#define MODEL_AT    17
#define MODEL       15
#define SUM_AT      32
#define CHDR        16
#define BELKIN      64
#define BELKIN_SUMS 4
#define BELKIN_SIZE 12
#define BELKIN_DATA 24
#define BELKIN_TEXT 32

/* A field of text that blanks fill up. */
static struct span trimmed(struct span in, uint64_t at, uint64_t size)
{
	struct span field = span_sub(in, at, size);

	while (field.n && field.p[field.n - 1] == ' ')
		field.n--;
	return field;
}

static struct fault probe_footer(struct span in, struct found *f)
{
	int last = span_byte(in, FOOTER - 1);

	if (in.n < FOOTER)
		return fault_at(FAULT_SHORT, 0, "footer", in.n, FOOTER);
	if (!is_padded_text(in, 0, FOOTER_TEXT) ||
	    !is_filled(in, FOOTER_TEXT, FOOTER - FOOTER_TEXT - 1, 0) || (last != 0 && last != '\n'))
		return fault_at(FAULT_BROKEN, FOOTER_TEXT, "filler", 0, 0);
	f->len = FOOTER;
	f->proof = PROOF_STRUCTURE;
	label_add(f->label, "", trimmed(in, MODEL_AT, MODEL));
	label_add(f->label, ", cksum ", trimmed(in, SUM_AT, 8));
	return fine;
}

static struct fault probe_chdr(struct span in, struct found *f)
{
	uint32_t length = span_u32(in, 4, false);

	if (in.n <= CHDR)
		return fault_at(FAULT_SHORT, 0, "header", in.n, CHDR + 1);
	if (length <= CHDR || span_u32(in, 12, false) != 1)
		return fault_at(FAULT_BROKEN, 4, "length", length, CHDR + 1);
	f->len = part_bound(length, in);
	f->proof = PROOF_STRUCTURE;
	return fine;
}

static struct fault list_chdr(struct listing *l)
{
	uint32_t length = span_u32(l->in, 4, false);

	l->kind = LISTING_REGIONS;
	part_list(l, 4, CHDR, length - CHDR, "");
	part_sum(l, 8, "CRC-32", crc32_open(span_sub(l->in, 12, length - 12)),
		 span_u32(l->in, 8, false));
	return fine;
}

/* Without any inversion: what goes in and what comes out is the complement of the usual one. */
static uint32_t belkin_sum(struct span in)
{
	return ~crc32_around(~0u, span_head(in, BELKIN), BELKIN_SUMS);
}

static struct fault probe_belkin(struct span in, struct found *f)
{
	uint32_t length = span_u32(in, BELKIN_SIZE, true);

	if (in.n <= BELKIN)
		return fault_at(FAULT_SHORT, 0, "header", in.n, BELKIN + 1);
	if (belkin_sum(in) != span_u32(in, BELKIN_SUMS, true))
		return fault_at(FAULT_BROKEN, BELKIN_SUMS, "header CRC-32", belkin_sum(in),
				span_u32(in, BELKIN_SUMS, true));
	if (length == 0)
		return fault_at(FAULT_BROKEN, BELKIN_SIZE, "length", 0, 1);
	f->len = part_bound((uint64_t)BELKIN + length, in);
	f->proof = PROOF_CHECKSUM;
	label_add(f->label, "", field_text(in, BELKIN_TEXT, BELKIN - BELKIN_TEXT));
	return fine;
}

static struct fault list_belkin(struct listing *l)
{
	uint32_t length = span_u32(l->in, BELKIN_SIZE, true);

	l->kind = LISTING_REGIONS;
	part_list(l, BELKIN_SIZE, BELKIN, length, "");
	part_sum(l, BELKIN_DATA, "CRC-32 of the data", crc32_bare(span_sub(l->in, BELKIN, length)),
		 span_u32(l->in, BELKIN_DATA, true));
	return fine;
}

const struct format format_linksysfooter = {
	.name = "linksys-footer",
	.says = "last line of a Linksys image (.LINKSYS.)",
	.domain = DOMAIN_BROADBAND,
	.spec = "OpenWrt scripts/linksys-image.sh",
	.shape = SHAPE_LEAF,
	.magic = { { 0, 11, ".LINKSYS.01" } },
	.probe = probe_footer,
};

const struct format format_chdr = {
	.name = "linksys-chdr",
	.says = "Linksys header by CyberTAN (CHDR)",
	.domain = DOMAIN_BROADBAND,
	.spec = "openwrt/firmware-utils src/linksys-addfwhdr.c",
	.shape = SHAPE_CONTAINER,
	.magic = { { 0, 4, "CHDR" } },
	.probe = probe_chdr,
	.list = list_chdr,
};

const struct format format_belkin = {
	.name = "belkin",
	.says = "Belkin header (Linksys LGS switches)",
	.domain = DOMAIN_BROADBAND,
	.spec = "openwrt/openwrt scripts/belkin-header.py",
	.shape = SHAPE_CONTAINER,
	.magic = { { 16, 8, "belkin\0\0" } },
	.probe = probe_belkin,
	.list = list_belkin,
};
