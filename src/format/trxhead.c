/* trxhead.c - short headers that vendors put in front of a TRX or of a whole image: U.S. Robotics
 * ("USR0", length, CRC-32 without final inversion), Edimax print servers ("PS16", length), Motorola
 * WR850G and kin (such a CRC-32 and a number of the model, big-endian), Gemtek, who builds for
 * Linksys and Airlink101 ("GMTK" or "A600", length with the header, CRC-32 with its own field
 * zero). Numbers are little-endian but for Motorola's and those of Gemtek's WRT400N
 * ("GMTKRT400N", lengths and a CRC-32 of kernel and root file system). */
#include "base/cursor.h"
#include "base/hash.h"
#include "format/parts.h"
#include "format/sums.h"

#define USR            28
#define PS16           12
#define MOTOROLA       8
#define GEMTEK         32
#define LARGEST_GEMTEK (64u << 20)
#define GEMTEK_CRC     16
#define WRT400N        60

static bool begins_trx(struct span in, uint64_t at)
{
	return span_starts(span_from(in, at), span_text("HDR0"));
}

static struct fault probe_usr(struct span in, struct found *f)
{
	uint32_t length = span_u32(in, 4, false);

	if (in.n <= USR)
		return fault_at(FAULT_SHORT, 0, "header", in.n, USR + 1);
	if (!begins_trx(in, USR) || length == 0 || !is_filled(in, 20, 8, 0))
		return fault_at(FAULT_BROKEN, USR, "TRX", 0, 0);
	f->len = part_bound((uint64_t)USR + length, in);
	f->proof = PROOF_STRUCTURE;
	return fine;
}

static struct fault list_usr(struct listing *l)
{
	uint32_t length = span_u32(l->in, 4, false);

	l->kind = LISTING_REGIONS;
	part_list(l, 4, USR, length, "");
	part_sum(l, 8, "CRC-32", crc32_open(span_sub(l->in, USR, length)),
		 span_u32(l->in, 8, false));
	return fine;
}

static struct fault probe_ps16(struct span in, struct found *f)
{
	uint32_t length = span_u32(in, 4, false);

	if (in.n <= PS16)
		return fault_at(FAULT_SHORT, 0, "header", in.n, PS16 + 1);
	if (!begins_trx(in, PS16) || length == 0)
		return fault_at(FAULT_BROKEN, PS16, "TRX", 0, 0);
	f->len = part_bound((uint64_t)PS16 + length, in);
	f->proof = PROOF_STRUCTURE;
	return fine;
}

static struct fault list_ps16(struct listing *l)
{
	l->kind = LISTING_REGIONS;
	part_list(l, 4, PS16, span_u32(l->in, 4, false), "");
	return fine;
}

/* It has no length: the TRX has one, and the CRC goes to the end of the file. */
static struct fault probe_motorola(struct span in, struct found *f)
{
	uint32_t model = span_u32(in, 4, true);

	if (in.n < MOTOROLA + 28)
		return fault_at(FAULT_SHORT, 0, "header", in.n, MOTOROLA + 28);
	if (!begins_trx(in, MOTOROLA))
		return fault_at(FAULT_BROKEN, MOTOROLA, "TRX", 0, 0);
	f->len = in.n;
	f->proof = PROOF_STRUCTURE;
	label_add(f->label,
		  model == 0x10577050   ? "WR850G"
		  : model == 0x10577040 ? "WA840G"
		  : model == 0x10577000 ? "WE800G"
					: "",
		  (struct span){ 0 });
	return fine;
}

static struct fault list_motorola(struct listing *l)
{
	l->kind = LISTING_REGIONS;
	part_rest(l, MOTOROLA, "");
	part_sum(l, 0, "CRC-32", crc32_open(span_from(l->in, 4)), span_u32(l->in, 0, true));
	return fine;
}

static struct fault probe_gemtek(struct span in, struct found *f)
{
	uint32_t length = span_u32(in, 12, false);

	if (in.n <= GEMTEK)
		return fault_at(FAULT_SHORT, 0, "header", in.n, GEMTEK + 1);
	/* Text that begins so is none: a country of four letters there is not. */
	if (length <= GEMTEK || length > LARGEST_GEMTEK || !is_padded_text(in, 4, 4) ||
	    !is_padded_text(in, 24, 4) || !is_padded_text(in, 28, 4) || in.p[31] != 0)
		return fault_at(FAULT_BROKEN, 12, "length", length, GEMTEK + 1);
	f->len = part_bound(length, in);
	f->proof = PROOF_STRUCTURE;
	label_add(f->label, "", span_sub(in, 4, 4));
	label_add(f->label, " ", field_text(in, 28, 4));
	return fine;
}

static struct fault list_gemtek(struct listing *l)
{
	uint32_t length = span_u32(l->in, 12, false);

	l->kind = LISTING_REGIONS;
	part_list(l, 12, GEMTEK, length - GEMTEK, "");
	part_sum(l, GEMTEK_CRC, "CRC-32", crc32_around(0, l->in, GEMTEK_CRC),
		 span_u32(l->in, GEMTEK_CRC, false));
	return fine;
}

static struct fault probe_wrt400n(struct span in, struct found *f)
{
	uint64_t kernel = span_u32(in, 16, true), root = span_u32(in, 24, true);

	if (in.n <= WRT400N)
		return fault_at(FAULT_SHORT, 0, "header", in.n, WRT400N + 1);
	if (kernel == 0 || span_u32(in, 40, true) != WRT400N + kernel + root)
		return fault_at(FAULT_BROKEN, 40, "length", span_u32(in, 40, true),
				WRT400N + kernel + root);
	f->len = part_bound(WRT400N + kernel + root, in);
	f->proof = PROOF_STRUCTURE;
	return fine;
}

static struct fault list_wrt400n(struct listing *l)
{
	uint64_t kernel = span_u32(l->in, 16, true), root = span_u32(l->in, 24, true);

	l->kind = LISTING_REGIONS;
	part_list(l, 16, WRT400N, kernel, "kernel");
	part_list(l, 24, WRT400N + kernel, root, "rootfs");
	part_sum(l, 0, "CRC-32", crc32_of(span_from(l->in, WRT400N)), span_u32(l->in, 0, true));
	return fine;
}

const struct format format_usr = {
	.name = "usr",
	.says = "U.S. Robotics header in front of a TRX",
	.domain = DOMAIN_BROADBAND,
	.spec = "openwrt/firmware-utils src/trx2usr.c",
	.shape = SHAPE_CONTAINER,
	.magic = { { 0, 4, "USR0" } },
	.probe = probe_usr,
	.list = list_usr,
};

const struct format format_ps16 = {
	.name = "edimax-ps16",
	.says = "Edimax print server header in front of a TRX",
	.domain = DOMAIN_BROADBAND,
	.spec = "openwrt/firmware-utils src/trx2edips.c",
	.shape = SHAPE_CONTAINER,
	.magic = { { 0, 4, "PS16" } },
	.probe = probe_ps16,
	.list = list_ps16,
};

const struct format format_motorola = {
	.name = "motorola-wr850",
	.says = "Motorola header in front of a TRX (WR850G, WA840G, WE800G)",
	.domain = DOMAIN_BROADBAND,
	.spec = "openwrt/firmware-utils src/motorola-bin.c",
	.shape = SHAPE_CONTAINER,
	.magic = { { 4, 3, "\x10\x57\x70" },
		   { 4, 8, "\x10\x57\x70\x50HDR0" },
		   { 4, 8, "\x10\x57\x70\x40HDR0" },
		   { 4, 8, "\x10\x57\x70\x00HDR0" } },
	.probe = probe_motorola,
	.list = list_motorola,
};

const struct format format_gemtek = {
	.name = "gemtek",
	.says = "Gemtek header (Linksys WRT100, Airlink101, Asante)",
	.domain = DOMAIN_BROADBAND,
	.spec = "openwrt/firmware-utils src/mkheader_gemtek.c",
	.shape = SHAPE_CONTAINER,
	.magic = { { 0, 5, "GMTK1" }, { 0, 5, "A6001" } },
	.probe = probe_gemtek,
	.list = list_gemtek,
};

const struct format format_wrt400n = {
	.name = "gemtek-wrt400n",
	.says = "Gemtek header of the Linksys WRT400N",
	.domain = DOMAIN_BROADBAND,
	.spec = "openwrt/firmware-utils src/wrt400n.c",
	.shape = SHAPE_CONTAINER,
	.magic = { { 4, 11, "GMTKRT400N\0" } },
	.probe = probe_wrt400n,
	.list = list_wrt400n,
};
